"""What the control socket answers, as JSON; `portero.operator` reads it back (pure).

GET /v1/status::

    {"version": "0.4.0", "pid": 812, "state": "degraded",
     "why": ["Asterisk: no AMI login at 127.0.0.1:5038"],
     "started_at": "2026-11-23T01:10:46+00:00", "config_file": "/etc/portero/config.yaml",
     "loaded_at": "2026-11-23T01:10:46+00:00", "waiting_for_restart": ["media.ports"],
     "ami_connected": false, "calls": 1, "max_calls": 100,
     "tenants": {"lomas": {"calls": 1, "today_usd": 0.42, "limit_usd": 5.0}}}

GET /v1/calls, GET /v1/calls?ended=20&tenant=lomas (without what was said, and without tools)::

    {"calls": [{"call_id": "5f2c…", "tenant": "lomas", "started_at": "2026-11-23T01:10:46+00:00",
                "ended_at": null, "status": "", "transcript": [], "tools": [], …}]}

GET /v1/calls/5f2c: one of these, whole (`portero.records.as_json`).
GET /v1/events, GET /v1/events?call=5f2c: a line for each `portero.feed.Happened`, an empty one
every few seconds so that who reads knows that the daemon lives::

    {"event": "said", "call": "5f2c…", "tenant": "lomas", "at": "2026-11-23T01:10:49.120+00:00",
     "who": "visitor", "text": "Vengo con la familia López."}

POST /v1/reload::

    {"errors": [], "warnings": [], "changed": ["tenants.lomas.greeting"],
     "waiting_for_restart": ["media.ports"]}

POST /v1/drain: {"state": "draining"}. POST /v1/echo: what `portero.call.echo` measured.
What is refused: a status of 400 and up, with {"error": "a sentence"}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from portero.console.house import HouseStatus, Reloaded, Spending
from portero.records import CallRecord, as_json, from_json


def status_as_json(status: HouseStatus) -> dict[str, Any]:
    """The answer of /v1/status."""
    return asdict(status) | {
        "started_at": status.started_at.isoformat(),
        "loaded_at": status.loaded_at.isoformat(),
    }


def status_from_json(told: Mapping[str, Any]) -> HouseStatus:
    """The status that `status_as_json` told."""
    return HouseStatus(
        **{
            **told,
            "why": tuple(told["why"]),
            "started_at": datetime.fromisoformat(told["started_at"]),
            "loaded_at": datetime.fromisoformat(told["loaded_at"]),
            "waiting_for_restart": tuple(told["waiting_for_restart"]),
            "tenants": {name: Spending(**spent) for name, spent in told["tenants"].items()},
        }
    )


def calls_as_json(records: Iterable[CallRecord]) -> dict[str, Any]:
    """The answer of /v1/calls: a list is read by more people than a call is."""
    return {"calls": [as_json(replace(it, transcript=(), tools=())) for it in records]}


def calls_from_json(told: Mapping[str, Any]) -> tuple[CallRecord, ...]:
    """The records that `calls_as_json` told."""
    return tuple(from_json(it) for it in told["calls"])


def reloaded_as_json(reloaded: Reloaded) -> dict[str, Any]:
    """The answer of /v1/reload."""
    return asdict(reloaded)


def reloaded_from_json(told: Mapping[str, Any]) -> Reloaded:
    """What `reloaded_as_json` told."""
    return Reloaded(**{name: tuple(lines) for name, lines in told.items()})

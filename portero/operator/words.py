"""Moments, lengths and what strangers wrote, as an operator reads them (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from portero.messages import text

REASONS: Final = {
    "visitor_hung_up": "reason_visitor_hung_up",
    "channel_gone": "reason_channel_gone",
    "agent_said_goodbye": "reason_agent_said_goodbye",
    "agent_asked": "reason_agent_asked",
    "shutdown": "reason_shutdown",
    "stopping": "reason_stopping",
    "max_calls": "reason_max_calls",
    "tenant_max_calls": "reason_tenant_max_calls",
    "ami_down": "reason_ami_down",
    "unknown_tenant": "reason_unknown_tenant",
    "daily_limit": "reason_daily_limit",
    "too_long": "reason_too_long",
    "no_media_port": "reason_no_media_port",
    "no_media_leg": "reason_no_media_leg",
    "leg_ended": "reason_leg_ended",
    "fault": "reason_fault",
    "keypad": "reason_keypad",
    "realtime_lost": "reason_realtime_lost",
    "realtime_unreachable": "reason_realtime_unreachable",
    "agent_silent": "reason_agent_silent",
    "no_first_sound": "reason_no_first_sound",
    "too_many_tools": "reason_too_many_tools",
}
"""Words of a call's end (`PORTERO_REASON`) that have a sentence; others stay as they are."""

_SERVERS: Final = "realtime_"  # and then the Realtime server's own code


def clean(given: object) -> str:
    """What a visitor or a phone has sent, without what could move the terminal's cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in str(given))


def moment(at: datetime) -> str:
    """By the clock of whoever reads."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def length(seconds: float | None) -> str:
    """`12 s`, `3:05`, `1:02:03`, `4 d 1:02:03`."""
    if seconds is None:
        return "-"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours or days else f"{minutes}:{rest:02}"
    return f"{days} d {clock}" if days else clock


def offset(seconds: float) -> str:
    """A moment inside a call: `0:07`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}"


def dollars(usd: float | None) -> str:
    """Four digits: a call costs cents."""
    return "-" if usd is None else f"{usd:.4f}"


def ending(status: str, reason: str, language: str) -> str:
    """`COMPLETED: the agent said goodbye`; a reason without words stays as it is."""
    words = _reason(reason, language)
    return f"{status}: {words}" if words else status


def _reason(reason: str, language: str) -> str:
    if reason in REASONS:
        return text(REASONS[reason], language)
    if reason.startswith(_SERVERS):
        return text("reason_realtime", language, code=clean(reason.removeprefix(_SERVERS)))
    return clean(reason)


def use(name: str, arguments: Mapping[str, Any]) -> str:
    """A tool's use: `open_gate(gate="main")`."""
    given = ", ".join(
        f"{clean(key)}={clean(json.dumps(value, ensure_ascii=False))}"
        for key, value in arguments.items()
    )
    return f"{clean(name)}({given})"

"""A house that answers the console from what a test has put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from portero.console.house import HouseStatus, Reloaded, Spending
from portero.feed import Feed
from portero.records import CallRecord, Quality, ToolUse, Utterance

AT = datetime(2026, 11, 23, 1, 10, 46, tzinfo=UTC)

STATUS = HouseStatus(
    version="0.4.0",
    pid=812,
    state="ready",
    why=(),
    started_at=AT,
    config_file="/etc/portero/config.yaml",
    loaded_at=AT,
    waiting_for_restart=("media.ports",),
    ami_connected=True,
    calls=1,
    max_calls=100,
    tenants={"lomas": Spending(1, 0.42, 5.0), "pinos": Spending(0, 0.0)},
)

RECORD = CallRecord(
    call_id="5f2c00aa11bb",
    tenant="lomas",
    started_at=AT,
    caller_number="5215512345678",
    caller_name="Juana Privada",
    channel="PJSIP/gate-00000001",
    unique_id="1763860246.1",
    extension="1000",
    ended_at=AT + timedelta(seconds=42.5),
    status="COMPLETED",
    reason="agent_said_goodbye",
    transcript=(Utterance(1.5, "visitor", "Vengo con la familia López, placas ABC1234."),),
    tools=(
        ToolUse(9.0, "check_visitor", {"name": "Juana Privada", "plate": "ABC1234"}, "done", 0.2),
        ToolUse(12.0, "open_gate", {"gate": "main"}, "refused", 0.1),
    ),
    opened=("main",),
    cost_usd=0.0625,
    usage={"audio_in": 1200, "audio_out": 800, "text_in": 300},
    quality=Quality(
        frames_in=2000,
        frames_out=900,
        lost=3,
        late=2,
        jitter_ms=4.5,
        underruns=1,
        barge_ins=2,
        reconnects=1,
        first_sound_ms=900,
        response_ms=650,
        response_ms_max=1400,
    ),
)

STANDING = replace(RECORD, call_id="77aa00112233", ended_at=None, status="", reason="", opened=())


class House:
    """Stands in for `portero.service`; `asked` is what the console wanted of it."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.told = STATUS
        self.standing: list[CallRecord] = [STANDING]
        self.over: list[CallRecord] = [RECORD]
        self.asked: list[Any] = []
        self.reloaded = Reloaded(changed=("tenants.lomas.greeting",))
        self.breaks: Exception | None = None

    def status(self) -> HouseStatus:
        if self.breaks is not None:
            raise self.breaks
        return self.told

    def calls(self) -> Sequence[CallRecord]:
        return self.standing

    async def ended(self, *, tenant: str | None, limit: int) -> Sequence[CallRecord]:
        self.asked.append(("ended", tenant, limit))
        return self.over[:limit]

    async def record(self, call_id: str) -> CallRecord | None:
        known = [it for it in (*self.standing, *self.over) if it.call_id.startswith(call_id)]
        return known[0] if len(known) == 1 else None

    async def reload(self) -> Reloaded:
        self.asked.append("reload")
        return self.reloaded

    def drain(self) -> None:
        self.asked.append("drain")

    async def echo(self) -> Mapping[str, Any]:
        self.asked.append("echo")
        return {"level": -12.5, "delay_ms": 31, "lost": 0}

"""What stays of a call when it is over, and what can be seen of it while it stands (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence; `at`: seconds since the call began, `who`: visitor or agent."""

    at: float
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model called: its arguments, the verdict on it, and how long it took.

    `verdict`: a word of `portero.doorman` (done, refused, failed …); "" while it runs.
    """

    at: float
    name: str
    arguments: Mapping[str, Any]
    verdict: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """How a call sounded, over all its media legs.

    Frames are 20 ms. `jitter_ms`: interarrival jitter (RFC 3550, 6.4.1), the worst leg's; None on
    a leg without RTP. `underruns`: times the agent's voice broke off inside an item. Times in ms:
    `first_sound` from Dial to the agent's first frame; `response` from the end of a visitor's turn
    to the agent's first frame, median and longest; None where there was none.
    """

    frames_in: int = 0
    frames_out: int = 0
    lost: int = 0
    late: int = 0
    jitter_ms: float | None = None
    underruns: int = 0
    overflow_ms: int = 0
    silence_filled: int = 0
    barge_ins: int = 0
    reconnects: int = 0
    first_sound_ms: int | None = None
    response_ms: int | None = None
    response_ms_max: int | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call. While it stands, `ended_at` is None and `status` is empty.

    Moments are aware, in UTC. `opened`: ids of the gates that took an order. `cost_usd`: None
    where the model has no known price. `recording`: MixMonitor's file, as Asterisk sees it.
    """

    call_id: str
    tenant: str
    started_at: datetime
    caller_number: str = ""
    caller_name: str = ""
    channel: str = ""
    unique_id: str = ""
    did: str = ""
    extension: str = ""
    ended_at: datetime | None = None
    status: str = ""
    reason: str = ""
    transcript: tuple[Utterance, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    opened: tuple[str, ...] = ()
    guard_answered: bool = False
    cost_usd: float | None = None
    usage: Mapping[str, float] = field(default_factory=dict)
    quality: Quality = Quality()
    recording: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it stands."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


def as_json(record: CallRecord) -> dict[str, Any]:
    """A record as JSON knows it: moments in ISO 8601, `seconds` beside them."""
    told = asdict(record)
    told["started_at"] = record.started_at.isoformat()
    told["ended_at"] = record.ended_at and record.ended_at.isoformat()
    return told | {"seconds": record.seconds}


def from_json(told: Mapping[str, Any]) -> CallRecord:
    """The record that `as_json` told."""
    values = {key: value for key, value in told.items() if key != "seconds"}
    ended = values["ended_at"]
    return CallRecord(
        **values
        | {
            "started_at": datetime.fromisoformat(values["started_at"]),
            "ended_at": ended and datetime.fromisoformat(ended),
            "transcript": tuple(Utterance(**line) for line in values["transcript"]),
            "tools": tuple(ToolUse(**use) for use in values["tools"]),
            "opened": tuple(values["opened"]),
            "quality": Quality(**values["quality"]),
        }
    )

"""Keeps the record of one call while it stands, and tells the feed of each step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IReactorTime

from portero.call.arrival import Arrival
from portero.call.outcome import Outcome
from portero.call.pace import Pace
from portero.config.prices import Prices
from portero.feed import Feed
from portero.limits import RECORD_LINES, RECORD_TEXT_CHARS, TOOL_ARGUMENTS_CHARS
from portero.media import MediaStats
from portero.realtime.cost import Usage, cost_usd
from portero.records import CallRecord, Quality, ToolUse, Utterance

HIDDEN: Final = "[...]"
"""What stands for words that only the guard may know, in the log as in the record."""

UNFINISHED: Final = "unfinished"
"""The verdict on a tool whose call ended first."""

# Names of arguments whose values nobody may read later, whatever tool has them.
_SECRET: Final = ("pin", "nip", "clave", "code", "codigo", "código", "password", "secret", "token")


class Sound(Protocol):
    """A media leg's sound."""

    @property
    def stats(self) -> MediaStats:
        """Its figures until now, also after its end."""


class Spoken(Protocol):
    """The agent, as the record sees it."""

    usage: Usage
    barge_ins: int
    reconnects: int
    pace: Pace


def begun(call_id: str, tenant: str, arrival: Arrival, at: datetime) -> CallRecord:
    """The record of a call that has just come."""
    return CallRecord(
        call_id=call_id,
        tenant=tenant,
        started_at=at,
        caller_number=arrival.caller_number,
        caller_name=arrival.caller_name,
        channel=arrival.channel,
        unique_id=arrival.unique_id,
        did=arrival.did,
        extension=arrival.extension,
    )


class CallRecorder:
    """The record of one call. `clock`: for what lasts; `now`: seconds of the epoch.

    What it is told must be masked already, as it is for the log.
    """

    def __init__(
        self,
        call_id: str,
        tenant: str,
        arrival: Arrival,
        agent: Spoken,
        feed: Feed,
        *,
        prices: Prices | None,
        clock: IReactorTime,
        now: Callable[[], float],
    ) -> None:
        self._agent = agent
        self._feed = feed
        self._prices = prices
        self._clock = clock
        self._now = now
        self._began = clock.seconds()
        self._legs: list[Sound] = []
        self._lines: list[Utterance] = []
        self._tools: list[ToolUse] = []
        self._record = begun(call_id, tenant, arrival, self._moment())

    # -- what happens

    def begin(self) -> None:
        """The call is taken."""
        self._publish("begin", who=self._record.caller_number)

    def said(self, who: str, text: str) -> None:
        """A finished utterance of `visitor` or `agent`; RECORD_LINES of them are kept."""
        text = text[:RECORD_TEXT_CHARS]
        if len(self._lines) < RECORD_LINES:
            self._lines.append(Utterance(self._at(), who, text))
        self._publish("said", who=who, text=text)

    def tool(self, name: str, arguments: str) -> int:
        """The model calls a tool; the answer is the number of this use."""
        read = _arguments(arguments)
        self._tools.append(ToolUse(self._at(), name, read))
        self._publish("tool", name=name, arguments=read)
        return len(self._tools) - 1

    def verdict(self, use: int, verdict: str) -> None:
        """A tool has been run, or could not be."""
        began = self._tools[use]
        seconds = round(self._at() - began.at, 3)
        self._tools[use] = replace(began, verdict=verdict, seconds=seconds)
        self._publish("verdict", name=began.name, verdict=verdict, seconds=seconds)

    def opened(self, gate: str) -> None:
        """A gate has taken an order to open."""
        self._record = replace(self._record, opened=(*self._record.opened, gate))
        self._publish("opened", gate=gate)

    def guard(self, extension: str, *, answered: bool) -> None:
        """A person of the settings was called."""
        if answered:
            self._record = replace(self._record, guard_answered=True)
        self._publish("guard", who=extension, answered=answered)

    def leg(self, sound: Sound) -> None:
        """A media leg is dialled; its figures count from now on."""
        self._agent.pace.dialled(self._clock.seconds())
        self._legs.append(sound)

    def recorded_to(self, file: str) -> None:
        """Asterisk records the sound into that file."""
        self._record = replace(self._record, recording=file)

    # -- what stays

    def snapshot(self) -> CallRecord:
        """The record as it is now."""
        usage = {kind: amount for kind, amount in asdict(self._agent.usage).items() if amount}
        return replace(
            self._record,
            transcript=tuple(self._lines),
            tools=tuple(self._tools),
            usage=usage,
            cost_usd=self.cost_usd,
            quality=self._quality(),
        )

    @property
    def cost_usd(self) -> float | None:
        """What the model has cost until now; None for one without known prices."""
        return None if self._prices is None else cost_usd(self._agent.usage, self._prices)

    def finish(self, outcome: Outcome) -> CallRecord:
        """The call is over: its record."""
        for use, tool in enumerate(self._tools):
            if not tool.verdict:
                self.verdict(use, UNFINISHED)
        self._record = replace(
            self._record,
            ended_at=self._record.started_at + timedelta(seconds=self._at()),
            status=outcome.status.value,
            reason=outcome.reason,
        )
        self._publish(
            "end",
            status=outcome.status.value,
            reason=outcome.reason,
            seconds=round(self._at(), 1),
            cost_usd=self.cost_usd,
        )
        return self.snapshot()

    def _quality(self) -> Quality:
        legs = [leg.stats for leg in self._legs]
        jitters = [leg.jitter_ms for leg in legs if leg.jitter_ms is not None]
        pace = self._agent.pace
        return Quality(
            frames_in=sum(leg.frames_in for leg in legs),
            frames_out=sum(leg.frames_out for leg in legs),
            lost=sum(leg.lost for leg in legs),
            late=sum(leg.late for leg in legs),
            jitter_ms=max(jitters, default=None),
            underruns=sum(leg.underruns for leg in legs),
            overflow_ms=sum(leg.overflow_ms for leg in legs),
            silence_filled=sum(leg.silence_filled for leg in legs),
            barge_ins=self._agent.barge_ins,
            reconnects=self._agent.reconnects,
            first_sound_ms=pace.first_sound_ms,
            response_ms=pace.response_ms,
            response_ms_max=pace.response_ms_max,
        )

    def _publish(self, event: str, **brought: Any) -> None:
        named = {"event": event, "call": self._record.call_id, "tenant": self._record.tenant}
        self._feed.publish({**named, "at": self._moment().isoformat(), **brought})

    def _at(self) -> float:
        return round(self._clock.seconds() - self._began, 3)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def _arguments(given: str) -> dict[str, Any]:
    """A tool's arguments, without secrets; what is no object stands under `text`."""
    try:
        read = json.loads(given, parse_constant=str)  # NaN and its like are no JSON
        if isinstance(read, dict):
            return {name: _masked(name, value) for name, value in read.items()}
    except (ValueError, RecursionError):  # cut off, or brackets and nothing else
        pass
    return {"text": given[:TOOL_ARGUMENTS_CHARS]}


def _masked(name: str, value: Any) -> Any:
    if _is_secret(name):
        return HIDDEN
    if isinstance(value, dict):
        return {inner: _masked(inner, it) for inner, it in value.items()}
    if isinstance(value, list):
        return [_masked(name, it) for it in value]
    return value


def _is_secret(name: str) -> bool:
    words = name.lower().replace("-", "_").split("_")
    return any(word in _SECRET for word in words)

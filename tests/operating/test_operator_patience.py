"""`portero call`: how long it waits for the daemon, the agent and the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from console.standin import RECORD, STANDING

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from portero.errors import PorteroError
from portero.limits import (
    VISIT_BEGIN_SECONDS,
    VISIT_END_SECONDS,
    VISIT_PATIENCE_SECONDS,
    VISIT_PAUSE_SECONDS,
)
from portero.operator import visit
from portero.operator.originate import Origin
from portero.operator.visit import Conversation, Watch, begin
from portero.records import as_json

STEP = 0.05


class Phone:
    async def dial(self, origin: Origin) -> None:
        """Asterisk has the channel in its dialplan at once."""


class Agent:
    """What the visitor hears: something loud at `loud_at`, or nothing at all."""

    def __init__(self, clock: Clock, loud_at: float | None) -> None:
        self._clock = clock
        self._loud_at = loud_at

    @property
    def quiet_for(self) -> float | None:
        return None if self._loud_at is None else self._clock.seconds() - self._loud_at


class Daemon:
    """Knows one call, which is over from `over_at` on."""

    def __init__(self, clock: Clock, over_at: float) -> None:
        self._clock = clock
        self._over_at = over_at

    def call(self, call_id: str) -> Any:
        return as_json(RECORD if self._clock.seconds() >= self._over_at else STANDING)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    monkeypatch.setattr(visit, "deferToThread", maybeDeferred)
    clock = Clock()
    yield clock
    assert clock.getDelayedCalls() == []


def pass_until(clock: Clock, moment: float) -> None:
    while clock.seconds() < moment - STEP / 2:
        clock.advance(STEP)


def a_watch(client: Any = None) -> Watch:
    return Watch(client, Origin(4000), lambda _: None, "en", call_id=STANDING.call_id)


def test_a_call_that_never_comes_to_the_daemon_is_given_up(clock: Clock) -> None:
    beginning = Deferred.fromCoroutine(begin(Phone(), a_watch(), clock, "en"))  # type: ignore[arg-type]
    clock.advance(VISIT_BEGIN_SECONDS - 0.1)
    assert not beginning.called
    clock.advance(0.1)
    failure = SynchronousTestCase().failureResultOf(beginning, PorteroError)
    assert f"{VISIT_BEGIN_SECONDS:.0f} s" in str(failure.value)


def test_a_call_that_comes_just_in_time_has_begun(clock: Clock) -> None:
    watch = a_watch()
    beginning = Deferred.fromCoroutine(begin(Phone(), watch, clock, "en"))  # type: ignore[arg-type]
    clock.advance(VISIT_BEGIN_SECONDS - 0.1)
    watch.begun.callback(None)
    SynchronousTestCase().successResultOf(beginning)


@pytest.mark.parametrize(
    ("loud_at", "its_turn"), [(1.0, 1.0 + VISIT_PAUSE_SECONDS), (None, VISIT_PATIENCE_SECONDS)]
)
def test_the_visitor_speaks_when_the_agent_is_done_or_says_nothing(
    clock: Clock, loud_at: float | None, its_turn: float
) -> None:
    pass_until(clock, loud_at or 0.0)
    talk = Conversation(Agent(clock, loud_at), clock)  # type: ignore[arg-type]
    turn = Deferred.fromCoroutine(talk.turn())
    pass_until(clock, its_turn - 0.15)
    assert not turn.called
    pass_until(clock, its_turn + 0.15)
    assert turn.called


@pytest.mark.parametrize(
    ("over_at", "told"),
    [(VISIT_END_SECONDS - 0.2, RECORD), (VISIT_END_SECONDS + 1, STANDING)],
)
def test_the_record_is_waited_for_and_shown_as_it_stands_in_the_end(
    clock: Clock, over_at: float, told: Any
) -> None:
    watch = a_watch(Daemon(clock, over_at))
    watch.ended.callback(None)
    recording = Deferred.fromCoroutine(watch.record(clock))
    pass_until(clock, VISIT_END_SECONDS - 0.4)
    assert not recording.called
    pass_until(clock, VISIT_END_SECONDS + 0.3)
    record = SynchronousTestCase().successResultOf(recording)
    assert record == told

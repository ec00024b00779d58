"""How long the doctor waits: for a step, for a login, before a call by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from told import RED, told

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from portero.config.settings import Settings
from portero.doctor import around, sound
from portero.doctor.around import Look
from portero.doctor.findings import Finding
from portero.doctor.steps import run_steps
from portero.limits import (
    DOCTOR_ASTERISK_SECONDS,
    DOCTOR_CALL_AFTER_SECONDS,
    DOCTOR_LOGIN_SECONDS,
    DOCTOR_LONG_SECONDS,
    DOCTOR_SESSIONS_SECONDS,
    ECHO_CALL_SECONDS,
)


class Bench:
    """A doctor whose test call needs the console; `calls` are the lines that it was asked."""

    def __init__(self, reactor: Any, daemon: object = None) -> None:
        self.reactor = reactor
        self.daemon = daemon
        self.denied = ""
        self.settings = Settings(asterisk={"ami": {"password": "ami-s3cret"}})
        self.calls: list[str] = []
        self.measured: Deferred[Any] = Deferred()

    async def ask_console(self, line: str) -> str:
        if line.startswith("channel originate"):
            self.calls.append(line)
        return "Asterisk 20"

    async def daemon_echo(self) -> Any:
        return await self.measured


@pytest.fixture(autouse=True)
def dialplan(monkeypatch: pytest.MonkeyPatch) -> None:
    async def there(*_: object) -> bool:
        return True

    async def may_not_call(_: object) -> frozenset[str]:
        return frozenset()

    monkeypatch.setattr(sound, "exists", there)
    monkeypatch.setattr(sound, "allowed_actions", may_not_call)


def look(bench: Bench) -> Deferred[list[Finding]]:
    return Deferred.fromCoroutine(sound.look_at_echo(bench))  # type: ignore[arg-type]


async def never(_: Any) -> list[Finding]:
    return await Deferred()


(SESSIONS,) = (step for step in around.LOOKS if step.name == "realtime")


@pytest.mark.parametrize(
    ("step", "seconds"),
    [
        (Look("a", never), DOCTOR_LONG_SECONDS),
        (replace(SESSIONS, look=never, needs=()), DOCTOR_SESSIONS_SECONDS),
    ],
)
def test_a_step_that_never_ends_is_left(step: Look, seconds: float) -> None:
    clock = Clock()
    running = Deferred.fromCoroutine(
        run_steps([step], Bench(clock), tell=lambda _: None)  # type: ignore[arg-type]
    )
    clock.advance(seconds - 0.1)
    assert not running.called
    clock.advance(0.1)
    (finding,) = SynchronousTestCase().successResultOf(running)
    assert (finding.level, finding.word) == (RED, "doctor_late")


def test_a_call_by_hand_is_made_once_the_daemon_waits_for_it() -> None:
    clock = Clock()
    bench = Bench(clock, daemon=object())
    looking = look(bench)
    clock.advance(DOCTOR_CALL_AFTER_SECONDS - 0.1)
    assert bench.calls == []
    clock.advance(0.1)
    assert len(bench.calls) == 1
    assert DOCTOR_CALL_AFTER_SECONDS < ECHO_CALL_SECONDS  # for which the daemon waits
    bench.measured.callback({"outcome": "no_leg"})
    assert told(SynchronousTestCase().successResultOf(looking)) == [(sound.ECHO, RED)]


def test_no_call_is_made_for_a_test_that_is_over() -> None:
    clock = Clock()
    bench = Bench(clock, daemon=object())
    bench.measured.callback({"outcome": "busy"})
    look(bench)
    clock.advance(DOCTOR_CALL_AFTER_SECONDS)
    assert bench.calls == []
    assert clock.getDelayedCalls() == []


def test_a_login_that_never_comes_is_a_finding_of_the_test_call() -> None:
    reactor = MemoryReactorClock()
    looking = look(Bench(reactor))
    reactor.advance(DOCTOR_LOGIN_SECONDS - 0.1)
    assert not looking.called
    reactor.advance(0.1)
    (finding,) = SynchronousTestCase().successResultOf(looking)
    assert (finding.level, finding.word) == (RED, "doctor_echo_failed")
    assert "logged in" in finding.values["why"]
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.999])
def test_asterisks_whole_seconds_are_no_error_of_its_clock(fraction: float) -> None:
    class Ground:
        def __init__(self) -> None:
            self.aheads: dict[str, float | None] = {"api.openai.com": 0.0}

        def now(self) -> float:
            return 1_795_000_000 + fraction

        async def getvar(self, _: str) -> str:
            return str(int(self.now()))

    ground = Ground()
    (clock,) = (step for step in around.LOOKS if step.name == "clock")
    SynchronousTestCase().successResultOf(Deferred.fromCoroutine(clock.look(ground)))
    ahead = ground.aheads["Asterisk"]
    assert ahead is not None
    assert abs(ahead) <= DOCTOR_ASTERISK_SECONDS

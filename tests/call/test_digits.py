"""DTMF over AMI: one digit after another, and what is known when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AMICommandFailure, AMIDisconnected, AMITimeout
from portero.call.digits import play_digits
from portero.doorman.dtmf import DigitsCut
from portero.limits import DTMF_FIRST_SECONDS

CHANNEL = "PJSIP/intercom-0000002a"
FINE: Message = Message([("Response", "Success")])


class Manager:
    """AMI that answers each action as it is told; `sent` has the moment and the headers."""

    def __init__(self, clock: Clock, *answers: Callable[[Clock], Deferred[Message]]) -> None:
        self.sent: list[tuple[float, str, dict[str, object]]] = []
        self._clock = clock
        self._answers = list(answers)

    def action(self, action: str, /, **headers: object) -> Deferred[Message]:
        self.sent.append((round(self._clock.seconds(), 3), action, headers))
        return self._answers.pop(0)(self._clock)


def at_once(clock: Clock) -> Deferred[Message]:
    return succeed(FINE)


def after_the_tone(clock: Clock) -> Deferred[Message]:
    """What Asterisk does: it answers when the tone has been played."""
    answer: Deferred[Message] = Deferred()
    clock.callLater(0.16, answer.callback, FINE)
    return answer


def failing(error: AMICommandFailure) -> Callable[[Clock], Deferred[Message]]:
    return lambda clock: fail(error)


def play(*answers: Any, digits: str = "00*") -> tuple[Manager, list[Any]]:
    clock = Clock()
    manager = Manager(clock, *answers)
    ami: Any = manager
    outcome: list[Any] = []
    playing = play_digits(ami, CHANNEL, digits, tone_ms=160, gap_ms=120, clock=clock)
    Deferred.fromCoroutine(playing).addBoth(outcome.append)
    for _ in range(200):
        clock.advance(0.01)
    assert clock.getDelayedCalls() == []
    return manager, [getattr(result, "value", result) for result in outcome]


@pytest.mark.parametrize("answer", [at_once, after_the_tone])
def test_digits_go_one_by_one_with_tone_and_gap_between_their_beginnings(answer: Any) -> None:
    manager, outcome = play(answer, answer, answer)
    assert outcome == [True]
    starts = [at for at, _, _ in manager.sent]
    assert starts == pytest.approx(
        [DTMF_FIRST_SECONDS, DTMF_FIRST_SECONDS + 0.28, DTMF_FIRST_SECONDS + 0.56], abs=0.031
    )
    assert [(action, headers) for _, action, headers in manager.sent] == [
        ("PlayDTMF", {"Channel": CHANNEL, "Digit": digit, "Duration": 160}) for digit in "00*"
    ]  # no Receive: that would press the key on the visitor's side


def test_a_channel_that_is_gone_before_the_first_digit_heard_nothing() -> None:
    manager, outcome = play(failing(AMICommandFailure("Channel not found")))
    assert outcome == [False]
    assert len(manager.sent) == 1


@pytest.mark.parametrize(
    "answers",
    [
        (at_once, failing(AMICommandFailure("Channel not found"))),
        (failing(AMITimeout("PlayDTMF: no answer")),),
        (failing(AMIDisconnected("connection lost")),),
    ],
)
def test_half_a_code_or_none_that_is_known_of_is_neither_yes_nor_no(answers: Any) -> None:
    manager, (error,) = play(*answers)
    assert isinstance(error, DigitsCut)
    assert len(manager.sent) == len(answers)  # and nothing is played again


def test_the_code_is_told_to_nobody() -> None:
    with capturedLogs() as logged:
        _, (error,) = play(at_once, failing(AMICommandFailure("no digit 7")), digits="77")
    assert "7" not in str(error)
    assert error.__cause__ is None
    assert [event for event in logged if event["log_level"] >= LogLevel.debug] == []

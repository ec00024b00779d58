"""The relay's stand-in: notes what it is asked, and answers in its mood."""

from __future__ import annotations

import pytest
import pytest_twisted

from treq.testing import StubTreq
from twisted.internet.task import Clock

from portero.simulator.relay import Pulse, RelayMood, RelayServer

URL = "http://relay.example/relay/1/pulse"


def relay(mood: RelayMood = RelayMood.WELL) -> tuple[RelayServer, StubTreq, Clock]:
    clock = Clock()
    server = RelayServer(clock, mood=mood, slow_seconds=3.0)
    return server, StubTreq(server.resource), clock


@pytest_twisted.ensureDeferred
async def test_a_pulse_is_noted_with_its_time_and_body() -> None:
    told: list[Pulse] = []
    server, http, clock = relay()
    server.when_pulsed = told.append
    clock.advance(5)
    response = await http.post(URL, data=b"open")
    assert response.code == 200
    assert server.pulses == told == [Pulse(5.0, "POST", "/relay/1/pulse", b"open")]


@pytest.mark.parametrize(
    ("mood", "code", "body"),
    [
        (RelayMood.BROKEN, 500, "relay fault\n"),
        (RelayMood.HTML, 200, "<html><title>Login</title></html>"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_relay_in_a_bad_mood(mood: RelayMood, code: int, body: str) -> None:
    server, http, _ = relay(mood)
    response = await http.get(URL)
    assert (response.code, await response.text()) == (code, body)
    assert len(server.pulses) == 1


def test_a_slow_relay_answers_late() -> None:
    server, http, clock = relay(RelayMood.SLOW)
    answers: list[object] = []
    http.get(URL).addCallback(answers.append)
    http.flush()
    assert answers == []
    clock.advance(3)
    http.flush()
    assert len(answers) == 1
    assert server.pulses[0].at == 0.0


def test_a_hanging_relay_never_answers() -> None:
    _, http, clock = relay(RelayMood.HANGING)
    answers: list[object] = []
    http.get(URL).addCallback(answers.append)
    clock.advance(3600)
    http.flush()
    assert answers == []
    assert clock.getDelayedCalls() == []

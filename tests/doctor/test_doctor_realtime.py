"""The look at the speech model, against the stand-in: each thing that is wrong is told as such."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.realtime import look_at_reach, look_at_sessions
from portero.limits import (
    DOCTOR_SESSION_SECONDS,
    DOCTOR_SOUND_GREEN_SECONDS,
    DOCTOR_SOUND_YELLOW_SECONDS,
    DOCTOR_TENANTS,
)
from portero.messages import text
from portero.realtime.client import Lost
from portero.realtime.errors import Unreachable, UpgradeRefused
from portero.simulator.faults import Fault, FaultKind
from portero.simulator.realtime import RealtimeServer

KEY = "sk-proj-Xy12abcdEFGH"
GREEN, YELLOW, RED = Level.GREEN, Level.YELLOW, Level.RED
PCM = {"format": {"type": "audio/pcm", "rate": 24000}}


def settings(
    url: str = "ws://127.0.0.1:1", tenants: Iterable[Any] = (), **changes: Any
) -> Settings:
    return Settings.model_validate(
        {
            "realtime": {"url": url, "api_key": KEY, **changes},
            "tenants": list(tenants) or [{"id": "robles", "extensions": ["5000"]}],
        }
    )


def levels(findings: list[Finding]) -> list[tuple[str, Level]]:
    """Steps and levels; on the way every text is written, and the key is in none of them."""
    for finding in findings:
        for language in ("es", "en"):
            told = text(finding.word, language, **finding.values)
            if finding.cure:
                told += text(finding.cure, language, **finding.values)
            assert KEY not in told
        assert bool(finding.cure) == (finding.level is not GREEN)
    return [(finding.step, finding.level) for finding in findings]


# -- on real sockets, against the stand-in


async def look(*faults: Fault, key: str | None = KEY, **changes: Any) -> list[Finding]:
    server = RealtimeServer(reactor, faults=faults, api_key=key)
    server.startService()
    try:
        found = await look_at_sessions(settings(server.url, **changes), reactor)
        assert [note for session in server.sessions for note in session.record.violations] == []
        return found
    finally:
        await server.stopService()


@pytest_twisted.ensureDeferred
async def test_all_is_well() -> None:
    found = await look()
    assert levels(found) == [
        ("realtime.key", GREEN),
        ("realtime.model", GREEN),
        ("realtime.session", GREEN),
        ("realtime.sound", GREEN),
    ]
    sound = found[-1].values
    assert 0 <= float(sound["seconds"]) < DOCTOR_SOUND_GREEN_SECONDS
    assert float(sound["spoken"]) > 0.5
    assert 0 < float(sound["cost"]) < 0.1


@pytest_twisted.ensureDeferred
async def test_each_tenants_session_is_tried_and_one_greeting_is_paid_for() -> None:
    tenants = [
        {"id": "robles", "extensions": ["5000"]},
        {"id": "palmas", "extensions": ["5001"], "voice": "cedar"},
        {"id": "same", "extensions": ["5002"]},
    ]
    found = await look(tenants=tenants)
    assert [it.values["tenant"] for it in found if it.step == "realtime.session"] == [
        "robles",
        "palmas",
    ]
    assert [it.step for it in found].count("realtime.sound") == 1


@pytest.mark.parametrize(
    ("fault", "step", "word"),
    [
        (FaultKind.HTTP_401, "realtime.key", "doctor_realtime_key"),
        (FaultKind.INVALID_KEY, "realtime.key", "doctor_realtime_key"),
        (FaultKind.HTTP_429, "realtime.key", "doctor_realtime_rate"),
        (FaultKind.HTTP_503, "realtime.model", "doctor_realtime_down"),
        (FaultKind.REFUSE, "realtime.model", "doctor_realtime_down"),
        (FaultKind.ADMISSION, "realtime.model", "doctor_realtime_address"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_server_that_refuses_is_told_once(fault: FaultKind, step: str, word: str) -> None:
    tenants = [
        {"id": "robles", "extensions": ["5000"]},
        {"id": "palmas", "extensions": ["5001"], "voice": "cedar"},
    ]
    found = await look(Fault(fault), tenants=tenants)
    assert levels(found) == [(step, RED)]
    assert found[0].word == word


@pytest_twisted.ensureDeferred
async def test_a_wrong_key() -> None:
    found = await look(key="sk-another")
    assert levels(found) == [("realtime.key", RED)]


@pytest_twisted.ensureDeferred
async def test_the_way_there_is_told_with_the_servers_clock_and_a_proxy_that_is_not_used() -> None:
    server = RealtimeServer(reactor)
    server.startService()
    ours = settings(server.url)
    found, ahead = await look_at_reach(ours, reactor, now=lambda: 0.0, environ={})
    await server.stopService()
    assert levels(found) == [("realtime.reach", GREEN)]
    assert ahead is None  # the stand-in tells no Date
    environ = {"HTTPS_PROXY": "http://proxy:3128"}
    found, _ = await look_at_reach(ours, reactor, now=lambda: 0.0, environ=environ)
    assert levels(found) == [("realtime.reach", RED), ("realtime.reach", YELLOW)]
    assert "HTTPS_PROXY" in text(found[1].word, "en", **found[1].values)


# -- event by event


class Server:
    """A connection whose other end is in the test's hand."""

    def __init__(self, **changes: Any) -> None:
        self.clock = Clock()
        self.listeners: list[Any] = []
        self.sent: list[dict[str, Any]] = []
        self.closed = 0
        self.found: list[Finding] = []
        self.settings = settings(**changes)
        looking = Deferred.fromCoroutine(
            look_at_sessions(self.settings, self.clock, connect=self._connect)  # type: ignore[arg-type]
        )
        looking.addCallback(self.found.extend)
        self.looking = looking

    def _connect(self, listener: Any) -> Deferred[Any]:
        self.listeners.append(listener)
        return succeed(self)

    def send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)

    def close(self) -> Deferred[None]:
        self.closed += 1
        return succeed(None)

    def say(self, *events: dict[str, Any]) -> None:
        for event in events:
            self.listeners[-1].event_received(event)

    def set_up(self, audio: dict[str, Any] | None = None) -> None:
        audio = audio or {"input": PCM, "output": PCM}
        self.say({"type": "session.created", "session": {}})
        self.say({"type": "session.updated", "session": {"audio": audio}})

    def error(self, code: str, message: str = "no") -> None:
        self.say({"type": "error", "error": {"type": "x", "code": code, "message": message}})

    def greet(self) -> None:
        self.say({"type": "response.created", "response": {"id": "r1"}})
        delta = base64.b64encode(bytes(48_000)).decode()
        self.say(
            {
                "type": "response.output_audio.delta",
                "response_id": "r1",
                "item_id": "i1",
                "delta": delta,
            }
        )

    def done(self, **changes: Any) -> None:
        response = {"id": "r1", "status": "completed", "output": [], **changes}
        self.say({"type": "response.done", "response": response})

    def told(self) -> list[tuple[str, Level]]:
        """What was found; the look is over and has left nothing behind."""
        assert self.looking.called
        self.looking.addErrback(lambda failure: failure.raiseException())
        assert self.closed == len(self.listeners)
        assert self.clock.getDelayedCalls() == []
        return levels(self.found)


KEY_AND_MODEL = [("realtime.key", GREEN), ("realtime.model", GREEN)]


@pytest.mark.parametrize(
    ("code", "step", "word"),
    [
        ("invalid_api_key", "realtime.key", "doctor_realtime_key"),
        ("insufficient_quota", "realtime.key", "doctor_realtime_quota"),
        ("billing_hard_limit_reached", "realtime.key", "doctor_realtime_quota"),
        ("account_deactivated", "realtime.key", "doctor_realtime_forbidden"),
        ("model_not_found", "realtime.model", "doctor_realtime_model_missing"),
        ("beta_api_shape_disabled", "realtime.model", "doctor_realtime_address"),
    ],
)
def test_an_error_instead_of_a_session(code: str, step: str, word: str) -> None:
    server = Server()
    server.error(code, f"Incorrect API key provided: {KEY}.")
    assert server.told() == [(step, RED)]
    assert server.found[0].word == word
    if word == "doctor_realtime_key":  # servers repeat parts of it
        assert server.found[0].values["why"] == ""


@pytest.mark.parametrize(
    ("status", "step", "word"),
    [
        (401, "realtime.key", "doctor_realtime_key"),
        (403, "realtime.key", "doctor_realtime_forbidden"),
        (404, "realtime.model", "doctor_realtime_model_missing"),
        (400, "realtime.model", "doctor_realtime_address"),
        (302, "realtime.model", "doctor_realtime_address"),
        (502, "realtime.model", "doctor_realtime_down"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_status_instead_of_an_upgrade(status: int, step: str, word: str) -> None:
    def connect(_: Any) -> Deferred[Any]:
        refused: Deferred[Any] = Deferred()
        refused.errback(UpgradeRefused("api.openai.com:443", status))
        return refused

    found = await look_at_sessions(settings(), reactor, connect=connect)
    assert levels(found) == [(step, RED)]
    assert found[0].word == word


@pytest_twisted.ensureDeferred
async def test_no_connection() -> None:
    def connect(_: Any) -> Deferred[Any]:
        failed: Deferred[Any] = Deferred()
        failed.errback(Unreachable("api.openai.com:443", "no answer within 5 s"))
        return failed

    found = await look_at_sessions(settings(), reactor, connect=connect)
    assert levels(found) == [("realtime.model", RED)]
    assert found[0].values["why"] == "no answer within 5 s"


def test_a_voice_that_the_server_does_not_know() -> None:
    server = Server(voice="juanita")
    server.say({"type": "session.created", "session": {}})
    server.error("invalid_value", "Invalid value: 'juanita'.")
    assert server.told() == [*KEY_AND_MODEL, ("realtime.session", RED)]
    assert "Invalid value: 'juanita'." in text(
        server.found[-1].word, "en", **server.found[-1].values
    )


def test_a_server_that_only_has_another_sound() -> None:
    server = Server()
    server.set_up({"input": PCM, "output": {"format": {"type": "audio/pcmu"}}})
    assert server.told() == [*KEY_AND_MODEL, ("realtime.session", RED)]
    assert server.found[-1].word == "doctor_realtime_format"


def test_no_credit_is_found_when_the_agent_should_speak() -> None:
    server = Server()
    server.set_up()
    error = {"code": "insufficient_quota", "message": "You exceeded your current quota."}
    server.say({"type": "response.created", "response": {"id": "r1"}})
    server.done(status="failed", status_details={"type": "failed", "error": error})
    assert server.told() == [*KEY_AND_MODEL, ("realtime.key", RED)]
    assert server.found[-1].word == "doctor_realtime_quota"


@pytest.mark.parametrize(
    ("seconds", "level"),
    [
        (DOCTOR_SOUND_GREEN_SECONDS - 0.1, GREEN),
        (DOCTOR_SOUND_GREEN_SECONDS, YELLOW),
        (DOCTOR_SOUND_YELLOW_SECONDS - 0.1, YELLOW),
        (DOCTOR_SOUND_YELLOW_SECONDS, RED),
    ],
)
def test_how_soon_the_agent_speaks(seconds: float, level: Level) -> None:
    server = Server()
    server.set_up()
    server.clock.advance(seconds)
    server.greet()
    server.done()
    assert server.told()[-1] == ("realtime.sound", level)
    assert server.found[-1].values["seconds"] == f"{seconds:.1f}"
    assert server.found[-1].values["spoken"] == "1.0"


def test_a_first_try_that_fails_in_passing_is_none_of_the_installers_business() -> None:
    server = Server()
    server.set_up()
    server.say({"type": "response.created", "response": {"id": "r1"}})
    error = {"code": "server_error", "message": "sorry"}
    server.done(status="failed", status_details={"type": "failed", "error": error})
    server.greet()
    server.done()
    assert {level for _, level in server.told()} == {GREEN}


def test_a_greeting_cut_by_the_settings_counts() -> None:
    server = Server(max_output_tokens=20)
    server.set_up()
    server.greet()
    details = {"type": "incomplete", "reason": "max_output_tokens"}
    server.done(status="incomplete", status_details=details)
    assert server.told()[-1] == ("realtime.sound", GREEN)


def test_a_server_that_says_nothing_at_all() -> None:
    server = Server()
    server.clock.advance(DOCTOR_SESSION_SECONDS - 0.1)
    assert not server.looking.called
    server.clock.advance(0.1)
    assert server.told() == [("realtime.model", RED)]


def test_an_agent_that_says_nothing() -> None:
    server = Server()
    server.set_up()
    server.clock.advance(DOCTOR_SESSION_SECONDS)
    assert server.told()[-1] == ("realtime.sound", RED)


def test_a_server_that_hangs_up_with_a_reason() -> None:
    server = Server()
    reason = "invalid_request_error.invalid_api_key"
    server.listeners[-1].connection_lost(Lost.by(3000, reason))
    assert server.told() == [("realtime.key", RED)]


def test_a_server_that_hangs_up_without_one() -> None:
    server = Server()
    server.set_up()
    server.listeners[-1].connection_lost(Lost.by(1006, ""))
    assert server.told()[-1] == ("realtime.model", RED)


def test_a_thousand_tenants_are_not_all_tried() -> None:
    many = [
        {"id": f"t{n}", "extensions": [f"5{n:03}"], "voice": f"v{n}"}
        for n in range(DOCTOR_TENANTS + 5)
    ]
    server = Server(tenants=many)
    server.set_up()
    server.greet()
    server.done()
    while not server.looking.called:
        server.set_up()
    assert len(server.listeners) == DOCTOR_TENANTS
    server.told()


def test_without_a_tenant_the_model_is_tried_all_the_same() -> None:
    server = Server()
    assert not server.looking.called
    none = Settings.model_validate({"realtime": {"api_key": KEY}})
    found: list[Finding] = []
    looking = look_at_sessions(none, server.clock, connect=server._connect)  # type: ignore[arg-type]
    Deferred.fromCoroutine(looking).addCallback(found.extend)
    server.set_up()
    assert levels(found) == [*KEY_AND_MODEL, ("realtime.session", GREEN)]

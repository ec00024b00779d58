"""What answers where the AMI should be (real sockets, no Asterisk)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_twisted
from told import RED, told

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from portero.config.settings import Settings
from portero.doctor import ami
from portero.doctor.ami import look_at_login, look_at_reach


@dataclass
class Bench:
    settings: Settings
    reactor: Any = reactor
    ami: Any = None
    getvar: Any = None
    now: Callable[[], float] = time.time

    async def ask_console(self, line: str) -> str | None:
        return None


class Stranger(Protocol):
    """Greets, answers whatever it is asked with `answer`, or hangs up."""

    greeting = b""
    answer = b""
    leaves = False

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.greeting)
        if self.leaves:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        if self.answer:
            self.transport.write(self.answer)


Serve = Callable[..., Bench]


@pytest_twisted.async_yield_fixture
async def serve(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Starts a stranger, and returns a bench whose AMI it is."""
    ports = []

    def start(tls: bool = False, **how: Any) -> Bench:
        if "greeting" not in how:  # who greets has all the time that there is
            monkeypatch.setattr(ami, "DOCTOR_BANNER_SECONDS", 0.05)
        if not how:
            monkeypatch.setattr(ami, "DOCTOR_REACH_SECONDS", 0.5)
        factory = Factory.forProtocol(type("One", (Stranger,), how))
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        ports.append(port)
        where = {"port": port.getHost().port, "password": "sk-secret", "tls": tls}
        return Bench(Settings.model_validate({"asterisk": {"ami": where}}))

    yield start
    for port in ports:
        await port.stopListening()


@pytest.mark.parametrize(
    ("how", "word", "what"),
    [
        ({"greeting": b"Asterisk Call Manager/11.0.0\r\n"}, "doctor_ami_reached", None),
        ({"greeting": b"SSH-2.0-OpenSSH_9.2p1\r\n"}, "doctor_ami_stranger", "SSH"),
        ({"answer": b"HTTP/1.0 404 Not Found\r\n\r\n"}, "doctor_ami_stranger", "HTTP (ARI?)"),
        ({"answer": b"\x15\x03\x01\x00\x02\x02\x16"}, "doctor_ami_stranger", "TLS"),
        ({"greeting": b"+OK ready\x1b[2J\r\n"}, "doctor_ami_stranger", "'+OK ready�[2J�'"),
        ({}, "doctor_ami_silent", None),
        ({"leaves": True}, "doctor_ami_closed", None),
        ({"greeting": b"Asterisk Call Manager/11.0.0\r\n", "tls": True}, "doctor_ami_tls", None),
    ],
)
@pytest_twisted.ensureDeferred
async def test_who_answers(serve: Serve, how: dict[str, Any], word: str, what: str | None) -> None:
    findings = await look_at_reach(serve(**how))  # type: ignore[arg-type]
    told(findings, secret="sk-secret")
    assert [finding.word for finding in findings] == [word]
    if what is not None:
        assert findings[0].values["what"] == what


@pytest_twisted.ensureDeferred
async def test_a_name_that_nobody_knows() -> None:
    settings = Settings.model_validate({"asterisk": {"ami": {"host": "pbx.invalid"}}})
    findings = await look_at_reach(Bench(settings))  # type: ignore[arg-type]
    assert told(findings) == [("ami.reach", RED)]
    assert findings[0].word in ("doctor_ami_name", "doctor_ami_far")


@pytest.mark.parametrize(
    "how",
    [
        {"greeting": b"SSH-2.0-OpenSSH_9.2p1\r\n"},
        {"greeting": b"Asterisk Call Manager/11.0.0\r\n", "leaves": True},
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_login_that_comes_to_nothing(serve: Serve, how: dict[str, Any]) -> None:
    findings = await look_at_login(serve(**how))  # type: ignore[arg-type]
    assert told(findings, secret="sk-secret") == [("ami.login", RED)]
    assert findings[0].word == "doctor_ami_cut"

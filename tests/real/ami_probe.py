"""A small AMI client of the tests' own: independent of the one under test."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from twisted.internet import endpoints, reactor
from twisted.internet.defer import Deferred
from twisted.protocols.basic import LineOnlyReceiver

Message = dict[str, str]
PATIENCE = 15.0


class AmiProbe(LineOnlyReceiver):
    """Sends actions, keeps every event; lines of a repeated header are joined by newlines."""

    MAX_LENGTH = 1 << 20

    def __init__(self) -> None:
        self.banner = ""
        self.events: list[Message] = []
        self.lost: Deferred[None] = Deferred()
        self._message: Message = {}
        self._ids = count(1)
        self._answers: dict[str, Deferred[Message]] = {}
        self._waiting: list[tuple[Message, Deferred[Message]]] = []

    def lineReceived(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if not self.banner:
            self.banner = text
        elif text:
            key, _, value = text.partition(":")
            value = value.strip()
            self._message[key] = f"{self._message[key]}\n{value}" if key in self._message else value
        elif self._message:
            message, self._message = self._message, {}
            self._dispatch(message)

    def connectionLost(self, reason: object = None) -> None:
        self.lost.callback(None)

    def _dispatch(self, message: Message) -> None:
        if "Event" not in message:  # an OriginateResponse event has a "Response" as well
            self._answers.pop(message.get("ActionID", "")).callback(message)
            return
        self.events.append(message)
        for wanted, deferred in list(self._waiting):
            if wanted.items() <= message.items():
                self._waiting.remove((wanted, deferred))
                deferred.callback(message)

    def action(self, name: str, **headers: str | Iterable[str]) -> Deferred[Message]:
        """Send an action; a header with several values is sent once for each."""
        action_id = f"probe-{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        for key, values in headers.items():
            for value in (values,) if isinstance(values, str) else values:
                lines.append(f"{key}: {value}")
        assert self.transport is not None
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = self._answers[action_id] = Deferred()
        return answer.addTimeout(PATIENCE, _clock())

    def event(
        self, name: str, *, since: int = 0, patience: float = PATIENCE, **headers: str
    ) -> Deferred[Message]:
        """The first such event after the first ``since`` ones, also one that has come already."""
        wanted = {"Event": name, **headers}
        for message in self.events[since:]:
            if wanted.items() <= message.items():
                done: Deferred[Message] = Deferred()
                done.callback(message)
                return done
        deferred: Deferred[Message] = Deferred()
        self._waiting.append((wanted, deferred))
        return deferred.addTimeout(patience, _clock())

    def seen(self, name: str, **headers: str) -> list[Message]:
        """All such events so far."""
        wanted = {"Event": name, **headers}
        return [message for message in self.events if wanted.items() <= message.items()]

    async def cli(self, command: str) -> str:
        return (await self.action("Command", Command=command)).get("Output", "")

    async def close(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()
        await self.lost


async def log_in(port: int, username: str, secret: str) -> AmiProbe:
    """A probe that is logged in; ``AssertionError`` with Asterisk's words when it is refused."""
    endpoint = endpoints.TCP4ClientEndpoint(_clock(), "127.0.0.1", port)
    probe = AmiProbe()
    await endpoints.connectProtocol(endpoint, probe)
    answer = await probe.action("Login", Username=username, Secret=secret)
    assert answer["Response"] == "Success", answer
    return probe


def _clock() -> Any:
    return reactor

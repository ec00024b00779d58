"""A small FastAGI server of the tests' own: what Asterisk sends, raw, and what it answers."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

PATIENCE = 15.0


class AgiSession(LineOnlyReceiver):
    """One session: its environment, then commands one at a time, each line kept in ``lines``."""

    delimiter = b"\n"

    def __init__(self, started: DeferredQueue[AgiSession]) -> None:
        self.environment: dict[str, str] = {}
        self.lines: list[str] = []
        self.lost: Deferred[None] = Deferred()
        self._started = started
        self._in_environment = True
        self._answer: Deferred[str] | None = None

    def lineReceived(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if not self._in_environment:
            self.lines.append(text)
            if self._answer is not None and text != "HANGUP":
                answer, self._answer = self._answer, None
                answer.callback(text)
        elif text:
            key, _, value = text.partition(": ")
            self.environment[key] = value
        else:
            self._in_environment = False
            self._started.put(self)

    def connectionLost(self, reason: object = None) -> None:
        self.lost.callback(None)

    def command(self, line: str, patience: float = PATIENCE) -> Deferred[str]:
        """Send a command; the first line of its answer (``HANGUP`` lines are left out)."""
        assert self._answer is None, "one command at a time"
        assert self.transport is not None
        self._answer = Deferred()
        self.transport.write(line.encode() + b"\n")
        return self._answer.addTimeout(patience, _reactor())

    async def end(self, **variables: str) -> None:
        """Set variables, hand the call back to the dialplan."""
        for name, value in variables.items():
            await self.command(f'SET VARIABLE {name} "{value}"')
        self.drop()
        await self.lost

    def drop(self) -> None:
        """Close at once, as a server that dies."""
        assert self.transport is not None
        self.transport.abortConnection()


class AgiProbe:
    """Listens where the dialplan looks for portero; ``session`` waits for the next call."""

    def __init__(self, port: int = 0) -> None:
        self._sessions: DeferredQueue[AgiSession] = DeferredQueue()
        factory = Factory.forProtocol(lambda: AgiSession(self._sessions))
        self._port = _reactor().listenTCP(port, factory, interface="127.0.0.1")

    @property
    def port(self) -> int:
        return int(self._port.getHost().port)

    def session(self) -> Deferred[AgiSession]:
        return self._sessions.get().addTimeout(PATIENCE, _reactor())

    async def close(self) -> None:
        await self._port.stopListening()


def _reactor() -> Any:
    return reactor

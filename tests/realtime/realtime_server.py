"""The other end of a Realtime connection: Autobahn's own server, and a listener that remembers."""

from __future__ import annotations

import json
from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from twisted.internet.defer import Deferred

from portero.realtime.client import Lost


class Server(WebSocketServerProtocol):
    """Autobahn's server, whose parser judges every frame of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.request: Any = None
        self.messages: list[bytes] = []
        self.pings = 0
        self.mute = False
        self.closed: tuple[int | None, str | None] | None = None
        self.gone: Deferred[None] = Deferred()
        self._waiting: tuple[int, Deferred[None]] | None = None

    def heard(self, count: int) -> Deferred[None]:
        """Fires when so many messages have come."""
        waiting: Deferred[None] = Deferred()
        self._waiting = count, waiting
        self._tell()
        return waiting

    def _tell(self) -> None:
        if self._waiting and len(self.messages) >= self._waiting[0]:
            waiting, self._waiting = self._waiting[1], None
            waiting.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)
        self.gone.callback(None)

    def onConnect(self, request: Any) -> None:
        self.request = request

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        assert not isBinary
        self.messages.append(payload)
        self._tell()

    def onPing(self, payload: bytes) -> None:
        self.pings += 1
        if not self.mute:
            self.sendPong(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.closed = code, reason

    def send(self, event: object) -> None:
        self.sendMessage(json.dumps(event).encode())


class Listener:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.lost: list[Lost] = []
        self.gone: Deferred[None] = Deferred()

    def event_received(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def connection_lost(self, lost: Lost) -> None:
        self.lost.append(lost)
        if not self.gone.called:
            self.gone.callback(None)

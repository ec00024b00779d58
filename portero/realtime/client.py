"""The connection to a Realtime server: a thin shell around Autobahn's WebSocket client.

Autobahn keeps its own timers (ping, handshakes) on the global reactor, and forgets one when a peer
hangs up while closing. So they are all off, and a connection has one timer of ours instead.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, Protocol

import msgspec
import txaio

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import (
    IDelayedCall,
    IOpenSSLClientConnectionCreator,
    IPushProducer,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.ssl import optionsForClientTLS
from zope.interface import implementer

from portero import __version__
from portero.limits import (
    REALTIME_CLOSE_SECONDS,
    REALTIME_CONNECT_SECONDS,
    REALTIME_EVENT_BYTES,
    REALTIME_PING_SECONDS,
    REALTIME_UNSENT_BYTES,
)
from portero.realtime.dialects import Target
from portero.realtime.errors import Unreachable, UpgradeRefused
from portero.realtime.events import MalformedEvent, decode
from portero.realtime.frames import MASK_BYTES, append_frame
from portero.waiting import Waiters

# Close codes (reference 1.4): a new session may work after these; the others refuse us for good.
_RETRY_CODES: Final = {1001, 1005, 1006, 1011, 1012, 1013, 1015}
_FATAL_CODES: Final = {1008, 3000, 4000}
_NO_CODE: Final = 1005
_ABNORMAL: Final = 1006


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a connection ended.

    `code`: of the close frame (1005: it had none; 1006: there was no close frame).
    `fatal`: key, model or account are refused: the next call will fare no better.
    `retry`: a new session may work.
    """

    code: int
    reason: str
    fatal: bool
    retry: bool

    def __str__(self) -> str:
        why = f"{self.reason or 'the server gave no reason'} (close code {self.code})"
        return f"{why}; check realtime.api_key and realtime.model" if self.fatal else why

    @classmethod
    def by(cls, code: int | None, reason: str | None) -> Lost:
        """Classify a close code."""
        code = _NO_CODE if code is None else code
        return cls(code, reason or "", fatal=code in _FATAL_CODES, retry=code in _RETRY_CODES)


class RealtimeListener(Protocol):
    """Who hears what comes over a connection, until it calls `close`."""

    def event_received(self, event: dict[str, Any]) -> None:
        """One server event, decoded from JSON."""

    def connection_lost(self, lost: Lost) -> None:
        """The server or the network has ended the connection; called once."""


def connect(
    reactor: IReactorTime,
    target: Target,
    listener: RealtimeListener,
    *,
    timeout: float = REALTIME_CONNECT_SECONDS,
    endpoint: IStreamClientEndpoint | None = None,
) -> Deferred[RealtimeConnection]:
    """Open a connection within `timeout` seconds; fails with a RealtimeError.

    `endpoint`: the way to the server where it is not what `target` says, as in tests.
    """
    factory = WebSocketClientFactory(
        target.url,
        headers=dict(target.headers),
        useragent=f"portero/{__version__}",
        reactor=reactor,
    )
    server = f"{factory.host}:{factory.port}"
    connection = RealtimeConnection(server, listener, clock=reactor)
    _set_up(factory, connection)
    opening = Deferred.fromCoroutine(
        _open(endpoint or _endpoint(reactor, factory), factory, connection)
    )

    def timed_out(*_: object) -> RealtimeConnection:
        raise Unreachable(server, f"no answer within {timeout:g} s")

    return opening.addTimeout(timeout, reactor, timed_out)


def _set_up(factory: Any, connection: RealtimeConnection) -> None:
    factory.noisy = False
    factory.protocol = partial(_Socket, connection)
    factory.setProtocolOptions(
        utf8validateIncoming=False,  # the JSON decoder does it
        tcpNoDelay=True,
        openHandshakeTimeout=0,
        closeHandshakeTimeout=0,
        serverConnectionDropTimeout=0,
        autoPingInterval=0,
        maxMessagePayloadSize=REALTIME_EVENT_BYTES,
    )


def _endpoint(reactor: IReactorTime, factory: Any) -> IStreamClientEndpoint:
    plain = HostnameEndpoint(reactor, factory.host, factory.port)
    return wrapClientTLS(trust(factory.host), plain) if factory.isSecure else plain


@lru_cache(1)  # a daemon talks to one server
def trust(host: str) -> IOpenSSLClientConnectionCreator:
    """What verifies `host` for all calls: the system's authorities take 7 ms and 0.9 MB to load."""
    return optionsForClientTLS(host)


async def _open(
    way: IStreamClientEndpoint, factory: Any, connection: RealtimeConnection
) -> RealtimeConnection:
    try:
        await way.connect(factory)
    except (ConnectError, DNSLookupError) as error:
        raise Unreachable(connection.server, str(error)) from error
    await connection.opening
    return connection


class RealtimeConnection:
    """A connection to the server named `server`; whoever got it from `connect` closes it."""

    def __init__(self, server: str, listener: RealtimeListener, *, clock: IReactorTime) -> None:
        self.server = server
        self.dropped_bytes = 0
        """Sound of the visitor that was not sent because the network stood still, in bytes."""
        self.opening: Deferred[None] = Deferred(lambda _: self._give_up())
        self._listener: RealtimeListener | None = listener
        self._clock = clock
        self._socket: _Socket | None = None
        self._gone = Waiters()
        self._timer: IDelayedCall | None = None
        self._alive = True
        self._unsent = _Unsent()

    # -- for the owner

    def send(self, event: dict[str, Any]) -> None:
        """Send one client event; without effect once the connection is closing."""
        if socket := self._open_socket:
            socket.sendMessage(msgspec.json.encode(event))

    def append(self, audio: bytes) -> None:
        """Send sound of the visitor: bytes of the session's input format.

        While the network stands still, REALTIME_UNSENT_BYTES are kept; the rest is dropped.
        """
        socket = self._open_socket
        if socket is None:
            return
        if self._unsent.full:
            self.dropped_bytes += len(audio)
            return
        # Autobahn holds nothing back (no chopped sends here), so frames can't get out of order.
        frame = append_frame(audio, os.urandom(MASK_BYTES))
        socket.transport.write(frame)
        self._unsent.add(len(frame))

    def close(self) -> Deferred[None]:
        """Say goodbye and hang up; fires when the socket is gone. The listener hears no more."""
        self._listener = None
        if self._socket is None:
            return succeed(None)
        gone = self._gone.wait()
        if socket := self._open_socket:
            socket.sendClose(1000)
            self._abort_unless_gone()
        return gone

    @property
    def _open_socket(self) -> _Socket | None:
        socket = self._socket
        return socket if socket and socket.state == socket.STATE_OPEN else None

    def _give_up(self) -> None:
        """Nobody waits for the server any more, or wants to hear that it is gone."""
        self._listener = None
        self._abort("it is not wanted any more")

    # -- for the socket

    def socket_made(self, socket: _Socket) -> None:
        """TCP is up."""
        self._socket = socket
        socket.registerProducer(self._unsent, True)

    def socket_opened(self) -> None:
        """The server has accepted the upgrade."""
        self._keep_alive()
        self.opening.callback(None)

    def received(self, frame: bytes) -> None:
        """A message has come."""
        self._alive = True
        if self._listener is None:
            return
        try:
            event = decode(frame)
        except MalformedEvent as error:
            self._abort(str(error))
        else:
            self._listener.event_received(event)

    def unreadable(self, error: ValueError) -> None:
        """What has come is no HTTP and no WebSocket."""
        self._abort(f"what it sends can't be read: {error}")

    def pong(self) -> None:
        """The server has answered a ping."""
        self._alive = True

    def server_closes(self, socket: _Socket) -> None:
        """The goodbyes are said: hang up, whether or not the server does."""
        socket.unregisterProducer()
        socket.transport.loseConnection()
        self._abort_unless_gone()

    def socket_lost(self, code: int | None, reason: str | None, http_status: int | None) -> None:
        """TCP is gone."""
        self._socket = None
        self._stop_timer()
        if not self.opening.called:
            self.opening.errback(
                UpgradeRefused(self.server, http_status)
                if http_status
                else Unreachable(self.server, reason or "the server hung up")
            )
        elif self._listener is not None:
            listener, self._listener = self._listener, None
            listener.connection_lost(Lost.by(code, reason))
        self._gone.fire()

    # -- its one timer

    def _keep_alive(self) -> None:
        """Ping, and hang up when nothing has come since the last ping."""
        if not self._alive or self._socket is None:
            self._abort(f"no sign of life for {REALTIME_PING_SECONDS:g} s")
            return
        self._alive = False
        self._socket.sendPing()
        self._timer = self._clock.callLater(REALTIME_PING_SECONDS, self._keep_alive)

    def _abort_unless_gone(self) -> None:
        self._stop_timer()
        self._timer = self._clock.callLater(
            REALTIME_CLOSE_SECONDS, self._abort, "it did not hang up after the goodbyes"
        )

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _abort(self, why: str) -> None:
        if self._socket is not None:
            self._socket.wasClean, self._socket.wasNotCleanReason = False, why
            self._socket.dropConnection(abort=True)


@implementer(IPushProducer)
class _Unsent:
    """Counts what is written while the transport's own buffer is full."""

    def __init__(self) -> None:
        self._paused = False
        self._size = 0

    @property
    def full(self) -> bool:
        return self._size >= REALTIME_UNSENT_BYTES

    def add(self, size: int) -> None:
        if self._paused:
            self._size += size

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused, self._size = False, 0

    def stopProducing(self) -> None:
        """The socket is lost, and says so to its connection."""


class _Socket(WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn has no types
    """Hands on to its connection what Autobahn calls."""

    # What ends a connection is told once, by its owner: Autobahn would say it on a line of its own.
    log = txaio.make_logger()  # type: ignore[attr-defined]
    log.set_log_level("none")

    def __init__(self, connection: RealtimeConnection) -> None:
        super().__init__()
        self._connection = connection

    def connectionMade(self) -> None:
        super().connectionMade()
        self._connection.socket_made(self)

    def dataReceived(self, data: bytes) -> None:
        try:
            super().dataReceived(data)
        except ValueError as error:  # Autobahn decodes the headers of an answer as they come
            self._connection.unreadable(error)

    def onOpen(self) -> None:
        self._connection.socket_opened()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self._connection.received(payload)

    def onPong(self, payload: bytes) -> None:
        self._connection.pong()

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> bool | None:
        failed: bool | None = super().onCloseFrame(code, reasonRaw)
        self._connection.server_closes(self)
        return failed

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self._connection.socket_lost(code, self.wasNotCleanReason or reason, self._refused_with())

    def _refused_with(self) -> int | None:
        """The HTTP status that came instead of 101, if one did."""
        words = getattr(self, "http_status_line", "").split()
        status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 101
        return None if status == 101 else status

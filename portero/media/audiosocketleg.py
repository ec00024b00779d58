"""The leg over AudioSocket: Asterisk connects to a listener of ours, and names the call's UUID."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from twisted.internet.address import IPv4Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IListeningPort,
    IPushProducer,
    IReactorTCP,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from portero.limits import (
    AUDIOSOCKET_CLOSE_SECONDS,
    AUDIOSOCKET_STRANGERS,
    AUDIOSOCKET_UUID_SECONDS,
    DATAGRAMS_PER_BEAT,
    JITTER_MIN_FRAMES,
)
from portero.media.audiosocket import Kind, Message, MessageParser, build_message
from portero.media.formats import LegFormat
from portero.media.leg import LegCounts
from portero.waiting import Happening, Waiters

log = Logger()


class AudioSocketLeg:
    """One call's AudioSocket; it exists before Asterisk connects."""

    needs_remote = False

    def __init__(self, leg: LegFormat, dial_string: str, forget: Callable[[], None]) -> None:
        self._format = leg
        self._forget = forget
        self._connection: AudioSocketProtocol | None = None
        self._sound = bytearray()
        self._counts = LegCounts()
        self.dial_string = dial_string
        self.connected = Happening()
        self.lost = Happening()

    @property
    def ready(self) -> bool:
        """See Leg: not while Asterisk takes nothing, so that no word is lost meanwhile."""
        return self._connection is not None and not self._connection.paused

    def set_remote(self, host: str, port: int) -> None:
        """See Leg; Asterisk connects to us here, so there is nothing to be told."""
        raise ValueError(f"{self.dial_string}: an AudioSocket leg has no remote to be set")

    def attach(self, connection: AudioSocketProtocol) -> bool:
        """Asterisk has connected and named this call: False when it already has."""
        if self.connected.happened:
            return False
        self._connection = connection
        self.connected.fire()
        return True

    def detach(self) -> None:
        """Asterisk has gone."""
        self._connection = None
        self.lost.fire()

    def take(self, message: Message) -> None:
        """A message of Asterisk's after its UUID."""
        if message.kind in self._format.types_in:
            self._counts.frames_in += 1
            if len(self._sound) < DATAGRAMS_PER_BEAT * self._format.bytes_in:
                self._sound += message.payload
            else:
                self._counts.skipped += 1
        elif message.kind != Kind.DTMF:  # AMI tells of digits too, on the visitor's channel
            self._counts.malformed += 1
            if self._counts.malformed == 1:
                log.warn(
                    "{leg}: dropped a message of kind {kind:#04x}, not {expected:#04x}",
                    leg=self.dial_string,
                    kind=message.kind,
                    expected=self._format.type_out,
                )

    def drain(self) -> None:
        """See Leg; the reactor has done it."""

    def pop(self) -> bytes | None:
        """See Leg."""
        length = self._format.bytes_in
        if len(self._sound) < length:
            return None
        frame = bytes(self._sound[:length])
        del self._sound[:length]
        return frame

    def give_up(self) -> int:
        """See Leg; over TCP nothing is missing."""
        return 0

    def trim(self) -> None:
        """See Leg. TCP loses and reorders nothing, so little has to wait."""
        length = self._format.bytes_in
        excess = len(self._sound) // length - JITTER_MIN_FRAMES
        if excess > 0:
            self._counts.skipped += excess
            del self._sound[: excess * length]

    def send(self, frame: bytes, *, starts_spurt: bool) -> None:
        """See Leg; there is no marker here."""
        if self._connection is not None:
            self._connection.write(self._format.type_out, frame)
            self._counts.frames_out += 1

    def counts(self) -> LegCounts:
        """See Leg."""
        return self._counts

    def close(self) -> None:
        """See Leg."""
        self._forget()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@implementer(IPushProducer)
class AudioSocketProtocol(Protocol):
    """One connection of Asterisk's."""

    transport: Connection

    def __init__(self, listener: AudioSocketListener) -> None:
        self._listener = listener
        self._parser = MessageParser()
        self._leg: AudioSocketLeg | None = None
        self._deadline: IDelayedCall | None = None
        self._closing = False
        self.paused = False

    def connectionMade(self) -> None:
        """Wait for the UUID, but not for ever."""
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)
        self._deadline = self._listener.clock.callLater(
            AUDIOSOCKET_UUID_SECONDS, self._refuse, "no UUID was sent"
        )

    def dataReceived(self, data: bytes) -> None:
        """Hand each message on; what is no AudioSocket ends the connection."""
        try:
            for message in self._parser.feed(data):
                if self._closing:
                    return
                self._receive(message)
        except ValueError as error:
            self._refuse(str(error))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The socket is closed on our side too."""
        self._cancel_deadline()
        self._listener.gone(self)
        leg, self._leg = self._leg, None
        if leg is not None and not self._closing:
            leg.detach()

    def write(self, kind: int, payload: bytes) -> None:
        """Send one message."""
        self.transport.write(build_message(kind, payload))

    def close(self) -> None:
        """Tell Asterisk that the call is over, and close; by force if it does not listen."""
        if self._closing:
            return
        self._closing = True
        self._cancel_deadline()
        self.write(Kind.HANGUP, b"")
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        self._deadline = self._listener.clock.callLater(
            AUDIOSOCKET_CLOSE_SECONDS, self.transport.abortConnection
        )

    @property
    def identified(self) -> bool:
        """Whether it has named a call."""
        return self._leg is not None

    def pauseProducing(self) -> None:
        """Asterisk takes less than it is sent."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Asterisk has caught up."""
        self.paused = False

    def stopProducing(self) -> None:
        """The connection is lost; connectionLost deals with it."""
        self.paused = True

    def _receive(self, message: Message) -> None:
        if self._leg is None:
            self._identify(message)
        elif message.kind in (Kind.HANGUP, Kind.ERROR):
            self._leg.detach()
            self.close()
        else:
            self._leg.take(message)

    def _identify(self, message: Message) -> None:
        if message.kind != Kind.UUID:
            self._refuse(f"its first message is of kind {message.kind:#04x}, not a UUID")
            return
        uuid = UUID(bytes=message.payload)
        leg = self._listener.claim(uuid)
        if leg is None or not leg.attach(self):
            self._refuse(f"no call waits for {uuid}")
            return
        self._leg = leg
        self._cancel_deadline()

    def _refuse(self, reason: str) -> None:
        """Hang up on who does not speak AudioSocket, or stopped to."""
        log.warn(
            "AudioSocket from {peer.host}:{peer.port} refused: {reason}; "
            "only Asterisk should reach media.audiosocket_port",
            peer=self.transport.getPeer(),
            reason=reason,
        )
        self._closing = True
        self._cancel_deadline()
        leg, self._leg = self._leg, None
        if leg is not None:
            leg.detach()
        self.transport.abortConnection()

    def _cancel_deadline(self) -> None:
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline.active():
            deadline.cancel()


class AudioSocketListener(ServerFactory):
    """The port that Asterisk connects to, and the calls it may name there."""

    def __init__(
        self,
        leg: LegFormat,
        host: str,
        port: int,
        *,
        reactor: Any,
        randbelow: Callable[[int], int],
    ) -> None:
        self.clock: IReactorTime = reactor
        self._tcp: IReactorTCP = reactor
        self._format = leg
        self._host = host
        self._port = port
        self._randbelow = randbelow
        self._legs: dict[UUID, AudioSocketLeg] = {}
        self._connections: set[AudioSocketProtocol] = set()
        self._emptied = Waiters()
        self._listening: IListeningPort | None = None

    def start(self) -> None:
        """Listen. Raises CannotListenError when the port is taken."""
        self._listening = self._tcp.listenTCP(self._port, self, interface=self._host)
        address = self._listening.getHost()
        assert isinstance(address, IPv4Address)
        self._port = address.port

    async def stop(self) -> None:
        """Close the port and what is connected to it; returns when all of it is closed."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await maybeDeferred(listening.stopListening)
        for connection in self._connections:
            connection.close()
        if self._connections:
            await self._emptied.wait()

    def open(self) -> AudioSocketLeg:
        """A leg whose UUID Asterisk may name from now on."""
        uuid = UUID(int=self._randbelow(1 << 128), version=4)
        dial_string = f"AudioSocket/{self._host}:{self._port}/{uuid}/c({self._format.name})"
        leg = AudioSocketLeg(self._format, dial_string, lambda: self._forget(uuid))
        self._legs[uuid] = leg
        return leg

    def claim(self, uuid: UUID) -> AudioSocketLeg | None:
        """The leg with this UUID, if there is one."""
        return self._legs.get(uuid)

    def gone(self, connection: AudioSocketProtocol) -> None:
        """A connection is closed."""
        self._connections.discard(connection)
        if not self._connections:
            self._emptied.fire()

    def buildProtocol(self, addr: object) -> AudioSocketProtocol | None:
        """A connection, unless too many are there that have not said who they are."""
        strangers = sum(not connection.identified for connection in self._connections)
        if strangers >= AUDIOSOCKET_STRANGERS:
            log.warn("AudioSocket from {peer.host} refused: too many wait already", peer=addr)
            return None
        connection = AudioSocketProtocol(self)
        self._connections.add(connection)
        return connection

    def _forget(self, uuid: UUID) -> None:
        self._legs.pop(uuid, None)

"""The media end of a call: RTP as chan_rtp does it, AudioSocket as chan_audiosocket does it."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import (
    IReactorTCP,
    IReactorTime,
    IReactorUDP,
    ITCPTransport,
)
from twisted.internet.protocol import DatagramProtocol, Protocol
from twisted.python.failure import Failure

from portero.simulator.phone_rtp import Network, RtpReceiver, RtpSender
from portero.simulator.phone_sound import (
    FRAME_SECONDS,
    Clip,
    LegFormat,
    audiosocket_frames,
    from_little_endian,
    rtp_decoder,
    rtp_frames,
    silence,
)
from portero.simulator.sound import Samples

HANGUP_KIND: Final = 0x00
UUID_KIND: Final = 0x01
ERROR_KIND: Final = 0xFF
AUDIOSOCKET_HEADER: Final = struct.Struct("!BH")
CONNECT_SECONDS: Final = 2.0
LARGEST_DATAGRAM: Final = 8192

Hear = Callable[[Samples], None]


class PhoneReactor(IReactorTime, IReactorTCP, IReactorUDP):
    """What the phone side needs of a reactor."""


class Leg(ABC):
    """One media leg; ``when_over`` is called once when the other side ends it."""

    def __init__(self, form: LegFormat, clock: IReactorTime, hear: Hear) -> None:
        self.form = form
        self.quiet_phone = False  # silence suppression: nothing is sent between words
        self._clock = clock
        self._hear = hear
        self._frames: deque[bytes] = deque()
        self._starts = clock.seconds() + FRAME_SECONDS
        self.when_over: Callable[[], None] = lambda: None

    @property
    def speaking(self) -> bool:
        """Whether something is still to be said."""
        return bool(self._frames)

    @property
    @abstractmethod
    def hears_rate(self) -> int:
        """Samples per second of what ``hear`` is given."""

    @property
    @abstractmethod
    def dropped(self) -> Counter[int]:
        """What came back and was not played, by payload type or kind."""

    def say(self, clip: Clip) -> None:
        """Queue a clip."""
        self._frames.extend(self._encoded(clip))

    def beat(self) -> None:
        """20 ms have passed: send a frame, the first one 20 ms after the leg came up."""
        if self._clock.seconds() < self._starts - FRAME_SECONDS / 4:
            return
        if self._frames:
            self._send(self._frames.popleft())
        elif self.quiet_phone:
            self._skip()
        else:
            self._send(self._silence)

    @abstractmethod
    def close(self) -> None:
        """Let go of the socket."""

    @property
    @abstractmethod
    def _silence(self) -> bytes: ...

    @abstractmethod
    def _encoded(self, clip: Clip) -> tuple[bytes, ...]: ...

    @abstractmethod
    def _send(self, payload: bytes) -> None: ...

    @abstractmethod
    def _skip(self) -> None:
        """Nothing is sent in these 20 ms."""


class RtpLeg(Leg, DatagramProtocol):
    """A UDP port of its own, as Asterisk has one for each UnicastRTP channel."""

    def __init__(
        self,
        form: LegFormat,
        clock: IReactorTime,
        hear: Hear,
        *,
        remote: tuple[str, int],
        network: Network,
        dice: Random,
    ) -> None:
        super().__init__(form, clock, hear)
        self._remote = remote
        self._network = network
        self._dice = dice
        self._sender = RtpSender(
            form, dice.getrandbits(32), dice.getrandbits(16), dice.getrandbits(32)
        )
        self._receiver = RtpReceiver(form)
        self._decode = rtp_decoder(form)
        self._silent_frame = rtp_frames(silence(form), form)[0]

    @classmethod
    def open(
        cls,
        reactor: PhoneReactor,
        form: LegFormat,
        hear: Hear,
        *,
        remote: tuple[str, int],
        network: Network,
        dice: Random,
    ) -> RtpLeg:
        """A leg that listens on a free port of the loopback."""
        leg = cls(form, reactor, hear, remote=remote, network=network, dice=dice)
        reactor.listenUDP(0, leg, "127.0.0.1", LARGEST_DATAGRAM)
        return leg

    @property
    def local(self) -> IPv4Address:
        """Where Asterisk listens: UNICASTRTP_LOCAL_ADDRESS and _PORT."""
        assert self.transport is not None
        address = self.transport.getHost()
        assert isinstance(address, IPv4Address)
        return address

    @property
    def hears_rate(self) -> int:
        return self.form.back_rate

    @property
    def dropped(self) -> Counter[int]:
        return self._receiver.dropped

    def datagramReceived(self, datagram: bytes, addr: object) -> None:
        payload = self._receiver.payload(datagram)
        if payload is not None:
            self._hear(self._decode(payload))

    def close(self) -> None:
        transport, self.transport = self.transport, None
        if transport is not None:
            transport.stopListening()

    @property
    def _silence(self) -> bytes:
        return self._silent_frame

    def _encoded(self, clip: Clip) -> tuple[bytes, ...]:
        return rtp_frames(clip, self.form)

    def _skip(self) -> None:
        self._sender.skip()

    def _send(self, payload: bytes) -> None:
        packet = self._sender.packet(payload)
        for delay, arrives in self._network.arrivals(packet, self._dice):
            if delay:
                self._clock.callLater(delay, self._write, arrives)
            else:
                self._write(arrives)

    def _write(self, packet: bytes) -> None:
        if self.transport is not None:
            self.transport.write(packet, self._remote)


class AudioSocketLeg(Leg, Protocol):
    """A TCP connection to portero that begins with the call's UUID."""

    transport: ITCPTransport

    def __init__(self, form: LegFormat, clock: IReactorTime, hear: Hear, uuid: UUID) -> None:
        super().__init__(form, clock, hear)
        self._uuid = uuid
        self._buffer = b""
        self._dropped: Counter[int] = Counter()
        self._over = False
        self._silent_frame = audiosocket_frames(silence(form), form)[0]

    @classmethod
    async def open(
        cls,
        reactor: PhoneReactor,
        form: LegFormat,
        hear: Hear,
        *,
        remote: tuple[str, int],
        uuid: UUID,
    ) -> AudioSocketLeg:
        """A connected leg; raises Twisted's ConnectError when nobody listens."""
        endpoint = TCP4ClientEndpoint(reactor, *remote, timeout=CONNECT_SECONDS)
        leg = cls(form, reactor, hear, uuid)
        await connectProtocol(endpoint, leg)
        return leg

    @property
    def hears_rate(self) -> int:
        return self.form.rate

    @property
    def dropped(self) -> Counter[int]:
        return self._dropped

    def connectionMade(self) -> None:
        self._message(UUID_KIND, self._uuid.bytes)

    def dataReceived(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= AUDIOSOCKET_HEADER.size:
            kind, length = AUDIOSOCKET_HEADER.unpack_from(self._buffer)
            end = AUDIOSOCKET_HEADER.size + length
            if len(self._buffer) < end:
                return
            payload, self._buffer = self._buffer[AUDIOSOCKET_HEADER.size : end], self._buffer[end:]
            self._received(kind, payload)

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self._over:
            self._over = True
            self.when_over()

    def close(self) -> None:
        self._over = True
        if self.transport is not None:
            self.transport.loseConnection()

    def _received(self, kind: int, payload: bytes) -> None:
        if kind == self.form.kind:
            self._hear(from_little_endian(payload))
        elif kind in {HANGUP_KIND, ERROR_KIND}:
            self.transport.loseConnection()
        else:
            self._dropped[kind] += 1

    @property
    def _silence(self) -> bytes:
        return self._silent_frame

    def _encoded(self, clip: Clip) -> tuple[bytes, ...]:
        return audiosocket_frames(clip, self.form)

    def _skip(self) -> None:
        """TCP has no timestamps: nothing to do."""

    def _send(self, payload: bytes) -> None:
        self._message(self.form.kind, payload)

    def _message(self, kind: int, payload: bytes) -> None:
        if not self._over:
            self.transport.write(AUDIOSOCKET_HEADER.pack(kind, len(payload)) + payload)

"""The leg over RTP: a UDP socket for each call, read and written from the beat only."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Final

from twisted.logger import Logger

from portero.errors import NoRoom
from portero.limits import DATAGRAM_BYTES, DATAGRAMS_PER_BEAT
from portero.media.formats import RTP_SAMPLES_PER_FRAME, LegFormat
from portero.media.jitter import ArrivalJitter, JitterBuffer
from portero.media.leg import LegCounts
from portero.media.rtp import RtpPacket, build_rtp, next_sequence, next_timestamp, parse_rtp
from portero.waiting import Happening

log = Logger()

# socket(7) of Linux; Python has no name for it. With it the kernel tells when a datagram came, for
# half a microsecond each; where it does not, the leg has no figure for its jitter.
SO_TIMESTAMPNS: Final = 35
_CAME = struct.Struct("@qq")  # struct timespec, 64 bits wide
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_CAME.size)


class PortRange:
    """Hands out bound sockets on the even UDP ports of a range, in turn.

    In turn, so that a port that was just given back, to which Asterisk may still be sending, is
    not the next to be used. A port that somebody else has taken is skipped.
    """

    def __init__(self, host: str, low: int, high: int) -> None:
        self._host = host
        self._ports = range(low + low % 2, high + 1, 2)
        self._turn = 0

    def bind(self) -> socket.socket:
        """A socket that does not block. Raises NoRoom when every port is in use."""
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            bound = self._try(port)
            if bound is not None:
                return bound
        raise NoRoom(
            f"no UDP port is free on {self._host} in media.ports: widen the range, or lower "
            "asterisk.max_calls"
        )

    def _try(self, port: int) -> socket.socket | None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind((self._host, port))
        except OSError as error:
            sock.close()
            if error.errno == errno.EADDRINUSE:
                return None
            raise
        return sock


class RtpPorts:
    """Where the RTP legs of a service come from."""

    def __init__(
        self,
        leg: LegFormat,
        ports: PortRange,
        *,
        jitter_frames: int,
        randbelow: Callable[[int], int],
    ) -> None:
        self._format = leg
        self._ports = ports
        self.jitter_frames = jitter_frames
        """How many frames the legs that are opened from now on wait for a late one."""
        self._randbelow = randbelow

    def start(self) -> None:
        """Nothing to listen on before there is a call."""

    async def stop(self) -> None:
        """Each leg has closed its own socket."""

    def open(self) -> RtpLeg:
        """A leg on a port of its own. Raises NoRoom when every port is in use."""
        return RtpLeg(
            self._format,
            self._ports.bind(),
            jitter_frames=self.jitter_frames,
            randbelow=self._randbelow,
        )


class RtpLeg:
    """One call's RTP, as chan_rtp speaks it (reference/asterisk.md, "The media leg").

    Asterisk tells the port of its side over AMI (``set_remote``). Until then nothing is sent and
    nothing is read; from then on only that address is listened to.
    """

    needs_remote = True

    def __init__(
        self,
        leg: LegFormat,
        sock: socket.socket,
        *,
        jitter_frames: int,
        randbelow: Callable[[int], int],
    ) -> None:
        self._format = leg
        self._socket = sock
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._jitter = JitterBuffer(jitter_frames)
        self._arrivals = ArrivalJitter(leg.clock_in)
        self._remote: tuple[str, int] | None = None
        self._ssrc = randbelow(1 << 32)
        self._sequence = randbelow(1 << 16)
        self._timestamp = randbelow(1 << 32)
        self._counts = LegCounts()
        self.ready = False
        self.connected = Happening()
        self.lost = Happening()
        host, port = sock.getsockname()
        self.dial_string = f"UnicastRTP/{host}:{port}/c({leg.name})"

    def set_remote(self, host: str, port: int) -> None:
        """See Leg. Raises ValueError for what is not an IPv4 address and a port."""
        if not 0 < port < 1 << 16:
            raise ValueError(f"{port} is not a UDP port")
        self._remote = (str(IPv4Address(host)), port)
        self.ready = self._socket.fileno() != -1
        self.connected.fire()

    def drain(self) -> None:
        """See Leg."""
        if not self.ready:
            return
        receive = self._socket.recvmsg
        for _ in range(DATAGRAMS_PER_BEAT):
            try:
                datagram, told, _flags, source = receive(DATAGRAM_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            if source == self._remote:
                self._take(datagram, told)
            else:
                self._refuse(source)

    def pop(self) -> bytes | None:
        """See Leg."""
        return self._jitter.pop()

    def give_up(self) -> int:
        """See Leg."""
        return self._jitter.give_up()

    def trim(self) -> None:
        """See Leg."""
        self._jitter.trim()

    def send(self, frame: bytes, *, starts_spurt: bool) -> None:
        """See Leg."""
        packet = RtpPacket(
            self._format.type_out,
            starts_spurt,
            self._sequence,
            self._timestamp,
            self._ssrc,
            frame,
        )
        self._sequence = next_sequence(self._sequence)
        self._timestamp = next_timestamp(self._timestamp, RTP_SAMPLES_PER_FRAME)
        try:
            self._socket.sendto(build_rtp(packet), self._remote)  # type: ignore[arg-type]
            self._counts.frames_out += 1
        except OSError as error:
            self._not_sent(error)

    def counts(self) -> LegCounts:
        """See Leg."""
        jitter, counts = self._jitter, self._counts
        counts.lost, counts.late = jitter.lost, jitter.late
        counts.duplicates, counts.skipped = jitter.duplicates, jitter.skipped
        counts.jitter_ms = self._arrivals.worst_ms
        return counts

    def close(self) -> None:
        """See Leg."""
        self.ready = False
        self._socket.close()

    def _take(self, datagram: bytes, told: list[tuple[int, int, bytes]]) -> None:
        try:
            packet = parse_rtp(datagram)
        except ValueError as error:
            self._malformed(str(error))
            return
        leg = self._format
        if packet.payload_type not in leg.types_in or len(packet.payload) != leg.bytes_in:
            self._malformed(
                f"{len(packet.payload)} bytes of payload type {packet.payload_type}, "
                f"not {leg.bytes_in} of {set(leg.types_in)}"
            )
            return
        self._counts.frames_in += 1
        self._jitter.push(packet)
        for _level, kind, stamp in told:
            if kind == SO_TIMESTAMPNS and len(stamp) == _CAME.size:
                seconds, nanoseconds = _CAME.unpack(stamp)
                self._arrivals.push(packet, seconds * 1_000_000_000 + nanoseconds)

    def _malformed(self, reason: str) -> None:
        self._counts.malformed += 1
        if self._counts.malformed == 1:
            log.warn("{leg}: dropped a datagram: {reason}", leg=self.dial_string, reason=reason)

    def _refuse(self, source: tuple[str, int]) -> None:
        self._counts.foreign += 1
        if self._counts.foreign == 1:
            log.warn(
                "{leg}: dropped a datagram from {source}, which is not Asterisk at {remote}",
                leg=self.dial_string,
                source=_address(source),
                remote=_address(self._remote),
            )

    def _not_sent(self, error: OSError) -> None:
        self._counts.unsent += 1
        if self._counts.unsent == 1:
            log.warn("{leg}: could not send: {error}", leg=self.dial_string, error=error)


def _address(address: tuple[str, int] | None) -> str:
    return "nowhere" if address is None else f"{address[0]}:{address[1]}"

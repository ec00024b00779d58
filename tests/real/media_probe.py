"""The far ends of media legs, bare: a UDP socket for chan_rtp, a TCP listener for AudioSocket.

They keep all that Asterisk sends, and send what they are given, one frame each 20 ms. Nothing of
portero is used: what is measured here is Asterisk.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
import sound
from G722 import G722
from sound import Samples

from twisted.internet import reactor, task
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

from .ami_probe import AmiProbe

FRAME_SECONDS = 0.02
RTP_HEADER = 12


@dataclass(frozen=True)
class Coding:
    """A payload: RTP type, sampling rate, bytes of a 20 ms frame, and both ways to samples."""

    payload_type: int
    rate: int
    frame_bytes: int
    decode: Callable[[bytes], Samples]
    encode: Callable[[Samples], bytes]


def l16(payload_type: int, rate: int) -> Coding:
    """Linear 16 bit in network order, as RTP has it."""
    return Coding(
        payload_type,
        rate,
        rate // 25,
        lambda data: sound.from_pcm(data, ">"),
        lambda samples: sound.to_pcm(samples, ">"),
    )


def _from_g722(data: bytes) -> Samples:
    return np.asarray(G722(16000, 64000).decode(data), np.float64) / 32768


def _to_g722(samples: Samples) -> bytes:
    # Given bytes, the package takes each byte for a sample: it wants 16 bit numbers.
    return bytes(G722(16000, 64000).encode(np.frombuffer(sound.to_pcm(samples), np.int16)))


SLIN16 = l16(118, 16000)
SLIN = l16(11, 8000)
G722_64 = Coding(9, 16000, 160, _from_g722, _to_g722)
ULAW = Coding(0, 8000, 160, sound.from_ulaw, sound.to_ulaw)
ALAW = Coding(8, 8000, 160, sound.from_alaw, sound.to_alaw)


@dataclass(frozen=True)
class Packet:
    moment: float
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


class RtpProbe(DatagramProtocol):
    """One end of a UnicastRTP leg; ``listen`` first. ``sent``: the moment of each packet sent."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.sent: list[float] = []
        self.first_packet: Deferred[None] = Deferred()
        self._port: Any = None

    def listen(self) -> None:
        self._port = _reactor().listenUDP(0, self, interface="127.0.0.1")

    def dial_string(self, format_name: str) -> str:
        return f"UnicastRTP/127.0.0.1:{self._port.getHost().port}/c({format_name})"

    def datagramReceived(self, datagram: bytes, _addr: object) -> None:
        flags, kind, sequence, timestamp, ssrc = struct.unpack_from(">BBHII", datagram)
        assert flags == 0x80, f"padding, extension or CSRC from Asterisk: {flags:#x}"
        self.packets.append(
            Packet(
                _reactor().seconds(),
                bool(kind & 0x80),
                kind & 0x7F,
                sequence,
                timestamp,
                ssrc,
                datagram[RTP_HEADER:],
            )
        )
        if not self.first_packet.called:
            self.first_packet.callback(None)

    def heard(self, coding: Coding) -> Samples:
        """All that came, in the order of arrival (loopback keeps it)."""
        return coding.decode(b"".join(packet.payload for packet in self.packets))

    async def find_remote(self, ami: AmiProbe, channel: str) -> tuple[str, int]:
        """Where Asterisk listens for this leg, as portero asks: by two Getvar."""
        host = await ami.action("Getvar", Channel=channel, Variable="UNICASTRTP_LOCAL_ADDRESS")
        port = await ami.action("Getvar", Channel=channel, Variable="UNICASTRTP_LOCAL_PORT")
        return host["Value"], int(port["Value"])

    async def send(self, coding: Coding, samples: Samples, remote: tuple[str, int]) -> None:
        """Send in real time: 20 ms a packet, catching up when the reactor was late."""
        payloads = coding.encode(samples)
        clock_step = 160 if coding is G722_64 else coding.rate // 50  # RFC 3551, 4.5.2: 8000 Hz

        def send_frame(index: int, frame: bytes) -> None:
            head = struct.pack(
                ">BBHII", 0x80, coding.payload_type, index & 0xFFFF, index * clock_step, 0x5EED
            )
            self.transport.write(head + frame, remote)
            self.sent.append(_reactor().seconds())

        await in_real_time(payloads, coding.frame_bytes, send_frame)

    async def close(self) -> None:
        await self._port.stopListening()


class AudioSocketProbe(Protocol):
    """The server's end of one AudioSocket connection."""

    HANGUP, UUID, DTMF, ERROR = 0x00, 0x01, 0x03, 0xFF

    def __init__(self) -> None:
        self.messages: list[tuple[int, bytes]] = []
        self.named: Deferred[bytes] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self._received = b""

    def dataReceived(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= 3:
            kind, length = struct.unpack_from(">BH", self._received)
            if len(self._received) < 3 + length:
                return
            payload, self._received = self._received[3 : 3 + length], self._received[3 + length :]
            self.messages.append((kind, payload))
            if kind == self.UUID:
                self.named.callback(payload)

    def connectionLost(self, reason: object = None) -> None:
        self.lost.callback(None)

    def kinds(self) -> set[int]:
        return {kind for kind, _ in self.messages}

    def heard(self, kind: int) -> Samples:
        return sound.from_pcm(b"".join(payload for k, payload in self.messages if k == kind))

    async def send(self, kind: int, rate: int, samples: Samples) -> None:
        def send_frame(_index: int, frame: bytes) -> None:
            self.transport.write(struct.pack(">BH", kind, len(frame)) + frame)

        await in_real_time(sound.to_pcm(samples), rate // 25, send_frame)


class AudioSocketListener:
    """Listens for one connection, and makes the dial string for it."""

    def __init__(self) -> None:
        self.uuid = uuid4()
        self.probe = AudioSocketProbe()
        factory = Factory.forProtocol(lambda: self.probe)
        self._port = _reactor().listenTCP(0, factory, interface="127.0.0.1")

    def dial_string(self, format_name: str) -> str:
        port = self._port.getHost().port
        return f"AudioSocket/127.0.0.1:{port}/{self.uuid}/c({format_name})"

    async def close(self) -> None:
        if self.probe.transport is not None:
            self.probe.transport.loseConnection()
            await self.probe.lost
        await self._port.stopListening()


async def in_real_time(
    data: bytes, frame_bytes: int, send_frame: Callable[[int, bytes], None]
) -> None:
    """Hand out whole frames, one for each 20 ms that have passed."""
    frames = [
        data[start : start + frame_bytes]
        for start in range(0, len(data) - frame_bytes + 1, frame_bytes)
    ]
    sent = 0

    def beat(beats: int) -> None:
        nonlocal sent
        for index in range(sent, min(sent + beats, len(frames))):
            send_frame(index, frames[index])
        sent = min(sent + beats, len(frames))
        if sent == len(frames):
            loop.stop()

    loop = task.LoopingCall.withCount(beat)
    await loop.start(FRAME_SECONDS)


def _reactor() -> Any:
    return reactor

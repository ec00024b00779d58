"""A phone side for tests: a UDP socket that stands where Asterisk would."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import numpy.typing as npt

from twisted.internet.task import Clock

from portero.config.settings import MediaSettings
from portero.limits import FRAME_SECONDS
from portero.media import MediaService, MediaStream
from portero.media.rtp import RtpPacket, build_rtp, parse_rtp

PORTS = (21400, 21440)


def tone(rate: int, frequency: float, samples: int, level: float = 8000) -> npt.NDArray[np.int16]:
    """A sine of ``level`` at its peak."""
    at = np.arange(samples) / rate
    return np.rint(level * np.sin(2 * np.pi * frequency * at)).astype(np.int16)


def rms(samples: npt.NDArray[np.generic]) -> float:
    """The level of some samples."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


class Asterisk:
    """The far end of one RTP leg; numbers start shortly before they wrap."""

    def __init__(self, stream: MediaStream, payload_type: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        host, port = stream.dial_string.split("/")[1].split(":")
        self.portero = (host, int(port))
        self._payload_type = payload_type
        self._sequence = 65530

    def send(self, payload: bytes, *, payload_type: int | None = None, timestamp: int = 0) -> None:
        """One packet to portero."""
        kind = self._payload_type if payload_type is None else payload_type
        packet = RtpPacket(kind, False, self._sequence, timestamp, 7, payload)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.socket.sendto(build_rtp(packet), self.portero)

    def received(self) -> list[RtpPacket]:
        """What portero has sent since the last time."""
        packets = []
        while True:
            try:
                packets.append(parse_rtp(self.socket.recv(2048)))
            except BlockingIOError:
                return packets


@contextmanager
def running(**settings: object) -> Iterator[tuple[MediaService, Clock]]:
    """A media service on a clock that stands still, and nothing left of it afterwards."""
    clock = Clock()
    service = MediaService(
        MediaSettings.model_validate({"ports": PORTS, **settings}),
        reactor=clock,
        randbelow=lambda bound: bound - 2,  # sequence and timestamp wrap at the third packet
    )
    service.startService()
    clock.advance(1e-6)  # 0.02 is not exact: a beat at 0.139999 would count as the one before
    try:
        yield service, clock
    finally:
        service.stopService()
    assert clock.getDelayedCalls() == []


def beat(clock: Clock, times: int = 1) -> None:
    """Let some beats pass, one by one."""
    for _ in range(times):
        clock.advance(FRAME_SECONDS)


def samples(packets: list[RtpPacket], kind: str = ">i2") -> npt.NDArray[np.int16]:
    """The sound of packets, joined."""
    sound = b"".join(packet.payload for packet in packets)
    return np.frombuffer(sound, kind).astype(np.int16)


def open_sockets() -> set[str]:
    """The sockets that this process holds."""
    gc.collect()
    links = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            links.add(os.readlink(f"/proc/self/fd/{number}"))
    return {link for link in links if link.startswith("socket:")}

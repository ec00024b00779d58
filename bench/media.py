"""What the media room costs by itself: python bench/media.py [FORMAT] [CALLS...].

One process plays Asterisk over real UDP sockets and drives the beat by hand, both sides talking;
only the beat is measured, by CPU time, with the noise gate on. The beats follow each other without
a pause, so caches are warmer than in a daemon that wakes up every 20 ms: a daemon pays more.
"""

from __future__ import annotations

import socket
import sys
import time

from twisted.internet.task import Clock

from portero.config.settings import MediaSettings
from portero.limits import FRAME_SECONDS
from portero.media import MediaService, MediaStream
from portero.media.formats import RTP_FORMATS
from portero.media.rtp import RtpPacket, build_rtp

TICKS = 500


class Phone:
    """Asterisk's side of one call."""

    def __init__(self, service: MediaService) -> None:
        self.appended = 0
        self.stream: MediaStream = service.open(self._append)
        host, port = self.stream.dial_string.split("/")[1].split(":")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(1)
        self.socket.connect((host, int(port)))
        self.stream.set_remote(*self.socket.getsockname())
        self.stream.start_uplink()

    def _append(self, audio: bytes) -> None:
        self.appended += len(audio)


def measure(name: str, calls: int) -> float:
    """CPU microseconds for each call and tick."""
    clock, leg = Clock(), RTP_FORMATS[name]
    settings = MediaSettings.model_validate({"format": name, "noise_gate": 200})
    service = MediaService(settings, reactor=clock)
    service.startService()
    clock.advance(1e-6)  # 0.02 is not exact: a beat at 0.139999 would count as the one before
    phones = [Phone(service) for _ in range(calls)]
    frame = bytes(range(1, 161)) * (leg.bytes_in // 160)
    second = bytes(range(1, 161)) * (leg.session.bytes_per_ms * 1000 // 160)
    spent = 0.0
    for tick in range(TICKS):
        packet = build_rtp(RtpPacket(min(leg.types_in), False, tick, 0, 1, frame))
        for phone in phones:
            phone.socket.send(packet)
            if tick % 50 == 0:
                phone.stream.play("item", second)
        began = time.process_time()
        clock.advance(FRAME_SECONDS)
        spent += time.process_time() - began
        for phone in phones:
            phone.socket.recv(2048)
    lost = sum(phone.stream.stats.silence_filled for phone in phones)
    if lost or not all(phone.appended for phone in phones):
        raise SystemExit(f"{lost} frames did not come in time: the figures mean nothing")
    service.stopService()
    for phone in phones:
        phone.socket.close()
    return spent / TICKS / calls * 1e6


def main() -> None:
    """Print a line for each number of calls."""
    name = sys.argv[1] if len(sys.argv) > 1 else "slin16"
    for calls in [int(word) for word in sys.argv[2:]] or [1, 10, 25, 50, 100]:
        cost = measure(name, calls)
        print(
            f"{name} {calls:4} calls: {cost:6.1f} us a call and tick, "
            f"{cost * calls / 1000:5.2f} ms a tick, {cost * 50 / 1000:5.2f} ms CPU a call-second"
        )


if __name__ == "__main__":
    main()

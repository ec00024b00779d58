"""The phones of the bench: the simulator's Asterisk (AGI, AMI), with legs that cost little.

Each phone sends a frame every 20 ms in a phase of its own, and reads what has come: the kernel has
stamped it. Once a second a frame is marked: 10 ms of it are loud. It makes its calls one after the
other, so that the Realtime server sees them in the same order, and ends when its input does.

Usage: load_phone.py AGI_PORT CALLS TIMELINE.npz
"""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from kernel_time import receive, stamp_arrivals
from timeline import Timeline

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater, react
from twisted.internet.threads import deferToThread

from portero.simulator import phone_visit
from portero.simulator.phone import PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_ami import AMIUser
from portero.simulator.phone_rtp import RtpSender
from portero.simulator.phone_sound import FRAMES_PER_SECOND, Clip, LegFormat, rtp_frames
from portero.simulator.phone_visit import Phone

AMI_USER, AMI_SECRET = "portero", "bench"
PHASES: Final = 10  # of 2 ms: where in the 20 ms a phone may send
PHASE_SECONDS: Final = 1 / FRAMES_PER_SECOND / PHASES
UP_SECONDS: Final = 10.0  # from the call to its first packet
SPEECH_LEVEL, MARK_LEVEL = 5000, 30000
MARK_SECONDS: Final = 0.01
CLIP_RATE: Final = 16000
DATAGRAM_BYTES: Final = 2048
HEADER_BYTES: Final = 12
# Sound has many different bytes, silence few, in every coding.
SOUND_BYTES: Final = 24


def speech() -> Clip:
    """A second of noise at the level of speech; its first 10 ms are a mark."""
    samples = np.random.default_rng(2).integers(-SPEECH_LEVEL, SPEECH_LEVEL, CLIP_RATE, np.int16)
    mark = round(CLIP_RATE * MARK_SECONDS)
    samples[:mark] = np.where(np.arange(mark) % 40 < 20, MARK_LEVEL, -MARK_LEVEL)
    return Clip(samples, CLIP_RATE)


class LeanLeg:
    """A media leg of one phone, in the place of the simulator's, which decodes what it hears."""

    numbers = itertools.count()
    clip = speech()
    timeline = Timeline("packets", "marks_sent")
    legs: list[LeanLeg] = []

    def __init__(self, form: LegFormat, remote: tuple[str, int]) -> None:
        self.call = next(self.numbers)
        self.hears_rate = form.back_rate
        self.dropped: Counter[int] = Counter()
        self.quiet_phone = False
        self.when_over = lambda: None
        self.up = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(remote)
        stamp_arrivals(self._socket)
        self._frames = rtp_frames(self.clip, form)
        self._next = self.call * 7 % FRAMES_PER_SECOND  # the marks of all calls, all over a second
        self._sender = RtpSender(form, self.call + 1)
        self.legs.append(self)

    @classmethod
    def open(cls, _reactor: object, form: LegFormat, _hear: object, **how: Any) -> LeanLeg:
        """As the simulator's RtpLeg."""
        return cls(form, how["remote"])

    @property
    def local(self) -> IPv4Address:
        """Where Asterisk listens."""
        return IPv4Address("UDP", *self._socket.getsockname())

    def beat(self) -> None:
        """The simulator's beat is not ours."""

    def send(self) -> None:
        """A frame."""
        index = self._next
        self._next = (index + 1) % FRAMES_PER_SECOND
        packet = self._sender.packet(self._frames[index])
        if index == 0:
            self.timeline.add("marks_sent", self.call, time.monotonic_ns())
        with suppress(ConnectionRefusedError):  # the daemon has closed its side
            self._socket.send(packet)

    def drain(self) -> None:
        """Note what has come."""
        while True:
            try:
                packet, arrived = receive(self._socket, DATAGRAM_BYTES)
            except (BlockingIOError, ConnectionRefusedError):
                return
            self.up = True
            speaking = len(set(packet[HEADER_BYTES:])) > SOUND_BYTES
            self.timeline.add("packets", self.call, arrived, speaking)

    def close(self) -> None:
        """Let go of the socket."""
        self.legs.remove(self)
        self._socket.close()


class Beat:
    """Sends for all legs, a tenth of them every 2 ms."""

    def __init__(self) -> None:
        self._phase = 0
        self.loop = LoopingCall.withCount(self._tick)

    def _tick(self, owed: int) -> None:
        for _ in range(owed):
            self._phase = (self._phase + 1) % PHASES
            for leg in LeanLeg.legs:
                if leg.call % PHASES == self._phase:
                    leg.send()
                    leg.drain()


async def call_all(reactor: Any, side: PhoneSide, agi_port: int, calls: int) -> None:
    """One call after the other; each has to be up before the next."""
    url = AgiUrl("127.0.0.1", agi_port, "portero?tenant=bench")
    sleep = partial(deferLater, reactor, 0.01)
    for number in range(calls):
        visit = side.visit(url, phone=Phone(records=False))
        patience = reactor.seconds() + UP_SECONDS
        while not (len(LeanLeg.legs) > number and LeanLeg.legs[number].up):
            if reactor.seconds() > patience or visit.agi_status:
                raise SystemExit(f"call {number + 1} did not come up: {visit.variables}")
            await sleep()


async def run(reactor: Any) -> None:
    """Take the daemon's login, make the calls when told to, and keep them until told to stop."""
    agi_port, calls, path = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    side = PhoneSide(reactor, users={AMI_USER: AMIUser(AMI_SECRET)})
    side.startService()
    print(side.ami_port, flush=True)
    await side.ami.someone()
    print("login", flush=True)
    if not await deferToThread(sys.stdin.readline):
        return
    beat = Beat()
    beat.loop.clock = reactor
    beating: Deferred[Any] = beat.loop.start(PHASE_SECONDS)
    await call_all(reactor, side, agi_port, calls)
    print("up", flush=True)
    await deferToThread(sys.stdin.read)
    LeanLeg.timeline.save(path)
    beat.loop.stop()
    await beating
    await side.stopService()


if __name__ == "__main__":
    phone_visit.RtpLeg = LeanLeg  # type: ignore[attr-defined,assignment]
    react(lambda reactor: Deferred.fromCoroutine(run(reactor)))

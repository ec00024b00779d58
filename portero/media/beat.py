"""The one 20 ms beat that moves the sound of all calls (reference/primitives.md, 0)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from portero.limits import CATCH_UP_FRAMES, FRAME_SECONDS
from portero.media.convert import downlink, uplink
from portero.media.formats import LegFormat
from portero.media.stream import MediaStream

P = ParamSpec("P")

log = Logger()


class Beat:
    """Sends first, then takes in: what goes out must be regular, what comes in may wait 20 ms.

    Row n of both converters belongs to ``streams[n]``. Nothing that another room has given us is
    called before a pass is over, so streams may be opened and closed at any time.
    """

    def __init__(self, leg: LegFormat, *, noise_gate: float, clock: IReactorTime) -> None:
        self._streams: list[MediaStream] = []
        self._uplink = uplink(leg, noise_gate)
        self._downlink = downlink(leg)
        self._loop = LoopingCall.withCount(self._tick)
        self._loop.clock = clock

    @property
    def streams(self) -> tuple[MediaStream, ...]:
        """The streams that are open."""
        return tuple(self._streams)

    def set_noise_gate(self, threshold: float) -> None:
        """RMS threshold of the streams that are added from now on; 0 is off."""
        self._uplink.gate.threshold = threshold

    def start(self) -> None:
        """The first tick comes 20 ms from now."""
        self._loop.start(FRAME_SECONDS, now=False)

    def stop(self) -> None:
        """No more ticks."""
        if self._loop.running:
            self._loop.stop()

    def add(self, stream: MediaStream) -> None:
        """Move this stream's sound from the next tick on."""
        self._streams.append(stream)
        self._uplink.add()
        self._downlink.add()

    def remove(self, stream: MediaStream) -> None:
        """Forget a stream that was added."""
        row = self._streams.index(stream)
        del self._streams[row]
        self._uplink.remove(row)
        self._downlink.remove(row)

    def _tick(self, owed: int) -> None:
        """``owed``: ticks since the last one, more than one when the reactor was busy."""
        if not self._streams:
            return
        frames = min(owed, CATCH_UP_FRAMES)
        try:
            for _ in range(frames):
                self._send()
            for stream in self.streams:
                _do(stream, stream.leg.drain)
            self._receive(frames)
            for stream in self.streams:
                _do(stream, stream.leg.trim)
            for stream in self.streams:
                _do(stream, stream.settle)
        except Exception:
            log.failure("a beat failed")

    def _send(self) -> None:
        frames = self._downlink.convert([stream.next_frame() for stream in self._streams])
        for stream, frame in zip(self.streams, frames, strict=True):
            _do(stream, stream.send, frame)

    def _receive(self, owed: int) -> None:
        """Convert what has come, in rounds: mostly one, of a frame for each call.

        Appends come last: what they do to a call must not move the rows of a later round.
        """
        came: dict[MediaStream, list[bytes | None]] = {}

        def take(stream: MediaStream) -> None:
            came[stream] = stream.take(owed)

        for stream in self.streams:
            _do(stream, take, stream)
        streams = self.streams  # a row for each that has not failed in it
        taken = [came[stream] for stream in streams]
        done: list[tuple[MediaStream, bytes, bool]] = []
        for turn in range(max(map(len, taken), default=0)):
            rows = [row for row, frames in enumerate(taken) if len(frames) > turn]
            sound = [taken[row][turn] for row in rows]
            frames = self._uplink.convert(sound, rows)
            for place in self._uplink.gated:
                if sound[place] is not None:
                    streams[rows[place]].count_gated()
            done += [
                (streams[row], frame, payload is None)
                for row, frame, payload in zip(rows, frames, sound, strict=True)
            ]
        for stream, frame, filled in done:
            _do(stream, stream.append, frame, filled=filled)


def _do(stream: MediaStream, part: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """A part of the beat for one call: what fails there must not end the sound of all others."""
    try:
        part(*args, **kwargs)
    except Exception:
        log.failure("the sound of {leg} has failed", leg=stream.dial_string)
        stream.fail()

"""The near end of a visit that Asterisk makes to us: hears, and says what it is told to."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall

from portero.limits import FRAME_MS, FRAME_SECONDS, VISIT_HEARD_SECONDS
from portero.media.formats import RTP_FORMATS, RTP_SAMPLES_PER_FRAME
from portero.media.rtp import RtpPacket, build_rtp, next_sequence, next_timestamp, parse_rtp

Samples = NDArray[np.int16]

FORMAT: Final = RTP_FORMATS["slin16"]
LOUD: Final = 200.0  # RMS of a sample: -44 dBFS, above comfort noise and below any speech
_SSRC: Final = 0x706F7274
_FRAME_OUT: Final = FORMAT.rate_out * FRAME_MS // 1000


class Visitor(DatagramProtocol):
    """Sends 20 ms at a time to whoever sends to it first, silence between the lines.

    `quiet_for`: seconds since something was heard; None until something is. At most
    VISIT_HEARD_SECONDS are kept for `save`, with `keep`.
    """

    def __init__(self, clock: Any, *, keep: bool = False) -> None:
        self._clock = clock
        self._peer: Any = None
        self._queue: list[tuple[Samples, Deferred[None]]] = []
        self._at = 0
        self._sequence = self._timestamp = 0
        self._heard: list[bytes] | None = [] if keep else None
        self._loud_at: float | None = None
        self._beat = LoopingCall.withCount(self._send)
        self._beat.clock = clock

    def start(self) -> None:
        """Begin to speak, if only silence."""
        self._beat.start(FRAME_SECONDS)

    def stop(self) -> None:
        """Say no more; what was queued is never said."""
        if self._beat.running:
            self._beat.stop()

    def say(self, samples: Samples) -> Deferred[None]:
        """Say that (8 kHz) after all before it; fires when it has been said."""
        said: Deferred[None] = Deferred()
        self._queue.append((samples, said))
        return said

    def forget_heard(self) -> None:
        """`quiet_for` begins anew: what counts is what comes from now on."""
        self._loud_at = None

    @property
    def quiet_for(self) -> float | None:
        """Seconds since the agent was last loud, or None."""
        return None if self._loud_at is None else self._clock.seconds() - self._loud_at

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        try:
            payload = parse_rtp(datagram).payload
        except ValueError:
            return
        if len(payload) % 2 or not payload:
            return
        self._peer = addr
        samples = np.frombuffer(payload, ">i2").astype(np.float64)
        if np.sqrt(np.mean(samples**2)) > LOUD:
            self._loud_at = self._clock.seconds()
        if self._heard is not None and len(self._heard) * FRAME_SECONDS < VISIT_HEARD_SECONDS:
            self._heard.append(payload)

    def save(self, file: Path) -> None:
        """What was heard, as 16 kHz WAV; raises OSError."""
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(FORMAT.rate_in)
            sound = np.frombuffer(b"".join(self._heard or ()), ">i2")
            out.writeframes(sound.astype("<i2").tobytes())

    def _send(self, frames: int) -> None:
        for _ in range(frames):
            payload = self._next()
            if self._peer is not None and self.transport is not None:
                packet = RtpPacket(
                    FORMAT.type_out, False, self._sequence, self._timestamp, _SSRC, payload
                )
                self.transport.write(build_rtp(packet), self._peer)
            self._sequence = next_sequence(self._sequence)
            self._timestamp = next_timestamp(self._timestamp, RTP_SAMPLES_PER_FRAME)

    def _next(self) -> bytes:
        if not self._queue or self._peer is None:  # nobody would hear it yet
            return bytes(2 * _FRAME_OUT)
        samples, said = self._queue[0]
        frame = samples[self._at : self._at + _FRAME_OUT]
        self._at += _FRAME_OUT
        if self._at >= len(samples):
            self._at = 0
            del self._queue[0]
            said.callback(None)
        return np.pad(frame, (0, _FRAME_OUT - len(frame))).astype(">i2").tobytes()

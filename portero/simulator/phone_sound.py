"""The formats of a media leg, as Asterisk has them, and sound in and out of them (pure).

Source: ``reference/asterisk.md``, "The media leg, without ARI" (measured on 22.10.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np
from G722 import G722

from portero.simulator.sound import Samples, decode, encode, resample

FRAMES_PER_SECOND: Final = 50
FRAME_SECONDS: Final = 1 / FRAMES_PER_SECOND

ULAW_TYPE: Final = 0
ALAW_TYPE: Final = 8
G722_TYPE: Final = 9
L16_TYPE: Final = 11
# 8 kHz linear has two types in Asterisk: it sends the lower one, and takes both (measured).
L16_OUT_TYPE: Final = 10
G722_BITS_PER_SECOND: Final = 64_000
CLIPS_KEPT: Final = 256
G711: Final = {ULAW_TYPE: "audio/pcmu", ALAW_TYPE: "audio/pcma"}

Encoder = Callable[[Samples], bytes]
Decoder = Callable[[bytes], Samples]


@dataclass(frozen=True, slots=True)
class LegFormat:
    """What Asterisk sends on a leg ``c(name)``, and the one thing it plays of what comes back.

    ``payload_type`` and ``rate`` are of Asterisk's side, ``back_type`` and ``back_rate`` of ours:
    a dynamic type (above 34) that comes back is dropped without a word ("The trap").
    ``clock_rate`` is the RTP timestamp's: 8000 for G.722 by an old mistake (RFC 3551, 4.5.2).
    ``kind`` is the AudioSocket message of the format, 0 where there is none.
    """

    name: str
    rate: int
    payload_type: int
    back_type: int
    back_rate: int
    clock_rate: int
    kind: int = 0

    @property
    def samples(self) -> int:
        """Samples of one 20 ms frame."""
        return self.rate // FRAMES_PER_SECOND

    @property
    def ticks(self) -> int:
        """How far the RTP timestamp moves with each frame."""
        return self.clock_rate // FRAMES_PER_SECOND


FORMATS: Final = {
    form.name: form
    for form in (
        LegFormat("slin", 8000, L16_OUT_TYPE, L16_TYPE, 8000, 8000, kind=0x10),
        LegFormat("slin16", 16000, 118, L16_TYPE, 8000, 16000, kind=0x12),
        LegFormat("slin24", 24000, 123, L16_TYPE, 8000, 24000, kind=0x13),
        LegFormat("slin48", 48000, 126, L16_TYPE, 8000, 48000),
        LegFormat("ulaw", 8000, ULAW_TYPE, ULAW_TYPE, 8000, 8000),
        LegFormat("alaw", 8000, ALAW_TYPE, ALAW_TYPE, 8000, 8000),
        LegFormat("g722", 16000, G722_TYPE, G722_TYPE, 16000, 8000),
    )
}


def rtp_encoder(form: LegFormat) -> Encoder:
    """What turns samples at ``form.rate`` into RTP payload; keeps its state between calls."""
    if form.payload_type in G711:
        return partial(encode, audio_format=G711[form.payload_type])
    if form.payload_type == G722_TYPE:
        codec = G722(form.rate, G722_BITS_PER_SECOND)
        return lambda samples: bytes(codec.encode(samples))
    return lambda samples: samples.astype(">i2").tobytes()


def rtp_decoder(form: LegFormat) -> Decoder:
    """What turns RTP payload of type ``form.back_type`` into samples at ``form.back_rate``."""
    if form.back_type in G711:
        return partial(decode, audio_format=G711[form.back_type])
    if form.back_type == G722_TYPE:
        codec = G722(form.back_rate, G722_BITS_PER_SECOND)
        return lambda payload: np.asarray(codec.decode(payload), np.int16)
    return lambda payload: np.frombuffer(whole_samples(payload), ">i2").astype(np.int16)


def little_endian(samples: Samples) -> bytes:
    """AudioSocket's payload (measured: little-endian, whatever the name of the format says)."""
    return encode(samples, "audio/pcm")


def from_little_endian(payload: bytes) -> Samples:
    """The samples of an AudioSocket message."""
    return decode(payload, "audio/pcm")


def whole_samples(payload: bytes) -> bytes:
    """Without half a sample at the end."""
    return payload[: len(payload) // 2 * 2]


def level(samples: Samples) -> float:
    """Root mean square, on the scale of a sample (0 to 32767); quick for one frame."""
    if not len(samples):
        return 0.0
    sound = samples.astype(np.float32)
    return float(np.sqrt(np.dot(sound, sound) / len(sound)))


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Something to say into the phone: samples at a rate."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it takes to say it."""
        return len(self.samples) / self.rate


@lru_cache(CLIPS_KEPT)
def rtp_frames(clip: Clip, form: LegFormat) -> tuple[bytes, ...]:
    """The clip as RTP payloads of 20 ms, made once for all phones that say it."""
    return _frames(clip, form.rate, rtp_encoder(form))


@lru_cache(CLIPS_KEPT)
def audiosocket_frames(clip: Clip, form: LegFormat) -> tuple[bytes, ...]:
    """The clip as AudioSocket payloads of 20 ms, made once for all phones that say it."""
    return _frames(clip, form.rate, little_endian)


def _frames(clip: Clip, rate: int, encoder: Encoder) -> tuple[bytes, ...]:
    sound = resample(clip.samples, clip.rate, rate)
    size = rate // FRAMES_PER_SECOND
    filled_up = np.pad(sound, (0, -len(sound) % size))
    return tuple(encoder(frame) for frame in filled_up.reshape(-1, size))


def silence(form: LegFormat) -> Clip:
    """One frame of nothing."""
    return Clip(np.zeros(form.samples, np.int16), form.rate)

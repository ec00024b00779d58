"""What the visitor hears while nobody can speak to him: a soft, short tone every 2 s (pure)."""

from __future__ import annotations

import numpy as np

from portero.limits import FRAME_MS, HOLD_CYCLE_MS, HOLD_TONE_HERTZ, HOLD_TONE_MS, HOLD_TONE_PEAK
from portero.media.coding import g711_levels, to_integers
from portero.media.formats import PCM, SessionFormat
from portero.media.noise import Samples


def hold_cycle(session: SessionFormat) -> tuple[bytes | None, ...]:
    """Frames of 20 ms in the session's format, to be played round and round; None is silence.

    One pitch only, below all that a keypad has (ITU-T Q.23: 697 Hz and up, always in pairs): no
    gate takes it for a key.
    """
    size = session.bytes_per_ms * FRAME_MS
    coded = _coded(_tone(session.rate), session)
    tone = [coded[start : start + size] for start in range(0, len(coded), size)]
    return (*tone, *[None] * (HOLD_CYCLE_MS // FRAME_MS - len(tone)))


def _tone(rate: int) -> Samples:
    """Swells and fades: an edge would be a click."""
    time = np.arange(rate * HOLD_TONE_MS // 1000, dtype=np.float32) / rate
    swell = np.hanning(len(time))
    return (HOLD_TONE_PEAK * swell * np.sin(2 * np.pi * HOLD_TONE_HERTZ * time)).astype(np.float32)


def _coded(samples: Samples, session: SessionFormat) -> bytes:
    if session is PCM:
        return bytes(to_integers(samples).astype("<i2").tobytes())
    nearest = np.abs(samples[:, None] - g711_levels(session)[None, :]).argmin(axis=1)
    return bytes(nearest.astype(np.uint8).tobytes())

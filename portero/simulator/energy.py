"""Hears speech by its energy, on the clock of the sound itself (pure).

Plays the part of ``server_vad`` (reference openai-realtime.md, 6): every time is in ms of audio
appended since the session began, never of a wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from portero.simulator.sound import BLOCK_MS, Samples, rms

# Threshold 0 hears from -50 dBFS, 0.5 (the default) from -35 dBFS, 1 from -20 dBFS; ours, as the
# real detector is a model and not a level.
QUIETEST_DBFS: Final = -50.0
THRESHOLD_SPAN_DB: Final = 30.0
# Clicks are shorter than speech.
SPEECH_MS: Final = 50


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech began; ``audio_start_ms`` includes the padding before it."""

    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech ended; ``audio_end_ms`` includes the silence that showed it."""

    audio_end_ms: int


SpeechEvent = SpeechStarted | SpeechStopped


class SpeechDetector:
    """Feeds on samples at ``rate`` Hz, in pieces of any size."""

    def __init__(
        self,
        rate: int,
        *,
        threshold: float = 0.5,
        prefix_padding_ms: int = 300,
        silence_duration_ms: int = 500,
        now_ms: int = 0,
    ) -> None:
        self._block = rate * BLOCK_MS // 1000
        self._level = 32768 * 10 ** ((QUIETEST_DBFS + THRESHOLD_SPAN_DB * threshold) / 20)
        self._padding_ms = prefix_padding_ms
        self._silence_ms = silence_duration_ms
        self._rest = np.zeros(0, np.int16)
        self._now_ms = now_ms
        self._run_ms = 0  # how long what contradicts the present state has lasted
        self._earliest_ms = now_ms
        self.speaking = False

    def feed(self, samples: Samples) -> list[SpeechEvent]:
        """What began or ended in these samples, in order."""
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // self._block * self._block
        self._rest = joined[whole:]
        levels = rms(joined[:whole].reshape(-1, self._block))
        return [event for level in levels if (event := self._step(bool(level > self._level)))]

    def _step(self, loud: bool) -> SpeechEvent | None:
        self._now_ms += BLOCK_MS
        self._run_ms = self._run_ms + BLOCK_MS if loud != self.speaking else 0
        if self._run_ms < (self._silence_ms if self.speaking else SPEECH_MS):
            return None
        run_ms, self._run_ms = self._run_ms, 0
        self.speaking = not self.speaking
        if not self.speaking:
            self._earliest_ms = self._now_ms
            return SpeechStopped(self._now_ms)
        return SpeechStarted(max(self._earliest_ms, self._now_ms - run_ms - self._padding_ms))

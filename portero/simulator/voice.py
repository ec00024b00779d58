"""A voice for both stand-ins: synthesised off the reactor's thread, and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from threading import Lock

import numpy as np

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool

from portero.errors import PorteroError
from portero.limits import VOICE_CACHE_LINES, VOICE_PAUSE_MS
from portero.simulator.conversation_script import Babble, Recording, Sound, Tone
from portero.simulator.sound import Samples, read_wav, resample, tighten, tone

Job = Callable[[], Samples]
Elsewhere = Callable[[Job], Deferred[Samples]]

NANOTTS_RATE = 16_000
NANOTTS_VOLUME = 0.5  # at 1.0 it clips


class Voice:
    """Turns lines into samples; ``elsewhere`` runs a job that may block, e.g. in a thread.

    The pauses between words are kept under ``VOICE_PAUSE_MS``, so that a line is one turn to a
    speech detector. ``language``: English for en…, else Spanish. ``speed`` and ``pitch`` are
    factors (py-nanotts: 0.2 to 5 and 0.5 to 2), so that agent and visitor can sound unlike.
    """

    def __init__(
        self,
        elsewhere: Elsewhere,
        *,
        language: str = "es-MX",
        speed: float = 1.0,
        pitch: float = 1.0,
    ) -> None:
        self._elsewhere = elsewhere
        self._language = "en-US" if language.lower().startswith("en") else "es-ES"
        self._speed = speed
        self._pitch = pitch
        self._synthesising = Lock()  # the library's engine is one for the process
        self._blocking = lru_cache(VOICE_CACHE_LINES)(self._make)

    @classmethod
    def in_threads_of(
        cls,
        reactor: IReactorThreads,
        *,
        language: str = "es-MX",
        speed: float = 1.0,
        pitch: float = 1.0,
    ) -> Voice:
        """A voice that works in the thread pool of ``reactor``."""
        pool = reactor.getThreadPool()
        elsewhere = partial(deferToThreadPool, reactor, pool)
        return cls(elsewhere, language=language, speed=speed, pitch=pitch)

    def render(self, text: str, sound: Sound | None = None, *, rate: int) -> Deferred[Samples]:
        """The samples of a line at ``rate`` Hz: its sound if it has one, else ``text`` spoken.

        Fails with PorteroError when a recording or the speech package can't be had.
        """
        return self._elsewhere(partial(self._blocking, text, sound, rate))

    def _make(self, text: str, sound: Sound | None, rate: int) -> Samples:
        match sound:
            case Tone(hz=hz, seconds=seconds, level=level):
                return tone(hz, seconds, level, rate)
            case Recording(path=path):
                return read_wav(path, rate)
            case Babble(seconds=seconds):
                return np.resize(self._blocking(text, None, rate), round(seconds * rate))
        return resample(self._speak(text), NANOTTS_RATE, rate)

    def _speak(self, text: str) -> Samples:
        try:
            from py_nanotts import NanoTTS  # an extra: only who simulates needs it
        except ImportError as error:
            raise PorteroError(
                "the stand-ins speak with py-nanotts: pip install 'portero[simulator]'"
            ) from error
        with self._synthesising:
            spoken = NanoTTS().speak(
                text,
                voice=self._language,
                speed=self._speed,
                pitch=self._pitch,
                volume=NANOTTS_VOLUME,
            )
        return tighten(np.frombuffer(spoken, "<i2"), NANOTTS_RATE, VOICE_PAUSE_MS)

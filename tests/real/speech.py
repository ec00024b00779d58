"""Spanish for visitors to speak: a human's prompts, and a synthetic voice."""

from __future__ import annotations

import numpy as np
import sound
from py_nanotts import NanoTTS
from scipy.signal import resample_poly
from sound import Samples

from .asterisk_server import AsteriskServer

PROMPTS = "usr/share/asterisk/sounds/es_MX_f_Allison"


def prompt(server: AsteriskServer, name: str, rate: int = 8000) -> Samples:
    """A prompt of Debian's asterisk-core-sounds-es-wav (es-MX, a woman, recorded at 8 kHz)."""
    samples, recorded = sound.read_wav(server.root / PROMPTS / f"{name}.wav")
    return at_rate(samples, recorded, rate)


def synthetic(text: str, rate: int = 16000) -> Samples:
    """A sentence by py-nanotts' Spanish voice (16 kHz; louder than half it clips)."""
    spoken = NanoTTS().speak(text, voice="es-ES", volume=0.5)
    return at_rate(sound.from_pcm(spoken), 16000, rate)


def at_rate(samples: Samples, rate: int, wanted: int) -> Samples:
    return np.asarray(resample_poly(samples, wanted, rate), np.float64)

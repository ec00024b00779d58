"""What OpenAI's models cost (pure; reference 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class TranscriptionPrice:
    """Price of transcribing: USD for a minute, or for a million tokens."""

    minute: float = 0
    token_in: float = 0
    token_out: float = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """USD for a million tokens of each kind."""

    text_in: float
    text_cached: float
    text_out: float
    audio_in: float
    audio_cached: float
    audio_out: float
    image_in: float = 0
    image_cached: float = 0
    transcription: TranscriptionPrice = TranscriptionPrice()


PRICES_READ: Final = "2026-11-22"
"""When the tables below were compiled from OpenAI's model pages (reference 8)."""

_LARGE: Final = Prices(4, 0.4, 24, 32, 0.4, 64, 5, 0.5)
_OLDER: Final = Prices(4, 0.4, 16, 32, 0.4, 64, 5, 0.5)
_MINI: Final = Prices(0.6, 0.06, 2.4, 10, 0.3, 20, 0.8, 0.08)

PRICES: Final[Mapping[str, Prices]] = {
    "gpt-realtime-2.1": _LARGE,
    "gpt-realtime-2": _LARGE,
    "gpt-realtime-1.5": _OLDER,
    "gpt-realtime": _OLDER,
    "gpt-realtime-2025-08-28": _OLDER,
    "gpt-realtime-2.1-mini": _MINI,
    "gpt-realtime-mini": _MINI,
    "gpt-realtime-mini-2025-12-15": _MINI,
}

TRANSCRIPTION_PRICES: Final[Mapping[str, TranscriptionPrice]] = {
    "gpt-transcribe": TranscriptionPrice(minute=0.0045),
    "gpt-live-transcribe": TranscriptionPrice(minute=0.017),
    "gpt-realtime-whisper": TranscriptionPrice(minute=0.017),
    "gpt-4o-mini-transcribe": TranscriptionPrice(token_in=1.25, token_out=5),
}


def prices_of(model: str, transcription: str | None = None) -> Prices | None:
    """The list prices of a model and of the model that transcribes; None for one we don't know."""
    prices = PRICES.get(model)
    listed = TRANSCRIPTION_PRICES.get(transcription or "")
    return replace(prices, transcription=listed) if prices and listed else prices

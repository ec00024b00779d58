"""What a session uses and what that costs (pure; reference 8)."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from portero.config.prices import Prices
from portero.realtime.events import CachedDetails, TokenDetails, TokenUsage

AUDIO_TOKENS_PER_SECOND_IN: Final = 10  # a visitor's 100 ms are one token
AUDIO_TOKENS_PER_SECOND_OUT: Final = 20  # an agent's 50 ms are one token


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of responses, and what transcription of the visitor took; usages add up with `+`.

    `cached_*` is the part of `*_in` that the server had in its cache.
    """

    text_in: float = 0
    audio_in: float = 0
    image_in: float = 0
    cached_text: float = 0
    cached_audio: float = 0
    cached_image: float = 0
    text_out: float = 0
    audio_out: float = 0
    transcribed_seconds: float = 0
    transcribed_in: float = 0
    transcribed_out: float = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def response_usage(usage: TokenUsage | None, *, heard_ms: float, spoken_ms: float) -> Usage:
    """Usage of one response, cancelled ones included.

    Where a server does not count, length does: `heard_ms` of the visitor's speech since the last
    response, `spoken_ms` of sound generated.
    """
    counted_in = usage.input_token_details if usage else None
    counted_out = usage.output_token_details if usage else None
    cached = (counted_in.cached_tokens_details if counted_in else None) or CachedDetails()
    tokens_in = counted_in or TokenDetails(
        audio_tokens=heard_ms / 1000 * AUDIO_TOKENS_PER_SECOND_IN
    )
    tokens_out = counted_out or TokenDetails(
        audio_tokens=spoken_ms / 1000 * AUDIO_TOKENS_PER_SECOND_OUT
    )
    return Usage(
        text_in=tokens_in.text_tokens or 0,
        audio_in=tokens_in.audio_tokens or 0,
        image_in=tokens_in.image_tokens or 0,
        cached_text=cached.text_tokens or 0,
        cached_audio=cached.audio_tokens or 0,
        cached_image=cached.image_tokens or 0,
        text_out=tokens_out.text_tokens or 0,
        audio_out=tokens_out.audio_tokens or 0,
    )


def transcription_usage(usage: TokenUsage) -> Usage:
    """Usage of one transcription: seconds or tokens, as its model is billed."""
    return Usage(
        transcribed_seconds=usage.seconds or 0,
        transcribed_in=usage.input_tokens or 0,
        transcribed_out=usage.output_tokens or 0,
    )


def cost_usd(usage: Usage, prices: Prices) -> float:
    """What `usage` costs, in USD (reference 8, "Formula")."""
    transcription = prices.transcription
    per_million = (
        (usage.text_in - usage.cached_text) * prices.text_in
        + usage.cached_text * prices.text_cached
        + (usage.audio_in - usage.cached_audio) * prices.audio_in
        + usage.cached_audio * prices.audio_cached
        + (usage.image_in - usage.cached_image) * prices.image_in
        + usage.cached_image * prices.image_cached
        + usage.text_out * prices.text_out
        + usage.audio_out * prices.audio_out
        + usage.transcribed_in * transcription.token_in
        + usage.transcribed_out * transcription.token_out
    )
    return per_million / 1e6 + usage.transcribed_seconds / 60 * transcription.minute

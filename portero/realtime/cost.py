"""What a session uses and what that costs (pure; reference 8)."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from portero.config.prices import Prices
from portero.limits import USAGE_COUNT
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
        text_in=_amount(tokens_in.text_tokens),
        audio_in=_amount(tokens_in.audio_tokens),
        image_in=_amount(tokens_in.image_tokens),
        cached_text=_amount(cached.text_tokens),
        cached_audio=_amount(cached.audio_tokens),
        cached_image=_amount(cached.image_tokens),
        text_out=_amount(tokens_out.text_tokens),
        audio_out=_amount(tokens_out.audio_tokens),
    )


def transcription_usage(usage: TokenUsage) -> Usage:
    """Usage of one transcription: seconds or tokens, as its model is billed."""
    return Usage(
        transcribed_seconds=_amount(usage.seconds),
        transcribed_in=_amount(usage.input_tokens),
        transcribed_out=_amount(usage.output_tokens),
    )


def _amount(told: float | None) -> float:
    """What a server has counted; a count that is none would spoil the sum of the whole day."""
    return min(told, USAGE_COUNT) if told is not None and told > 0 else 0


def cost_usd(usage: Usage, prices: Prices) -> float:
    """What `usage` costs, in USD (reference 8, "Formula")."""
    transcription = prices.transcription
    per_million = (
        max(0, usage.text_in - usage.cached_text) * prices.text_in
        + usage.cached_text * prices.text_cached
        + max(0, usage.audio_in - usage.cached_audio) * prices.audio_in
        + usage.cached_audio * prices.audio_cached
        + max(0, usage.image_in - usage.cached_image) * prices.image_in
        + usage.cached_image * prices.image_cached
        + usage.text_out * prices.text_out
        + usage.audio_out * prices.audio_out
        + usage.transcribed_in * transcription.token_in
        + usage.transcribed_out * transcription.token_out
    )
    return per_million / 1e6 + usage.transcribed_seconds / 60 * transcription.minute

"""What a call's Realtime session is set up with: settings and tenant, turned into a `Setup`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portero import messages
from portero.config.prices import (
    TRANSCRIPTION_PRICES,
    Prices,
    TranscriptionPrice,
    prices_of,
)
from portero.config.settings import RealtimeSettings, SemanticVad, ServerVad, TenantSettings
from portero.config.tenants import instructions_of
from portero.realtime import session


def session_setup(
    realtime: RealtimeSettings,
    tenant: TenantSettings,
    tools: Sequence[Mapping[str, Any]],
    audio_format: str,
) -> session.Setup:
    """The session of a call for this tenant; `audio_format` is that of the media stream."""
    language = tenant.language or realtime.language
    place = tenant.name or tenant.id
    greeting = tenant.greeting or messages.text("greeting", language, place=place)
    return session.Setup(
        model=realtime.model,
        instructions=instructions_of(tenant, language),
        greeting=messages.text("say_exactly", language, text=greeting),
        apology=messages.text("apology", language),
        voice=tenant.voice or realtime.voice,
        language=language,
        tools=tuple(tools),
        input_format=audio_format,
        output_format=audio_format,
        vad=_vad(realtime.vad),
        transcription=realtime.transcription.model,
        transcription_prompt=realtime.transcription.prompt,
        noise_reduction=realtime.noise_reduction,
        speed=realtime.speed,
        max_output_tokens=realtime.max_output_tokens,
    )


def _vad(vad: ServerVad | SemanticVad) -> session.ServerVad | session.SemanticVad:
    if isinstance(vad, SemanticVad):
        return session.SemanticVad(eagerness=vad.eagerness)
    return session.ServerVad(
        threshold=vad.threshold,
        prefix_padding_ms=vad.prefix_padding_ms,
        silence_duration_ms=vad.silence_duration_ms,
        idle_timeout_ms=vad.idle_timeout_ms,
    )


def session_prices(realtime: RealtimeSettings) -> Prices | None:
    """The prices of the settings, else the list's; None for a model that neither knows."""
    own, transcription = realtime.prices, realtime.transcription.model
    if own is None:
        return prices_of(realtime.model, transcription)
    listed = TRANSCRIPTION_PRICES.get(transcription, TranscriptionPrice())
    return Prices(
        text_in=own.text_in,
        text_cached=own.text_cached,
        text_out=own.text_out,
        audio_in=own.audio_in,
        audio_cached=own.audio_cached,
        audio_out=own.audio_out,
        image_in=own.image_in,
        image_cached=own.image_cached,
        transcription=own.transcription or listed,
    )

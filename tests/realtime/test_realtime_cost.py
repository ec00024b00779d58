"""What a session costs."""

from __future__ import annotations

from typing import Any

import pytest
import realtime_wire as wire
from realtime_wire import Talk, sound

from portero.call.setup import session_prices
from portero.config.prices import (
    PRICES,
    TRANSCRIPTION_PRICES,
    Prices,
    TranscriptionPrice,
    prices_of,
)
from portero.config.settings import PriceSettings, RealtimeSettings, TranscriptionSettings
from portero.limits import USAGE_COUNT
from portero.realtime import conversation as talk
from portero.realtime.cost import Usage, cost_usd, response_usage, transcription_usage
from portero.realtime.events import CachedDetails, TokenDetails, TokenUsage

# The example of reference 4.1.
COUNTED: dict[str, Any] = {
    "total_tokens": 205,
    "input_tokens": 41,
    "output_tokens": 164,
    "input_token_details": {
        "text_tokens": 14,
        "audio_tokens": 27,
        "image_tokens": 0,
        "cached_tokens": 10,
        "cached_tokens_details": {"text_tokens": 4, "audio_tokens": 6, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 28, "audio_tokens": 136},
}
USED = Usage(text_in=14, audio_in=27, cached_text=4, cached_audio=6, text_out=28, audio_out=136)


def spent(orders: list[talk.Order]) -> Usage:
    return sum((o.usage for o in orders if isinstance(o, talk.Spent)), Usage())


@pytest.mark.parametrize("status", ["completed", "cancelled", "incomplete", "failed"])
def test_every_response_is_counted_cancelled_ones_too(status: str) -> None:
    opened = Talk.open()
    opened.server(wire.began(), wire.delta("item_A", sound(20)))
    assert spent(opened.server(wire.ended(status=status, usage=COUNTED))) == USED


def test_usage_beside_the_response() -> None:
    """As xAI has it (reference 9)."""
    opened = Talk.open()
    opened.server(wire.began())
    assert spent(opened.server({**wire.ended(), "usage": COUNTED}, odd=True)) == USED


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"input_token_details": None, "output_token_details": None},
        {"input_tokens": None, "cached_tokens": None},
    ],
)
def test_a_server_that_does_not_count_is_counted_by_length(usage: Any) -> None:
    opened = Talk.open()
    opened.server(wire.speech_started(at=1000), wire.speech_stopped(at=3000), wire.committed())
    opened.server(wire.began(), wire.delta("item_A", sound(500)))
    orders = opened.server(wire.ended(usage=usage), odd=True)
    assert spent(orders) == Usage(audio_in=20, audio_out=10)
    opened.server(wire.began("resp_2"))
    assert spent(opened.server(wire.ended("resp_2", usage=usage), odd=True)) == Usage()


@pytest.mark.parametrize("missing", ["text_tokens", "audio_tokens", "cached_tokens_details"])
@pytest.mark.parametrize("null", [True, False])
def test_a_missing_figure_counts_nothing(missing: str, null: bool) -> None:
    details = {k: v for k, v in COUNTED["input_token_details"].items() if k != missing}
    usage = {**COUNTED, "input_token_details": {**details, **({missing: None} if null else {})}}
    opened = Talk.open()
    opened.server(wire.began())
    used = spent(opened.server(wire.ended(usage=usage), odd=True))
    lost = {
        "text_tokens": USED.text_in - used.text_in,
        "audio_tokens": USED.audio_in - used.audio_in,
        "cached_tokens_details": USED.cached_text - used.cached_text,
    }
    assert lost == {
        "text_tokens": 0,
        "audio_tokens": 0,
        "cached_tokens_details": 0,
        missing: {"text_tokens": 14, "audio_tokens": 27, "cached_tokens_details": 4}[missing],
    }


def test_transcription_is_counted_in_seconds_or_tokens() -> None:
    opened = Talk.open()
    tokens = {"type": "tokens", "total_tokens": 26, "input_tokens": 17, "output_tokens": 9}
    opened.server(*wire.turn())
    used = spent(
        opened.server(
            wire.transcribed("item_U", "Hola."), wire.transcribed("item_U", "Hola.", usage=tokens)
        )
    )
    assert used == Usage(transcribed_seconds=3, transcribed_in=17, transcribed_out=9)


def test_the_sum_of_a_bill() -> None:
    """By hand: 10*4 + 4*0.4 + 21*32 + 6*0.4 + 28*24 + 136*64 = 10092 millionths."""
    assert cost_usd(USED, PRICES["gpt-realtime-2.1"]) == pytest.approx(0.010092)


def test_a_minute_of_each_side() -> None:
    """The figures of reference 8: $0.0192 and $0.0768 on the large model."""
    prices = PRICES["gpt-realtime-2.1"]
    assert cost_usd(Usage(audio_in=600), prices) == pytest.approx(0.0192)
    assert cost_usd(Usage(audio_out=1200), prices) == pytest.approx(0.0768)


def test_images_and_transcription_are_billed_too() -> None:
    prices = Prices(0, 0, 0, 0, 0, 0, 5, 0.5, TranscriptionPrice(0.006, 1.25, 5))
    assert cost_usd(Usage(image_in=1_000_000, cached_image=200_000), prices) == pytest.approx(4.1)
    assert cost_usd(Usage(transcribed_seconds=90), prices) == pytest.approx(0.009)
    assert cost_usd(Usage(transcribed_in=1e6, transcribed_out=1e6), prices) == pytest.approx(6.25)


def test_the_list_price_of_a_model_and_its_transcription() -> None:
    prices = prices_of("gpt-realtime-2.1-mini", "gpt-transcribe")
    assert prices is not None
    assert prices.audio_in == 10
    assert prices.transcription == TRANSCRIPTION_PRICES["gpt-transcribe"]
    assert prices_of("somebody-elses-model") is None


OWN = {
    "text_in": 1,
    "text_cached": 2,
    "text_out": 3,
    "audio_in": 4,
    "audio_cached": 5,
    "audio_out": 6,
}


def test_prices_of_the_settings_come_before_the_list() -> None:
    realtime = RealtimeSettings(model="somebody-elses", prices=PriceSettings(**OWN))
    listed = TRANSCRIPTION_PRICES["gpt-transcribe"]  # which is the one of the settings
    assert session_prices(realtime) == Prices(1, 2, 3, 4, 5, 6, transcription=listed)


@pytest.mark.parametrize(
    ("own", "price"),
    [
        ({"transcription_minute": 0.1}, TranscriptionPrice(minute=0.1)),
        (
            {"transcription_in": 1.5, "transcription_out": 2},
            TranscriptionPrice(token_in=1.5, token_out=2),
        ),
        ({"transcription_minute": 0}, TranscriptionPrice()),  # one of our own costs nothing
    ],
)
def test_a_price_of_transcription_may_be_set(own: Any, price: TranscriptionPrice) -> None:
    prices = session_prices(RealtimeSettings(prices=PriceSettings(**OWN, **own)))
    assert prices is not None
    assert prices.transcription == price


def test_an_unknown_model_has_no_price_and_an_unknown_transcription_is_free() -> None:
    assert session_prices(RealtimeSettings(model="somebody-elses")) is None
    words = TranscriptionSettings(model="somebody-elses")
    prices = session_prices(RealtimeSettings(model="gpt-realtime", transcription=words))
    assert prices == PRICES["gpt-realtime"]


@pytest.mark.parametrize("wrong", [-1, -1e300, float("nan"), float("-inf")])
def test_a_count_that_is_none_costs_nothing(wrong: float) -> None:
    """What a server sends must not make the day's sum smaller, nor one that nobody can compare."""
    cached = CachedDetails(text_tokens=wrong, audio_tokens=wrong, image_tokens=wrong)
    details = TokenDetails(
        text_tokens=wrong, audio_tokens=wrong, image_tokens=wrong, cached_tokens_details=cached
    )
    told = TokenUsage(
        input_token_details=details,
        output_token_details=details,
        seconds=wrong,
        input_tokens=wrong,
        output_tokens=wrong,
    )
    assert response_usage(told, heard_ms=0, spoken_ms=0) == Usage()
    assert transcription_usage(told) == Usage()


@pytest.mark.parametrize("most", [USAGE_COUNT + 1, 1e300, float("inf")])
def test_a_count_beyond_every_context_is_cut(most: float) -> None:
    told = TokenUsage(output_token_details=TokenDetails(audio_tokens=most), seconds=most)
    assert response_usage(told, heard_ms=0, spoken_ms=0).audio_out == USAGE_COUNT
    assert transcription_usage(told).transcribed_seconds == USAGE_COUNT
    told = TokenUsage(output_token_details=TokenDetails(audio_tokens=USAGE_COUNT - 1))
    assert response_usage(told, heard_ms=0, spoken_ms=0).audio_out == USAGE_COUNT - 1


def test_a_server_whose_cache_holds_more_than_came_earns_nobody_money() -> None:
    usage = Usage(text_in=10, cached_text=999, cached_audio=999, cached_image=999)
    prices = Prices(4, 0, 0, 32, 0, 0, 5, 0)
    assert cost_usd(usage, prices) == 0

"""What Prometheus reads: every figure that operators expect, bounded in number and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from console.standin import AT, RECORD, STANDING, STATUS, House
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from twisted.internet.task import Clock

from portero.config.settings import Settings
from portero.console.gauges import STATES
from portero.console.house import Spending
from portero.console.labels import Words
from portero.console.lag import LagMeter
from portero.console.metrics import Metrics
from portero.limits import METRIC_WORD_CHARS, METRIC_WORDS, REACTOR_LAG_SECONDS
from portero.records import CallRecord, ToolUse

SETTINGS = Settings.model_validate(
    {
        "tenants": [
            {"id": "lomas", "extensions": ["1000"], "gates": {"main": {"driver": "backend"}}},
            {"id": "pinos", "extensions": ["2000"]},
        ],
        "tools": {
            "order_taxi": {
                "description": "Order a taxi",
                "http": {"url": "https://taxi.example/order"},
            }
        },
    }
)


class Watched:
    """A house and its metrics, as a scrape shows them."""

    def __init__(self) -> None:
        self.house = House()
        self.metrics = Metrics(self.house, lambda: SETTINGS)

    def samples(self) -> dict[tuple[str, frozenset[str]], float]:
        written = generate_latest(self.metrics.registry).decode()
        return {
            (sample.name, frozenset(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(written)
            for sample in family.samples
        }

    def value(self, name: str, *labels: str) -> float | None:
        return self.samples().get((f"portero_{name}", frozenset(labels)))


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_call_that_is_over_is_counted(watched: Watched) -> None:
    watched.metrics.observe(RECORD)
    watched.metrics.observe(replace(RECORD, tenant="pinos"))
    assert watched.value("calls_total", "lomas", "COMPLETED", "agent_said_goodbye") == 1
    assert watched.value("call_duration_seconds_sum", "lomas") == 42.5
    assert watched.value("call_duration_seconds_bucket", "lomas", "45.0") == 1
    assert watched.value("call_duration_seconds_bucket", "lomas", "30.0") == 0
    assert watched.value("cost_usd_total", "lomas") == 0.0625
    assert watched.value("tokens_total", "audio_in") == 2400
    assert watched.value("tool_calls_total", "check_visitor", "done") == 2
    assert watched.value("tool_calls_total", "open_gate", "refused") == 2
    assert watched.value("tool_duration_seconds_sum", "open_gate") == pytest.approx(0.2)


def test_how_a_call_sounded_is_told(watched: Watched) -> None:
    watched.metrics.observe(RECORD)
    shown = {
        "frames_lost_total": 3,
        "frames_late_total": 2,
        "underruns_total": 1,
        "barge_ins_total": 2,
        "reconnects_total": 1,
        "jitter_seconds_sum": 0.0045,
        "first_sound_seconds_sum": 0.9,
        "response_seconds_sum": 0.65,
        "response_longest_seconds_sum": 1.4,
        "response_seconds_count": 1,
    }
    assert {name: watched.value(name) for name in shown} == pytest.approx(shown)
    assert watched.value("frames_total", "in") == 2000
    assert watched.value("frames_total", "out") == 900


def test_what_a_call_does_not_know_is_not_counted(watched: Watched) -> None:
    silent = replace(RECORD.quality, jitter_ms=None, first_sound_ms=None, response_ms=None)
    usage = {"transcribed_seconds": 7.5}
    watched.metrics.observe(replace(RECORD, cost_usd=None, quality=silent, usage=usage))
    assert watched.value("jitter_seconds_count") == 0
    assert watched.value("first_sound_seconds_count") == 0
    assert watched.value("cost_usd_total", "lomas") == 0
    assert watched.value("transcribed_seconds_total") == 7.5
    assert watched.value("tokens_total", "transcribed_seconds") is None


def test_a_call_that_was_turned_away_took_no_time(watched: Watched) -> None:
    refused = CallRecord("c", "lomas", AT, ended_at=AT, status="BUSY", reason="max_calls")
    watched.metrics.observe(refused)
    assert watched.value("calls_total", "lomas", "BUSY", "max_calls") == 1
    assert not watched.value("call_duration_seconds_count", "lomas")


def test_a_call_of_nobody_leaves_no_record_and_is_counted_all_the_same(watched: Watched) -> None:
    told = {"event": "refused", "status": "UNKNOWN_TENANT", "reason": "unknown_tenant"}
    watched.house.feed.publish({**told, "tenant": ""})
    watched.house.feed.publish({**told, "tenant": "lomas"})  # its record counts it
    assert watched.value("calls_total", "other", "UNKNOWN_TENANT", "unknown_tenant") == 1
    assert watched.value("calls_total", "lomas", "UNKNOWN_TENANT", "unknown_tenant") is None


def test_what_happens_inside_is_counted_at_once(watched: Watched) -> None:
    feed = watched.house.feed
    feed.publish({"event": "begin", "call": "a", "tenant": "lomas", "who": "5215512345678"})
    feed.publish({"event": "opened", "call": "a", "tenant": "lomas", "gate": "main"})
    feed.publish({"event": "opened", "call": "a", "tenant": "pinos", "gate": "main"})
    feed.publish({"event": "guard", "call": "a", "tenant": "lomas", "answered": True})
    feed.publish({"event": "guard", "call": "a", "tenant": "lomas", "answered": False})
    feed.publish({"event": "said", "call": "a", "tenant": "lomas", "text": "hola"})
    feed.publish({"event": "begin"})
    assert watched.value("calls_begun_total", "lomas") == 1
    assert watched.value("openings_total", "lomas", "main") == 1
    assert watched.value("openings_total", "pinos", "other") == 1
    assert watched.value("guard_calls_total", "lomas", "yes") == 1
    assert watched.value("guard_calls_total", "lomas", "no") == 1


def test_the_house_is_asked_at_each_scrape(watched: Watched) -> None:
    assert watched.value("ami_connected") == 1
    assert watched.value("calls_standing", "lomas") == 1
    assert watched.value("calls_standing", "pinos") == 0
    assert watched.value("calls_max") == 100
    assert watched.value("cost_today_usd", "lomas") == 0.42
    assert watched.value("cost_limit_usd", "lomas") == 5
    assert watched.value("cost_limit_usd", "pinos") is None
    assert watched.value("settings_loaded_timestamp_seconds") == AT.timestamp()
    assert watched.value("build_info", STATUS.version) == 1
    assert [watched.value("state", state) for state in STATES] == [0, 1, 0, 0]
    watched.house.told = replace(STATUS, state="draining", ami_connected=False)
    watched.house.standing.clear()
    assert [watched.value("state", state) for state in STATES] == [0, 0, 0, 1]
    assert watched.value("ami_connected") == 0
    assert watched.value("calls_standing", "lomas") == 0


def test_the_process_is_watched(watched: Watched) -> None:
    names = {name for name, _ in watched.samples()}
    assert {"process_resident_memory_bytes", "process_open_fds", "python_info"} <= names


def hostile(number: int) -> Any:
    """A call whose every word comes from outside, and is another each time."""
    word = f"drop_{number}"
    letters = "w" + "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return replace(
        RECORD,
        tenant=f"tenant {word}",
        status=letters,
        reason=f"x{letters}",
        tools=(ToolUse(0, word, {}, letters), ToolUse(0, "order_taxi", {}, "done")),
        usage={letters: 1},
        ended_at=AT + timedelta(seconds=number),
    )


def test_the_number_of_series_is_bounded_whatever_comes(watched: Watched) -> None:
    def flood(first: int) -> int:
        for number in range(first, first + 500):
            watched.metrics.observe(hostile(number))
            for event in ("begin", "opened", "guard"):
                told = {"event": event, "tenant": f"t{number}", "gate": f"g{number}"}
                watched.house.feed.publish({**told, "answered": number})
            stranger = replace(STANDING, tenant=f"s{number}")
            watched.house.standing.append(stranger)
            spent = {**watched.house.told.tenants, f"s{number}": Spending(1, 1.0, 2.0)}
            watched.house.told = replace(STATUS, tenants=spent)
        return len(watched.samples())

    assert flood(0) == flood(500)
    assert watched.value("tool_calls_total", "order_taxi", "done") == 1000
    labels = {label for _, values in watched.samples() for label in values}
    assert not any(label[:5] == "drop_" for label in labels)
    assert watched.value("calls_standing", "other") == 1000


def test_only_so_many_words_become_labels() -> None:
    words = Words()
    alphabet = [f"word_{'a' * number}" for number in range(METRIC_WORDS + 1)][: METRIC_WORDS + 1]
    short = [word for word in alphabet if len(word) <= METRIC_WORD_CHARS]
    assert [words.take(word) for word in short] == short
    for number in range(METRIC_WORDS - len(short)):
        pair = chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
        assert words.take(pair) == pair
    assert words.take("onemore") == "other"
    assert words.take(short[0]) == short[0]


@pytest.mark.parametrize("word", ["", "5215512345678", "Juana Privada", "a\nb", "ñ", "a-b", "a1"])
def test_what_is_no_word_of_ours_is_no_label(word: str) -> None:
    assert Words().take(word) == "other"


def test_a_long_word_is_no_label() -> None:
    assert Words().take("x" * METRIC_WORD_CHARS) == "x" * METRIC_WORD_CHARS
    assert Words().take("x" * (METRIC_WORD_CHARS + 1)) == "other"


def test_a_verdict_is_counted_without_its_rule() -> None:
    assert Words().take("refused (quiet_hours)") == "refused"


def test_the_lag_of_the_event_loop_is_measured() -> None:
    clock, lags = Clock(), []
    meter = LagMeter(lags.append, clock)
    meter.start()
    clock.advance(REACTOR_LAG_SECONDS)
    clock.advance(REACTOR_LAG_SECONDS + 0.125)
    clock.advance(REACTOR_LAG_SECONDS)
    assert lags == pytest.approx([0, 0.125, 0])
    meter.stop()
    assert clock.getDelayedCalls() == []

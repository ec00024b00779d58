"""Questions to residents: which answer counts, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import NOW, House
from sqlalchemy import func, select

from portero.limits import WEBHOOK_CLOCK_SECONDS, WEBHOOK_KEPT_SECONDS
from portero.registry import questions
from portero.registry.questions import Asked, Seen, Taken, Tap
from portero.registry.tables import webhook_messages

ANA = Asked("q1", "c1", "r1", "525512345678", "whatsapp", "Juan Pérez", "d1")
LUIS = replace(ANA, id="q2", contact="525587654321", token_digest="d2")
TAP = Tap("wamid.1", "d1", "approve", frozenset({"525512345678"}), NOW)


@pytest.fixture
def house() -> House:
    house = House()
    for asked in (ANA, LUIS):
        house.work(questions.ask, "robles", asked, NOW, NOW + timedelta(seconds=60))
    return house


def take(house: House, tap: Tap = TAP, seconds: float = 1, **changes: Any) -> str:
    taken = house.work(
        questions.take_tap, replace(tap, **changes), NOW + timedelta(seconds=seconds)
    )
    return taken.word


def seen(house: House) -> list[str | None]:
    found = {it.question_id: it.answer for it in house.work(questions.look, "robles", ["q1", "q2"])}
    return [found["q1"], found["q2"]]


def test_the_first_answer_closes_all_questions_of_the_call(house: House) -> None:
    taken = house.work(questions.take_tap, TAP, NOW)
    assert taken == Taken("taken", "q1", "robles", "c1")
    assert seen(house) == ["approve", "decided"]
    late = Tap("wamid.2", "d2", "refuse", frozenset({LUIS.contact}), NOW)
    assert take(house, late) == "decided"
    assert take(house, message_id="wamid.3", answer="refuse") == "answered"
    assert seen(house) == ["approve", "decided"]


def test_other_calls_and_other_residents_stay_open(house: House) -> None:
    for number, other in enumerate((replace(ANA, call_id="c2"), replace(ANA, resident_id="r2"))):
        asked = replace(other, id=f"o{number}", token_digest=f"o{number}")
        house.work(questions.ask, "robles", asked, NOW, NOW + timedelta(seconds=60))
    take(house)
    found = house.work(questions.look, "robles", ["o0", "o1"])
    assert [it.answer for it in found] == [None, None]


def test_the_same_message_counts_once(house: House) -> None:
    assert take(house) == "taken"
    assert take(house) == "repeated"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"token_digest": "d9"}, "unknown"),
        ({"senders": frozenset({"525500000000"})}, "stranger"),
        ({"senders": frozenset()}, "stranger"),
        ({"sent_at": NOW - timedelta(seconds=WEBHOOK_CLOCK_SECONDS + 1)}, "early"),
    ],
)
def test_a_tap_that_does_not_fit_changes_nothing(
    house: House, changes: dict[str, Any], word: str
) -> None:
    assert take(house, **changes) == word
    assert seen(house) == [None, None]
    assert take(house, message_id="wamid.2") == "taken"


def test_whole_seconds_of_whatsapp_are_not_early(house: House) -> None:
    at = NOW - timedelta(seconds=WEBHOOK_CLOCK_SECONDS)
    assert take(house, sent_at=at) == "taken"


def test_a_question_is_open_until_it_expires_and_not_after(house: House) -> None:
    assert take(house, seconds=60) == "expired"
    assert seen(house) == [None, None]
    assert take(house, seconds=59.9, message_id="wamid.2") == "taken"


def test_after_the_visitor_left_nothing_counts(house: House) -> None:
    house.work(questions.close, "robles", ["q1", "q2"], questions.LEFT, NOW)
    assert take(house) == "left"
    assert seen(house) == ["left", "left"]


def test_closing_does_not_undo_an_answer_nor_touch_another_tenant(house: House) -> None:
    house.work(questions.close, "encinos", ["q1", "q2"], questions.LEFT, NOW)
    assert take(house) == "taken"
    house.work(questions.close, "robles", ["q1", "q2"], questions.LEFT, NOW)
    assert seen(house) == ["approve", "decided"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([], None),
        (["delivered"], "delivered"),
        (["read", "delivered"], "read"),
        (["failed", "delivered"], "delivered"),
        (["failed"], "failed"),
        (["failed", "undeliverable"], "undeliverable"),
    ],
)
def test_the_best_status_counts_in_whatever_order(
    house: House, told: list[str], status: str | None
) -> None:
    house.work(questions.sent, "robles", "q1", "wamid.q1")
    for word in told:
        assert house.work(questions.note_status, "wamid.q1", word, NOW)
        assert not house.work(questions.note_status, "wamid.q1", word, NOW)
    assert house.work(questions.look, "robles", ["q1"]) == [Seen("q1", None, status)]


def test_messages_are_remembered_for_longer_than_whatsapp_repeats_them(house: House) -> None:
    def count() -> Any:
        query = select(func.count()).select_from(webhook_messages)
        return house.work(lambda connection: connection.execute(query).scalar_one())

    kept = timedelta(seconds=WEBHOOK_KEPT_SECONDS)
    assert kept > timedelta(days=7)
    assert not house.work(questions.seen_before, "m", NOW)
    assert house.work(questions.seen_before, "m", NOW + kept)
    assert not house.work(questions.seen_before, "n", NOW + kept + timedelta(seconds=1))
    assert count() == 1

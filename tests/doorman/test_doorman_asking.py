"""Who is asked when, and which answer decides."""

from __future__ import annotations

import pytest

from portero.doorman.asking import (
    Asking,
    AskStep,
    CallResident,
    Contact,
    Decided,
    Order,
    Progress,
    SendWhatsApp,
)
from portero.limits import ASK_DELIVERED_SECONDS, ASK_PROGRESS_SECONDS, ASK_TALK_SECONDS
from portero.messages import CATALOGUE

ANA = Contact("r1", "525512345678", "2001")
LUIS = Contact("r2", "525587654321", "2002")
BOTH = {1: ANA, 2: LUIS}
WRITE, CALL, CALL_LUIS = AskStep("whatsapp", 1, 45), AskStep("call", 1, 30), AskStep("call", 2, 30)


def begin(*steps: AskStep, contacts: dict[int, Contact] | None = None) -> Asking:
    asking = Asking(steps, BOTH if contacts is None else contacts, "guard")
    asking.start(0)
    return asking


def said(orders: list[Order]) -> list[Order]:
    return [order for order in orders if not isinstance(order, Progress)]


def pass_time(asking: Asking, until: float) -> list[tuple[float, Order]]:
    """Tick whenever it is due."""
    given: list[tuple[float, Order]] = []
    while (at := asking.next_time()) is not None and at <= until:
        given += [(at, order) for order in asking.tick(at)]
    return given


def test_the_first_step_starts_at_once_and_the_visitor_is_told() -> None:
    orders = Asking([WRITE, CALL], BOTH, "guard").start(0)
    assert orders == [SendWhatsApp(0, ANA), Progress("asking_by_message")]


def test_each_step_waits_for_the_next_and_then_nobody_has_answered() -> None:
    asking = begin(WRITE, CALL, CALL_LUIS)
    asking.sent(0, 1)
    asking.status(0, "delivered", 3)
    steps = [(at, order) for at, order in pass_time(asking, 500) if not isinstance(order, Progress)]
    assert steps == [
        (45, CallResident(1, ANA, 30)),
        (75, CallResident(2, LUIS, 30)),
        (105, Decided("no_answer", then="guard")),
    ]
    assert asking.next_time() is None


def test_the_visitor_hears_something_new_every_few_seconds() -> None:
    asking = begin(WRITE)
    words = [(at, order.word) for at, order in pass_time(asking, 44) if isinstance(order, Progress)]
    assert [at for at, _ in words] == [ASK_PROGRESS_SECONDS * n for n in (1, 2, 3, 4)]
    assert len({word for _, word in words[:3]}) == 3
    assert all(word in CATALOGUE for _, word in words)


def test_what_is_sent_and_not_delivered_starts_the_next_step_and_stays_answerable() -> None:
    asking = begin(WRITE, CALL)
    asking.sent(0, 1)
    given = pass_time(asking, 1 + ASK_DELIVERED_SECONDS)
    assert (1 + ASK_DELIVERED_SECONDS, CallResident(1, ANA, 30)) in given
    assert asking.answer(0, "approve") == [Decided("approved", 0, ANA)]


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_what_is_delivered_is_waited_for(status: str) -> None:
    asking = begin(WRITE, CALL)
    asking.sent(0, 1)
    asking.status(0, status, 2)
    assert said([order for _, order in pass_time(asking, 44)]) == []


def test_an_only_message_is_waited_for_also_when_nobody_says_delivered() -> None:
    asking = begin(WRITE)
    asking.sent(0, 1)
    assert said([order for _, order in pass_time(asking, 44)]) == []
    assert asking.answer(0, "approve") == [Decided("approved", 0, ANA)]


@pytest.mark.parametrize("status", ["failed", "undeliverable"])
def test_a_message_that_failed_starts_the_next_step_at_once(status: str) -> None:
    asking = begin(WRITE, CALL)
    asking.sent(0, 1)
    assert said(asking.status(0, status, 2)) == [CallResident(1, ANA, 30)]
    assert asking.status(0, status, 3) == []


def test_a_message_that_is_refused_starts_the_next_step_at_once() -> None:
    asking = begin(WRITE, CALL)
    assert said(asking.refused(0, 2)) == [CallResident(1, ANA, 30)]


def test_nothing_but_refused_messages_is_unreachable() -> None:
    assert begin(WRITE).refused(0, 2) == [Decided("unreachable", then="guard")]
    assert begin(WRITE).refused(0, 2, maybe_sent=True) == [Decided("no_answer", then="guard")]


def test_a_call_that_nobody_answers_starts_the_next_step_at_once() -> None:
    asking = begin(CALL, CALL_LUIS)
    assert said(asking.call_result(0, None, 20)) == [CallResident(1, LUIS, 30)]
    assert asking.call_result(1, None, 40) == [Decided("no_answer", then="guard")]


def test_a_call_of_a_step_gone_by_that_ends_starts_nothing() -> None:
    asking = begin(CALL, CALL_LUIS, WRITE)
    pass_time(asking, 30)
    assert asking.call_result(0, None, 31) == []
    assert said([order for _, order in pass_time(asking, 60)]) == [SendWhatsApp(2, ANA)]


@pytest.mark.parametrize(
    ("answer", "outcome", "then"),
    [("approve", "approved", None), ("refuse", "refused", None), ("talk", "talked", "guard")],
)
def test_the_first_answer_decides(answer: str, outcome: str, then: str | None) -> None:
    asking = begin(WRITE, CALL)
    pass_time(asking, 45)
    (decided,) = asking.call_result(1, answer, 50)
    assert decided == Decided(outcome, 1, ANA, then)  # type: ignore[arg-type]
    assert asking.next_time() is None


def test_an_earlier_step_can_still_answer() -> None:
    asking = begin(WRITE, CALL_LUIS)
    pass_time(asking, 50)
    assert asking.answer(0, "refuse") == [Decided("refused", 0, ANA)]


def test_no_other_contact_overrules_a_refusal_nor_an_approval() -> None:
    for first, second in (("refuse", "approve"), ("approve", "refuse")):
        asking = begin(WRITE, CALL_LUIS)
        pass_time(asking, 50)
        (decided,) = asking.answer(0, first)
        assert asking.call_result(1, second, 51) == []
        assert asking.answer(0, second) == []
        assert asking.decided is decided


def test_nothing_counts_after_the_deadline_or_when_the_visitor_has_left() -> None:
    late = begin(WRITE)
    pass_time(late, 45)
    assert late.answer(0, "approve") == []
    left = begin(WRITE, CALL)
    assert left.visitor_left() == [Decided("left")]
    assert left.answer(0, "approve") == left.tick(99) == left.visitor_left() == []
    assert left.sent(0, 99) == left.refused(0, 99) == left.status(0, "failed", 99) == []
    assert left.call_result(1, "approve", 99) == left.talking(1, 99) == []


def test_a_step_that_has_not_begun_cannot_answer() -> None:
    assert begin(WRITE, CALL).answer(1, "approve") == []


def test_a_message_that_failed_and_is_answered_has_arrived() -> None:
    asking = begin(WRITE, CALL)
    asking.status(0, "failed", 2)
    assert asking.answer(0, "approve") == [Decided("approved", 0, ANA)]


def test_while_a_resident_talks_to_the_visitor_nobody_else_is_asked() -> None:
    asking = begin(CALL, CALL_LUIS)
    asking.talking(0, 20)
    assert pass_time(asking, 19 + ASK_TALK_SECONDS) == []
    assert asking.call_result(0, "approve", 100) == [Decided("approved", 0, ANA)]


def test_a_talk_without_an_end_is_not_waited_for_forever() -> None:
    asking = begin(CALL)
    asking.talking(0, 20)
    given = pass_time(asking, 20 + ASK_TALK_SECONDS)
    assert given == [(20 + ASK_TALK_SECONDS, Decided("no_answer", then="guard"))]


def test_contacts_who_cannot_be_reached_that_way_are_skipped() -> None:
    silent = Contact("r1", None, "2001")
    orders = Asking([WRITE, CALL_LUIS, CALL], {1: silent}, "refuse").start(0)
    assert orders == [CallResident(0, silent, 30), Progress("asking_by_call")]
    nobody = Asking([WRITE, CALL], {}, "refuse").start(0)
    assert nobody == [Decided("unreachable", then="refuse")]

"""Residents are asked in a call: their word opens, once; the model is only told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from doorway import EPOCH, MARIA, ROBLES, Visit, logged, output
from wire import Running

from portero.config.keypad import DuressSettings, KeypadSettings
from portero.config.residents import AskSettings, NotifySettings
from portero.config.rules import LimitSettings, PolicySettings
from portero.config.settings import GateSettings, TenantSettings
from portero.errors import PorteroError
from portero.limits import RESIDENTS_ASKED

LUIS = {**MARIA, "id": "res-8", "name": "Luis López", "extension": "2002"}


def tenant(*chain: AskSettings, **changes: Any) -> TenantSettings:
    notify = NotifySettings(chain=chain or (AskSettings(by="call", wait=30),))
    gates = {"main_gate": GateSettings()}
    return ROBLES.model_copy(update={"notify": notify, "gates": gates, **changes})


def ask(
    visit: Visit,
    name: str = "Ana Ruiz",
    people: Sequence[Any] = (MARIA,),
    whom: str | None = None,
) -> Running:
    """The model asks the resident whom find_resident has found."""
    handle = whom or visit.find(MARIA)["resident_id"]
    running = visit.start("notify_resident", resident_id=handle, visitor_name=name)
    visit.answer(MARIA)
    visit.answer(list(people))
    return running


def pass_time(visit: Visit, seconds: float = 0) -> None:
    visit.wire.reactor.advance(seconds)
    visit.wire.reactor.advance(0)


@pytest.fixture
def visit() -> Any:
    visit = Visit(tenant())
    yield visit
    visit.wire.assert_nothing_left()


def test_yes_opens_once_by_the_rule_approved_and_the_model_is_told(visit: Visit) -> None:
    running = ask(visit)
    assert visit.actions.said
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    told = output(running)
    assert (told["answer"], told["gate_ordered"]) == ("approved", True)
    verdict = next(body for kind, body in visit.shelf.entries() if kind == "verdict")
    assert (verdict["rule"], verdict["by"], verdict["visitor"]) == (
        "approved",
        "resident",
        "Ana Ruiz",
    )
    again = visit.open("Ana Ruiz")  # the model, which does not know when to stop
    assert output(again)["state"] == "already_ordered"


def test_what_a_resident_said_is_in_the_ledger_before_the_gate_opens(visit: Visit) -> None:
    ask(visit)
    visit.phones.answer("approve")
    pass_time(visit)
    kinds = visit.shelf.kinds()
    assert kinds.index("approval") < kinds.index("request")
    visit.opens()


def test_no_opens_nothing_whatever_the_model_tries_next(visit: Visit) -> None:
    running = ask(visit)
    visit.phones.answer("refuse")
    pass_time(visit)
    assert output(running)["answer"] == "refused"
    assert visit.open("Ana Ruiz").result.verdict.allowed is False
    for name in ("Ana", "Ruiz Ana", "otra"):
        assert visit.open(name).result.verdict.allowed is False


def test_an_approval_is_for_the_visitor_who_was_named(visit: Visit) -> None:
    ask(visit)
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    pass_time(visit, 20)
    assert visit.open("Pedro Gómez").result.verdict.allowed is False


@pytest.mark.parametrize("answer", [None, "talk"])
def test_no_answer_opens_nothing(visit: Visit, answer: Any) -> None:
    running = ask(visit)
    visit.phones.answer(answer)
    pass_time(visit)
    assert output(running)["answer"] == "no_answer"
    assert visit.open("Ana Ruiz").result.verdict.allowed is False


def test_an_answer_after_the_deadline_opens_nothing(visit: Visit) -> None:
    running = ask(visit)
    pass_time(visit, 30)
    assert output(running)["answer"] == "no_answer"
    assert visit.open("Ana Ruiz").result.verdict.allowed is False


def test_who_can_not_be_reached_is_not_told_from_who_does_not_answer(visit: Visit) -> None:
    unreachable = {**MARIA, "extension": None, "phone": None}
    handle = visit.find(MARIA)["resident_id"]
    running = visit.start("notify_resident", resident_id=handle, visitor_name="Ana Ruiz")
    visit.answer(unreachable)
    visit.answer([unreachable])
    pass_time(visit)
    assert running.done is False
    pass_time(visit, 30)
    assert output(running)["answer"] == "no_answer"
    assert visit.phones.rung == []


def test_a_backend_that_is_away_opens_nothing_and_the_visitor_is_told(visit: Visit) -> None:
    handle = visit.find(MARIA)["resident_id"]
    running = visit.start("notify_resident", resident_id=handle, visitor_name="Ana Ruiz")
    for pause in (0.25, 0.5, 1):
        visit.wire.refuse()
        pass_time(visit, pause)
    pass_time(visit, 30)
    assert "guard" in output(running)["message"]


def test_who_asks_the_same_meanwhile_hears_the_same_and_it_opens_once(visit: Visit) -> None:
    first = ask(visit)
    second = visit.start("notify_resident", resident_id="r1", visitor_name="Ana Ruiz")
    assert len(visit.phones.rung) == 1
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    pass_time(visit)
    assert output(first)["answer"] == output(second)["answer"] == "approved"
    assert visit.shelf.kinds().count("command") == 1


def test_one_yes_opens_once_also_without_a_cooldown() -> None:
    visit = Visit(tenant(policy=PolicySettings(limits=LimitSettings(cooldown=0))))
    running = [ask(visit)]
    running.append(visit.start("notify_resident", resident_id="r1", visitor_name="Ana Ruiz"))
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    pass_time(visit)
    assert [output(one)["answer"] for one in running] == ["approved"] * 2
    assert visit.shelf.kinds().count("command") == 1
    visit.wire.assert_nothing_left()


def test_one_yes_is_not_good_for_another_visitor_who_is_named_meanwhile(visit: Visit) -> None:
    ask(visit, "Ana Ruiz")
    other = visit.start("notify_resident", resident_id="r1", visitor_name="Pedro Gómez")
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    pass_time(visit)
    assert output(other).get("gate_ordered") is not True
    assert visit.phones.rung[0].visitor_name == "Ana Ruiz"
    pass_time(visit, 20)
    assert visit.open("Pedro Gómez").result.verdict.allowed is False
    commands = [body for kind, body in visit.shelf.entries() if kind == "command"]
    assert [body["visitor"] for body in commands] == ["Ana Ruiz"]


def test_a_visitor_who_leaves_is_not_opened_for(visit: Visit) -> None:
    running = ask(visit)
    visit.doorman.close()
    pass_time(visit)
    assert output(running)["answer"] == "no_answer"
    assert "command" not in visit.shelf.kinds()


def test_with_several_gates_and_no_main_one_the_model_asks_for_the_right_one() -> None:
    gates = {"north": GateSettings(), "south": GateSettings()}
    visit = Visit(tenant(gates=gates))
    running = ask(visit)
    visit.phones.answer("approve")
    pass_time(visit)
    told = output(running)
    assert (told["answer"], "gate_ordered" in told) == ("approved", False)
    opening = visit.open("Ana Ruiz", gate_id="south")
    visit.opens()
    assert opening.result.verdict.rule == "approved"
    visit.wire.assert_nothing_left()


def test_the_gate_for_those_who_name_none_is_set() -> None:
    gates = {"north": GateSettings(), "south": GateSettings()}
    visit = Visit(tenant(gates=gates, keypad=KeypadSettings(gate="south")))
    ask(visit)
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    request = next(body for kind, body in visit.shelf.entries() if kind == "request")
    assert request["gate"] == "south"


def test_a_registry_that_is_away_makes_yes_a_no(visit: Visit) -> None:
    running = ask(visit)
    visit.shelf.away = lambda job, arguments: True
    with logged() as lines:
        visit.phones.answer("approve")
        pass_time(visit)
        pass_time(visit, 30)
    assert output(running).get("gate_ordered") is not True
    assert visit.wire.waiting == 0
    assert lines


def test_a_duress_word_makes_yes_a_gate_that_does_not_work() -> None:
    duress = DuressSettings(words=("aguacate",), extension="911")  # type: ignore[arg-type]
    visit = Visit(tenant(duress=duress))
    running = ask(visit)
    visit.doorman.hears("el aguacate está verde")
    visit.phones.answer("approve")
    pass_time(visit)
    told = output(running)
    assert (told["gate_ordered"], told["message"]) == (
        False,
        "La puerta no está funcionando en este momento.",
    )


def test_a_phone_that_breaks_is_no_answer(visit: Visit) -> None:
    running = ask(visit)
    with logged() as lines:
        visit.phones._answers[-1].errback(PorteroError("the AMI is gone"))
        pass_time(visit)
    assert output(running)["answer"] == "no_answer"
    assert [line for line in lines if "the AMI is gone" in line]


# -- the unit, typed by the visitor


def typed_unit(visit: Visit, *rows: Any, unit: str = "5", everybody: Any = None) -> Running:
    """rows: who lives in that unit; everybody: what is asked for when nobody does."""
    running = Running(visit.doorman.ask_unit(unit))
    assert f"/residents/?unit={unit} ".encode() in visit.answer(list(rows)).received
    if everybody is not None:
        request = visit.answer(list(everybody))
        assert f"/residents/?limit={RESIDENTS_ASKED} ".encode() in request.received
    return running


@pytest.mark.parametrize(("word", "outcome"), [("refuse", "refused"), (None, "no_answer")])
def test_a_unit_that_was_typed_is_asked(visit: Visit, word: Any, outcome: str) -> None:
    running = typed_unit(visit, MARIA)
    visit.answer(MARIA)
    visit.answer([MARIA])
    visit.phones.answer(word)
    pass_time(visit)
    assert running.result == outcome


def test_a_unit_that_says_yes_opens(visit: Visit) -> None:
    running = typed_unit(visit, MARIA)
    visit.answer(MARIA)
    visit.answer([MARIA])
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    assert running.result == "opened"
    (request,) = [body for kind, body in visit.shelf.entries() if kind == "request"]
    assert (request["by"], request["resident_id"]) == ("resident", "res-7")


def test_a_unit_where_nobody_lives_takes_as_long_as_one_that_does_not_answer(visit: Visit) -> None:
    running = typed_unit(visit, {**MARIA, "unit": "55"}, everybody=[{**MARIA, "unit": "55"}])
    pass_time(visit, 29)
    assert running.done is False
    pass_time(visit, 1)
    assert running.result == "no_answer"


@pytest.mark.parametrize("unit", ["A-101", "Depto. 101-B", "Torre 2 101"])
def test_a_unit_with_letters_is_typed_without_them(visit: Visit, unit: str) -> None:
    resident = {**MARIA, "unit": unit}
    typed = "".join(filter(str.isdigit, unit))
    typed_unit(visit, unit=typed, everybody=[resident, {**LUIS, "unit": "A-102"}])
    visit.answer(resident)
    visit.answer([resident])
    assert len(visit.phones.rung) == 1
    visit.phones.answer("refuse")
    pass_time(visit)


@pytest.mark.parametrize(
    ("rows", "everybody"),
    [
        ([], [{**MARIA, "unit": "A-5"}, {**LUIS, "unit": "B-5"}]),
        ([{**MARIA, "building": "Norte"}, {**LUIS, "building": "Sur"}], None),
        ([{**MARIA, "is_active": False}], []),
        ([5, {"id": "x"}, None], [[], {"unit": "5"}]),
    ],
)
def test_a_unit_that_may_be_several_rings_nobody(visit: Visit, rows: Any, everybody: Any) -> None:
    running = typed_unit(visit, *rows, everybody=everybody)
    pass_time(visit, 30)
    assert running.result == "no_answer"
    assert visit.phones.rung == []


def test_a_unit_that_can_not_be_reached_takes_as_long(visit: Visit) -> None:
    unreachable = {**MARIA, "extension": None, "phone": None}
    running = typed_unit(visit, unreachable)
    visit.answer(unreachable)
    visit.answer([unreachable])
    pass_time(visit)
    pass_time(visit, 29)
    assert running.done is False
    pass_time(visit, 1)
    assert running.result == "no_answer"


def test_a_unit_is_not_asked_without_the_backend(visit: Visit) -> None:
    running = Running(visit.doorman.ask_unit("5"))
    for pause in (0.25, 0.5, 1):
        visit.wire.refuse()
        pass_time(visit, pause)
    assert running.result == "failed"


def test_the_others_of_the_unit_are_next(visit: Visit) -> None:
    chain = (AskSettings(by="call", wait=30), AskSettings(by="call", contact=2, wait=30))
    visit = Visit(tenant(*chain))
    running = ask(visit, people=[MARIA, LUIS])
    visit.phones.answer(None)
    pass_time(visit)
    assert [call.extension for call in visit.phones.rung] == ["2001", "2002"]
    visit.phones.answer("approve")
    pass_time(visit)
    visit.opens()
    assert output(running)["gate_ordered"] is True
    assert visit.now() >= EPOCH


def test_of_two_people_of_one_name_in_two_houses_nobody_is_disturbed(visit: Visit) -> None:
    elsewhere = {**MARIA, "id": "res-9", "unit": "12", "extension": "2012"}
    whom = visit.find(MARIA, elsewhere)["resident_id"]
    running = visit.start("notify_resident", resident_id=whom, visitor_name="Ana Ruiz")
    pass_time(visit, 60)
    assert output(running)["answer"] == "no_answer"
    assert visit.phones.rung == []
    done = visit.start("register_visitor", name="Ana Ruiz", resident_id=whom, reason="visita")
    assert output(done) == {"done": True}
    assert visit.wire.waiting == 0

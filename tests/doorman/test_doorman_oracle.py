"""Nobody learns at the gate who lives where: answers and waits are the same, and guesses end."""

from __future__ import annotations

from typing import Any

import pytest
from doorway import FOUND, MARIA, NOT_FOUND, ROBLES, Shelf, Visit, logged, output
from wire import Running, Wire

from portero.config.keypad import GuessSettings
from portero.config.residents import AskSettings, NotifySettings
from portero.config.settings import TenantSettings
from portero.limits import GUESSES_COUNTED_SECONDS

CHAIN = (AskSettings(by="call", wait=30),)
ASKING = ROBLES.model_copy(update={"notify": NotifySettings(chain=CHAIN)})
REGISTRATION = {"name": "Ana Ruiz", "reason": "paquete"}


@pytest.fixture
def visit() -> Any:
    visit = Visit()
    yield visit
    visit.wire.assert_nothing_left()


def guesses(**settings: Any) -> TenantSettings:
    return ROBLES.model_copy(update={"guesses": GuessSettings(**settings)})


def test_a_resident_who_lives_there_and_one_who_does_not_are_found_alike() -> None:
    somebody, nobody = Visit(), Visit()
    assert somebody.find(MARIA) == nobody.find()
    assert somebody.find(MARIA, unit="5") == nobody.find(unit="5")


def test_two_answers_about_the_same_resident_differ_as_those_about_two(visit: Visit) -> None:
    handles = [visit.find(MARIA)["resident_id"] for _ in range(2)]
    handles.append(visit.find(unit="99")["resident_id"])
    assert handles == ["r1", "r2", "r3"]


@pytest.mark.parametrize(
    "answer",
    [
        {"authorized": True, "visitor": {**FOUND["visitor"], "name": "Rosa Díaz"}},  # type: ignore[dict-item]
        {"authorized": False, "visitor": FOUND["visitor"]},
        {"authorized": True, "visitor": {**FOUND["visitor"], "valid_until": "2020-01-01"}},  # type: ignore[dict-item]
    ],
)
def test_a_check_in_vain_does_not_tell_that_somebody_is_on_record(answer: Any) -> None:
    expected, unknown = Visit(), Visit()
    told = [expected.check(answer), expected.find(MARIA)]
    assert told == [unknown.check(NOT_FOUND), unknown.find()]


def test_a_plate_alone_tells_nothing_of_its_visit() -> None:
    known, unknown = Visit(), Visit()
    record = {**FOUND["visitor"], "plate": "ABC123"}  # type: ignore[dict-item]
    told = [known.check({"authorized": True, "visitor": record}, plate="ABC123"), known.find(MARIA)]
    assert told == [unknown.check(NOT_FOUND, plate="ABC123"), unknown.find()]


def test_the_names_on_record_reach_the_model_neither_in_answers_nor_in_errors(
    visit: Visit,
) -> None:
    said = [visit.check(), visit.find(MARIA), visit.find(MARIA, unit="5")]
    visit.start("notify_resident", resident_id="res-7", visitor_name="Ana")
    assert "García" not in str(said)
    assert "López" not in str(said)
    assert "res-7" not in str(said)


def test_where_the_tenant_wants_it_the_agent_may_confirm() -> None:
    visit = Visit(guesses(confirm_names=True))
    assert visit.find(MARIA)["found"] is True
    assert visit.find()["found"] is False


@pytest.mark.parametrize("status", [200, 404, 409, 422])
@pytest.mark.parametrize(
    ("tool", "said"),
    [("register_visitor", REGISTRATION), ("notify_resident", {"visitor_name": "Ana Ruiz"})],
)
def test_orders_for_somebody_and_for_nobody_are_answered_alike(
    visit: Visit, tool: str, said: dict[str, str], status: int
) -> None:
    somebody, nobody = visit.find(MARIA)["resident_id"], visit.find()["resident_id"]
    running = visit.start(tool, resident_id=somebody, **said)
    visit.answer({"id": "v1", "name": "Ana Ruiz", "sent": True, "status": "pending"}, status)
    assert output(running) == output(visit.start(tool, resident_id=nobody, **said))


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("register_visitor", REGISTRATION),
        ("notify_resident", {"visitor_name": "Ana Ruiz"}),
        ("open_gate", {"visitor_name": "Ana Ruiz"}),
    ],
)
def test_ids_of_the_registry_and_of_another_call_are_those_of_nobody(
    visit: Visit, tool: str, said: dict[str, str]
) -> None:
    Visit(shelf=visit.shelf, wire=visit.wire, call_id="c2").find(MARIA)
    told = [output(visit.start(tool, resident_id=one, **said)) for one in ("res-7", "r1", "zz")]
    assert told[0]["error"] == "unknown_resident"
    assert told[0] == told[1] == told[2]


def ask(visit: Visit, *people: Any) -> tuple[Running, list[str]]:
    """notify_resident for whom find_resident has found; what the visitor heard, by second."""
    heard: list[str] = []
    visit.actions.said = heard
    whom = visit.find(*people)["resident_id"]
    running = visit.start("notify_resident", resident_id=whom, visitor_name="Ana Ruiz")
    if people:
        visit.answer(MARIA)
        visit.answer([MARIA])
    return running, heard


def test_who_does_not_answer_and_who_does_not_live_there_take_the_same_time() -> None:
    somebody, nobody = Visit(ASKING), Visit(ASKING)
    (asked, heard), (pretended, heard_too) = ask(somebody, MARIA), ask(nobody)
    for _ in range(30 * 4 - 1):
        somebody.wire.reactor.advance(0.25)
        nobody.wire.reactor.advance(0.25)
        assert heard == heard_too
        assert (asked.done, pretended.done) == (False, False)
    for visit in (somebody, nobody):
        visit.wire.reactor.advance(0.25)
        visit.wire.reactor.advance(0)
    assert output(asked) == output(pretended)
    assert len(somebody.phones.rung) == 1
    assert nobody.phones.rung == []
    assert nobody.shelf.kinds() == []


def test_a_visitor_who_leaves_while_nobody_is_asked_leaves_nothing_behind() -> None:
    visit = Visit(ASKING)
    running, heard = ask(visit)
    visit.doorman.close()
    assert output(running)["answer"] == "no_answer"
    before = list(heard)
    late = visit.start("notify_resident", resident_id="r1", visitor_name="Ana Ruiz")
    assert late.done
    assert heard == before
    visit.wire.assert_nothing_left()


# -- guesses


def test_what_a_call_may_ask_for_is_bounded_whatever_was_found(visit: Visit) -> None:
    most = GuessSettings().per_call
    for n in range(most):
        visit.find(MARIA, name=f"Persona {n}")
    told = output(visit.start("find_resident", name="María López"))
    assert told["error"] == "too_many_checks"
    assert ("guess", {"refused_by": "call", "asked": most + 1}) in visit.shelf.entries()


def test_the_same_question_however_spelt_is_one_guess() -> None:
    visit = Visit(guesses(per_call=1))
    for name in ("María López", "maria lopez", "LOPEZ, MARIA"):
        visit.find(MARIA, name=name)
    assert output(visit.start("find_resident", name="Ana"))["error"] == "too_many_checks"


def test_guesses_in_vain_count_for_the_caller_over_all_calls_for_an_hour() -> None:
    tenant, shelf, wire = guesses(per_caller=2), Shelf(), Wire()

    def call(number: int, caller: str = "100") -> Visit:
        return Visit(tenant, shelf=shelf, wire=wire, call_id=f"c{number}", caller=caller)

    call(1).find(name="Ana")
    call(2).check(NOT_FOUND)
    assert output(call(4).start("find_resident", unit="7"))["error"] == "too_many_checks"
    call(5, caller="200").find(unit="7")  # another intercom
    wire.reactor.advance(GUESSES_COUNTED_SECONDS - 1)
    assert output(call(6).start("find_resident", unit="7"))["error"] == "too_many_checks"
    wire.reactor.advance(1)
    call(7).find(unit="7")


def test_what_was_found_does_not_count_for_the_caller() -> None:
    tenant, shelf, wire = guesses(per_caller=1), Shelf(), Wire()
    for number in range(5):
        visit = Visit(tenant, shelf=shelf, wire=wire, call_id=f"c{number}")
        visit.find(MARIA, unit="5")
        visit.check()


def test_a_registry_that_is_away_counts_in_the_call_all_the_same() -> None:
    visit = Visit(guesses(per_call=1))
    visit.shelf.away = lambda job, arguments: True
    with logged() as lines:
        visit.find(name="Ana")
        assert output(visit.start("find_resident", name="Eva"))["error"] == "too_many_checks"
    assert [line for line in lines if "not counted" in line]


def test_no_name_that_was_asked_for_is_kept_as_a_guess(visit: Visit) -> None:
    visit.find(name="Zacarías Quintanilla")
    dump = "\n".join(visit.shelf.registry._database.engine.raw_connection().iterdump())  # type: ignore[attr-defined]
    assert "guesses" in dump
    assert "quintanilla" not in dump.lower()


# -- plates


def seen(plate: str, at: str = "2026-11-22T17:59:00+00:00", **more: Any) -> dict[str, Any]:
    return {"plate": plate, "timestamp": at, "camera_id": "cam1", **more}


@pytest.mark.parametrize(
    ("said", "told"),
    [("ABC123", "yes"), ("ABC-123", "yes"), ("A8C123", "likely"), ("XYZ987", "no")],
)
def test_a_plate_is_compared_and_never_told(visit: Visit, said: str, told: str) -> None:
    visit.check(NOT_FOUND, plate=said)
    running = visit.start("get_recent_plates")
    visit.answer({"plates": [seen("ABC123"), seen("HJK456")]})
    assert output(running) == {"vehicles_seen": 2, "said_plate_seen": told}


def test_a_plate_that_is_one_guess_too_many_is_not_compared_either() -> None:
    visit = Visit(guesses(per_call=1))
    visit.check(NOT_FOUND, plate="XYZ987")
    assert output(visit.start("check_visitor", plate="ABC123"))["error"] == "too_many_checks"
    running = visit.start("get_recent_plates")
    visit.answer({"plates": [seen("ABC123")]})
    assert output(running) == {"vehicles_seen": 1, "said_plate_seen": "no"}


def test_a_plate_that_may_be_several_is_asked_for_again(visit: Visit) -> None:
    running = visit.start("check_visitor", plate="a be ce uno dos tres")
    assert output(running)["error"] == "ask_b_or_v"

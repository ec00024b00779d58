"""Opening a gate: what is written down first, what is used up, and a registry that is away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from doorway import FOUND, MARIA, ROBLES, Shelf, Visit, logged, output
from hypothesis import given
from hypothesis import strategies as st
from wire import Wire

from portero.config.rules import LimitSettings, PolicySettings
from portero.config.settings import GateSettings, TenantSettings
from portero.doorman.dtmf import DigitsCut
from portero.limits import OPENINGS_COUNTED_SECONDS
from portero.registry import Registry, claims, ledger, openings

ONCE = {"authorized": True, "visitor": {**FOUND["visitor"], "uses": 1}}  # type: ignore[dict-item]
PATIENT = PolicySettings(limits=LimitSettings(cooldown=0, per_call=60, per_hour=60, per_caller=60))


@pytest.fixture
def visit() -> Any:
    visit = Visit()
    yield visit
    visit.wire.assert_nothing_left()


def used(shelf: Shelf) -> int:
    return int(shelf.work(claims.used, "robles", "authorization:a1"))


def counted(visit: Visit) -> int:
    return len(visit.shelf.work(openings.recent, "robles", datetime.fromtimestamp(0, UTC)))


def away(*jobs: str, kind: str = "") -> Any:
    """A registry that fails these jobs; of ledger entries, those of one kind."""

    def fails(job: str, arguments: tuple[Any, ...]) -> bool:
        return job in jobs and (not kind or kind in arguments)

    return fails


# -- what is written down


def test_the_ledger_has_request_verdict_command_and_acknowledgement(visit: Visit) -> None:
    visit.check(ONCE)
    visit.open(resident_id="r1")
    visit.opens()
    entries = visit.shelf.entries()
    assert [kind for kind, _ in entries] == ["request", "verdict", "command", "acknowledgement"]
    request, verdict, command, acknowledgement = (body for _, body in entries)
    assert (request["gate"], request["caller"], request["by"]) == ("main_gate", "100", "model")
    assert (verdict["allowed"], verdict["rule"]) == (True, "expected")
    evidence = verdict["evidence"]
    assert (evidence["kind"], evidence["subject"]) == ("expected", "authorization:a1")
    assert command["resident_id"] == "res-7"
    assert acknowledgement["outcome"] == "acknowledged"
    assert {body["key"] for _, body in entries} == {request["key"]}
    assert visit.shelf.work(ledger.verify, "robles") == []


def test_a_refusal_is_written_down_and_no_command(visit: Visit) -> None:
    visit.open("Pedro")
    (_, request), (_, verdict) = visit.shelf.entries()
    assert (request["visitor"], verdict["allowed"], verdict["rule"]) == (
        "Pedro",
        False,
        "not_checked",
    )


def test_the_command_is_in_the_ledger_before_the_gate_has_its_order(visit: Visit) -> None:
    visit.check()
    visit.open()
    assert visit.shelf.kinds() == ["request", "verdict"]
    visit.log_written()
    assert visit.shelf.kinds() == ["request", "verdict", "command"]
    visit.answer({"success": True})
    visit.outcome_written()


# -- the registry is away


@pytest.mark.parametrize("gate_id", ["main_gate", "hook"])
def test_a_registry_that_is_away_opens_nothing(visit: Visit, gate_id: str) -> None:
    visit.check()
    visit.shelf.away = lambda job, arguments: True
    with logged() as lines:
        opening = visit.open(gate_id=gate_id)
    assert visit.wire.waiting == 0
    told = output(opening)
    assert (told["ordered"], told["state"]) == (False, "refused")
    assert "guardia" in told["message"]
    assert opening.result.verdict.rule == "not_recorded"
    (line,) = [line for line in lines if "stays shut" in line]
    assert "[c1] the gate of robles stays shut" in line
    assert "locked" in line


def test_a_database_of_nobody_opens_nothing(tmp_path: Any) -> None:
    shelf = Shelf(Registry(f"sqlite:///{tmp_path}/registry.db"))
    visit = Visit(shelf=shelf)
    visit.check()
    shelf.registry.close()
    (tmp_path / "registry.db").write_bytes(b"no database at all" * 500)
    with logged() as lines:
        opening = visit.open()
    assert output(opening)["state"] == "refused"
    assert [line for line in lines if "stays shut" in line]
    visit.wire.assert_nothing_left()


def test_a_registry_that_goes_away_before_the_command_opens_nothing(visit: Visit) -> None:
    visit.check(ONCE)
    visit.shelf.away = away("append", kind="command")
    with logged() as lines:
        opening = visit.open()
        visit.log_written()
        # The access log must not go on saying that it opened.
        assert visit.outcome_written()["state"] == "failed"
    told = output(opening)
    assert (told["ordered"], "guardia" in told["message"]) == (False, True)
    assert (used(visit.shelf), counted(visit)) == (0, 0)
    assert len([line for line in lines if "stays shut" in line]) == 1
    visit.shelf.away = away()
    again = visit.open()
    visit.opens()
    assert output(again)["ordered"] is True


def test_an_opening_that_can_not_be_given_back_is_told_and_stays_used(visit: Visit) -> None:
    visit.check(ONCE)
    visit.open()
    visit.shelf.away = lambda job, arguments: True
    with logged() as lines:
        visit.log_written()
        visit.outcome_written()
    assert used(visit.shelf) == 1
    assert [line for line in lines if "still counts" in line]


def test_an_access_log_that_is_away_opens_nothing_and_uses_nothing_up(visit: Visit) -> None:
    visit.check(ONCE)
    opening = visit.open()
    visit.wire.accept().answer(500, b"")
    assert opening.result.verdict.rule == "not_recorded"
    assert (used(visit.shelf), counted(visit)) == (0, 0)
    assert "command" not in visit.shelf.kinds()


def test_an_acknowledgement_that_gets_lost_is_a_line_and_the_visitor_is_told(visit: Visit) -> None:
    visit.check()
    opening = visit.open()
    visit.log_written()
    visit.shelf.away = away("append", kind="acknowledgement")
    with logged() as lines:
        visit.answer({"success": True})
        visit.outcome_written()
    assert output(opening)["state"] == "acknowledged"
    (line,) = lines
    assert "lost an entry (acknowledgement)" in line


# -- what is used up


@pytest.mark.parametrize(
    ("status", "body", "left"),
    [(404, b"", 0), (401, b"", 0), (200, b'{"success": false}', 0),
     (500, b"", 1), (200, b"<html>", 1), (200, b'{"success": true}', 1)],
)  # fmt: skip
def test_only_what_surely_did_not_open_is_given_back(
    visit: Visit, status: int, body: bytes, left: int
) -> None:
    visit.check(ONCE)
    visit.open()
    visit.log_written()
    assert used(visit.shelf) == 1
    visit.wire.accept().answer(status, body)
    visit.outcome_written()
    assert (used(visit.shelf), counted(visit)) == (left, left)


def test_what_is_used_once_opens_once_however_many_calls_ask(visit: Visit) -> None:
    other = Visit(shelf=visit.shelf, wire=visit.wire, call_id="c2", caller="101")
    visit.check(ONCE)
    other.check(ONCE)
    first = visit.open(gate_id="hook")
    second = other.open()  # while the first is under way
    assert (second.result.verdict.allowed, visit.wire.waiting) == (False, 1)
    visit.log_written()
    visit.wire.accept().answer(204, b"")
    visit.outcome_written()
    assert output(first)["ordered"] is True
    assert other.open().result.verdict.rule == "not_authorized"


def test_once_in_the_same_call_is_once_as_well() -> None:
    visit = Visit(ROBLES.model_copy(update={"policy": PATIENT}))
    visit.check(ONCE)
    visit.open()
    visit.opens()
    assert visit.open().result.verdict.allowed is False
    visit.check(ONCE)  # a backend that counts nothing says yes again
    assert visit.open().result.verdict.allowed is False
    visit.wire.assert_nothing_left()


# -- who is told


@pytest.mark.parametrize(
    ("status", "told"), [(204, ["hook"]), (500, ["hook"]), (404, [])], ids=["yes", "perhaps", "no"]
)
def test_who_keeps_the_call_s_record_is_told_of_an_order(
    visit: Visit, status: int, told: list[str]
) -> None:
    opened: list[str] = []
    visit.doorman.when_opened(opened.append)
    visit.check()
    visit.open(gate_id="hook")
    visit.log_written()
    assert opened == []
    visit.wire.accept().answer(status, b"")
    visit.outcome_written()
    assert opened == told


def test_nobody_is_told_of_a_refusal(visit: Visit) -> None:
    opened: list[str] = []
    visit.doorman.when_opened(opened.append)
    visit.open("Pedro")
    assert opened == []


# -- limits


def hurried(**limits: float) -> TenantSettings:
    policy = PolicySettings(limits=LimitSettings(**{"cooldown": 0, **limits}))  # type: ignore[arg-type]
    return ROBLES.model_copy(update={"policy": policy})


@pytest.mark.parametrize("limit", ["per_hour", "per_caller"])
def test_openings_count_for_so_long(limit: str) -> None:
    tenant = hurried(**{limit: 1})
    first = Visit(tenant)
    first.check()
    first.open()
    first.opens()
    later = Visit(tenant, shelf=first.shelf, wire=first.wire, call_id="c2")
    later.check()
    first.wire.reactor.advance(OPENINGS_COUNTED_SECONDS - 1)
    assert later.open().result.verdict.rule == "too_often"
    first.wire.reactor.advance(1)
    assert later.open().done is False
    later.opens()


def test_a_call_opens_so_often() -> None:
    visit = Visit(hurried(per_call=2))
    visit.check()
    for _ in range(2):
        visit.open()
        visit.opens()
    assert visit.open().result.verdict.rule == "too_often"
    visit.wire.assert_nothing_left()


# -- the model, in a hurry


def test_the_same_call_of_a_tool_runs_once(visit: Visit) -> None:
    visit.check()
    first = visit.start("open_gate", id_="call_1", visitor_name="Juan Pérez")
    twin = visit.start("open_gate", id_="call_1", visitor_name="Juan Pérez")
    visit.opens()
    late = visit.start("open_gate", id_="call_1", visitor_name="Juan Pérez")
    assert first.result == twin.result == late.result
    assert output(late)["state"] == "acknowledged"
    assert visit.shelf.kinds().count("request") == 1


def test_open_gate_before_check_visitor_in_one_response_stays_shut(visit: Visit) -> None:
    opening = visit.open()
    checking = visit.start("check_visitor", name="Juan Pérez")
    assert opening.result.verdict.rule == "not_checked"
    visit.answer(FOUND)
    assert output(checking)["authorized"] is True
    assert visit.wire.waiting == 0


def test_each_order_carries_a_key_of_its_own_also_across_calls(visit: Visit) -> None:
    keys = []
    for call_id in ("c1", "c2"):
        call = Visit(shelf=visit.shelf, wire=visit.wire, call_id=call_id)
        call.check()
        call.open()
        call.log_written()
        gate = call.wire.accept()
        keys.append(gate.received.lower().partition(b"idempotency-key: ")[2].split(b"\r\n")[0])
        gate.answer(404, b"")
        call.outcome_written()
    assert len(set(keys)) == 2


@pytest.mark.parametrize("resident_id", ["res-7", "r0", "r2", "'; --"])
def test_an_id_that_was_not_given_in_this_call_opens_nothing(
    visit: Visit, resident_id: str
) -> None:
    visit.check()
    opening = visit.open(resident_id=resident_id)
    assert output(opening)["error"] == "unknown_resident"


def test_somebody_elses_handle_opens_nothing(visit: Visit) -> None:
    visit.check()
    neighbour = visit.find({"id": "res-8", "name": "Ana", "unit": "8"}, unit="8")["resident_id"]
    nobody = visit.find(unit="99")["resident_id"]
    for handle in (neighbour, nobody):
        assert visit.open(resident_id=handle).result.verdict.allowed is False


LUIS = {"id": "res-8", "name": "Luis López", "unit": "5"}


def test_the_handle_of_a_unit_means_the_one_of_it_who_expects_the_visitor(visit: Visit) -> None:
    unit = visit.find(MARIA, LUIS, unit="5")["resident_id"]
    visit.check({"authorized": True, "visitor": {**FOUND["visitor"], "resident_id": "res-8"}})  # type: ignore[dict-item]
    opening = visit.open(resident_id=unit)
    visit.opens()
    assert output(opening)["ordered"] is True
    command = next(body for kind, body in visit.shelf.entries() if kind == "command")
    assert command["resident_id"] == "res-8"


# -- gates of other kinds


def opened_by(**gate: Any) -> tuple[Visit, Any]:
    visit = Visit(ROBLES.model_copy(update={"gates": {"main_gate": GateSettings(**gate)}}))
    visit.check(ONCE)
    return visit, visit.open()


@pytest.mark.parametrize(
    ("digits", "state", "left"),
    [(True, "unconfirmed", 1), (DigitsCut("half of them"), "unconfirmed", 1), (False, "failed", 0)],
)
def test_a_gate_that_opens_by_digits(digits: Any, state: str, left: int) -> None:
    visit, opening = opened_by(driver="dtmf", digits="77*")
    visit.actions.digits = digits
    visit.log_written()
    assert visit.outcome_written()["state"] == state
    assert output(opening)["state"] == state
    assert used(visit.shelf) == left
    assert "77*" not in repr([visit.shelf.entries(), opening.result])


@pytest.mark.parametrize("answers", [True, False])
def test_a_gate_that_opens_by_a_call_is_never_surely_open(answers: bool) -> None:
    visit, opening = opened_by(driver="asterisk", extension="400")
    visit.phones.takes = answers
    visit.log_written()
    assert visit.outcome_written()["state"] == "unconfirmed"
    assert (output(opening)["state"], used(visit.shelf)) == ("unconfirmed", 1)


words = st.text(max_size=30) | st.none() | st.integers() | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(["visitor_name", "resident_id", "gate_id", "x"]), words))
def test_no_arguments_open_without_a_check(arguments: dict[str, Any]) -> None:
    visit = Visit(wire=Wire(), shelf=SHELF)
    told = output(visit.start("open_gate", **arguments))
    assert told.get("ordered") is not True
    assert visit.wire.waiting == 0


SHELF = Shelf()


@given(st.dictionaries(st.text(max_size=12), words, max_size=4), st.text(max_size=20))
def test_no_answer_of_a_check_opens_for_another_name(answer: dict[str, Any], name: str) -> None:
    visit = Visit(wire=Wire(), shelf=SHELF)
    visit.check({"authorized": True, "visitor": {**answer, "name": "Rosa Díaz"}})
    assert json.loads(visit.open(f"Juan {name}").result.output).get("ordered") is not True
    assert visit.wire.waiting == 0

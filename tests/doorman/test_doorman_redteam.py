"""Attacks on the order of things: who leaves, who said no, what breaks before the order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from doorway import EPOCH, FOUND, ROBLES, Shelf, Visit, logged, output
from sqlalchemy import select, update
from wire import Running

from twisted.internet.defer import CancelledError, Deferred

from portero.config.keypad import DuressSettings
from portero.config.settings import TenantSettings, ToolSettings
from portero.config.tools import DtmfSettings
from portero.doorman.gates import GateOrder
from portero.doorman.keys import Typed
from portero.registry import claims, openings, pins, tables
from portero.registry.importfile import read_import
from portero.registry.importing import put_rows

ONCE = {"authorized": True, "visitor": {**FOUND["visitor"], "uses": 1}}  # type: ignore[dict-item]
DURESS = TenantSettings(id="robles", gates=ROBLES.gates, duress={"words": ["colibrí"]})  # type: ignore[arg-type]


@pytest.fixture
def visit() -> Any:
    visit = Visit()
    yield visit
    visit.wire.assert_nothing_left()


def used(shelf: Shelf, subject: str = "authorization:a1") -> int:
    return int(shelf.work(claims.used, "robles", subject))


def counted(shelf: Shelf) -> int:
    return len(shelf.work(openings.recent, "robles", datetime.fromtimestamp(0, UTC)))


# -- the visitor leaves in the middle of it


def test_who_hangs_up_between_verdict_and_order_gets_no_gate(visit: Visit) -> None:
    visit.check(ONCE)
    opening = visit.open()
    visit.doorman.close()
    visit.log_written()
    assert visit.outcome_written()["state"] == "failed"
    assert visit.wire.waiting == 0  # no order
    assert output(opening)["ordered"] is False
    assert (used(visit.shelf), counted(visit.shelf)) == (0, 0)
    (kind, body) = visit.shelf.entries()[-1]
    assert (kind, body["outcome"]) == ("acknowledgement", "failed")


def test_after_the_call_nothing_is_judged_or_ordered(visit: Visit) -> None:
    visit.check()
    visit.doorman.close()
    assert output(visit.open())["ordered"] is False
    assert visit.shelf.entries() == []


def test_a_pin_that_is_checked_while_the_visitor_leaves_stays_usable(visit: Visit) -> None:
    now = datetime.fromtimestamp(visit.now(), UTC)
    pin_id = visit.shelf.work(
        pins.add, "robles", label="fontanero", digits="471190", now=now, uses=1
    )
    typing = Running(visit.doorman.typed(Typed("471190")))
    visit.doorman.close()
    visit.log_written()
    visit.outcome_written()
    assert typing.result.outcome != "opened"
    assert used(visit.shelf, f"pin:{pin_id}") == 0


def test_an_order_that_was_given_is_told_to_its_end_though_the_visitor_leaves(
    visit: Visit,
) -> None:
    visit.check(ONCE)
    visit.open()
    visit.log_written()
    visit.doorman.close()
    visit.answer({"success": True})
    assert visit.outcome_written()["state"] == "acknowledged"
    assert visit.shelf.kinds()[-2:] == ["command", "acknowledgement"]
    assert used(visit.shelf) == 1


def test_who_stops_waiting_for_an_opening_leaves_nothing_half_done(visit: Visit) -> None:
    visit.check(ONCE)
    waiting = Deferred.fromCoroutine(
        visit.doorman.run("open_gate", json.dumps({"visitor_name": "Juan Pérez"}))
    )
    stopped: list[Any] = []
    waiting.addErrback(stopped.append)
    waiting.cancel()
    assert stopped[0].check(CancelledError)
    visit.doorman.close()
    visit.log_written()
    visit.outcome_written()
    assert (used(visit.shelf), counted(visit.shelf)) == (0, 0)


# -- duress, said while it is being opened


def test_a_duress_word_between_verdict_and_order_keeps_the_gate_shut() -> None:
    visit = Visit(DURESS)
    visit.check(ONCE)
    opening = visit.open()
    assert visit.doorman.hears("vi un colibrí")
    visit.log_written()
    visit.outcome_written()
    assert visit.wire.waiting == 0
    told = output(opening)
    assert told["ordered"] is False
    assert "colibr" not in json.dumps(told)
    assert used(visit.shelf) == 0


# -- a gate's driver that breaks


class Broken:
    """A driver with a fault, and who makes it."""

    def make(self, *_: Any) -> Any:
        return self

    async def open(self, order: GateOrder) -> Any:
        raise RuntimeError("boom")


def test_a_driver_that_raises_may_have_opened_and_is_written_down() -> None:
    visit = Visit(gates=Broken())
    visit.check(ONCE)
    with logged():
        opening = visit.open()
        visit.log_written()
        assert visit.outcome_written()["state"] == "unconfirmed"
    assert output(opening)["state"] == "unconfirmed"
    assert visit.shelf.kinds()[-2:] == ["command", "acknowledgement"]
    assert used(visit.shelf) == 1


# -- permissions that are taken back while the visitor talks

PEOPLE = """
units: [{unit: "5"}]
residents: [{name: María López, unit: "5"}]
authorizations: [{name: Juan Pérez García, unit: "5"}]
"""


def check_registered(visit: Visit, tenant: str = "robles") -> None:
    """Ask for a visitor whose authorisation is in the registry, of `tenant`."""
    visit.shelf.work(put_rows, tenant, read_import(PEOPLE, ".yaml", UTC))
    row = visit.shelf.work(
        lambda connection: connection.execute(select(tables.authorizations)).one()
    )
    known = {"id": row.id, "name": row.name, "resident_id": row.resident_id}
    assert visit.check({"authorized": True, "visitor": known})["authorized"] is True


def change(visit: Visit, table: Any, **values: Any) -> None:
    visit.shelf.work(lambda connection: connection.execute(update(table).values(**values)))


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (tables.authorizations, {"active": False}),
        (tables.authorizations, {"valid_until": datetime.fromtimestamp(EPOCH, UTC)}),
        (tables.residents, {"active": False}),
    ],
)
def test_a_permission_that_was_taken_back_after_the_check_opens_nothing(
    visit: Visit, table: Any, values: dict[str, Any]
) -> None:
    check_registered(visit)
    change(visit, table, **values)
    assert output(visit.open())["ordered"] is False


def test_another_tenant_takes_nothing_back(visit: Visit) -> None:
    check_registered(visit, "pinos")
    change(visit, tables.authorizations, active=False)
    visit.open()
    visit.opens()


def test_a_pin_that_was_taken_back_after_it_was_typed_opens_nothing_more(visit: Visit) -> None:
    now = datetime.fromtimestamp(visit.now(), UTC)
    pin_id = visit.shelf.work(pins.add, "robles", label="jardinero", digits="471190", now=now)
    Running(visit.doorman.typed(Typed("471190")))
    visit.opens()
    visit.wire.reactor.advance(20)  # the model may ask for the gate again on the same PIN
    again = visit.open("Pedro")
    visit.opens()
    assert output(again)["ordered"] is True
    visit.wire.reactor.advance(20)
    assert visit.shelf.work(pins.revoke, "robles", pin_id)
    assert output(visit.open("Pedro"))["ordered"] is False


def test_words_are_waited_for_where_one_of_them_may_be_a_duress_word() -> None:
    listening, deaf = Visit(DURESS).doorman, Visit().doorman
    assert listening.opens_gates("open_gate")
    assert not listening.opens_gates("check_visitor")
    assert not listening.opens_gates("nothing")
    assert not deaf.opens_gates("open_gate")
    assert relay().doorman.opens_gates("relay")


# -- tools of the installer's own, which may well move something

RELAY = ToolSettings(
    description="luz",
    parameters={"type": "object", "properties": {}, "additionalProperties": False},
    dtmf=DtmfSettings(digits="9#"),  # type: ignore[arg-type]
)


def relay(**changes: Any) -> Visit:
    tools = (*TenantSettings(id="t").tools, "relay")
    return Visit(DURESS.model_copy(update={"tools": tools, **changes}), tools={"relay": RELAY})


def test_an_own_tool_is_in_the_ledger_before_it_is_run_without_its_secrets() -> None:
    visit = relay()
    assert output(visit.start("relay")) == {"sent": True, "confirmed": False}
    ((kind, body),) = visit.shelf.entries()
    assert (kind, body["tool"]) == ("command", "relay")
    assert "9#" not in json.dumps(body)


def test_an_own_tool_that_can_not_be_written_down_is_not_run() -> None:
    visit = relay()
    visit.shelf.away = lambda job, arguments: True
    with logged() as lines:
        assert output(visit.start("relay"))["error"] == "not_recorded"
    assert visit.actions.asked == []
    (line,) = lines
    assert "tools.relay is not run" in line


def test_no_tones_are_played_under_duress_unless_the_settings_say_so() -> None:
    visit = relay()
    assert visit.doorman.hears("colibrí")
    told = output(visit.start("relay"))
    assert told["error"] == "gate_stuck"
    assert [it for it in visit.actions.asked if it[0] == "digits"] == []
    opening = DuressSettings(words=["colibrí"], open=True)  # type: ignore[list-item]
    visit = relay(duress=opening)
    visit.doorman.hears("colibrí")
    assert output(visit.start("relay"))["sent"] is True

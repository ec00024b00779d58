"""PINs typed at the gate: checked and opened for, without the model, and never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from doorway import ROBLES, Visit, logged
from wire import Running

from portero.config.keypad import DuressSettings, KeypadSettings
from portero.config.settings import GateSettings
from portero.doorman.keyed import Keyed
from portero.doorman.keys import Typed
from portero.limits import COOLDOWN_SECONDS_MAX
from portero.registry import ledger, pins

DIGITS, WRONG = "471190", "802913"
KEYPAD = KeypadSettings(attempts=3, lockout=900)
ONE_GATE = ROBLES.model_copy(update={"gates": {"main_gate": GateSettings()}, "keypad": KEYPAD})


def house(visit: Visit, **settings: Any) -> str:
    """A PIN of the house."""
    moment = datetime.fromtimestamp(visit.now(), UTC)
    kept = {"label": "jardinero", "digits": DIGITS, "now": moment, **settings}
    return str(visit.shelf.work(pins.add, "robles", **kept))


@pytest.fixture
def visit() -> Any:
    visit = Visit(ONE_GATE)
    yield visit
    visit.wire.assert_nothing_left()


def another(visit: Visit, call_id: str, caller: str = "100", **more: Any) -> Visit:
    return Visit(
        more.get("tenant", ONE_GATE),
        shelf=visit.shelf,
        wire=visit.wire,
        call_id=call_id,
        caller=caller,
    )


def typed(visit: Visit, digits: str = DIGITS) -> Running:
    return Running(visit.doorman.typed(Typed(digits)))


def refused(visit: Visit, digits: str = DIGITS) -> Keyed:
    """What is told at once, for nothing has reached a gate."""
    keyed: Keyed = typed(visit, digits).result
    assert visit.wire.waiting == 0
    return keyed


def test_a_right_pin_opens_by_the_rule_pin(visit: Visit) -> None:
    pin_id = house(visit)
    keying = typed(visit)
    visit.opens()
    assert keying.result.outcome == "opened"
    entries = visit.shelf.entries()
    assert [kind for kind, _ in entries] == [
        "pin",
        "request",
        "verdict",
        "command",
        "acknowledgement",
    ]
    assert entries[0][1] == {"outcome": "right", "pin": pin_id}
    assert (entries[2][1]["rule"], entries[2][1]["by"]) == ("pin", "pin")


@pytest.mark.parametrize("digits", [WRONG, "", "4711", DIGITS + "0", f"5*{DIGITS}", "9" * 24])
def test_a_wrong_pin_opens_nothing(visit: Visit, digits: str) -> None:
    house(visit)
    keyed = refused(visit, digits)
    assert (keyed.outcome, keyed.sentence) == ("wrong", "Esa clave no es válida.")
    assert visit.shelf.entries() == [("pin", {"outcome": "wrong"})]


def test_after_so_many_wrong_ones_the_right_one_is_wrong_too_and_told_alike(visit: Visit) -> None:
    house(visit)
    told = [refused(visit, WRONG) for _ in range(KEYPAD.attempts)]
    told.append(refused(visit))
    assert told == [told[0]] * 4
    assert visit.shelf.entries()[-1] == ("pin", {"outcome": "locked"})
    assert refused(another(visit, "c2")).outcome == "wrong"  # the same caller, who calls again
    visit.wire.reactor.advance(KEYPAD.lockout + 1)
    later = another(visit, "c3")
    keying = typed(later)
    later.opens()
    assert keying.result.outcome == "opened"


def test_a_one_time_pin_opens_once(visit: Visit) -> None:
    house(visit, uses=1)
    typed(visit)
    visit.opens()
    visit.wire.reactor.advance(COOLDOWN_SECONDS_MAX)
    assert refused(another(visit, "c2")).outcome in ("wrong", "refused")
    assert refused(visit).outcome in ("wrong", "refused")


def test_a_one_time_pin_of_two_calls_at_once_opens_once(visit: Visit) -> None:
    house(visit, uses=1)
    other = another(visit, "c2", "101")
    first, second = typed(visit), typed(other)
    assert second.result.outcome in ("wrong", "refused")
    visit.opens()
    assert first.result.outcome == "opened"


def test_a_one_time_pin_is_given_back_when_the_gate_surely_did_not_open(visit: Visit) -> None:
    house(visit, uses=1)
    keying = typed(visit)
    visit.log_written()
    visit.wire.refuse()
    visit.outcome_written()
    assert keying.result.outcome == "failed"
    again = typed(visit)
    visit.opens()
    assert again.result.outcome == "opened"


def test_a_pin_for_another_gate_opens_nothing(visit: Visit) -> None:
    house(visit, gates=["service"])
    assert refused(visit).outcome == "refused"


def test_with_several_gates_and_no_main_one_a_pin_asks_which() -> None:
    gates = {"north": GateSettings(), "south": GateSettings()}
    visit = Visit(ONE_GATE.model_copy(update={"gates": gates}))
    house(visit)
    assert refused(visit).sentence == "Su clave es válida. ¿Qué puerta necesita?"
    visit.open("Ana", gate_id="south")
    visit.opens()
    visit.wire.assert_nothing_left()


@pytest.mark.parametrize("jobs", [("check",), ("append",), ("check", "append", "decide")])
def test_without_the_registry_no_pin_opens_and_the_visitor_is_told(
    visit: Visit, jobs: tuple[str, ...]
) -> None:
    house(visit)
    visit.shelf.away = lambda job, arguments: job in jobs
    with logged() as lines:
        keyed = refused(visit)
    assert keyed.outcome == "failed"
    assert "guardia" in keyed.sentence
    (line,) = lines
    assert line.startswith("[c1] no PIN is checked: ")


def test_a_registry_that_goes_away_after_the_check_keeps_the_gate_shut(visit: Visit) -> None:
    house(visit)
    visit.shelf.away = lambda job, arguments: job == "decide"
    keyed = refused(visit)
    assert (keyed.outcome, "guardia" in keyed.sentence) == ("refused", True)


def test_under_duress_a_right_pin_opens_nothing() -> None:
    duress = DuressSettings(words=("aguacate",), extension="911")  # type: ignore[arg-type]
    visit = Visit(ONE_GATE.model_copy(update={"duress": duress}))
    house(visit)
    visit.doorman.hears("aguacate")
    keyed = refused(visit)
    assert (keyed.outcome, keyed.sentence) == (
        "refused",
        "La puerta no está funcionando en este momento.",
    )


def test_digits_are_shown_nowhere(visit: Visit) -> None:
    house(visit)
    with logged() as lines:
        wrong, right = typed(visit, WRONG), typed(visit)
        log = visit.log_written()
        gate = visit.answer({"success": True})
        visit.outcome_written()
    shown = [lines, wrong.result, right.result, log.received, gate.received, visit.shelf.entries()]
    shown += [repr(Typed(DIGITS)), repr(vars(visit.doorman._desk.keypad))]
    for digits in (DIGITS, WRONG):
        assert digits not in repr(shown)
    assert visit.shelf.work(ledger.verify, "robles") == []
    dump = "\n".join(visit.shelf.registry._database.engine.raw_connection().iterdump())  # type: ignore[attr-defined]
    assert "jardinero" in dump
    assert DIGITS not in dump
    assert WRONG not in dump

"""A duress word: the guard learns of it, and nobody at the gate does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doorway import FOUND, ROBLES, Visit, logged, output

from portero.config.keypad import DuressSettings
from portero.config.settings import GuardSettings, TenantSettings
from portero.errors import PorteroError
from portero.limits import ALARM_SECONDS

WORD = "Aguacate verde"
URL = "http://alarm:81/duress?key=s3cret"


def tenant(*, guard: str | None = "100", **settings: Any) -> TenantSettings:
    duress = DuressSettings(words=(WORD,), **settings)  # type: ignore[arg-type]
    keeper = None if guard is None else GuardSettings(extension=guard, context="guards")
    return ROBLES.model_copy(update={"duress": duress, "guard": keeper})


def hear(visit: Visit, words: str = "traigo un AGUACATE, verde...") -> list[str]:
    with logged() as lines:
        assert visit.doorman.hears(words) is True
    return lines


def test_the_guard_is_called_once_and_the_address_told_once() -> None:
    visit = Visit(tenant(url=URL))
    for _ in range(3):
        hear(visit)
    assert visit.phones.called == [("alert", "100", "guards")]
    alarm = visit.wire.accept()
    assert alarm.received.startswith(b"POST /duress?key=s3cret ")
    assert json.loads(alarm.body) == {"event": "duress"}
    alarm.answer(200, b"")
    assert visit.shelf.entries() == [("duress", {})]
    visit.wire.assert_nothing_left()


def test_an_extension_of_its_own_is_called_in_place_of_the_guards() -> None:
    visit = Visit(tenant(extension="900"))
    hear(visit)
    assert visit.phones.called == [("alert", "900", "guards")]


@pytest.mark.parametrize("words", ["", "aguacate", "verde aguacate", "aguacates verdes", "hola"])
def test_other_words_are_no_alarm(words: str) -> None:
    visit = Visit(tenant())
    assert visit.doorman.hears(words) is False
    assert (visit.phones.called, visit.shelf.entries()) == ([], [])


def test_the_gate_does_not_work_for_who_is_expected_and_nobody_says_why() -> None:
    visit = Visit(tenant())
    visit.check()
    hear(visit)
    told = output(visit.open())
    assert told == {
        "ordered": False,
        "state": "refused",
        "message": "La puerta no está funcionando en este momento.",
    }
    assert visit.wire.waiting == 0


def test_where_the_tenant_wants_it_the_gate_opens_all_the_same() -> None:
    visit = Visit(tenant(open=True))
    visit.check()
    hear(visit)
    opening = visit.open()
    visit.opens()
    assert output(opening)["ordered"] is True
    assert visit.phones.called


def test_duress_opens_for_nobody_who_is_not_let_in_anyway() -> None:
    visit = Visit(tenant(open=True))
    hear(visit)
    assert visit.open().result.verdict.allowed is False


@pytest.mark.parametrize("how", ["500", "hang", "refuse", "close"])
def test_an_address_that_can_not_be_told_is_a_line_that_nobody_overlooks(how: str) -> None:
    visit = Visit(tenant(url=URL))
    hear(visit)
    with logged() as lines:
        if how == "refuse":
            visit.wire.refuse()
        elif how == "close":
            visit.wire.accept().close()
        elif how == "hang":
            visit.wire.accept()
            visit.wire.reactor.advance(ALARM_SECONDS - 0.1)
            assert lines == []
            visit.wire.reactor.advance(0.1)
        else:
            visit.wire.accept().answer(int(how), b"<html>")
    (line,) = lines
    assert line.startswith("[c1] DURESS at robles, and the guard could not be told by HTTP")
    assert "s3cret" not in line
    visit.wire.assert_nothing_left()


@pytest.mark.parametrize("takes", [False, PorteroError("the AMI is gone")])
def test_a_guard_who_can_not_be_called_is_such_a_line_too(takes: Any) -> None:
    visit = Visit(tenant())
    visit.phones.takes = takes
    lines = hear(visit)
    assert [line for line in lines if "DURESS at robles" in line and "a call" in line]


def test_the_address_is_told_although_the_guard_can_not_be_called() -> None:
    visit = Visit(tenant(url=URL))
    visit.phones.takes = PorteroError("the AMI is gone")
    hear(visit)
    visit.wire.accept().answer(200, b"")


def test_nobody_to_tell_is_such_a_line() -> None:
    visit = Visit(tenant(guard=None))
    assert [line for line in hear(visit) if "nobody is set up" in line]


def test_without_the_registry_the_guard_is_told_and_the_gate_does_not_work() -> None:
    visit = Visit(tenant())
    visit.check()
    visit.shelf.away = lambda job, arguments: True
    lines = hear(visit)
    assert visit.phones.called
    assert [line for line in lines if "lost an entry (duress)" in line]
    visit.shelf.away = lambda job, arguments: False
    assert visit.open().result.verdict.rule == "duress"


def test_the_word_is_nowhere() -> None:
    visit = Visit(tenant(url=URL))
    lines = hear(visit)
    alarm = visit.wire.accept()
    alarm.answer(200, b"")
    visit.check(FOUND)
    shown = repr([lines, visit.shelf.entries(), vars(visit.doorman), alarm.received])
    shown += visit.open().result.output
    assert "guacate" not in shown.lower()

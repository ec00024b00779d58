"""A visitor without the model on a real Asterisk: the menu, PINs by keypad, the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.fallback import Door, Fallback
from portero.call.outcome import Broken, Ending, Goodbye, VisitorGone
from portero.doorman.keys import Typed

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .phone_house import PhoneHouse, until
from .visit import Visit, originate_visit

pytestmark = pytest.mark.real
# No key twice in a row: where this process stands still, two of them come as one press.
RIGHT_PIN, WRONG_PIN = "4712", "9876"
PAUSE_SECONDS = 4.0  # between two keys; SendDTMF takes 0.3 s


@dataclass
class Doors:
    """The house's PIN and its residents."""

    typed: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    answer: Deferred[Door] = field(default_factory=Deferred)

    async def open_by_pin(self, typed: Typed) -> Door:
        self.typed.append(typed.digits)
        return "gate_ordered" if typed.digits == RIGHT_PIN else "pin_wrong"

    async def call_unit(self, unit: str) -> Door:
        self.called.append(unit)
        return await self.answer


class Entrance:
    """One visit that goes straight to the fallback."""

    def __init__(self, house: PhoneHouse, ami: AmiProbe) -> None:
        self.doors = Doors()
        self.ending: Deferred[Ending] = Deferred()
        self._house = house
        self._ami = ami
        house.visitor = self._serve

    async def _serve(self, agi: FastAGIProtocol) -> None:
        ending = await Fallback(
            agi,
            self._house.manager,
            self.doors,
            self._house.prompts,
            unique_id=agi.variables["agi_uniqueid"],
            clock=reactor,  # type: ignore[arg-type]
            language="es-MX",
            tries=2,
            pause=PAUSE_SECONDS,
            reason="realtime_lost",
        ).run()
        self.ending.callback(ending)

    async def visit(self, digits: str = "") -> Visit:
        port = self._house.asterisk.ports.fastagi
        return await originate_visit(
            self._house.asterisk,
            self._ami,
            "agi@probe",
            digits=digits,
            variables={"__PROBE_URL": f"agi://127.0.0.1:{port}/portero"},
        )


@pytest_twisted.async_yield_fixture
async def entrance(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[Entrance]:
    asterisk.complaints()
    house = PhoneHouse(asterisk)
    await house.open()
    yield Entrance(house, ami)
    await ami.cli("channel request hangup all")
    await until(lambda: "0 active channels" in asterisk.cli("core show channels"))
    await house.close()
    assert asterisk.complaints() == []


@pytest_twisted.ensureDeferred
async def test_a_right_pin_is_taken_while_the_menu_plays(entrance: Entrance, ami: AmiProbe) -> None:
    visit = await entrance.visit(f"{RIGHT_PIN}#")

    assert await entrance.ending == Goodbye("keypad")

    assert entrance.doors.typed == [RIGHT_PIN]
    await visit.hang_up(ami)
    assert abs(visit.heard()).max() > 0.05  # the menu, and that the gate was told to open


@pytest_twisted.ensureDeferred
async def test_a_wrong_pin_opens_nothing_and_leads_to_the_guard(entrance: Entrance) -> None:
    await entrance.visit(f"{WRONG_PIN}#w")

    assert await entrance.ending == Broken("realtime_lost")
    assert entrance.doors.typed == [WRONG_PIN]


@pytest_twisted.ensureDeferred
async def test_a_zero_calls_the_guard(entrance: Entrance) -> None:
    await entrance.visit("0")

    assert await entrance.ending == Broken("realtime_lost")
    assert entrance.doors.typed == []


@pytest_twisted.ensureDeferred
async def test_a_house_is_called_and_its_resident_opens(entrance: Entrance) -> None:
    await entrance.visit("12*#")
    await until(lambda: entrance.doors.called == ["12"])

    entrance.doors.answer.callback("gate_ordered")

    assert await entrance.ending == Goodbye("keypad")


@pytest_twisted.ensureDeferred
async def test_a_visitor_who_leaves_calls_nobody_any_longer(
    entrance: Entrance, ami: AmiProbe
) -> None:
    visit = await entrance.visit("12*#")
    await until(lambda: entrance.doors.called == ["12"])

    await visit.hang_up(ami)

    assert await entrance.ending == VisitorGone()
    assert entrance.doors.answer.called  # cancelled

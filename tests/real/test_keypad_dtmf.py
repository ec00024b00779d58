"""Keys that a visitor presses, through a real Asterisk while a media leg is up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import capturedLogs

from portero.asterisk.managerservice import ManagerService
from portero.call.keypad import Keypad
from portero.doorman.keys import Typed

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .media_probe import RtpProbe
from .phone_house import until
from .two_sides import PORTERO
from .visit import originate_visit

pytestmark = pytest.mark.real

PATIENCE = 15.0
# Repeated digits, star and all: what a twin or a lost key would spoil.
PIN = "101*477119"


@pytest_twisted.async_yield_fixture
async def manager(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[ManagerService]:
    """Portero's own AMI user, with the rights of the sample file."""
    service = ManagerService(f"tcp:127.0.0.1:{asterisk.ports.ami}", *PORTERO, reactor=_reactor())
    service.startService()
    await service.whenReady().addTimeout(PATIENCE, _reactor())
    yield service
    await service.stopService()


@pytest.mark.by_ear  # a key that comes twice in a moment is one press
@pytest_twisted.ensureDeferred
async def test_a_pin_arrives_whole_while_the_agent_listens(
    asterisk: AsteriskServer, ami: AmiProbe, manager: ManagerService
) -> None:
    leg = RtpProbe()
    leg.listen()
    told = Told(manager)
    with capturedLogs() as logs:
        visit = await originate_visit(
            asterisk,
            ami,
            "leg@probe",
            digits=f"{PIN}#",
            variables={"PROBE_LEG": leg.dial_string("slin16")},
        )
        keypad = told.listen(f"{visit.id}-far")
        other = told.listen(visit.id)
        try:
            assert await told.first() == Typed(PIN)
            await until(lambda: len(told.on_leg()) > len(PIN))
        finally:
            keypad.close()
            other.close()
            await visit.hang_up(ami)
            await leg.close()
    assert told.typed == [Typed(PIN)]
    assert {event["direction"] for event in told.on_leg()} == {"Sent"}  # it was up, and told too
    assert "".join(event["digit"] for event in told.on_leg()) == f"{PIN}#"
    assert not [event for event in logs if PIN in str(event)]


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_keys_that_are_pretended_count_as_the_visitors(
    asterisk: AsteriskServer, ami: AmiProbe, manager: ManagerService
) -> None:
    """AMI's PlayDTMF with Receive is what SIP INFO looks like from here."""
    leg = RtpProbe()
    leg.listen()
    told = Told(manager)
    visit = await originate_visit(
        asterisk, ami, "leg@probe", variables={"PROBE_LEG": leg.dial_string("slin16")}
    )
    keypad = told.listen(f"{visit.id}-far")
    try:
        await deferLater(_reactor(), 0.5)
        for digit in f"{PIN}#":
            answer = await ami.action(
                "PlayDTMF", Channel=visit.far_channel, Digit=digit, Duration="100", Receive="true"
            )
            assert answer["Response"] == "Success", answer
            await deferLater(_reactor(), 0.2)
        assert await told.first() == Typed(PIN)
    finally:
        keypad.close()
        await visit.hang_up(ami)
        await leg.close()
    assert told.typed == [Typed(PIN)]


class Told:
    """What keypads were typed on, and all that AMI told of keys."""

    def __init__(self, manager: ManagerService) -> None:
        self.typed: list[Typed] = []
        self.events: list[Any] = []
        self._manager = manager
        self._first: Deferred[Typed] = Deferred()
        manager.registerEvent("DTMFEnd", lambda _, event: self.events.append(event))

    def listen(self, unique_id: str) -> Keypad:
        return Keypad(self._manager, unique_id, _reactor(), pause=6, on_typed=self._on_typed)

    def on_leg(self) -> list[Any]:
        return [event for event in self.events if event["channel"].startswith("UnicastRTP/")]

    def first(self) -> Deferred[Typed]:
        return self._first.addTimeout(PATIENCE, _reactor())

    def _on_typed(self, typed: Typed) -> None:
        self.typed.append(typed)
        if not self._first.called:
            self._first.callback(typed)


def _reactor() -> Any:
    return reactor

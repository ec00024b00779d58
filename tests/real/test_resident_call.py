"""Residents on a real Asterisk: keys, machines that pick up, visitors who leave, talks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_twisted

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import LogEvent, globalLogPublisher

from portero.asterisk.fastagi import FastAGIProtocol
from portero.doorman.actions import ResidentCall

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .phone_house import Gate, MayNot, PhoneHouse, until
from .visit import originate_visit

pytestmark = pytest.mark.real


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[PhoneHouse]:
    asterisk.complaints()
    opened = PhoneHouse(asterisk)
    await opened.open()
    yield opened
    await ami.cli("channel request hangup all")
    await until(lambda: "0 active channels" in asterisk.cli("core show channels"))
    await opened.close()
    assert list(opened.folder.glob("visit-*")) == []  # nobody's name stays behind
    assert asterisk.complaints() == []


def call(extension: str, **changes: object) -> ResidentCall:
    fields: dict[str, object] = {
        "question_id": "q1",
        "tenant": "lomas",
        "extension": extension,
        "context": "residents",
        "caller_id": "100",
        "ring_seconds": 10.0,
        "visitor_name": "Juan Pérez",
        "language": "es-MX",
        **changes,
    }
    return ResidentCall(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("extension", "answer"), [("201", "approve"), ("202", "refuse")])
@pytest_twisted.ensureDeferred
async def test_a_key_of_the_resident_is_the_answer(
    house: PhoneHouse, extension: str, answer: str
) -> None:
    assert await house.phone.ask(call(extension), Gate()) == answer  # type: ignore[arg-type]


@pytest.mark.parametrize("extension", ["busy", "ring", "leaves", "voicemail", "nobody"])
@pytest_twisted.ensureDeferred
async def test_who_presses_nothing_has_not_answered(house: PhoneHouse, extension: str) -> None:
    asked = call(extension, ring_seconds=2.0)

    assert await house.phone.ask(asked, Gate()) is None  # type: ignore[arg-type]


@pytest_twisted.ensureDeferred
async def test_the_phone_stops_ringing_when_the_visitor_leaves(
    house: PhoneHouse, ami: AmiProbe
) -> None:
    asked = call("ring", ring_seconds=50.0)  # far longer than is waited for its end
    asking = Deferred.fromCoroutine(house.phone.ask(asked, Gate()))  # type: ignore[arg-type]
    await ami.event("UserEvent", UserEvent="Resident", Extension="ring", Did="ring")

    asking.cancel()

    with pytest.raises(CancelledError):
        await asking
    await ami.event("UserEvent", UserEvent="Resident", Did="gone")


@pytest.mark.parametrize(
    ("extension", "answer"),
    [("231", "approve"), ("232", "refuse"), ("230", "talk"), ("241", "approve")],
)
@pytest_twisted.ensureDeferred
async def test_the_resident_talks_with_the_visitor_first(
    house: PhoneHouse, ami: AmiProbe, extension: str, answer: str
) -> None:
    gate = Gate()
    house.visitor = gate.stay
    visit = await originate_visit(
        house.asterisk,
        ami,
        "agi@probe",
        variables={"__PROBE_URL": f"agi://127.0.0.1:{house.asterisk.ports.fastagi}/portero"},
    )
    agi: FastAGIProtocol = await gate.agi

    assert await house.phone.ask(call(extension), gate) == answer  # type: ignore[arg-type]

    assert len(gate.talks) == (extension != "241")
    assert all(joined for _, joined in gate.talks)
    assert await agi.channelStatus() == 6  # the visitor is with us again
    gate.over.callback(None)
    await visit.hang_up(ami)


@pytest_twisted.ensureDeferred
async def test_a_stranger_with_a_token_of_his_own_is_hung_up_on(
    house: PhoneHouse, ami: AmiProbe
) -> None:
    await ami.action(
        "Originate",
        Channel="Local/203@residents/n",
        ChannelId="stray",
        Context="portero-resident",
        Exten="s",
        Priority="1",
        Variable=["PORTERO_QUESTION=0123456789abcdef"],
        Async="true",
    )

    await ami.event("Hangup", Uniqueid="stray")


@pytest_twisted.ensureDeferred
async def test_the_guard_hears_of_duress(house: PhoneHouse) -> None:
    assert await house.phone.alert("203", "residents", language="es")
    assert not await house.phone.alert("busy", "residents", language="es")


@pytest_twisted.ensureDeferred
async def test_a_right_that_is_missing_is_named(asterisk: AsteriskServer, ami: AmiProbe) -> None:
    house = PhoneHouse(asterisk, MayNot)
    asterisk.complaints()
    await house.open()
    logged: list[LogEvent] = []
    globalLogPublisher.addObserver(logged.append)
    try:
        assert await house.phone.ask(call("201"), Gate()) is None  # type: ignore[arg-type]
    finally:
        globalLogPublisher.removeObserver(logged.append)
        await house.close()

    assert [event["why"] for event in logged if "originate" in str(event.get("why"))]

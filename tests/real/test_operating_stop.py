"""Stopping the daemon in each phase of a call, on a real Asterisk: nobody is left in silence."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml

from twisted.internet import reactor

from portero.limits import AMI_LOGOFF_SECONDS, STOP_SECONDS
from portero.registry import Registry, tables
from portero.registry.importing import import_file
from portero.simulator.faults import Fault, FaultKind, FaultPlan

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import AGENT_HERTZ, agent, said, seconds_of_tone
from .test_call_failures import AGI_LOST
from .test_gatekeeper import PEOPLE, Keeper, asking
from .visit import Visit, originate_visit

pytestmark = pytest.mark.real

# For the interpreter to end, and what is asked of Asterisk: half a second, but not on any machine.
MARGIN_SECONDS = 4.0


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Keeper]:
    asterisk.complaints()
    keeper = Keeper(asterisk, tmp_path)
    keeper.fill()
    keeper.config["asterisk"]["drain_seconds"] = 30
    keeper.agent_does(agent())
    yield keeper
    print(keeper.daemon.log)  # pytest shows it when the test has failed
    await keeper.close()


def now() -> float:
    return float(reactor.seconds())  # type: ignore[attr-defined]


async def ringing_in(house: Keeper, ami: AmiProbe) -> Visit:
    """Asterisk has just handed the visitor over."""
    await house.start()
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await house.daemon.logged("new call from")
    return visit


async def connecting(house: Keeper, ami: AmiProbe) -> Visit:
    """The Realtime server takes the connection, and says not a word."""
    await house.start()
    house.realtime.faults = FaultPlan([Fault(FaultKind.MUTE)])
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")
    return visit


async def guard_rings(house: Keeper, ami: AmiProbe) -> Visit:
    """The model failed, and the guard is being rung."""
    house.tenant["guard"]["extension"] = "101"
    house.tenant["guard"]["ring_seconds"] = 20
    house.tenant["fallback"]["mode"] = "guard"
    await house.start()
    house.fault(FaultKind.HTTP_503)
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await ami.event("UserEvent", UserEvent="Guard", Extension="101")
    return visit


async def at_the_keypad(house: Keeper, ami: AmiProbe) -> Visit:
    """The model failed, and the menu plays."""
    await house.start()
    house.fault(FaultKind.HTTP_503)
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await house.daemon.logged("the keypad's menu")
    await house.quiet(1)
    return visit


async def noticed(house: Keeper, ami: AmiProbe) -> Visit:
    """The visitor is being told that he is recorded."""
    house.tenant["recording"] = {"enabled": True}
    await house.start()
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await house.until(lambda: len(visit.heard()) > 8_000)
    return visit


async def resident_asked(house: Keeper, ami: AmiProbe) -> Visit:
    """A resident's phone rings."""
    house.tenant["notify"]["context"] = "guards"  # 101 rings and never answers
    people = {**PEOPLE, "residents": [{**PEOPLE["residents"][0], "extension": "101"}]}  # type: ignore[dict-item]
    del people["authorizations"]
    file = house.folder / "ring.yaml"
    file.write_text(yaml.safe_dump(people, allow_unicode=True))
    registry = Registry(house.config["registry"]["url"])
    import_file(registry, "lomas", file)
    registry.close()
    await house.start()
    house.agent_does(*asking("Casa 1", {}))
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="101", Did="ring")
    return visit


async def reconnecting(house: Keeper, ami: AmiProbe) -> Visit:
    """The Realtime server has gone in mid word, and is not back."""
    house.tenant["fallback"]["reconnects"] = 5
    await house.start()
    house.agent_does(agent(), said(), agent(5))
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_HERTZ) >= 0.6)
    await house.realtime.stopService()
    await house.quiet(0.3)
    return visit


Phase = Callable[[Keeper, AmiProbe], Awaitable[Visit]]
PHASES: tuple[Phase, ...] = (
    ringing_in,
    connecting,
    guard_rings,
    at_the_keypad,
    noticed,
    resident_asked,
    reconnecting,
)


async def stopped(house: Keeper, signals: int, *, waits: bool = False) -> float:
    """Stop the daemon, which `waits` for somebody until its patience is at an end; for how long."""
    began = now()
    os.kill(house.pid, signal.SIGTERM)
    if signals == 2:
        # Two that come before a daemon has looked up are one.
        await house.daemon.logged("no more calls are taken")
        os.kill(house.pid, signal.SIGTERM)
    assert await house.daemon.ended == 0
    took = now() - began
    assert waits or "did not end in time" not in house.daemon.log
    return took


def kept(house: Keeper) -> dict[str, Any]:
    """The record of the only call."""
    (row,) = house.rows(tables.calls)
    return row


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
@pytest.mark.parametrize("signals", [1, 2], ids=["time is up", "second signal"])
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_the_visitor_reaches_somebody(
    house: Keeper, ami: AmiProbe, phase: Phase, signals: int
) -> None:
    house.config["asterisk"]["drain_seconds"] = 0 if signals == 1 else 30
    visit = await phase(house, ami)
    # The menu plays to its end; nobody else has anything to wait for.
    took = await stopped(house, signals, waits=phase is at_the_keypad)

    assert took < STOP_SECONDS + MARGIN_SECONDS

    if phase is at_the_keypad:
        await house.fallback(ami, visit)
    else:
        guard = house.tenant["guard"]["extension"]
        await ami.event("UserEvent", UserEvent="Guard", Extension=guard)
    record = kept(house)
    assert (record["status"], record["reason"]) == ("FAILED", "shutdown")
    await ami.cli("channel request hangup all")
    await house.nothing_is_left(ami, AGI_LOST)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_guard_who_talks_with_the_visitor_is_not_rung_again(
    house: Keeper, ami: AmiProbe
) -> None:
    house.config["asterisk"]["drain_seconds"] = 0
    house.tenant["guard"]["extension"] = "104"  # who hangs up after a while
    house.tenant["fallback"]["mode"] = "guard"
    await house.start()
    house.fault(FaultKind.HTTP_503)
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await ami.event("UserEvent", UserEvent="Guard", Extension="104")
    await house.daemon.logged("the guard has answered")

    assert await stopped(house, 1) < STOP_SECONDS + MARGIN_SECONDS

    record = kept(house)
    assert (record["status"], record["reason"]) == ("TRANSFERRED", "shutdown")
    ended = await house.ended(ami, visit)
    assert (ended["Status"], ended["Reason"]) == ("TRANSFERRED", "shutdown")
    assert ami.seen("UserEvent", UserEvent="Fallback") == []
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_settings_are_not_read_again_while_it_drains(house: Keeper, ami: AmiProbe) -> None:
    await house.start()
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    os.kill(house.pid, signal.SIGTERM)
    await house.daemon.logged("no more calls are taken")
    for _ in range(20):
        os.kill(house.pid, signal.SIGHUP)
        await house.quiet(0.01)
    await house.daemon.logged("Se está deteniendo: la nueva configuración")
    os.kill(house.pid, signal.SIGTERM)
    for _ in range(20):
        os.kill(house.pid, signal.SIGHUP)
    assert await house.daemon.ended == 0
    assert "settings read again" not in house.daemon.log
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    await ami.cli("channel request hangup all")
    await house.nothing_is_left(ami, AGI_LOST)


@pytest.mark.parametrize("phase", [guard_rings, resident_asked], ids=lambda phase: phase.__name__)
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_an_asterisk_that_hangs_keeps_nobody_from_stopping(
    house: Keeper, ami: AmiProbe, phase: Phase
) -> None:
    house.config["asterisk"]["drain_seconds"] = 0
    await phase(house, ami)
    process = house.asterisk._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        took = await stopped(house, 1, waits=True)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert took < STOP_SECONDS + AMI_LOGOFF_SECONDS + MARGIN_SECONDS
    record = kept(house)
    assert (record["status"], record["reason"]) == ("FAILED", "shutdown")
    await ami.cli("channel request hangup all")
    await house.nothing_is_left(ami, AGI_LOST)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_house_full_of_visitors_gets_to_the_guard(house: Keeper, ami: AmiProbe) -> None:
    await house.start()
    visits = [await house.visit(ami) for _ in range(12)]
    await house.until(lambda: len(house.realtime.sessions) == 12)
    for visit in visits:
        await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")
    assert await stopped(house, 2) < STOP_SECONDS + MARGIN_SECONDS
    await house.until(lambda: len(ami.seen("UserEvent", UserEvent="Guard")) == 12)
    assert {(row["status"], row["reason"]) for row in house.rows(tables.calls)} == {
        ("FAILED", "shutdown")
    }
    await ami.cli("channel request hangup all")
    await house.nothing_is_left(ami, AGI_LOST)

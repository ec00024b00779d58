"""Reloading and stopping a daemon that has visitors inside, on a real Asterisk."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
import yaml

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import AGENT_AGAIN_HERTZ, Gatehouse, agent, said, seconds_of_tone
from .test_call_failures import AGI_LOST
from .visit import TONES

pytestmark = pytest.mark.real


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    house = Gatehouse(asterisk, tmp_path)
    house.config["asterisk"]["drain_seconds"] = 30
    house.agent_does(agent())
    asterisk.complaints()
    yield house
    print(house.daemon.log)  # pytest shows it when the test has failed
    await house.close()


def write(house: Gatehouse) -> None:
    (house.folder / "config.yaml").write_text(yaml.safe_dump(house.config, allow_unicode=True))


def tell(house: Gatehouse, number: signal.Signals) -> int:
    """Signal the daemon; what it logs from here on is the answer."""
    since = len(house.daemon.log)
    os.kill(house.pid, number)
    return since


@pytest_twisted.ensureDeferred
async def test_a_reload_counts_for_the_next_call_and_leaves_this_one_alone(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(), said(), agent(hertz=AGENT_AGAIN_HERTZ))
    first = await house.visit(ami)
    session = await house.session()
    await ami.event("BridgeEnter", Uniqueid=f"{first.id}-far")  # his leg stands

    tenant = house.config["tenants"][0]
    tenant["greeting"] = "Otra bienvenida."
    write(house)
    since = tell(house, signal.SIGHUP)
    await house.daemon.logged("settings read again: tenants.lomas changed", since=since)

    # The first visitor is still heard and answered.
    await house.greeted(ami, first)
    await house.until(lambda: seconds_of_tone(first.heard(), AGENT_AGAIN_HERTZ) > 0.2)
    assert "Otra bienvenida" not in str(session.record.received)
    second = await house.visit(ami)
    await house.until(lambda: len(house.realtime.sessions) == 2)
    greeted = house.realtime.sessions[1]
    await house.until(lambda: "Otra bienvenida" in str(greeted.record.received))
    await first.hang_up(ami)
    await second.hang_up(ami)
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_settings_that_are_wrong_change_nothing_and_say_why(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    right = house.config["tenants"]
    house.config["tenants"] = [{"id": "lomas", "gard": {"extension": "100"}}]
    write(house)
    since = tell(house, signal.SIGHUP)
    await house.daemon.logged(
        r"settings not taken, the old ones stay: .*config\.yaml:\d+:\d+: .*gard.*guard",
        since=since,
    )
    house.config["tenants"] = right
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await visit.hang_up(ami)
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_a_daemon_that_drains_lets_the_visitor_finish_and_takes_no_other(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(), said(), agent(hertz=AGENT_AGAIN_HERTZ))
    inside = await house.visit(ami)
    await house.session()
    since = tell(house, signal.SIGTERM)
    await house.daemon.logged("no more calls are taken; 1 may go on for 30 s", since=since)

    told = await house.fallback(ami, await house.visit(ami))
    assert (told["Status"], told["Reason"]) == ("BUSY", "stopping")
    await house.greeted(ami, inside)
    await house.until(lambda: seconds_of_tone(inside.heard(), AGENT_AGAIN_HERTZ) > 0.2)
    assert not house.daemon.ended.called

    await inside.hang_up(ami)
    assert (await house.ended(ami, inside))["Status"] == "HANGUP"
    assert await house.daemon.ended == 0
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_a_visitor_whose_time_is_up_talks_to_the_guard_after_the_daemon_is_gone(
    house: Gatehouse, ami: AmiProbe
) -> None:
    house.config["asterisk"]["drain_seconds"] = 1
    house.config["tenants"][0]["guard"]["extension"] = "105"  # who talks without end
    await house.start()
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    tell(house, signal.SIGTERM)

    await ami.event("UserEvent", UserEvent="Guard", Extension="105")
    assert await house.daemon.ended == 0
    # Nobody is left who could hold the line, and it holds.
    before = seconds_of_tone(visit.heard(), TONES["guard"])
    await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) > before + 0.5)
    await ami.action("Hangup", Channel=visit.channel)
    ended = await house.ended(ami, visit)
    assert ended["Reason"] == "shutdown"
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_a_guard_who_does_not_answer_then_leaves_the_visitor_to_the_dialplan(
    house: Gatehouse, ami: AmiProbe
) -> None:
    house.config["asterisk"]["drain_seconds"] = 0
    await house.start()
    visit = await house.visit(ami, "1002@gate")  # whose guard is busy
    await house.greeted(ami, visit)
    tell(house, signal.SIGTERM)
    told = await house.fallback(ami, visit)
    assert (told["Status"], told["Reason"]) == ("FAILED", "shutdown")
    assert await house.daemon.ended == 0
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_a_second_signal_ends_it_at_once(house: Gatehouse, ami: AmiProbe) -> None:
    await house.start()
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    since = tell(house, signal.SIGTERM)
    await house.daemon.logged("no more calls are taken", since=since)
    tell(house, signal.SIGTERM)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    assert await house.daemon.ended == 0
    await ami.action("Hangup", Channel=visit.channel)
    await house.ended(ami, visit)
    await house.nothing_is_left(ami, AGI_LOST)

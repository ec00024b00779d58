"""Settings that change under a visitor's feet, on a real Asterisk."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
import yaml

from twisted.internet import reactor

from portero.registry import tables
from portero.simulator.relay import RelayServer

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer, free_port
from .gatehouse import AGENT_AGAIN_HERTZ, AGENT_HERTZ, Gatehouse, agent, said, seconds_of_tone, tool
from .visit import Visit

pytestmark = pytest.mark.real

JUAN = "Juan Pérez García"


def let_in(ordered: bool | None) -> tuple[object, ...]:
    """The agent looks Juan up, and has the gate opened; None: it can't."""
    return (
        agent(),
        said(),
        tool("check_visitor", None, name=JUAN, plate="ABC-123-D"),
        tool("open_gate", None if ordered is None else {"ordered": ordered}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="listo"),
    )


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    asterisk.complaints()
    made = Gatehouse(asterisk, tmp_path)
    made.import_registry()
    made.agent_does(*let_in(True))  # type: ignore[arg-type]
    yield made
    print(made.daemon.log)  # pytest shows it when the test has failed
    await made.close()


async def reload(house: Gatehouse, expected: str) -> None:
    """Write the settings, and have them read; `expected` is what the log says."""
    (house.folder / "config.yaml").write_text(yaml.safe_dump(house.config, allow_unicode=True))
    since = len(house.daemon.log)
    os.kill(house.pid, signal.SIGHUP)
    await house.daemon.logged(expected, since=since)


async def greeted(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    """He has heard the greeting, and has not said anything yet."""
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_HERTZ) >= 0.2)
    await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")
    await house.quiet(0.3)


@pytest_twisted.ensureDeferred
async def test_a_visitor_goes_in_by_the_settings_that_he_came_by(
    house: Gatehouse, ami: AmiProbe
) -> None:
    """His tenant is gone, with its gate and its backend, and there is room for nobody any more."""
    await house.start()
    visit = await house.visit(ami)
    await greeted(house, ami, visit)

    lomas = house.config["tenants"].pop(0)
    house.config["asterisk"]["max_calls"] = 1
    house.config["doorman"] = {"backend_url": f"http://127.0.0.1:{free_port()}"}
    await reload(house, "settings read again: .*tenants.lomas")

    told = await house.fallback(ami, await house.visit(ami))
    assert (told["Status"], told["Reason"]) == ("UNKNOWN_TENANT", "unknown_tenant")
    told = await house.fallback(ami, await house.visit(ami, "1001@gate"))
    assert (told["Status"], told["Reason"]) == ("BUSY", "max_calls")
    await house.speak(ami, visit)
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    assert len(house.relay.pulses) == 1
    # His record is kept while he is told that he may go, the others' long before.
    await house.until(lambda: any(row["seconds"] for row in house.rows(tables.calls)))
    assert [row["tenant"] for row in house.rows(tables.calls) if row["seconds"]] == ["lomas"]

    house.config["tenants"].insert(0, lomas)
    await reload(house, "settings read again: .*tenants.lomas")
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_the_next_visitor_goes_in_by_the_new_gate_and_by_a_backend_that_comes_and_goes(
    house: Gatehouse, ami: AmiProbe
) -> None:
    other = RelayServer(reactor)
    other.startService()
    try:
        await house.start()
        house.config["tenants"][0]["gates"]["main_gate"]["url"] = other.url
        house.config["doorman"] = {"backend_url": f"http://127.0.0.1:{free_port()}"}
        await reload(house, "settings read again: doorman.backend_url, tenants.lomas changed")
        house.agent_does(*let_in(None))  # type: ignore[arg-type]
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        await house.ended(ami, visit, patience=40)
        assert (house.relay.pulses, other.pulses) == ([], [])  # nobody knows whom to let in

        del house.config["doorman"]
        await reload(house, "settings read again: doorman.backend_url changed")
        house.agent_does(*let_in(True))  # type: ignore[arg-type]
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
        assert (len(house.relay.pulses), len(other.pulses)) == (0, 1)
        await house.nothing_is_left(ami)
    finally:
        await other.stopService()


@pytest.mark.parametrize("keep", [0, 1, 40, 400])
@pytest_twisted.ensureDeferred
async def test_half_a_file_changes_nothing(house: Gatehouse, ami: AmiProbe, keep: int) -> None:
    """As long as the first `keep` characters are written."""
    await house.start()
    file = house.folder / "config.yaml"
    file.write_text(file.read_text()[:keep])
    since = len(house.daemon.log)
    os.kill(house.pid, signal.SIGHUP)
    await house.daemon.logged("settings not taken, the old ones stay", since=since)
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_who_has_mended_asterisk_need_not_wait_for_the_next_login(
    house: Gatehouse, ami: AmiProbe
) -> None:
    users = house.asterisk.directory / "etc" / "manager_portero.conf"
    right = users.read_text()
    users.write_text(right.replace("[portero]", "[gone]"))
    try:
        house.asterisk.cli("manager reload")
        await house.start(logged_in=False)
        await house.daemon.logged("next try in 120 s")
    finally:
        users.write_text(right)
        house.asterisk.cli("manager reload")
    os.kill(house.pid, signal.SIGHUP)
    await house.daemon.logged("logged in as portero")
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    await house.nothing_is_left(ami)

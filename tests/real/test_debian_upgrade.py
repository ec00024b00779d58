"""A newer package over an older one that takes calls: what stays, what goes, what starts."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from twisted.internet.threads import deferToThread

from .conftest import cannot
from .debian_machine import NoMachine
from .gatehouse import agent, said, tool
from .older_package import GONE, SITE, UNIT_LINE, VERSION, make_older, version_of
from .own_network import own_network
from .packaged_house import KEY, PackagedHouse

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
JUAN = "Juan Pérez García"
OWN_LINE = "# a line of the installer's own\n"
DATABASE = "/var/lib/portero/portero.db"
KEPT = "find /etc/portero -type f -exec sha256sum {} +; find /etc/portero -printf '%p %U:%G %m\\n'"


@pytest_twisted.async_yield_fixture(scope="module")
async def place(
    asterisk_root: Path, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PackagedHouse]:
    """A house with the older package, set up and running; the newer one lies beside it."""
    folder = tmp_path_factory.mktemp("place")
    with own_network():
        try:
            place = PackagedHouse(asterisk_root, make_older(package, folder), folder)
        except NoMachine as error:
            cannot(str(error))
        shutil.copy(package, folder / "shared" / "newer.deb")
        try:
            await place.open()
            yield place
        finally:
            await place.close()


def apt_install(place: PackagedHouse, file: str, *options: str) -> str:
    """As people type it, in the folder where the file is."""
    command = f"cd /srv/shared && apt install -y {' '.join(options)} ./{file}"
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    return place.machine.run("sh", "-c", command, env=environment).stdout


def rows(place: PackagedHouse, query: str) -> list[Any]:
    """What the database has; asked in the machine, as SQLite follows no link of /proc."""
    asked = (
        "import json, sqlite3, sys;"
        "database = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True);"
        "print(json.dumps(database.execute(sys.argv[2]).fetchall()))"
    )
    command = ("/opt/venvs/portero/bin/python", "-c", asked, DATABASE, query)
    found: list[Any] = json.loads(place.machine.run(*command).stdout)
    return found


def status(place: PackagedHouse) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(place.machine.run("portero", "status", "--json").stdout)
    return told


@pytest_twisted.ensureDeferred
async def test_an_upgrade_keeps_what_is_peoples_and_lets_the_visitor_finish(
    place: PackagedHouse,
) -> None:
    machine, house = place.machine, place.house
    config = machine.path("/etc/portero/config.yaml")
    config.write_text(config.read_text() + OWN_LINE)
    assert status(place)["version"] == VERSION
    assert UNIT_LINE.removeprefix("Environment=") in machine.shows("portero", "Environment")
    residents = rows(place, "SELECT * FROM residents ORDER BY id")
    assert residents
    assert rows(place, "SELECT version_num FROM alembic_version") == [["0002"]]
    kept, before = machine.run("sh", "-c", KEPT).stdout, place.pid
    machine.path("/etc/portero/portero.schema.json").write_text("{}")  # an older one
    since = len(machine.journal("portero"))
    house.agent_does(agent(), said(), agent())
    visitor = await house.visit(place.ami)
    await house.greeted(place.ami, visitor)

    upgrading = deferToThread(apt_install, place, "newer.deb")
    await place.logged("no more calls are taken", since=since)
    assert not upgrading.called
    await visitor.hang_up(place.ami)
    said_by_apt = await upgrading

    assert "Next: portero init" not in said_by_apt
    await place.logged("logged in as portero", since=since)
    assert (place.state(), machine.shows("portero", "NRestarts")) == ("active", "0")
    assert place.pid not in (0, before)
    assert machine.run("sh", "-c", KEPT).stdout == kept
    assert config.read_text().endswith(OWN_LINE)
    assert rows(place, "SELECT * FROM residents ORDER BY id") == residents
    assert rows(place, "SELECT version_num FROM alembic_version") == [["0003"]]
    assert KEY not in said_by_apt


def test_it_is_the_newer_one_and_nothing_of_the_older_is_left(
    place: PackagedHouse, package: Path
) -> None:
    machine = place.machine
    assert status(place)["version"] == version_of(package)
    assert "PORTERO_OLDER" not in machine.shows("portero", "Environment")
    assert machine.shows("portero", "NeedDaemonReload") == "no"
    for name in GONE:
        assert not machine.path(f"/{SITE}/{name}").parent.joinpath(Path(name).name).exists()
    there = set(machine.run("find", "/opt/venvs").stdout.splitlines())
    owned = set(machine.run("dpkg", "-L", "portero").stdout.splitlines())
    assert there - owned == set()
    assert machine.run("dpkg", "--verify", "portero").stdout == ""


@pytest_twisted.ensureDeferred
async def test_a_visitor_whom_the_older_one_knew_is_let_in_and_recorded(
    place: PackagedHouse,
) -> None:
    house = place.house
    house.agent_does(
        agent(),
        said(),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": True}, visitor_name=JUAN),
        agent(),
        tool("end_call", {"ended": True}, reason="entró"),
    )
    visit = await house.visit(place.ami)
    await house.greeted(place.ami, visit)
    assert (await house.ended(place.ami, visit))["Status"] == "COMPLETED"
    await visit.gone(place.ami)
    last = ("portero", "calls", "--ended", "1", "--json")
    await place.until(lambda: "agent_said_goodbye" in place.machine.run(*last).stdout, "no record")
    place.machine.run("portero", "ledger", "verify")


@pytest_twisted.ensureDeferred
async def test_an_older_one_over_a_newer_database_says_so_and_the_newer_one_mends_it(
    place: PackagedHouse,
) -> None:
    since = len(place.machine.journal("portero"))
    apt_install(place, "portero.deb", "--allow-downgrades")
    await place.logged("can't start", since=since)
    told = place.machine.journal("portero")[since:]
    assert "newer" in told
    assert "Traceback" not in told

    since = len(place.machine.journal("portero"))
    apt_install(place, "newer.deb")
    await place.logged("logged in as portero", since=since)
    assert place.state() == "active"
    assert len(rows(place, "SELECT id FROM calls")) >= 1


def test_one_that_had_failed_is_tried_again_and_one_that_was_stopped_is_not(
    place: PackagedHouse,
) -> None:
    config = place.machine.path("/etc/portero/config.yaml")
    whole = config.read_text()
    config.write_text(whole.replace("realtime:", "realtme:", 1))
    place.machine.run("systemctl", "restart", "portero", check=False)
    assert place.state() == "failed"
    config.write_text(whole)
    apt_install(place, "newer.deb", "--reinstall")
    assert place.state() == "active"

    place.machine.run("systemctl", "stop", "portero")
    apt_install(place, "newer.deb", "--reinstall")
    assert place.state() == "inactive"

"""The unit under a real systemd: the secrets reach portero's user, and nothing else is needed.

The daemon is a stand-in here that writes down what it was given; the real one is in the tests of
the Debian package.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from portero.cli import main
from portero.install.unit import PROGRAM

from .debian_machine import REPOSITORY, DebianMachine, NoMachine, find_root

pytestmark = pytest.mark.real

DAEMON = """#!/bin/sh
cd /var/lib/portero
{ id -un; id -Gn; } >who
for file in "$CREDENTIALS_DIRECTORY"/*; do echo "${file##*/}=$(cat "$file")"; done >given
ls -d /run/portero >>who
touch /etc/portero/x 2>/dev/null && echo "may write settings" >>who
cat /etc/portero/credentials/* >/dev/null 2>&1 && echo "may read the folder" >>who
touch told
[ ! -e status ] || exit "$(cat status)"
exec sleep 1000
"""
ANSWERS = ("--yes", "--tenant", "robles", "--did", "1", "--guard", "100", "--no-unit")
PATIENCE = 15.0


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianMachine]:
    """A Debian with portero's unit and user, and a stand-in for the daemon."""
    try:
        made = DebianMachine(find_root(), tmp_path_factory.mktemp("debian"))
        made.start()
    except NoMachine as why:
        _cannot(str(why))
    systemd = REPOSITORY / "etc" / "systemd"
    shutil.copy(systemd / "portero.service", made.path("/etc/systemd/system"))
    made.path("/etc/sysusers.d").mkdir(exist_ok=True)
    shutil.copy(systemd / "sysusers.d" / "portero.conf", made.path("/etc/sysusers.d"))
    program = made.path(PROGRAM)
    program.parent.mkdir(parents=True)
    program.write_text(DAEMON)
    program.chmod(0o755)
    # The stand-in does not tell that it is ready.
    dropin = made.path("/etc/systemd/system/portero.service.d/stand-in.conf")
    dropin.parent.mkdir()
    dropin.write_text("[Service]\nType=exec\nWatchdogSec=0\nRestartSec=100ms\n")
    made.run("systemd-sysusers")
    made.run("systemctl", "daemon-reload")
    yield made
    made.stop()


@pytest.fixture
def state(machine: DebianMachine) -> Iterator[Path]:
    """portero's folder as commands of root's leave it before the first start."""
    folder = machine.path("/var/lib/portero")
    folder.mkdir()
    (folder / "portero.db").write_text("made by root")
    yield folder
    machine.run("systemctl", "stop", "portero")
    machine.run("systemctl", "reset-failed", "portero", check=False)
    shutil.rmtree(folder)
    shutil.rmtree(machine.path("/etc/portero"), ignore_errors=True)


def test_it_starts_without_any_secret(machine: DebianMachine, state: Path) -> None:
    machine.run("systemctl", "start", "portero")
    until(lambda: (state / "told").exists())
    assert machine.shows("portero", "ActiveState") == "active"


def test_the_secrets_that_init_wrote_reach_the_daemon_and_nothing_else_does(
    machine: DebianMachine, state: Path
) -> None:
    machine.path("/etc/asterisk").mkdir(exist_ok=True)
    result = CliRunner().invoke(
        main,
        ["init", "--root", str(machine.path("/")), *ANSWERS],
        env={"OPENAI_API_KEY": "sk-canary", "ASTERISK_AMI_PASSWORD": "a-long-secret"},
    )
    assert result.exit_code == 0, result.output
    machine.run("systemctl", "start", "portero")
    until(lambda: (state / "told").exists())
    given = (state / "given").read_text().splitlines()
    assert {"portero_openai-api-key=sk-canary", "portero_ami-secret=a-long-secret"} <= set(given)
    assert (state / "who").read_text().splitlines() == ["portero", "portero", "/run/portero"]
    cache = machine.run("stat", "-c", "%a %U:%G", "/var/cache/portero").stdout
    assert cache == "711 portero:portero\n"
    settings = machine.run("stat", "-c", "%a %U:%G", "/etc/portero/config.yaml").stdout
    assert settings == "640 root:portero\n"


def test_what_root_made_before_the_first_start_becomes_portero_s(
    machine: DebianMachine, state: Path
) -> None:
    machine.run("systemctl", "start", "portero")
    owner = machine.run("stat", "-c", "%U:%G", "/var/lib/portero/portero.db").stdout
    assert owner == "portero:portero\n"


@pytest.mark.parametrize(("status", "restarts"), [(78, False), (1, True)])
def test_wrong_settings_are_not_tried_again(
    machine: DebianMachine, state: Path, status: int, restarts: bool
) -> None:
    (state / "status").write_text(str(status))
    machine.run("systemctl", "start", "portero", check=False)
    if restarts:
        until(lambda: int(machine.shows("portero", "NRestarts")) > 0)
    else:
        until(lambda: machine.shows("portero", "ActiveState") == "failed")
        assert machine.shows("portero", "Result") == "exit-code"
        assert machine.shows("portero", "ExecMainStatus") == str(status)
        assert machine.shows("portero", "NRestarts") == "0"


def until(what: Callable[[], bool]) -> None:
    """Wait for something that only looking at it tells."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _cannot(why: str) -> None:
    """Skip, or fail where ``PORTERO_REQUIRE_REAL`` asks for the real thing."""
    if os.environ.get("PORTERO_REQUIRE_REAL"):
        pytest.fail(f"PORTERO_REQUIRE_REAL is set, but: {why}")
    pytest.skip(f"NO REAL SYSTEMD, this was not tested: {why}")

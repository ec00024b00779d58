"""The Debian package on a clean Debian 12 with its own systemd, beside a real Asterisk."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_twisted

from twisted.internet.threads import deferToThread

from .conftest import cannot
from .debian_machine import NoMachine
from .gatehouse import agent, said, tool
from .own_network import own_network
from .packaged_house import KEY, PackagedHouse

# Everything of this file needs the package, which takes a minute or two to build.
pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
JUAN = "Juan Pérez García"
AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@pytest.fixture(scope="module")
def lint(package: Path) -> Iterator[subprocess.Popen[str]]:
    """What lintian finds; it works while the other tests do."""
    if shutil.which("lintian") is None:
        cannot("there is no lintian; script/test installs it")
    # Only with what the others leave: the doctor judges sound meanwhile.
    command = ["nice", "-n", "19", "lintian", "--allow-root", "--fail-on", "error", str(package)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as it:
        yield it


@pytest_twisted.async_yield_fixture(scope="module")
async def place(
    asterisk_root: Path,
    package: Path,
    lint: subprocess.Popen[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[PackagedHouse]:
    with own_network():
        try:
            place = PackagedHouse(asterisk_root, package, tmp_path_factory.mktemp("place"))
        except NoMachine as error:
            cannot(str(error))
        try:
            await place.open()
            yield place
        finally:
            await place.close()


def test_installing_it_starts_nothing_and_says_what_is_next(place: PackagedHouse) -> None:
    assert "portero is installed. Next: portero init" in place.installed
    user = place.machine.run("getent", "passwd", "portero").stdout
    assert user.strip().endswith(":/var/lib/portero:/usr/sbin/nologin")
    assert place.machine.run("id", "-Gn", "portero").stdout.split() == ["portero"]
    for folder, owner in (
        ("/etc/portero", "root:portero"),
        ("/var/lib/portero", "portero:portero"),
    ):
        assert place.machine.run("stat", "-c", "%U:%G %a", folder).stdout == f"{owner} 750\n"


def test_init_leaves_the_packages_unit_alone(place: PackagedHouse) -> None:
    assert place.machine.shows("portero", "FragmentPath") == "/lib/systemd/system/portero.service"
    assert "portero.service" not in place.set_up
    place.machine.run("systemd-analyze", "verify", "/lib/systemd/system/portero.service")
    checked = place.machine.run("portero", "check")
    assert "The settings are fine." in checked.stderr
    assert KEY not in checked.stdout + checked.stderr + place.set_up


def test_it_runs_as_its_own_user_and_nobody_else_reads_its_secrets(place: PackagedHouse) -> None:
    status = place.machine.path(f"/proc/{place.pid}/status").read_text()
    portero = place.machine.run("id", "-u", "portero").stdout.strip()
    assert f"Uid:\t{portero}\t{portero}\t{portero}\t{portero}" in status
    assert "CapBnd:\t0000000000000000" in status
    for path in ("/etc/portero/credentials/openai-api-key", "/etc/portero/config.yaml"):
        done = place.machine.run(*AS_NOBODY, "cat", path, check=False)
        assert done.returncode != 0
        assert not done.stdout
    assert KEY not in place.machine.journal("portero")


def test_its_list_of_plugins_is_good_where_nobody_may_write_it(place: PackagedHouse) -> None:
    assert "plugin cache" not in place.machine.journal("portero")


@pytest_twisted.ensureDeferred
async def test_a_visitor_is_let_in(place: PackagedHouse) -> None:
    house = place.house
    house.agent_does(
        agent(),
        said(),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": True}, visitor_name=JUAN),
        agent(),
        tool("end_call", {"ended": True}, reason="entró"),
    )
    place.asterisk.complaints()

    visit = await house.visit(place.ami)
    await house.greeted(place.ami, visit)
    ended = await house.ended(place.ami, visit)
    await visit.gone(place.ami)

    assert (ended["Status"], ended["Reason"]) == ("COMPLETED", "agent_said_goodbye")
    assert [pulse.method for pulse in house.relay.pulses] == ["POST"]
    await house.nothing_is_left(place.ami)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_the_doctor_finds_everything_green(place: PackagedHouse) -> None:
    environment = dict([place.environment.split("=", 1)])
    # In a thread: what the doctor calls up is in this process.
    done = await deferToThread(
        place.machine.run, "portero", "doctor", "--json", check=False, env=environment
    )

    findings = json.loads(done.stdout)
    assert [finding for finding in findings if finding["level"] != "green"] == []
    assert done.returncode == 0
    assert {"ami.rights", "dialplan.agi", "media.echo", "host.unit", "files.secrets"} <= {
        finding["step"] for finding in findings
    }


def test_its_operator_sees_it_and_nobody_else_does(place: PackagedHouse) -> None:
    status = json.loads(place.machine.run("portero", "status", "--json").stdout)
    assert (status["state"], status["pid"]) == ("ready", place.pid)
    calls = place.machine.run("portero", "calls", "--ended", "5", "--json").stdout
    assert "agent_said_goodbye" in calls
    nobody = place.machine.run(*AS_NOBODY, "portero", "status", check=False)
    assert nobody.returncode == 4
    assert "Traceback" not in nobody.stderr


def test_the_shell_completes_its_commands(place: PackagedHouse) -> None:
    script = """
        . /usr/share/bash-completion/completions/portero
        COMP_WORDS=(portero doc) COMP_CWORD=1
        _portero_completion portero
        echo "${COMPREPLY[@]}"
    """
    assert place.machine.run("bash", "-c", script).stdout == "doctor\n"
    for folder in ("zsh/vendor-completions/_portero", "fish/vendor_completions.d/portero.fish"):
        assert "_PORTERO_COMPLETE" in place.machine.path(f"/usr/share/{folder}").read_text()


def test_the_samples_are_there(place: PackagedHouse) -> None:
    samples = place.machine.run("find", "/usr/share/portero", "-type", "f").stdout.split()
    assert {
        f"/usr/share/portero/{name}"
        for name in (
            *("config.yaml", "portero.schema.json", "registry.yaml", "rehearsal.yaml"),
            *("asterisk/extensions_portero.conf", "asterisk/manager_portero.conf"),
        )
    } <= set(samples)
    done = place.machine.run(
        "portero", "check", "-c", "/usr/share/portero/config.yaml", check=False
    )
    assert "Traceback" not in done.stderr


@pytest_twisted.ensureDeferred
async def test_a_reload_of_half_a_config_keeps_the_old_one(place: PackagedHouse) -> None:
    config = place.machine.path("/etc/portero/config.yaml")
    whole, pid, since = config.read_text(), place.pid, len(place.machine.journal("portero"))

    config.write_text(whole + "tenants: [\n")
    refused = place.machine.run("systemctl", "reload", "portero", check=False)
    assert refused.returncode != 0
    assert place.state() == "active"
    await place.logged("/etc/portero/config.yaml", since=since)
    config.write_text(whole)
    place.machine.run("systemctl", "reload", "portero")
    await place.logged("settings read again", since=since)
    twice = len(place.machine.journal("portero"))
    place.machine.run("systemctl", "kill", "--signal=SIGHUP", "portero")  # by hand, as ever
    await place.logged("settings read again", since=twice)
    await place.until(lambda: place.state() == "active", "it has not told that it is done")

    assert place.pid == pid
    assert "Traceback" not in place.machine.journal("portero")[since:]


@pytest_twisted.ensureDeferred
async def test_a_stop_lets_the_visitor_finish_and_sends_the_next_to_the_guard(
    place: PackagedHouse,
) -> None:
    house = place.house
    house.agent_does(agent(), said(), agent())
    visitor = await house.visit(place.ami)
    await house.greeted(place.ami, visitor)

    place.machine.run("systemctl", "stop", "--no-block", "portero")
    await place.logged("no more calls are taken")
    late = await house.visit(place.ami)
    assert (await house.fallback(place.ami, late))["Status"] == "BUSY"
    assert place.state() == "deactivating"
    await visitor.hang_up(place.ami)

    await place.until(lambda: place.state() == "inactive", "it did not end with its last call")
    assert place.machine.shows("portero", "Result") == "success"
    assert place.processes() == []
    await late.gone(place.ami)
    await house.nothing_is_left(place.ami)


@pytest_twisted.ensureDeferred
async def test_a_daemon_that_hangs_is_started_again(place: PackagedHouse) -> None:
    place.drop_in("WatchdogSec=2", "RestartSec=0")
    place.machine.run("systemctl", "restart", "portero")
    hung = place.pid

    place.machine.run("sh", "-c", f"kill -STOP {hung}")
    await place.until(lambda: place.state() == "active" and place.pid not in (0, hung), "it hangs")

    assert "Watchdog timeout" in place.machine.journal("portero")
    place.drop_in()
    place.machine.run("systemctl", "restart", "portero")


def test_settings_that_are_wrong_are_told_and_not_tried_again(place: PackagedHouse) -> None:
    config = place.machine.path("/etc/portero/config.yaml")
    whole = config.read_text()

    config.write_text(whole.replace("realtime:", "realtme:", 1))
    done = place.machine.run("systemctl", "restart", "portero", check=False)
    told = place.machine.journal("portero")
    config.write_text(whole)

    assert done.returncode != 0
    assert (place.state(), place.machine.shows("portero", "ExecMainStatus")) == ("failed", "78")
    assert "realtme" in told
    assert "Traceback" not in told
    place.machine.run("systemctl", "start", "portero")


@pytest_twisted.ensureDeferred
async def test_an_upgrade_keeps_settings_and_registry_and_starts_the_new_one(
    place: PackagedHouse,
) -> None:
    config = place.machine.path("/etc/portero/config.yaml")
    config.write_text(config.read_text() + "# a line of the installer's own\n")
    kept, before = config.read_text(), place.pid
    since = len(place.machine.journal("portero"))

    said_by_apt = place.install()

    assert "Next: portero init" not in said_by_apt
    assert config.read_text() == kept
    assert place.state() == "active"
    assert place.pid != before
    await place.logged("logged in as portero", since=since)
    assert place.machine.path("/var/lib/portero/portero.db").exists()

    place.machine.run("systemctl", "stop", "portero")
    place.install()
    assert place.state() == "inactive", "an upgrade started what was not running"
    place.machine.run("systemctl", "start", "portero")


@pytest_twisted.ensureDeferred
async def test_removed_it_leaves_its_settings_and_purged_nothing(place: PackagedHouse) -> None:
    said_by_apt = place.machine.run("apt-get", "remove", "-y", "portero").stdout

    assert "; portero begin" in said_by_apt
    assert place.processes() == []
    assert place.machine.path("/etc/portero/config.yaml").exists()
    assert not place.machine.path("/opt/venvs/portero").exists()
    visitor = await place.house.visit(place.ami)
    assert (await place.house.fallback(place.ami, visitor))["Agi"] == "FAILURE"
    await visitor.hang_up(place.ami)

    place.machine.run("apt-get", "purge", "-y", "portero")

    script = "find / -xdev -name '*portero*' -not -path '/proc/*' -not -path '/srv/*'"
    left = set(place.machine.run("sh", "-c", script).stdout.split())
    assert left <= {
        "/etc/systemd/system/portero.service.d",  # this test's
        "/var/lib/systemd/deb-systemd-helper-enabled/portero.service.dsh-also",
    }
    extensions = place.asterisk.directory / "etc" / "extensions_custom.conf"
    assert "; portero begin" in extensions.read_text(), "a package writes nothing into Asterisk's"


def test_lintian_has_no_error(lint: subprocess.Popen[str]) -> None:
    told, _ = lint.communicate()
    assert lint.returncode == 0, told

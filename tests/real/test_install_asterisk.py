"""What `portero init` wrote, on a real Asterisk: it loads, portero logs in, and a visitor talks."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_twisted
from click.testing import CliRunner

from twisted.internet import reactor

from portero.cli import main
from portero.simulator.conversation_script import Script
from portero.simulator.realtime import RealtimeServer

from . import visit
from .ami_probe import AmiProbe, log_in
from .asterisk_server import AsteriskServer
from .daemon import REPOSITORY, Daemon, free_udp_range
from .gatehouse import BRISK, agent
from .visit import originate_visit

pytestmark = pytest.mark.real

ANSWERS = (
    *("--tenant", "robles", "--name", "Los Robles", "--did", "1000", "--guard", "100"),
    *("--guard-context", "guards", "--gate", "asterisk", "--gate-extension", "801"),
    *("--target", "/portero", "--asterisk", "/etc", "--language", "en", "--no-unit", "--yes"),
)
KEY = "sk-canary"


def init(root: Path, *options: str) -> str:
    """`portero init` for that Asterisk; what it said."""
    result = CliRunner().invoke(
        main,
        ["init", "--root", str(root), *ANSWERS, *options],
        env={"OPENAI_API_KEY": KEY, "ASTERISK_AMI_PASSWORD": "", "CREDENTIALS_DIRECTORY": ""},
    )
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def asterisk(
    asterisk_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AsteriskServer]:
    """An Asterisk that has never heard of portero, and then `portero init`."""
    server = AsteriskServer(asterisk_root, tmp_path_factory.mktemp("init") / "private")
    etc = server.directory / "etc"
    for name in ("extensions", "manager"):
        (etc / f"{name}_portero.conf").unlink()
        (etc / f"{name}_custom.conf").write_bytes(b"; Nuestro, de Mu\xf1oz.\r\n")
        file = etc / f"{name}.conf"
        file.write_text(file.read_text().replace(f"{name}_portero.conf", f"{name}_custom.conf"))
    visit.add_tones(server)
    server.start()
    assert "There is no existence of 'portero' context" in server.cli("dialplan show portero")
    server.complaints()
    init(server.directory)
    server.cli("dialplan reload")
    server.cli("manager reload")
    yield server
    server.stop()


@pytest_twisted.async_yield_fixture
async def portero(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Daemon]:
    """The daemon with the settings as they were written, but for the ports of the tests."""
    realtime = RealtimeServer(reactor, manners=BRISK)
    realtime.startService()
    realtime.script = Script("visit", (agent(),))
    ports = free_udp_range(40, 22000, 23999)
    file = asterisk.directory / "portero" / "config.yaml"
    text = file.read_text().replace("sqlite:////var/lib/portero/", f"sqlite:///{tmp_path}/")
    text = text.replace("# ports: 21000-21999 ", f"ports: {ports}-{ports + 39} ")
    text = text.replace("#   port: 4576", "    port: 0").replace("# console: ", "console: ")
    text = text.replace("# drain_seconds: 60s ", "drain_seconds: 0s ")
    text = text.replace("/var/cache/portero", str(tmp_path))
    file.write_text(text)
    daemon = Daemon()
    twistd = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "portero"]
    reactor.spawnProcess(  # type: ignore[attr-defined]
        daemon,
        sys.executable,
        [sys.executable, *twistd, "-c", str(file)],
        env={
            **{name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"},
            "PYTHONPATH": str(REPOSITORY),
            "ASTERISK_AMI_PORT": str(asterisk.ports.ami),
            "FASTAGI_PORT": str(asterisk.ports.fastagi),
            "OPENAI_REALTIME_URL": realtime.url,
        },
        path=str(tmp_path),
    )
    await daemon.logged("portero listens on")
    yield daemon
    await daemon.stop()
    await realtime.stopService()


def test_it_loads_without_a_warning(asterisk: AsteriskServer) -> None:
    assert asterisk.complaints() == []
    assert "Context 'portero' created" in asterisk.cli("dialplan show portero")
    assert "Context 'portero-resident' created" in asterisk.cli("dialplan show portero-resident")


@pytest_twisted.ensureDeferred
async def test_the_made_up_secret_logs_in_with_the_rights_that_are_needed(
    asterisk: AsteriskServer,
) -> None:
    secret = (asterisk.directory / "portero/credentials/ami-secret").read_text().strip()
    probe = await log_in(asterisk.ports.ami, "portero", secret)
    refused = await probe.action("Command", Command="core show version")
    await probe.close()
    assert refused["Message"] == "Permission denied"
    shown = asterisk.cli("manager show user portero")
    assert re.search(r"read perm: call,dtmf\s", shown)
    assert re.search(r"write perm: call,reporting,originate\s", shown)


@pytest_twisted.ensureDeferred
async def test_a_visitor_talks_and_is_told_apart_by_his_did(
    asterisk: AsteriskServer, ami: AmiProbe, portero: Daemon
) -> None:
    await portero.logged("logged in as portero")
    came = await originate_visit(asterisk, ami, "1000@gate")
    await ami.event("BridgeEnter", Uniqueid=f"{came.id}-far")
    await portero.logged("new call from .* for robles")
    await came.hang_up(ami)
    await portero.logged(r"\bend: ")
    assert "Traceback" not in portero.log
    assert KEY not in portero.log


def test_a_second_run_leaves_a_loaded_asterisk_as_it_is(asterisk: AsteriskServer) -> None:
    files = [asterisk.directory / f"etc/{name}_custom.conf" for name in ("extensions", "manager")]
    before = [file.read_bytes() for file in files]
    init(asterisk.directory, "--overwrite")
    assert [file.read_bytes() for file in files] == before
    assert all(content.startswith(b"; Nuestro, de Mu\xf1oz.\r\n") for content in before)
    asterisk.complaints()
    asterisk.cli("dialplan reload")
    asterisk.cli("manager reload")
    assert asterisk.complaints() == []

"""`portero call` and the operator's other commands, beside a daemon on a real Asterisk."""

from __future__ import annotations

import json
import os
import shutil
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import sound

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.utils import getProcessOutputAndValue

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .daemon import REPOSITORY
from .gatehouse import AGENT_HERTZ, Gatehouse, agent, said, seconds_of_tone
from .test_operating import write

pytestmark = pytest.mark.real
START = "from portero.cli import main; main(prog_name='portero')"
ENVIRON = {**os.environ, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "en_US.UTF-8"}
SCRIPT = "- Buenas tardes.\n- Vengo a ver a la familia López.\n"


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    house = Gatehouse(asterisk, tmp_path)
    house.config["console"]["socket"] = str(tmp_path / "control.sock")
    (tmp_path / "visit.yaml").write_text(SCRIPT)
    house.agent_does(agent(), said(), agent(), said(), agent())
    asterisk.complaints()
    yield house
    print(house.daemon.log)  # pytest shows it when the test has failed
    await house.close()


async def portero(house: Gatehouse, *arguments: str) -> tuple[str, str, int]:
    """What the command prints and says, and its exit status."""
    out, err, code = await getProcessOutputAndValue(
        sys.executable,
        ["-c", START, *arguments],
        env=ENVIRON,
        path=str(house.folder),
        reactor=reactor,
    )
    return out.decode(), err.decode(), code


class Typing(ProcessProtocol):
    """A command with somebody at its keyboard."""

    def __init__(self) -> None:
        self.out = ""
        self.ended: Deferred[int | None] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self.out += data.decode()

    errReceived = outReceived

    def processEnded(self, reason: Any) -> None:
        self.ended.callback(reason.value.exitCode)


def begin(house: Gatehouse, child: Typing, *arguments: str) -> None:
    """Start `portero`, and go on."""
    reactor.spawnProcess(  # type: ignore[attr-defined]
        child, sys.executable, [sys.executable, "-c", START, *arguments], ENVIRON, str(house.folder)
    )


def console_command(asterisk: AsteriskServer) -> str:
    """Asterisk's console, inside its mounts."""
    assert asterisk._process is not None
    enter = f"{shutil.which('nsenter')} --target {asterisk._process.pid} --mount"
    return f"{enter} chroot {asterisk.root} asterisk -C /mnt/etc/asterisk.conf"


def events(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest_twisted.ensureDeferred
async def test_a_scripted_visit_by_ami_shows_its_transcript(
    house: Gatehouse, ami: AmiProbe
) -> None:
    house.config["asterisk"]["ami"]["username"] = "portero-calls"
    await house.start(logged_in=False)
    await house.daemon.logged("logged in as portero-calls")
    heard = house.folder / "heard.wav"
    out, err, code = await portero(
        house, "call", "--did", "1000", "--script", "visit.yaml", "--record", str(heard)
    )
    assert (code, "Traceback" in err) == (0, False), err
    *told, last = events(out)
    assert told[0]["event"] == "begin"
    spoken = [(it["who"], it["text"]) for it in told if it["event"] == "said"]
    assert [who for who, _ in spoken] == ["agent", "visitor", "agent", "visitor", "agent"]
    assert told[-1]["event"] == "end"
    assert last["record"]["status"] == "HANGUP"
    assert last["record"]["did"] == "1000"
    with wave.open(str(heard)) as file:
        assert file.getframerate() == 16000
        samples = sound.from_pcm(file.readframes(file.getnframes()))
    assert seconds_of_tone(samples, AGENT_HERTZ) > 0.6

    shown, _, code = await portero(house, "show", last["record"]["call_id"][:6], "--text")
    assert code == 0
    assert "the visitor hung up" in shown
    await house.nothing_is_left(ami)


@pytest.mark.parametrize("number", [("--extension", "2000"), ("--did", "1000"), ()])
@pytest_twisted.ensureDeferred
async def test_a_visit_by_the_console_where_ami_may_not(
    house: Gatehouse, asterisk: AsteriskServer, ami: AmiProbe, number: tuple[str, ...]
) -> None:
    await house.start()
    console = console_command(asterisk)
    out, err, code = await portero(
        house,
        *("call", "--text", *number, "--script", "visit.yaml"),
        *("--console", console),
    )
    assert (code, "Traceback" in err) == (0, False), err
    assert "agent Buenas tardes." in out
    assert "HANGUP: the visitor hung up" in out
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_a_call_that_is_not_taken_says_why_and_rings_nobody(
    house: Gatehouse, asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    await house.start()
    console = ("--console", console_command(asterisk))
    _, err, code = await portero(
        house, "call", "--extension", "999", "--script", "visit.yaml", *console
    )
    assert code == 1
    assert "did not take the call: UNKNOWN_TENANT: no tenant has that number" in err
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_what_is_typed_is_spoken_and_ctrl_d_hangs_up(
    house: Gatehouse, asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    await house.start()
    child = Typing()
    begin(house, child, "call", "--text", "--console", console_command(asterisk))
    await house.until(lambda: "agent Buenas tardes." in child.out)
    child.transport.write("Vengo a ver a la señora Ana.\n".encode())
    await house.until(lambda: child.out.count("agent Buenas tardes.") == 2)
    child.transport.closeStdin()
    assert await child.ended == 0, child.out
    assert "visitor Vengo a ver a María." in child.out
    assert "HANGUP: the visitor hung up" in child.out
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_ctrl_c_hangs_up_at_once(
    house: Gatehouse, asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    await house.start()
    child = Typing()
    begin(house, child, "call", "--text", "--console", console_command(asterisk))
    await house.until(lambda: "agent Buenas tardes." in child.out)
    child.transport.signalProcess("INT")
    await child.ended
    assert "Traceback" not in child.out
    await house.daemon.logged("end: HANGUP")
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_where_neither_may_both_cures_are_told(house: Gatehouse, ami: AmiProbe) -> None:
    await house.start()
    nobody = ("--console", "/nowhere/asterisk")
    _, err, code = await portero(
        house, "call", "--extension", "2000", "--script", "visit.yaml", *nobody
    )
    assert code == 1
    assert "add originate to the write=" in err
    assert "/nowhere/asterisk -rx" in err


@pytest_twisted.ensureDeferred
async def test_the_running_daemon_is_asked_reloaded_and_stopped(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    out, _, code = await portero(house, "status")
    assert (code, json.loads(out)["state"]) == (0, "ready")
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    out, _, _ = await portero(house, "calls")
    (standing,) = json.loads(out)["calls"]
    assert standing["did"] == "1000"

    house.config["tenants"][0]["greeting"] = "Otra bienvenida."
    write(house)
    out, _, code = await portero(house, "reload", "--text")
    assert code == 0
    assert "tenants.lomas" in out
    right = house.config["tenants"]
    house.config["tenants"] = [{"id": "lomas", "gard": {"extension": "100"}}]
    write(house)
    out, err, code = await portero(house, "reload", "--text")
    assert code == 1
    assert "gard" in err
    house.config["tenants"] = right
    write(house)

    await visit.hang_up(ami)
    out, err, code = await portero(house, "stop")
    assert (code, out.endswith("portero has stopped.\n")) == (0, True), err
    assert await house.daemon.ended == 0
    out, err, code = await portero(house, "status")
    assert code == 3
    out, _, code = await portero(house, "calls", "--ended", "5")
    assert [it["did"] for it in json.loads(out)["calls"]] == ["1000"]
    await house.nothing_is_left(ami)

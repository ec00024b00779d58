"""The demo's parts: reading the daemon's log, telling it, failing with one clear line."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import pytest_twisted

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from portero.simulator.demo_daemon import (
    Daemon,
    DemoError,
    LogLine,
    free_tcp_port,
    free_udp_ports,
    write_settings,
)
from portero.simulator.demo_screen import Screen
from portero.simulator.script_loader import load_script

SCRIPTS = Path(__file__).parents[2] / "portero" / "simulator" / "scripts"


def event(text: str, *, call: str = "", level: str = "info") -> str:
    """A line as ``twist --log-format=json`` writes it."""
    fields = {"log_format": "{text}", "text": text, "log_level": {"name": level}}
    return "\x1e" + json.dumps(fields | ({"call": call} if call else {}))


def test_a_line_of_the_log_knows_its_call() -> None:
    line = LogLine.parse(event("[c0ffee] AI said: Hola", call="c0ffee"))
    assert line == LogLine("AI said: Hola", "c0ffee", False)


def test_a_traceback_is_no_line_of_the_log() -> None:
    assert LogLine.parse('  File "x.py", line 3, in <module>') is None


def test_the_screen_tells_a_call_as_a_conversation() -> None:
    written: list[str] = []
    clock = Clock()
    screen = Screen(written.append, clock.seconds, colours=False)
    for seconds, text in (
        (1.0, "new call from 55 on PJSIP/x for demo"),
        (0.5, "AI said: Buenas tardes"),
        (2.0, "User said: Soy Juan"),
        (0.1, 'Function call: open_gate({"visitor_name": "Juan"})'),
        (0.0, "open_gate: refused"),
        (0.0, "find_resident: None"),
        (9.0, "end: COMPLETED (bye) after 12.6 s"),
    ):
        clock.advance(seconds)
        screen.log(LogLine(text, "c0ffee", False))
    screen.log(LogLine("Starting reactor...", "", False))
    screen.log(LogLine("no media leg", "c0ffee", True))
    assert written == [
        "  1.0       call  new call from 55 on PJSIP/x for demo",
        "  1.5      agent  Buenas tardes",
        "  3.5      heard  Soy Juan",
        '  3.6       tool  open_gate({"visitor_name": "Juan"})',
        "  3.6    verdict  open_gate: refused",
        " 12.6       call  end: COMPLETED (bye) after 12.6 s",
        " 12.6    problem  no media leg",
    ]


def test_colours_are_for_terminals() -> None:
    written: list[str] = []
    Screen(written.append, Clock().seconds, colours=True).tell("agent", "Hola")
    assert written == ["  0.0  \x1b[32m    agent\x1b[0m  Hola"]


@pytest_twisted.ensureDeferred
async def test_a_daemon_that_ends_at_once_tells_its_last_words() -> None:
    daemon = Daemon(Clock(), lambda line: None)
    ready = Deferred.fromCoroutine(daemon.ready())
    daemon.outReceived(event("can't start: port in use", level="critical").encode() + b"\n")
    daemon.errReceived(b"OSError: no more\nhalf a li")
    daemon.processEnded(Failure(ProcessTerminated(1)))
    with pytest.raises(DemoError) as caught:
        await ready
    assert str(caught.value).splitlines()[1:] == [
        "  can't start: port in use",
        "  OSError: no more",
    ]


@pytest_twisted.ensureDeferred
async def test_a_daemon_is_ready_when_it_listens() -> None:
    heard: list[str] = []
    clock = Clock()
    daemon = Daemon(clock, lambda line: heard.append(line.text))
    ready = Deferred.fromCoroutine(daemon.ready())
    line = event("portero listens on 127.0.0.1:4574 for demo").encode() + b"\n"
    for byte in line:
        daemon.outReceived(bytes([byte]))
    await ready
    assert heard == ["portero listens on 127.0.0.1:4574 for demo"]
    assert clock.getDelayedCalls() == []


def test_ports_are_free_and_in_a_row() -> None:
    first, last = map(int, free_udp_ports(4).split("-"))
    assert (last - first, first >= 21000) == (3, True)
    for kind, port in ((socket.SOCK_DGRAM, first), (socket.SOCK_STREAM, free_tcp_port())):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))


def test_settings_are_written_as_yaml(tmp_path: Path) -> None:
    path = write_settings(tmp_path, {"tenants": [{"name": "Señorío"}]})
    assert path.read_text() == "tenants:\n- name: Señorío\n"


@pytest.mark.parametrize("name", ["demo", "impostor"])
def test_the_scripts_of_the_demo_can_be_read(name: str) -> None:
    script = load_script(SCRIPTS / f"{name}.yaml")
    assert len(script.visitor_lines) == 2

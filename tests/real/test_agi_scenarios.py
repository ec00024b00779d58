"""`portero.asterisk.fastagi` on a real Asterisk: asterisk/testsuite's scenarios, and our own.

The scenarios are those of ``reference/freepbx.md`` section 7 that touch what portero uses.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredQueue

from portero.asterisk.error import AGICommandFailure, AGIDeadChannel, AGIHangup
from portero.asterisk.fastagi import FastAGIFactory, FastAGIProtocol

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .visit import Visit, originate_visit

pytestmark = pytest.mark.real

PATIENCE = 15.0
BEEP = "/usr/share/asterisk/sounds/es_MX_f_Allison/beep"
INSTRUCTIONS = "/usr/share/asterisk/sounds/es_MX_f_Allison/vm-goodbye"


class Gate:
    """A FastAGI server of ours, and visitors who come to it."""

    def __init__(self, asterisk: AsteriskServer, ami: AmiProbe) -> None:
        self.asterisk, self.ami = asterisk, ami
        self._sessions: DeferredQueue[FastAGIProtocol] = DeferredQueue()
        self.factory = FastAGIFactory(
            self._sessions.put,
            reactor=_reactor(),
            allowed_networks=["127.0.0.0/8"],
            scripts=["door"],
        )
        self.port = _reactor().listenTCP(0, self.factory, interface="127.0.0.1")

    def url(self, script: str = "door") -> str:
        return f"agi://127.0.0.1:{self.port.getHost().port}/{script}"

    async def send(self, url: str = "", **how: Any) -> Visit:
        """A visitor who comes to that address, by default ours."""
        variables = {"PROBE_URL": url or self.url(), **how.pop("variables", {})}
        return await originate_visit(
            self.asterisk, self.ami, "agi@probe", variables=variables, **how
        )

    async def visit(self, **how: Any) -> tuple[FastAGIProtocol, Visit]:
        """A visitor, and the session that he brings."""
        visit = await self.send(**how)
        return await self._sessions.get().addTimeout(PATIENCE, _reactor()), visit

    async def press(self, visit: Visit, keys: str, command: str) -> None:
        """The visitor presses keys once that command listens: AGI hears no others."""
        await self.ami.event("AGIExecStart", Channel=visit.far_channel, Command=command)
        near = visit.channel
        await self.ami.action("Setvar", Channel=near, Variable="VISITOR_DIGITS", Value=keys)
        await self.ami.action(
            "Redirect", Channel=near, Context="visitor", Exten="dtmf", Priority="1"
        )

    def status(self, visit: Visit) -> Deferred[str]:
        """AGISTATUS, from the priority after ``AGI()`` on."""
        told = self.ami.event("UserEvent", UserEvent="Probe", Uniqueid=f"{visit.id}-far")
        return told.addCallback(lambda event: event["Agistatus"])

    def status_in_h(self, visit: Visit) -> Deferred[str]:
        """AGISTATUS as the extension ``h`` sees it."""
        told = self.ami.event("UserEvent", UserEvent="ProbeEnd", Uniqueid=f"{visit.id}-far")
        return told.addCallback(lambda event: event["Agistatus"])

    async def close(self) -> None:
        self.factory.abort()
        await self.port.stopListening()


@pytest_twisted.async_yield_fixture
async def gate(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[Gate]:
    gate = Gate(asterisk, ami)
    yield gate
    await gate.close()


@pytest_twisted.ensureDeferred
async def test_connect(gate: Gate) -> None:
    agi, visit = await gate.visit(caller_id='"Ana Pérez" <5550001>')
    assert agi.variables["agi_channel"] == visit.far_channel
    assert agi.variables["agi_uniqueid"] == f"{visit.id}-far"
    assert agi.variables["agi_context"] == "probe"
    agi.finish()
    assert await gate.status(visit) == "SUCCESS"


@pytest_twisted.ensureDeferred
async def test_channel_status_before_and_after_answer_and_hangup(gate: Gate) -> None:
    agi, _ = await gate.visit()
    assert await agi.channelStatus() == 4
    await agi.answer()
    assert await agi.channelStatus() == 6
    await agi.hangup()
    with pytest.raises(AGICommandFailure):
        await agi.channelStatus()


@pytest_twisted.ensureDeferred
async def test_execute_passes_values_with_spaces_and_quotes_whole(gate: Gate) -> None:
    agi, _ = await gate.visit()
    for value in ["two words", 'he said "hi" \\ end', "ñandú; 100 %", "a\\nb", ""]:
        await agi.setVariable("TOLD", value)
        assert await agi.getVariable("TOLD") == value
    await agi.execute("Set", "SPACED=one two  three")
    assert await agi.getVariable("SPACED") == "one two  three"
    await agi.execute("Set", "GLOBAL(EVERYWHERE)=here too")
    assert await agi.getFullVariable("${GLOBAL(EVERYWHERE)}") == "here too"


@pytest_twisted.ensureDeferred
async def test_a_value_with_a_newline_keeps_the_session_in_step(gate: Gate) -> None:
    agi, _ = await gate.visit()
    assert await agi.getFullVariable("${SHELL(printf 'one\\ntwo')}") == "one\ntwo"
    await agi.setVariable("AFTER", "in step")
    assert await agi.getVariable("AFTER") == "in step"


@pytest_twisted.ensureDeferred
async def test_an_unknown_application_is_a_failure(gate: Gate) -> None:
    agi, _ = await gate.visit()
    with pytest.raises(AGICommandFailure):
        await agi.execute("NoSuchApplication")
    assert await agi.channelStatus() == 4


@pytest_twisted.ensureDeferred
async def test_get_data(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    getting = agi.getData(BEEP, 5, 4)
    await gate.press(visit, "1234", f'GET DATA "{BEEP}" "5000" "4"')
    gathered = await getting
    assert (gathered.digits, gathered.timedOut) == ("1234", False)


@pytest_twisted.ensureDeferred
async def test_get_data_that_times_out(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    getting = agi.getData(BEEP, 5, 4)
    await gate.press(visit, "12", f'GET DATA "{BEEP}" "5000" "4"')
    gathered = await getting
    assert (gathered.digits, gathered.timedOut) == ("12", True)


@pytest_twisted.ensureDeferred
async def test_wait_for_digit(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    waiting = agi.waitForDigit(5)
    await gate.press(visit, "#", 'WAIT FOR DIGIT "5000"')
    assert await waiting == ord("#")
    assert await agi.waitForDigit(0.2) == 0


@pytest_twisted.ensureDeferred
async def test_stream_file_and_its_controlled_form(gate: Gate) -> None:
    agi, _ = await gate.visit()
    await agi.answer()
    played = await agi.streamFile(INSTRUCTIONS)
    assert played.digit == 0
    assert played.endpos > 100
    controlled = await agi.controlStreamFile(BEEP, "#")
    assert controlled.result == 0
    with pytest.raises(AGICommandFailure):
        await agi.streamFile("/mnt/sounds/no-such-file")


@pytest_twisted.ensureDeferred
async def test_record_file_tells_the_length_that_it_wrote(gate: Gate) -> None:
    agi, _ = await gate.visit(file="/mnt/sounds/1khz")
    await agi.answer()
    recorded = await agi.recordFile("/mnt/record/agi", "sln", "#", timeout=1, beep=False)
    size = gate.asterisk.recorded("agi.sln").stat().st_size
    assert (recorded.digit, recorded.typeOfExit) == (0, "timeout")
    assert recorded.endpos == size // 2 > 4000


@pytest_twisted.ensureDeferred
async def test_record_file_ends_with_a_key(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    recording = agi.recordFile("/mnt/record/key", "sln", "#", timeout=10, beep=False)
    await gate.press(visit, "#", 'RECORD FILE "/mnt/record/key" "sln" "#" "10000"')
    recorded = await recording
    assert (recorded.digit, recorded.typeOfExit) == (ord("#"), "dtmf")


@pytest_twisted.ensureDeferred
async def test_database(gate: Gate) -> None:
    agi, _ = await gate.visit()
    for value in ["first", "second, with (signs) and spaces"]:
        await agi.databaseSet("portero", "key", value)
        assert await agi.databaseGet("portero", "key") == value
    await agi.databaseDel("portero", "key")
    with pytest.raises(AGICommandFailure):
        await agi.databaseGet("portero", "key")


@pytest_twisted.ensureDeferred
async def test_each_way_to_say_something_returns_undisturbed(gate: Gate) -> None:
    agi, _ = await gate.visit()
    await agi.answer()
    when = datetime(2026, 1, 2, 3, 4, 5)
    assert await agi.sayAlpha("a") == 0
    assert await agi.sayDigits("12") == 0
    assert await agi.sayNumber("7") == 0
    assert await agi.sayPhonetic("b") == 0
    assert await agi.sayTime(when) == 0
    assert await agi.channelStatus() == 6


@pytest_twisted.ensureDeferred
async def test_exit_status_not_found_and_failure(gate: Gate) -> None:
    missing = await gate.send("no-such-script.agi")
    assert await gate.status(missing) == "NOTFOUND"
    nobody = await gate.send("agi://127.0.0.1:9/door")
    assert await gate.status(nobody) == "FAILURE"


@pytest.mark.parametrize("executing", [False, True])
@pytest_twisted.ensureDeferred
async def test_exit_status_when_the_visitor_hangs_up(gate: Gate, executing: bool) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    running = agi.execute("Wait", "30") if executing else None
    await visit.hang_up(gate.ami)
    if running is not None:
        assert (await running).strip() == "-1"
    await agi.onHangup()  # a session that ends before Asterisk has seen it is a SUCCESS
    agi.finish()
    assert await gate.status_in_h(visit) == "HANGUP"


@pytest_twisted.ensureDeferred
async def test_overlapping_sessions_all_end(gate: Gate) -> None:
    sessions = [await gate.visit() for _ in range(5)]
    for number, (agi, _) in enumerate(sessions):
        await agi.setVariable("NUMBER", number)
    for number, (agi, visit) in enumerate(sessions):
        assert await agi.getVariable("NUMBER") == str(number)
        agi.finish()
        assert await gate.status(visit) == "SUCCESS"


@pytest_twisted.ensureDeferred
async def test_a_script_that_is_not_ours_goes_on_in_the_dialplan(gate: Gate) -> None:
    visit = await gate.send(gate.url("directory"))
    assert await gate.status(visit) == "SUCCESS"
    assert gate.factory.sessions == set()


# -- not covered by asterisk/testsuite


@pytest_twisted.ensureDeferred
async def test_a_server_that_dies_in_mid_session_looks_like_success(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    gate.factory.abort()
    assert await gate.status(visit) == "SUCCESS"


@pytest_twisted.ensureDeferred
async def test_the_hangup_line_between_command_and_reply(gate: Gate) -> None:
    agi, visit = await gate.visit()
    await agi.answer()
    waiting = agi.execute("Wait", "30")
    await visit.hang_up(gate.ami)
    assert (await waiting).strip() == "-1"
    await agi.setVariable("AFTER", "the end")
    await agi.onHangup()
    assert await agi.getVariable("AFTER") == "the end"
    with pytest.raises((AGIDeadChannel, AGIHangup)):
        await agi.streamFile(BEEP)
    agi.finish()
    await agi.onClose()


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_asterisk_waits_two_seconds_for_a_connection(gate: Gate, ami: AmiProbe) -> None:
    """Nobody answers the SYN: the listener's queue is full (backlog 0, one connection waiting)."""
    started = _reactor().seconds()
    listener = FullListener()
    try:
        visit = await gate.send(f"agi://127.0.0.1:{listener.port}/door")
        assert await gate.status(visit) == "FAILURE"
    finally:
        listener.close()
    assert 1.8 < _reactor().seconds() - started < 4


class FullListener:
    """A port whose queue of connections is full, so that one more gets no answer at all."""

    def __init__(self) -> None:

        self._server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self._server.getsockname()[1]
        self._waiting = [socket.socket() for _ in range(4)]
        for client in self._waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.port))

    def close(self) -> None:
        for connection in (self._server, *self._waiting):
            connection.close()


def _reactor() -> Any:
    return reactor

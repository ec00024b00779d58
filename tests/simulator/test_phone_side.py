"""The phone side as a service: visits, the beat, and what is left when it stops."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from uuid import UUID

import numpy as np
import pytest
from phone_bench import UdpReactor

from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from portero.simulator.conversation_script import AgentLine, End, Script, VisitorLine
from portero.simulator.phone import Caller, PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_sound import Clip
from portero.simulator.phone_visit import Guard, Visit

URL = AgiUrl("127.0.0.1", 4574)
CALL_ID = UUID("00112233-4455-6677-8899-aabbccddeeff")


class Stage:
    """A running phone side, and portero's end of its connections as bytes."""

    def __init__(self, **options: object) -> None:
        self.reactor = UdpReactor()
        self.side = PhoneSide(self.reactor, ami_port=None, **options)
        self.side.startService()
        self._wires: list[StringTransport] = []

    def connect(self) -> StringTransport:
        """Accept the connection that was tried last."""
        *_, (_, _, factory, _, _) = self.reactor.tcpClients
        wire = StringTransport()
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(wire)
        wire.protocol = protocol
        self._wires.append(wire)
        return wire

    def ask(self, wire: StringTransport, command: str) -> str:
        wire.clear()
        wire.protocol.dataReceived(command.encode() + b"\n")
        return wire.value().decode()

    def pass_time(self, seconds: float) -> None:
        self.reactor.pump([0.020] * round(seconds / 0.020))

    def end(self, wire: StringTransport) -> None:
        self._wires.remove(wire)
        wire.protocol.connectionLost(Failure(ConnectionDone()))

    def close(self) -> None:
        if self.side.running:
            self.side.stopService()
        for wire in list(self._wires):
            self.end(wire)


@pytest.fixture
def open_stage() -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(**options: object) -> Stage:
        stages.append(Stage(**options))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()


def ended(visit: Visit) -> bool:
    return visit.done().called


def test_portero_down_is_agistatus_failure(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    visit = stage.side.visit(URL)
    *_, (_, _, factory, timeout, _) = stage.reactor.tcpClients
    assert timeout == 2
    factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
    assert ended(visit)
    assert visit.variables["AGISTATUS"] == "FAILURE"
    assert stage.side.visits == []


def test_the_dialplan_goes_on_when_the_script_is_over(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(guards={"9000@guard": Guard(answers_after=1, talks=1)})
    visit = stage.side.visit(URL, caller=Caller(dnid="5512345678"))
    wire = stage.connect()
    assert b"agi_dnid: 5512345678\n" in wire.value()
    for command in ("SET CONTEXT guard", "SET EXTENSION 9000", "SET PRIORITY 1"):
        assert stage.ask(wire, command) == "200 result=0\n"
    stage.end(wire)
    assert visit.agi_status == "SUCCESS"
    stage.pass_time(2.1)
    assert [(call.destination, call.status) for call in visit.dialled] == [
        ("Local/9000@guard", "ANSWER")
    ]
    assert ended(visit)


def test_a_hung_up_visit_says_so(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    visit = stage.side.visit(URL)
    wire = stage.connect()
    visit.hang_up()
    stage.end(wire)
    assert visit.agi_status == "HANGUP"


def test_one_beat_sends_for_all(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    wires = []
    for number in range(20):
        stage.side.visit(URL)
        wires.append(stage.connect())
        stage.ask(wires[-1], f'EXEC Dial "UnicastRTP/127.0.0.1:{21000 + number}/c(ulaw),30,g"')
    stage.pass_time(1.0)
    assert [len(transport.sent) for transport in stage.reactor.udp] == [50] * 20
    assert len(stage.reactor.getDelayedCalls()) == 1


def test_a_scripted_visitor_answers_and_hangs_up(open_stage: Callable[..., Stage]) -> None:
    line = VisitorLine("Hola.", pause=0.6)
    script = Script("", (AgentLine("Diga."), line, End()))
    said: list[str] = []
    stage = open_stage()
    visit = stage.side.visit(
        URL,
        follow=script,
        clips={line: Clip(np.full(8000, 9, np.int16), 16000)},
        said=lambda spoken: said.append(spoken.text),
    )
    wire = stage.connect()
    stage.ask(wire, 'EXEC Dial "UnicastRTP/127.0.0.1:21000/c(slin16),30,g"')
    loud = struct.pack("!BBHII", 0x80, 11, 1, 0, 7) + struct.pack("!160h", *[9000] * 160)
    leg = visit.leg
    assert leg is not None
    for _ in range(30):
        leg.datagramReceived(loud, None)
        stage.pass_time(0.020)
    assert said == []
    stage.pass_time(0.7)
    assert said == ["Hola."]
    stage.pass_time(0.5)
    spoken = [packet for packet, _ in stage.reactor.udp[0].sent if any(packet[12:])]
    assert len(spoken) == 25
    stage.pass_time(8.0)
    assert visit.channel.ended


def test_audiosocket_begins_with_the_uuid_and_speaks_little_endian(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    visit = stage.side.visit(URL)
    agi = stage.connect()
    stage.ask(agi, f'EXEC Dial "AudioSocket/127.0.0.1:4575/{CALL_ID}/c(slin16),30,g"')
    audio = stage.connect()
    assert audio.value() == b"\x01\x00\x10" + CALL_ID.bytes
    audio.clear()
    visit.say(Clip(np.full(320, 258, np.int16), 16000))
    stage.pass_time(0.040)
    assert audio.value()[:643] == b"\x12\x02\x80" + b"\x02\x01" * 320
    sound = b"\x12\x00\x04" + b"\x0a\x00\x14\x00"
    for byte in sound + b"\x10\x00\x02\x01\x00" + sound:
        audio.protocol.dataReceived(bytes([byte]))
    assert visit.recording is not None
    assert list(visit.recording.samples()[-4:]) == [10, 20, 10, 20]
    assert visit.leg is not None
    assert visit.leg.dropped == {0x10: 1}
    agi.clear()
    stage.end(audio)
    assert agi.value() == b"200 result=0\n"


def test_an_audiosocket_that_nobody_answers_is_chanunavail(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    visit = stage.side.visit(URL)
    agi = stage.connect()
    stage.ask(agi, f'EXEC Dial "AudioSocket/127.0.0.1:4575/{CALL_ID}/c(slin24),30,g"')
    *_, (_, _, factory, _, _) = stage.reactor.tcpClients
    factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
    assert agi.value() == b"200 result=0\n"
    assert visit.variables["DIALSTATUS"] == "CHANUNAVAIL"


def test_nothing_is_left_when_it_stops(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.side.visit(URL)
    wire = stage.connect()
    stage.ask(wire, 'EXEC Dial "UnicastRTP/127.0.0.1:21000/c(slin16),30,g"')
    stopping = stage.side.stopService()
    assert wire.disconnected  # also where portero never closes its side
    stage.end(wire)
    assert stopping.called
    assert stage.reactor.getDelayedCalls() == []
    assert [transport.open for transport in stage.reactor.udp] == [False]

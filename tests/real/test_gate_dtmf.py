"""A code played into the intercom's call: what the intercom itself hears, on a real Asterisk."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import sound

from twisted.internet import reactor
from twisted.internet.task import LoopingCall

from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.call.digits import play_digits
from portero.limits import DTMF_FIRST_SECONDS

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .media_probe import RtpProbe
from .sip_visitor import RATES, SipVisitor

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

CODE = "00*7#"
TONE_MS, GAP_MS = 160, 120
CLOCK: Any = reactor
SO_TIMESTAMPNS = 35  # which Python's socket does not name


class Intercom(SipVisitor):
    """A phone that notes each key that it hears."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self.keys = ""

    def stringReceived(self, string: bytes) -> None:
        message = json.loads(string)
        if message.get("type") == "CALL_DTMF_START":
            self.keys += message["param"]
        super().stringReceived(string)


class Wire:
    """When each tone began and ended on the wire: RFC 4733 events, as they pass the loopback.

    The kernel notes the moments: this process may look late.
    """

    def __init__(self) -> None:
        self.tones: list[list[float]] = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self._socket.bind(("lo", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._stamps: dict[bytes, list[float]] = {}
        self._looking = LoopingCall(self._look)
        self._looking.start(0.005)

    def close(self) -> None:
        self._looking.stop()
        self._look()
        self._socket.close()

    def _look(self) -> None:
        with suppress(BlockingIOError):
            while True:
                packet, ((_, _, stamp),), _, source = self._socket.recvmsg(2048, 64)
                seconds, nanoseconds = struct.unpack("qq", stamp)
                payload = packet[(packet[0] & 15) * 4 + 8 :]
                is_event = len(payload) == 16 and payload[0] == 0x80 and payload[1] & 127 >= 96
                if source[2] != socket.PACKET_OUTGOING and packet[9] == 17 and is_event:
                    moment = seconds + nanoseconds / 1e9
                    self._heard(payload[4:8], payload[13] >= 0x80, moment)

    def _heard(self, stamp: bytes, is_end: bool, moment: float) -> None:
        tone = self._stamps.get(stamp)
        if tone is None:
            self._stamps[stamp] = tone = [moment]
            self.tones.append(tone)
        if is_end and len(tone) == 1:  # the end is sent three times
            tone.append(moment)


@pytest_twisted.async_yield_fixture
async def manager(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[AMIProtocol]:
    """A session of ours, with the rights of the sample file."""
    factory = AMIFactory("portero", "change-this-secret", plaintext_login=False, reactor=CLOCK)
    session = await factory.login("127.0.0.1", asterisk.ports.ami)
    yield session
    await session.logoff()


async def in_a_call_with_a_leg(ami: AmiProbe, probe: RtpProbe, intercom: Intercom) -> str:
    """The intercom calls in, and is joined to a media leg as a visitor is; its channel."""
    await intercom.call("echo")
    began = await ami.event("Newchannel", Context="from-intercom")
    channel = began["Channel"]
    await ami.action(
        "Setvar", Channel=channel, Variable="PROBE_LEG", Value=probe.dial_string("slin16")
    )
    await ami.action("Redirect", Channel=channel, Context="probe", Exten="leg", Priority="1")
    await ami.event("BridgeEnter", Channel=channel)
    await probe.first_packet
    return channel


@pytest.mark.parametrize("codec", ["G722", "PCMU"])
@pytest_twisted.ensureDeferred
async def test_the_intercom_hears_the_code_whole_and_well_spaced(
    asterisk: AsteriskServer, ami: AmiProbe, manager: AMIProtocol, tmp_path: Path, codec: str
) -> None:
    intercom = Intercom(asterisk, tmp_path / "phone", sound.silence(1, RATES[codec]), codec)
    probe, wire = RtpProbe(), Wire()
    probe.listen()
    try:
        await intercom.start()
        channel = await in_a_call_with_a_leg(ami, probe, intercom)
        began = CLOCK.seconds()
        assert await play_digits(
            manager, channel, CODE, tone_ms=TONE_MS, gap_ms=GAP_MS, clock=CLOCK
        )
        await intercom.hang_up()
    finally:
        wire.close()
        await probe.close()
        await intercom.stop()

    assert intercom.keys == CODE
    # Our own tones must not look like keys that the visitor pressed.
    assert not [event for event in ami.events if event["Event"].startswith("DTMF")]
    assert wire.tones[0][0] - began >= DTMF_FIRST_SECONDS
    for start, end in wire.tones:
        assert end - start == pytest.approx(TONE_MS / 1000, abs=0.03)
    for (_, end), (start, _) in pairwise(wire.tones):
        assert start - end == pytest.approx(GAP_MS / 1000, abs=0.03)


@pytest_twisted.ensureDeferred
async def test_no_tone_is_sent_to_a_call_that_is_gone(
    asterisk: AsteriskServer, ami: AmiProbe, manager: AMIProtocol
) -> None:
    gone = "PJSIP/intercom-0badc0de"
    assert not await play_digits(manager, gone, "1", tone_ms=TONE_MS, gap_ms=GAP_MS, clock=CLOCK)

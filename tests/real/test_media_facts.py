"""What Asterisk does with each media leg, measured without any of portero's code.

The visitor's half of a ``Local`` channel plays a tone and records what it hears; the far end of
the leg records what comes, and sends another tone back. ``reference/asterisk.md`` has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
import pytest_twisted
import sound

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .media_probe import (
    ALAW,
    FRAME_SECONDS,
    G722_64,
    SLIN,
    SLIN16,
    ULAW,
    AudioSocketListener,
    Coding,
    RtpProbe,
)
from .visit import RECORD_RATE, TONE_DBFS, TONES, Visit, originate_visit

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

BACK_SECONDS = 2.0
BACK_DBFS = -18.0
BACK_HERTZ = 730


@dataclass(frozen=True)
class Leg:
    """A leg's format, what comes over it, and what may be sent back."""

    format_name: str
    inward: Coding
    outward: Coding
    level_tolerance: float = 0.2
    inward_types: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return f"{self.format_name}-{self.outward.payload_type}"


NARROW = [
    # 8 kHz linear has two static types in Asterisk; it takes the lower one to send.
    Leg("slin", SLIN, SLIN, inward_types=frozenset({10, 11})),
    Leg("ulaw", ULAW, ULAW, 0.4, inward_types=frozenset({0})),
    Leg("alaw", ALAW, ALAW, 0.4, inward_types=frozenset({8})),
]
WIDE_IN = [Leg("slin16", SLIN16, SLIN, inward_types=frozenset({118}))]
WIDE = [Leg("g722", G722_64, G722_64, 0.5, inward_types=frozenset({9}))]


async def rtp_both_ways(
    server: AsteriskServer, ami: AmiProbe, leg: Leg, *, plays: str, back: float
) -> tuple[RtpProbe, Visit]:
    """A visitor plays a tone while ``back`` hertz are sent to him; answers when both are over."""
    probe = RtpProbe()
    probe.listen()
    try:
        visit = await originate_visit(
            server,
            ami,
            "leg@probe",
            file=f"/mnt/sounds/{plays}",
            variables={"PROBE_LEG": probe.dial_string(leg.format_name)},
        )
        dialled = await ami.event("DialBegin", Uniqueid=f"{visit.id}-far")
        remote = await probe.find_remote(ami, dialled["DestChannel"])
        await probe.first_packet
        tone = sound.tone(back, BACK_SECONDS, leg.outward.rate, BACK_DBFS)
        await probe.send(leg.outward, tone, remote)
        await ami.action("Hangup", Channel=dialled["DestChannel"])
        ended = await ami.event("UserEvent", UserEvent="Probe", Uniqueid=f"{visit.id}-far")
        assert ended["Dialstatus"] == "ANSWER"
        await visit.hang_up(ami)
    finally:
        await probe.close()
    return probe, visit


def check_tone(
    samples: sound.Samples, rate: int, hertz: float, dbfs: float, tolerance: float
) -> sound.Samples:
    """One steady tone of that pitch and level, without a gap; answers its middle."""
    heard = sound.sounding(samples, rate)
    assert len(heard) / rate > 1
    assert sound.gaps_ms(heard, rate) == []
    middle = heard[rate // 10 : -rate // 10]
    assert sound.pitch_hz(middle, rate) == pytest.approx(hertz, abs=1)
    assert sound.level_dbfs(middle) == pytest.approx(dbfs, abs=tolerance)
    return middle


@pytest.mark.parametrize("leg", NARROW + WIDE_IN + WIDE, ids=str)
@pytest_twisted.ensureDeferred
async def test_a_leg_carries_1_khz_both_ways(
    asterisk: AsteriskServer, ami: AmiProbe, leg: Leg
) -> None:
    probe, visit = await rtp_both_ways(asterisk, ami, leg, plays="1khz", back=BACK_HERTZ)

    assert {packet.payload_type for packet in probe.packets} <= leg.inward_types
    assert {len(packet.payload) for packet in probe.packets} == {leg.inward.frame_bytes}
    inward = check_tone(
        probe.heard(leg.inward), leg.inward.rate, TONES["1khz"], TONE_DBFS, leg.level_tolerance
    )
    outward = check_tone(visit.heard(), RECORD_RATE, BACK_HERTZ, BACK_DBFS, leg.level_tolerance)
    assert sound.clicks(inward, TONES["1khz"], leg.inward.rate) == []
    assert sound.clicks(outward, BACK_HERTZ, RECORD_RATE) == []


@pytest.mark.parametrize("leg", WIDE, ids=str)
@pytest_twisted.ensureDeferred
async def test_a_wideband_leg_carries_5_khz_both_ways(
    asterisk: AsteriskServer, ami: AmiProbe, leg: Leg
) -> None:
    probe, visit = await rtp_both_ways(asterisk, ami, leg, plays="5khz", back=TONES["5khz"])

    rate = leg.inward.rate
    check_tone(probe.heard(leg.inward), rate, TONES["5khz"], TONE_DBFS, leg.level_tolerance)
    check_tone(visit.heard(), RECORD_RATE, TONES["5khz"], BACK_DBFS, leg.level_tolerance)


@pytest_twisted.ensureDeferred
async def test_slin16_sent_back_is_dropped_without_a_word(
    asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    """The trap: if this ever fails, Asterisk plays type 118, and portero can answer in wideband."""
    asterisk.complaints()
    trap = Leg("slin16", SLIN16, SLIN16, inward_types=frozenset({118}))

    probe, visit = await rtp_both_ways(asterisk, ami, trap, plays="5khz", back=BACK_HERTZ)

    check_tone(probe.heard(SLIN16), SLIN16.rate, TONES["5khz"], TONE_DBFS, 0.2)
    assert len(sound.sounding(visit.heard(), RECORD_RATE)) == 0
    assert asterisk.complaints() == []


@pytest_twisted.ensureDeferred
async def test_rtp_packets_are_20_ms_apart_and_in_one_row(
    asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    leg = WIDE_IN[0]
    probe, _ = await rtp_both_ways(asterisk, ami, leg, plays="1khz", back=BACK_HERTZ)

    packets = probe.packets
    assert len({packet.ssrc for packet in packets}) == 1
    steps = {(b.sequence - a.sequence) % 65536 for a, b in pairwise(packets)}
    assert steps == {1}
    ticks = {(b.timestamp - a.timestamp) % (1 << 32) for a, b in pairwise(packets)}
    assert ticks == {320}
    spacing = (packets[-1].moment - packets[0].moment) / (len(packets) - 1)
    assert spacing == pytest.approx(FRAME_SECONDS, rel=0.02)


@dataclass(frozen=True)
class SocketLeg:
    """An AudioSocket format: its message kind, rate and bytes of a message."""

    format_name: str
    kind: int
    rate: int
    tone: str

    def __str__(self) -> str:
        return self.format_name


@pytest.mark.parametrize(
    "leg",
    [
        SocketLeg("slin", 0x10, 8000, "1khz"),
        SocketLeg("slin16", 0x12, 16000, "5khz"),
        SocketLeg("slin24", 0x13, 24000, "5khz"),
    ],
    ids=str,
)
@pytest_twisted.ensureDeferred
async def test_audiosocket_carries_a_tone_both_ways(
    asterisk: AsteriskServer, ami: AmiProbe, leg: SocketLeg
) -> None:
    listener = AudioSocketListener()
    try:
        visit = await originate_visit(
            asterisk,
            ami,
            "leg@probe",
            file=f"/mnt/sounds/{leg.tone}",
            variables={"PROBE_LEG": listener.dial_string(leg.format_name)},
        )
        probe = listener.probe
        assert await probe.named == listener.uuid.bytes
        await probe.send(
            leg.kind, leg.rate, sound.tone(TONES[leg.tone], BACK_SECONDS, leg.rate, BACK_DBFS)
        )
        await visit.hang_up(ami)
        await probe.lost
    finally:
        await listener.close()

    assert probe.kinds() <= {probe.UUID, leg.kind, probe.HANGUP}
    check_tone(probe.heard(leg.kind), leg.rate, TONES[leg.tone], TONE_DBFS, 0.2)
    check_tone(visit.heard(), RECORD_RATE, TONES[leg.tone], BACK_DBFS, 0.2)

"""The sound of whole calls on a real Asterisk: what each side says is what the other hears.

A visitor at the gate, ``twistd portero``, and a Realtime stand-in in this process. The stand-in's
recordings are compared with what the visitor said, the visitor's with what the stand-in said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pytest_twisted
import sound
from sound import Samples

from portero.simulator.conversation_script import AgentLine, Tone, VisitorLine

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .sip_visitor import SipVisitor
from .sound_call import (
    GATE,
    HEARS_SPEECH,
    HOLES_MS,
    SERVER_RATE,
    carried,
    check_speech,
    check_tone,
    heard_by_server,
    open_house,
    pause_until,
    received,
    said_by_server,
)
from .speech import at_rate, prompt, synthetic
from .visit import RECORD_RATE, originate_visit

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

SINE_DB = 3.01  # a script's tone is measured by its peak, a level here is an RMS
AGENT_DBFS = -15.0
VISITOR_DBFS = -26.0
TONE_SECONDS = 1.2
GAP_SECONDS = 0.2
# From answer to a session that listens; the visitor is silent for so long.
LEAD_SECONDS = 1.2
GOODBYE = "Con gusto, que tenga buena tarde."


def agent_tone(hertz: float, seconds: float) -> AgentLine:
    return AgentLine(f"tono de {hertz:g} hercios", Tone(hertz, seconds, AGENT_DBFS + SINE_DB))


def recorded_speech(asterisk: AsteriskServer, rate: int = RECORD_RATE) -> Samples:
    """A woman speaks Spanish; quiet enough not to interrupt a stand-in that is ``DEAF``."""
    speech = sound.sounding(prompt(asterisk, "vm-goodbye", rate), rate)
    return np.asarray(speech * 0.12 / np.max(np.abs(speech)))


def visitor_file(asterisk: AsteriskServer, name: str, *parts: Samples) -> str:
    """What a visitor plays, after some silence."""
    says = np.concatenate([sound.silence(LEAD_SECONDS, RECORD_RATE), *parts])
    return asterisk.add_sound(name, sound.to_pcm(says), RECORD_RATE)


@dataclass(frozen=True)
class Leg:
    """A leg setting, and the sampling rates of what it carries to the agent and back."""

    leg: str
    format: str
    band_in: int
    band_out: int

    def __str__(self) -> str:
        return f"{self.leg}-{self.format}"

    def noisy(self, hertz: float) -> bool:
        """G.722 has 2 bits a sample above 4 kHz: the noise of that looks like clicks."""
        return self.format == "g722" and hertz > 4000


LEGS = [
    Leg("rtp", "slin16", 16000, 8000),
    Leg("rtp", "slin", 8000, 8000),
    Leg("rtp", "g722", 16000, 16000),
    Leg("rtp", "ulaw", 8000, 8000),
    Leg("rtp", "alaw", 8000, 8000),
    Leg("audiosocket", "slin16", 16000, 16000),
    Leg("audiosocket", "slin24", 16000, 16000),
]
# What only a leg of that sampling rate can carry; the agent's tones are 280 Hz lower.
PITCHES = {8000: 1010, 16000: 5010}


@pytest.mark.parametrize("leg", LEGS, ids=str)
@pytest_twisted.ensureDeferred
async def test_each_leg_carries_speech_and_a_tone_both_ways_at_once(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path, leg: Leg
) -> None:
    """Asterisk drops without a word what it can't map ("the trap"): so each leg is listened to."""
    pitch_in, pitch_out = PITCHES[leg.band_in], PITCHES[leg.band_out] - 280
    speech = recorded_speech(asterisk)
    tone = sound.tone(pitch_in, TONE_SECONDS, RECORD_RATE, VISITOR_DBFS)
    file = visitor_file(
        asterisk, f"visitor-{leg}", tone, sound.silence(GAP_SECONDS, RECORD_RATE), speech
    )
    lines = agent_tone(pitch_out, TONE_SECONDS), AgentLine(GOODBYE)

    async with open_house(asterisk, ami, tmp_path, *lines, leg=leg.leg, format=leg.format) as house:
        visit = await originate_visit(asterisk, ami, GATE, file=file)
        began = await house.agent_speaks()
        spoken = LEAD_SECONDS + TONE_SECONDS + GAP_SECONDS + len(speech) / RECORD_RATE
        await pause_until(began + spoken)
        await visit.hang_up(ami)
        figures = await house.over()
        session = await house.session()

    heard = heard_by_server(session)
    place = check_speech(
        heard, at_rate(speech, RECORD_RATE, SERVER_RATE), SERVER_RATE, holes_ms=HOLES_MS
    )
    end = place.start - round(SERVER_RATE * GAP_SECONDS)
    check_tone(
        heard[end - round(SERVER_RATE * TONE_SECONDS) : end],
        SERVER_RATE,
        pitch_in,
        VISITOR_DBFS,
        noisy=leg.noisy(pitch_in),
        holes_ms=HOLES_MS,
    )
    (_, goodbye), rate = said_by_server(session)
    ear = visit.heard()
    place = check_speech(ear, carried(goodbye, rate, RECORD_RATE, leg.band_out), RECORD_RATE)
    before = ear[place.start - round(RECORD_RATE * TONE_SECONDS) : place.start]
    check_tone(before, RECORD_RATE, pitch_out, AGENT_DBFS, noisy=leg.noisy(pitch_out))
    faults = "lost", "late", "duplicates", "foreign", "malformed", "unsent", "underruns"
    assert [figures[each] for each in faults] == [0] * len(faults)


@pytest_twisted.ensureDeferred
async def test_a_visitor_with_a_phone_is_heard_and_answered(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    speech = synthetic("Vengo a ver a Juan Pérez.", RECORD_RATE)
    lead = sound.silence(3.5, RECORD_RATE)
    script = (
        AgentLine("Buenas tardes, ¿a quién visita?"),
        VisitorLine("Vengo a ver a Juan Pérez."),
        agent_tone(730, TONE_SECONDS),
    )
    async with open_house(asterisk, ami, tmp_path, *script, hears_from=HEARS_SPEECH) as house:
        phone = SipVisitor(asterisk, tmp_path / "phone", np.concatenate([lead, speech]))
        try:
            await phone.start()
            await phone.call("1000")
            session = await house.session()
            await house.until(lambda: session.script_left == 0)
            await house.until(lambda: len(said_by_server(session)[0]) == 2)
            await pause_until(house.now() + TONE_SECONDS + 0.5)
            await phone.hang_up()
            await house.over()
        finally:
            await phone.stop()

    said = at_rate(speech, RECORD_RATE, SERVER_RATE)
    check_speech(heard_by_server(session), said, SERVER_RATE, holes_ms=HOLES_MS)
    (greeting, _), rate = said_by_server(session)
    ear = phone.heard()
    place = check_speech(ear, carried(greeting, rate, phone.rate, 8000), phone.rate)
    after = place.start + round(len(greeting) / rate * phone.rate) + phone.rate // 10
    tone = sound.sounding(ear[after:], phone.rate)
    assert len(tone) / phone.rate == pytest.approx(TONE_SECONDS, abs=0.02)
    check_tone(tone, phone.rate, 730, AGENT_DBFS)


@pytest_twisted.ensureDeferred
async def test_a_visitor_who_sends_nothing_is_silence_in_real_time(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with open_house(asterisk, ami, tmp_path, AgentLine("¿Hay alguien ahí?")) as house:
        visit = await originate_visit(asterisk, ami, GATE)
        await pause_until(await house.agent_speaks() + 3)
        await visit.hang_up(ami)
        figures = await house.over()
        session = await house.session()

    appends = received(session, "input_audio_buffer.append")
    elapsed = appends[-1][0] - appends[0][0]
    assert elapsed > 3
    assert session.heard_ms / 1000 == pytest.approx(elapsed, abs=0.06)
    assert sound.level_dbfs(heard_by_server(session)) == sound.SILENT_DBFS
    assert figures["frames_in"] == 0
    assert figures["silence_filled"] == len(appends)


@pytest_twisted.ensureDeferred
async def test_noise_below_the_gate_is_silence_and_speech_passes(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).normal(0, 10 ** (-50 / 20), RECORD_RATE)
    speech = recorded_speech(asterisk)
    file = visitor_file(asterisk, "noise", noise, speech, noise)
    async with open_house(asterisk, ami, tmp_path, AgentLine(GOODBYE), noise_gate=200) as house:
        visit = await originate_visit(asterisk, ami, GATE, file=file)
        spoken = LEAD_SECONDS + 2 + len(speech) / RECORD_RATE
        await pause_until(await house.agent_speaks() + spoken)
        await visit.hang_up(ami)
        figures = await house.over()
        session = await house.session()

    said = at_rate(speech, RECORD_RATE, SERVER_RATE)
    heard = heard_by_server(session)
    place = check_speech(heard, said, SERVER_RATE, holes_ms=HOLES_MS)
    frame = SERVER_RATE // 50
    assert not heard[: place.start - 4 * frame].any()
    held_open = place.start + len(said) + round(0.45 * SERVER_RATE)  # an end of a word is kept
    assert len(heard) - held_open > 0.3 * SERVER_RATE
    assert not heard[held_open:].any()
    assert figures["gated"] >= 70

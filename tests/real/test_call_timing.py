"""When sound comes through, and how much of it: delay, barge-in, long answers, a long call.

The visitor is a phone in this process (``phone_call``), so that both ends have one clock.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_twisted
import sound
from sound import Samples

from portero.simulator.conversation_script import AgentLine, Tone, VisitorLine
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import Session

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .sound_call import (
    EAR_RATE,
    GATE,
    HEARS_SPEECH,
    LIKENESS,
    MOUTH_RATE,
    SERVER_RATE,
    PhoneCall,
    check_tone,
    heard_by_server,
    moments_sent,
    open_house,
    pause_until,
    phone_call,
    received,
)
from .speech import at_rate, prompt
from .visit import RECORD_RATE, originate_visit

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

SINE_DB = 3.01  # a script's tone is measured by its peak, a level here is an RMS
AGENT_DBFS = -15.0
VISITOR_DBFS = -26.0
PITCH = 730
FRAME = 0.02
# What a busy test machine may add to any single moment; medians are held to more.
SLACK = 0.06
HOLES_MS = 200  # in a minute


def agent_tone(seconds: float, pitch: float = PITCH) -> AgentLine:
    return AgentLine(f"tono de {pitch:g} hercios", Tone(pitch, seconds, AGENT_DBFS + SINE_DB))


def loud_speech() -> Samples:
    """What every detector takes for speech, at the phone's rate."""
    return sound.tone(440, 1.0, MOUTH_RATE, -12)


def first_tone(phone: PhoneCall) -> tuple[int, int]:
    """Where the agent's first sound begins and ends in what the phone heard, to 5 ms."""
    size = EAR_RATE // 200
    loud = sound.frame_levels(phone.heard(), EAR_RATE, 5) > -45
    begin = int(np.argmax(loud))
    length = int(np.argmin(loud[begin:])) or len(loud) - begin
    return begin * size, (begin + length) * size


def truncations(session: Session) -> list[dict[str, Any]]:
    return [event for _, event in received(session, "conversation.item.truncate")]


def moment_when_said(session: Session, seconds: float) -> float:
    """When the server had sent more than so much of the agent's sound."""
    samples = 0
    for moment, event in session.record.sent:
        if event["type"] == "response.output_audio.delta":
            samples += len(base64.b64decode(event["delta"])) // 2
            if samples > seconds * SERVER_RATE:
                return moment
    raise AssertionError("so much was never said")


def delays_to_server(phone: PhoneCall, session: Session, says: Samples) -> list[float]:
    """For each fifth of a second that he says: from its last packet to the append with its end."""
    heard = heard_by_server(session)
    appended = [moment for moment, _ in received(session, "input_audio_buffer.append")]
    packets = 10
    size = packets * MOUTH_RATE // 50
    delays = []
    for first in range(0, len(says) // size * packets, packets):
        piece = says[first * MOUTH_RATE // 50 :][:size]
        place = sound.find(heard, at_rate(piece, MOUTH_RATE, SERVER_RATE))
        if place.likeness > LIKENESS:
            last = (place.start + size * SERVER_RATE // MOUTH_RATE - 1) // (SERVER_RATE // 50)
            delays.append(appended[last] - phone.probe.sent[first + packets - 1])
    return delays


@pytest_twisted.ensureDeferred
async def test_the_delay_each_way_is_a_few_frames(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    """From the phone's packet to its append, and from the first delta to the phone's ear."""
    speech = sound.sounding(prompt(asterisk, "vm-goodbye", MOUTH_RATE), MOUTH_RATE) * 0.2
    says = np.concatenate([sound.silence(1.2, MOUTH_RATE), speech])
    async with open_house(asterisk, ami, tmp_path, agent_tone(1)) as house:
        async with phone_call(house) as phone:
            await phone.say(np.concatenate([says, sound.silence(0.5, MOUTH_RATE)]))
            session = await house.session()
        await house.over()

    begin, _ = first_tone(phone)
    to_ear = phone.moment(begin) - moment_when_said(session, 0)
    assert 0 < to_ear < 3 * FRAME + FRAME + SLACK  # the prebuffer of three frames, and one beat

    to_server = delays_to_server(phone, session, says)
    assert len(to_server) > 3
    assert min(to_server) > 0
    assert np.median(to_server) < 2 * FRAME + SLACK


@pytest_twisted.ensureDeferred
async def test_the_agent_stops_when_the_visitor_speaks_and_knows_what_was_heard(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    script = (
        agent_tone(8),
        VisitorLine("Perdón, vengo a ver a Juan.", interrupts_after=1),
        AgentLine("Claro que sí."),
    )
    says = [sound.silence(2, MOUTH_RATE), loud_speech(), sound.silence(2.5, MOUTH_RATE)]
    async with open_house(asterisk, ami, tmp_path, *script, hears_from=HEARS_SPEECH) as house:
        async with phone_call(house) as phone:
            await phone.say(np.concatenate(says))
            session = await house.session()
        figures = await house.over()

    (started,) = moments_sent(session, "input_audio_buffer.speech_started")
    begin, end = first_tone(phone)
    stopped = phone.moment(end - 1) - started
    (cut,) = truncations(session)
    heard_ms = (end - begin) / EAR_RATE * 1000
    assert stopped < 2 * FRAME + SLACK
    assert cut["audio_end_ms"] == pytest.approx(heard_ms, abs=25)
    check_tone(phone.heard()[begin:end], EAR_RATE, PITCH, AGENT_DBFS)
    assert figures["underruns"] == 0
    # He is answered: the new item is not held up by what was flushed.
    assert len(sound.sounding(phone.heard()[end + EAR_RATE // 10 :], EAR_RATE)) > EAR_RATE // 2


@pytest.mark.parametrize("frames", [0, 25])
@pytest_twisted.ensureDeferred
async def test_the_prebuffer_holds_the_first_word_back(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path, frames: int
) -> None:
    """A server that is hardly faster than speech: so the prebuffer fills in real time."""
    pace = Pace(burst=1.2)
    async with open_house(
        asterisk, ami, tmp_path, agent_tone(2), pace=pace, prebuffer_frames=frames
    ) as house:
        async with phone_call(house) as phone:
            await phone.say(sound.silence(3.5, MOUTH_RATE))
            session = await house.session()
        figures = await house.over()

    filled = moment_when_said(session, max(1, frames) * FRAME)
    begin, end = first_tone(phone)
    assert 0 < phone.moment(begin) - filled < 2 * FRAME + SLACK
    if frames:  # without a prebuffer, a server that is late once is heard
        assert filled - moment_when_said(session, 0) > 0.2
        assert (end - begin) / EAR_RATE == pytest.approx(2, abs=0.02)
        assert figures["underruns"] == 0


@pytest_twisted.ensureDeferred
async def test_what_the_queue_can_not_hold_is_told_to_the_log_and_to_the_server(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with open_house(asterisk, ami, tmp_path, agent_tone(4), queue_frames=50) as house:
        async with phone_call(house) as phone:
            await pause_until(await house.agent_speaks() + 2.5)
            session = await house.session()
        figures = await house.over()

    begin, end = first_tone(phone)
    heard_ms = (end - begin) / EAR_RATE * 1000
    assert 1000 <= heard_ms < 2000
    check_tone(phone.heard()[begin:end], EAR_RATE, PITCH, AGENT_DBFS)
    (cut,) = truncations(session)
    assert cut["audio_end_ms"] == pytest.approx(heard_ms, abs=25)
    assert figures["overflow_ms"] == pytest.approx(4000 - heard_ms, abs=25)
    assert "the queue of the agent's sound is full" in house.daemon.log
    assert "media.queue_frames" in house.daemon.log


def check_long_tone(heard: Samples, rate: int, pitch: float, dbfs: float) -> None:
    """Steady for as long as it lasts; a machine that stops for a moment spoils one second of it."""
    whole = [heard[start : start + rate] for start in range(0, len(heard) - rate + 1, rate)]
    spoilt = [
        number
        for number, second in enumerate(whole)
        if sound.gaps_ms(second, rate) or sound.clicks(second, pitch, rate)
    ]
    assert len(spoilt) <= max(1, len(whole) // 15), spoilt
    assert sound.pitch_hz(heard, rate) == pytest.approx(pitch, abs=0.2)
    assert sound.level_dbfs(heard) == pytest.approx(dbfs, abs=0.5)


def closed_up(heard: Samples) -> Samples:
    """What was heard without its holes: a machine that stops for a moment puts sound off.

    MixMonitor makes 80 ms of a moment at 16 kHz; a whole word's worth of them is too much.
    """
    holes = sound.gaps_ms(heard, RECORD_RATE)
    assert sum(holes) <= HOLES_MS, holes
    ear = sound.sounding(heard, RECORD_RATE)
    frames = ear.reshape(-1, RECORD_RATE // 200)
    return np.concatenate(frames[sound.frame_levels(ear, RECORD_RATE, 5) > -45])


@pytest_twisted.ensureDeferred
async def test_a_minute_of_both_speaking_has_no_seam_and_no_drift(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    """Four answers of 15 s at once, while the visitor speaks for as long."""
    seconds, lead = 60, 1.0
    pitches = [730, 1130, 1530, 1930]
    tone = sound.tone(1010, seconds, RECORD_RATE, VISITOR_DBFS)
    says = np.concatenate([sound.silence(lead, RECORD_RATE), tone])
    file = asterisk.add_sound("minute", sound.to_pcm(says), RECORD_RATE)
    lines = [agent_tone(seconds / 4, pitch) for pitch in pitches]
    async with open_house(asterisk, ami, tmp_path, *lines) as house:
        visit = await originate_visit(asterisk, ami, GATE, file=file, seconds=90)
        await pause_until(await house.agent_speaks() + seconds + 2)
        await visit.hang_up(ami)
        figures = await house.over()
        session = await house.session()

    ear = closed_up(visit.heard())
    assert len(ear) / RECORD_RATE == pytest.approx(seconds, abs=0.02)
    for quarter, pitch in zip(np.array_split(ear, len(pitches)), pitches, strict=True):
        check_long_tone(quarter[160:-160], RECORD_RATE, pitch, AGENT_DBFS)
    heard = sound.sounding(heard_by_server(session), SERVER_RATE)
    assert len(heard) / SERVER_RATE == pytest.approx(seconds, abs=0.02)
    check_long_tone(heard, SERVER_RATE, 1010, VISITOR_DBFS)
    appends = received(session, "input_audio_buffer.append")
    elapsed = appends[-1][0] - appends[0][0]
    assert session.heard_ms / 1000 == pytest.approx(elapsed, abs=SLACK)
    assert truncations(session) == []
    for fault in ("lost", "late", "duplicates", "foreign", "malformed", "unsent", "underruns"):
        assert figures[fault] == 0
    assert figures["overflow_ms"] == 0

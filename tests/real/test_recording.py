"""Recorded calls on a real Asterisk: what is on the file, what was heard first, and what is not."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_twisted
import sound
from numpy.typing import NDArray

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import (
    AGENT_AGAIN_HERTZ,
    AGENT_HERTZ,
    GREETING_SECONDS,
    TONE_SLACK,
    WORD_SECONDS,
    Gatehouse,
    agent,
    said,
    seconds_of_tone,
    tool,
)
from .visit import RECORD_RATE, TONES

pytestmark = pytest.mark.real

WORD_HERTZ = 1010
GATES = {"answers": "1000@gate", "rings": "1001@gate"}
NOTICE = "Para su seguridad, esta llamada se graba."


class Recordings:
    """The folder in which Asterisk keeps them, looked at from here."""

    def __init__(self, asterisk: AsteriskServer) -> None:
        self._asterisk = asterisk
        self._folder = asterisk.directory / "spool" / "monitor"
        self._before = self._all()

    def new(self) -> list[Path]:
        """Those that were not there before."""
        return sorted(self._all() - self._before)

    async def whole(self, house: Gatehouse) -> Path:
        """The one that is new, when Asterisk has written its head: the last that it writes."""
        await house.until(lambda: len(new := self.new()) == 1 and _is_whole(new[0]))
        return self.new()[0]

    def inside(self, path: Path) -> str:
        return self._asterisk.inside(path)

    def _all(self) -> set[Path]:
        return set(self._folder.rglob("*.*"))


def _is_whole(file: Path) -> bool:
    data = file.read_bytes()
    return len(data) > 44 and int.from_bytes(data[40:44], "little") == len(data) - 44


@asynccontextmanager
async def recording_house(
    asterisk: AsteriskServer,
    folder: Path,
    spoil: Callable[[Gatehouse], None] = lambda house: None,
    **recording: Any,
) -> AsyncIterator[tuple[Gatehouse, Recordings]]:
    """A daemon whose tenants record in 16 kHz, with a voice for the notice."""
    asterisk.complaints()
    house = Gatehouse(asterisk, folder)
    sounds = asterisk.directory / "sounds"
    house.config["asterisk"]["prompts"] = {
        "folder": str(sounds),
        "seen_as": asterisk.inside(sounds),
    }
    for tenant in house.config["tenants"]:
        tenant["recording"] = {"enabled": True, "format": "wav16", **recording}
    spoil(house)
    recordings = Recordings(asterisk)
    try:
        await house.start()
        yield house, recordings
    finally:
        print(house.daemon.log)  # pytest shows it when the test has failed
        await house.close()


def samples(file: Path) -> sound.Samples:
    """A recording, 16 kHz."""
    with wave.open(str(file)) as reader:
        assert (reader.getframerate(), reader.getnchannels()) == (RECORD_RATE, 1)
        return sound.from_pcm(reader.readframes(reader.getnframes()))


def lasting(heard: sound.Samples, hertz: float) -> NDArray[np.intp]:
    """The frames of 50 ms from which on nothing but that tone is heard for 200 ms."""
    size = RECORD_RATE // 20
    frames = heard[: len(heard) // size * size].reshape(-1, size)
    pure = [
        sound.tone_level_dbfs(frame, hertz, RECORD_RATE) > max(-30, sound.level_dbfs(frame) - 2)
        for frame in frames
    ]
    return np.flatnonzero(np.convolve(pure, np.ones(4), "valid") == 4)


def begins(heard: sound.Samples, hertz: float) -> float:
    """When that tone is first heard, in seconds; speech has its pitch too, but for a moment."""
    return float(lasting(heard, hertz)[0]) / 20


def speech_seconds(heard: sound.Samples) -> float:
    """How long something is to be heard in all."""
    return float(np.sum(sound.frame_levels(heard, RECORD_RATE) > -45)) / 50


@pytest_twisted.ensureDeferred
async def test_both_sides_are_recorded_after_the_notice(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path, notice=NOTICE) as (house, recordings):
        house.agent_does(
            agent(), said(), agent(hertz=AGENT_AGAIN_HERTZ), tool("end_call", reason="x")
        )
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        cdr = await ami.action("Getvar", Channel=visit.far_channel, Variable="CDR(recordingfile)")
        ended = await house.ended(ami, visit)
        await visit.gone(ami)
        await house.nothing_is_left(ami)
        file = await recordings.whole(house)

    assert ended["Status"] == "COMPLETED"
    assert cdr["Value"] == file.name
    assert f"recorded to {recordings.inside(file)}" in house.daemon.log
    recorded, heard = samples(file), visit.heard()

    # The visitor has heard the notice, and only then the agent; what is recorded has no notice.
    greeting = begins(heard, AGENT_HERTZ)
    assert speech_seconds(heard[: round(greeting * RECORD_RATE)]) > 1.5
    in_file = begins(recorded, AGENT_HERTZ)
    assert speech_seconds(recorded[: round(in_file * RECORD_RATE)]) == 0

    assert seconds_of_tone(recorded, AGENT_HERTZ) == pytest.approx(GREETING_SECONDS, abs=TONE_SLACK)
    assert seconds_of_tone(recorded, WORD_HERTZ) == pytest.approx(WORD_SECONDS, abs=TONE_SLACK)
    first, word, last = (begins(recorded, tone) for tone in (440, WORD_HERTZ, AGENT_AGAIN_HERTZ))
    assert first + GREETING_SECONDS - 0.1 < word < last


@pytest_twisted.ensureDeferred
async def test_the_guard_who_answers_is_not_recorded(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path) as (house, recordings):
        house.agent_does(agent(), said(), tool("transfer_to_guard", reason="x"))
        visit = await house.visit(ami, GATES["answers"])
        await house.greeted(ami, visit)
        await ami.event("UserEvent", UserEvent="Guard", Extension="100")
        await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) > 0.5)
        await visit.hang_up(ami)
        await house.ended(ami, visit)
        await house.nothing_is_left(ami)
        file = await recordings.whole(house)

    recorded = samples(file)
    assert seconds_of_tone(recorded, AGENT_HERTZ) >= GREETING_SECONDS - 0.1
    assert seconds_of_tone(recorded, WORD_HERTZ) == pytest.approx(WORD_SECONDS, abs=TONE_SLACK)
    assert not len(lasting(recorded, TONES["guard"]))
    assert len(lasting(visit.heard(), TONES["guard"]))


@pytest_twisted.ensureDeferred
async def test_after_a_guard_who_does_not_answer_it_goes_on_in_the_same_file(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path) as (house, recordings):
        house.agent_does(
            agent(),
            said(),
            tool("transfer_to_guard", reason="x"),
            agent(hertz=AGENT_AGAIN_HERTZ),
            tool("end_call", reason="x"),
        )
        visit = await house.visit(ami, GATES["rings"])
        await house.greeted(ami, visit)
        await house.ended(ami, visit)
        await visit.gone(ami)
        await house.nothing_is_left(ami)
        file = await recordings.whole(house)

    recorded = samples(file)
    assert seconds_of_tone(recorded, AGENT_HERTZ) == pytest.approx(GREETING_SECONDS, abs=TONE_SLACK)
    assert begins(recorded, WORD_HERTZ) < begins(recorded, AGENT_AGAIN_HERTZ)


@pytest_twisted.ensureDeferred
async def test_a_daemon_that_dies_does_not_leave_the_guard_recorded(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path) as (house, recordings):
        house.agent_does(agent())
        visit = await house.visit(ami, FALLBACK_SECONDS="10")
        await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")
        monitors = f"mixmonitor list {visit.far_channel}"
        await house.until(recordings.new)
        (file,) = recordings.new()
        assert file.stem in await ami.cli(monitors)

        await house.daemon.kill()
        await house.start()  # hangs up the leg that the first one has left

        await house.fallback(ami, visit)
        assert file.stem not in await ami.cli(monitors)


async def _a_call(house: Gatehouse, ami: AmiProbe, **variables: str) -> float:
    """A call in which the agent greets; answers how long something sounded before that."""
    house.agent_does(agent(), said(), agent(), tool("end_call", reason="x"))
    visit = await house.visit(ami, **variables)
    await house.greeted(ami, visit)
    ended = await house.ended(ami, visit)
    assert ended["Status"] == "COMPLETED"
    await visit.gone(ami)
    heard = visit.heard()
    return speech_seconds(heard[: round(begins(heard, AGENT_HERTZ) * RECORD_RATE)])


@pytest.mark.parametrize(
    ("recording", "variables"), [({"enabled": False}, {}), ({}, {"REC_POLICY_MODE": "never"})]
)
@pytest_twisted.ensureDeferred
async def test_where_nothing_may_be_recorded_nothing_is_said_of_it(
    asterisk: AsteriskServer,
    ami: AmiProbe,
    tmp_path: Path,
    recording: dict[str, Any],
    variables: dict[str, str],
) -> None:
    async with recording_house(asterisk, tmp_path, **recording) as (house, recordings):
        assert await _a_call(house, ami, **variables) == 0
        await house.nothing_is_left(ami)
    assert recordings.new() == []


@pytest_twisted.ensureDeferred
async def test_what_freepbx_records_is_announced_only(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path) as (house, recordings):
        assert await _a_call(house, ami, REC_STATUS="RECORDING") > 0.5
        await house.nothing_is_left(ami)
    assert recordings.new() == []


def _no_sound_there(house: Gatehouse) -> None:
    house.config["asterisk"]["prompts"]["seen_as"] = "/mnt/nowhere"


def _no_voice(house: Gatehouse) -> None:
    house.config["asterisk"]["prompts"] = {}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [(_no_sound_there, "could not play the notice"), (_no_voice, r"pip install 'portero\[prompts")],
)
@pytest_twisted.ensureDeferred
async def test_without_a_notice_the_call_goes_on_and_is_not_recorded(
    asterisk: AsteriskServer,
    ami: AmiProbe,
    tmp_path: Path,
    spoil: Callable[[Gatehouse], None],
    told: str,
) -> None:
    async with recording_house(asterisk, tmp_path, spoil, notice=NOTICE) as (house, recordings):
        assert await _a_call(house, ami) == 0
        await house.daemon.logged(f"not recorded: .*{told}")
        await house.nothing_is_left(ami, "/mnt/nowhere")
    assert recordings.new() == []


@pytest_twisted.ensureDeferred
async def test_without_a_voice_asterisks_own_sound_says_it(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    async with recording_house(asterisk, tmp_path, _no_voice) as (house, recordings):
        assert await _a_call(house, ami) > 0.5
        await house.nothing_is_left(ami)
    assert len(recordings.new()) == 1

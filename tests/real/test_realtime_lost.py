"""The Realtime server dies in the middle of a word: the visit goes on, or ends with the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_twisted

from twisted.internet import reactor

from portero.limits import HOLD_CYCLE_MS, REALTIME_RECONNECT_SECONDS, ROLLOVER_SECONDS
from portero.simulator.conversation_script import Script
from portero.simulator.faults import Fault, FaultKind, FaultPlan
from portero.simulator.rt_session import Session

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import (
    AGENT_AGAIN_HERTZ,
    AGENT_HERTZ,
    BRISK,
    GREETING_SECONDS,
    TONE_SLACK,
    Gatehouse,
    agent,
    said,
    seconds_of_tone,
    sent,
)
from .visit import RECORD_RATE, TONES, Visit

pytestmark = pytest.mark.real

MARGIN_SECONDS = 2.0
# Between two tones of a gap, and for what the first of them waits.
SILENCE_SECONDS = HOLD_CYCLE_MS / 1000 + 0.3
HEARD_BY_SECOND = 10  # appends: time enough to hear a session that should have kept quiet
AUDIBLE = 0.005  # of full scale; the tone of a gap has a peak of 0.046


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    house = Gatehouse(asterisk, tmp_path)
    asterisk.complaints()
    yield house
    print(house.daemon.log)  # pytest shows it when the test has failed
    await house.close()


async def mid_word(house: Gatehouse, ami: AmiProbe) -> Visit:
    """The visitor has said whom he visits, and hears the first half second of a long answer."""
    house.realtime._manners = replace(BRISK, pace=replace(BRISK.pace, burst=1.0))
    await house.start()
    house.agent_does(agent(), said(), agent(5))
    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    await house.until(lambda: len(sent(session, "response.created")) == 2)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_HERTZ) >= 0.8)
    return visit


def told(session: Session) -> list[tuple[str, str]]:
    """Who said what, as the session was told by its client."""
    items = [event["item"] for event in received(session, "conversation.item.create")]
    parts = [(item["role"], item["content"][0]) for item in items if item["type"] == "message"]
    return [(f"{role} {part['type']}", part["text"]) for role, part in parts]


def received(session: Session, kind: str) -> list[dict[str, Any]]:
    return [event for _, event in session.record.received if event["type"] == kind]


def loud_frames(heard: np.ndarray) -> np.ndarray:
    """Which frames of 20 ms are more than silence."""
    size = RECORD_RATE // 50
    frames = heard[: len(heard) // size * size].reshape(-1, size)
    return np.abs(frames.astype(float)).max(axis=1) > AUDIBLE


def audible_seconds(heard: np.ndarray) -> float:
    return float(loud_frames(heard).sum()) / 50


def longest_silence(heard: np.ndarray) -> float:
    """In seconds, to 20 ms."""
    longest = run = 0
    for loud in loud_frames(heard):
        run = 0 if loud else run + 1
        longest = max(longest, run)
    return longest / 50


def now() -> float:
    return float(reactor.seconds())  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_killed_in_mid_word_and_back_at_once(house: Gatehouse, ami: AmiProbe) -> None:
    visit = await mid_word(house, ami)
    await house.realtime.stopService()
    house.realtime.script = Script("again", (agent(0.5, AGENT_AGAIN_HERTZ), said(), agent()))
    house.realtime.startService()

    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) >= 0.4)

    session = house.realtime.sessions[1]
    assert told(session)[:2] == [
        ("assistant output_text", "Buenas tardes."),
        ("user input_text", "Vengo a ver a María."),
    ]
    assert len(ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")) == 1  # the same leg all along
    await house.listened(ami, visit)  # and he is heard again
    await house.until(lambda: len(sent(session, "response.done")) == 2)
    await visit.hang_up(ami)
    assert (await house.ended(ami, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(ami)


@pytest.mark.by_ear
@pytest.mark.parametrize("mute", [False, True])
@pytest_twisted.ensureDeferred
async def test_gone_for_good_in_mid_word(house: Gatehouse, ami: AmiProbe, mute: bool) -> None:
    """`mute`: something takes connections there, and never says a word."""
    visit = await mid_word(house, ami)
    began, already = now(), len(visit.heard())
    await house.realtime.stopService()
    if mute:
        house.realtime.faults = FaultPlan([Fault(FaultKind.MUTE)])
        house.realtime.startService()

    await ami.event("UserEvent", UserEvent="Guard", Extension="100", patience=20)

    assert now() - began < REALTIME_RECONNECT_SECONDS + MARGIN_SECONDS
    await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) >= 0.3)
    assert longest_silence(visit.heard()[already:]) < SILENCE_SECONDS
    await ami.action("Hangup", Channel=visit.channel)
    ended = await house.ended(ami, visit)
    assert ended["Status"] == "TRANSFERRED"
    assert ended["Reason"].startswith("realtime_")
    await house.nothing_is_left(ami)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_session_at_its_end_gives_way_unheard(house: Gatehouse, ami: AmiProbe) -> None:
    house.realtime._manners = replace(BRISK, session_seconds=ROLLOVER_SECONDS + 3)
    await house.start()
    house.agent_does(agent(), said(), agent())
    visit = await house.visit(ami)
    first = await house.greeted(ami, visit)
    await house.until(lambda: len(sent(first, "response.done")) == 2)

    await house.daemon.logged("a new one has taken over")

    second = house.realtime.sessions[1]
    assert ("user input_text", "Vengo a ver a María.") in told(second)
    assert received(second, "response.create") == []
    await house.until(lambda: len(received(second, "input_audio_buffer.append")) >= HEARD_BY_SECOND)
    await visit.hang_up(ami)
    heard = visit.heard()  # whole only now: Asterisk writes it down in blocks of a second
    assert seconds_of_tone(heard, AGENT_HERTZ) == pytest.approx(
        2 * GREETING_SECONDS, abs=TONE_SLACK
    )
    assert audible_seconds(heard) == pytest.approx(2 * GREETING_SECONDS, abs=TONE_SLACK)
    assert (await house.ended(ami, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(ami)

"""A session that gets old gives way to one set up beside it: the visitor hears nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from call.agent_house import DROPPED, House

from portero.limits import (
    REALTIME_CONNECT_SECONDS,
    REALTIME_SESSION_SECONDS,
    ROLLOVER_AGAIN_SECONDS,
    ROLLOVER_LAST_SECONDS,
    ROLLOVER_LOOK_SECONDS,
    ROLLOVER_SECONDS,
)
from portero.realtime.errors import UpgradeRefused

HOUR = 3600.0
OLD = HOUR - ROLLOVER_SECONDS


def an_old_session(**how: Any) -> House:
    """Just before the time at which the next one is looked for."""
    house = House(**{"lasts": HOUR, **how})
    house.visitor_says("Busco a la familia Ruiz.")
    house.clock.advance(OLD - 1)
    assert len(house.dials) == 1
    return house


def test_the_next_session_knows_what_was_said_and_takes_over_in_silence() -> None:
    house = an_old_session()
    house.clock.advance(1)
    assert len(house.dials) == 2
    assert not house.line.closed
    line = house.accept()
    assert "Ruiz" in str(line.sent)
    assert "response.create" not in line.types()
    assert house.line.closed
    house.agent.append(bytes(960))
    assert (house.line.appended, line.appended) == (0, 960)
    assert house.failures == []


def test_the_visitor_is_heard_by_the_old_session_until_the_new_one_is_ready() -> None:
    house = an_old_session()
    house.clock.advance(1)
    house.agent.append(bytes(960))
    assert house.line.appended == 960


@pytest.mark.parametrize("says", [None, HOUR / 60])
def test_a_server_that_does_not_say_when_or_whose_clock_is_wrong(says: float | None) -> None:
    house = House(lasts=says)
    house.clock.advance(REALTIME_SESSION_SECONDS - ROLLOVER_SECONDS - 1)
    assert len(house.dials) == 1
    house.clock.advance(1)
    assert len(house.dials) == 2


def busy_speaking(house: House) -> None:
    house.hear({"type": "input_audio_buffer.speech_started", "item_id": "v"})


def busy_answering(house: House) -> None:
    house.response()


def busy_tool(house: House) -> None:
    call = {"call_id": "call_1", "name": "check_visitor", "arguments": "{}", "response_id": "r"}
    house.hear({"type": "response.function_call_arguments.done", "item_id": "i", **call})


@pytest.mark.parametrize("busy", [busy_speaking, busy_answering, busy_tool])
def test_a_quiet_moment_is_waited_for_but_not_for_ever(busy: Any) -> None:
    house = an_old_session(reconnects=0)
    busy(house)
    last_chance = ROLLOVER_SECONDS - ROLLOVER_LAST_SECONDS
    house.clock.pump([0.5] * round(2 * last_chance))
    assert len(house.dials) == 1
    house.clock.pump([0.5] * 3)
    assert len(house.dials) == 2
    line = house.accept()
    if house.tools:
        house.agent.tool_output("call_1", "yes")
        assert line.sent[-2]["item"]["output"] == "yes"
    else:
        assert line.types()[-1] == "response.create"
    assert house.failures == []


def test_the_moment_after_the_answer_is_quiet() -> None:
    house = an_old_session()
    house.response()
    house.clock.advance(1)
    assert len(house.dials) == 1
    house.done()
    house.clock.advance(ROLLOVER_LOOK_SECONDS)
    assert len(house.dials) == 2


def test_what_is_still_played_is_heard_out() -> None:
    house = an_old_session()
    stream = house.with_a_visitor()
    stream.play("a", bytes(960 * 100))
    stream.end_item("a")
    house.clock.pump([0.02] * 60)
    assert len(house.dials) == 1
    house.clock.pump([0.02] * 80)
    assert len(house.dials) == 2
    house.agent.close()
    house.media.stopService()


@pytest.mark.parametrize("set_up", [False, True])
def test_a_visitor_who_speaks_meanwhile_stays_with_the_old_session(set_up: bool) -> None:
    house = an_old_session()
    house.clock.advance(1)
    if set_up:
        line = house.take()
        house.hear({"type": "session.created", "session": {}})
    house.hear({"type": "input_audio_buffer.speech_started", "item_id": "v"}, dial=0)
    if not set_up:
        line = house.take()
    else:
        house.set_up(line)
    assert line.closed
    assert not house.line.closed
    house.hear({"type": "response.created", "response": {"id": "r"}}, dial=0)
    house.hear({"type": "response.done", "response": {"id": "r", "status": "completed"}}, dial=0)
    house.clock.advance(ROLLOVER_AGAIN_SECONDS)
    assert len(house.dials) == 3


def test_a_new_session_that_is_refused_leaves_the_old_one_and_is_tried_again() -> None:
    house = an_old_session()
    house.clock.advance(1)
    house.dials[-1][1].errback(UpgradeRefused("server", 503))
    assert not house.line.closed
    house.clock.advance(ROLLOVER_AGAIN_SECONDS)
    assert len(house.dials) == 3
    house.accept()
    assert house.line.closed
    assert house.failures == []


def test_a_new_session_that_never_gets_ready_leaves_the_old_one() -> None:
    house = an_old_session()
    house.clock.advance(1)
    line = house.take()
    house.clock.advance(REALTIME_CONNECT_SECONDS)
    assert line.closed
    assert not house.line.closed


def test_an_old_session_that_is_lost_meanwhile_is_opened_again_as_ever() -> None:
    house = an_old_session()
    house.clock.advance(1)
    beside = house.take()
    house.dials[0][0].connection_lost(DROPPED)
    house.clock.advance(0)
    assert beside.closed
    assert "Ruiz" in str(house.accept().sent)
    assert house.failures == []


def test_what_both_sessions_cost_adds_up() -> None:
    house = an_old_session()
    usage = {"usage": {"input_tokens": 10, "output_tokens": 5}}
    house.response()
    house.done(**usage)
    house.clock.advance(1)
    house.accept()
    once = house.agent.usage
    house.response("s")
    house.done("s", **usage)
    assert house.agent.usage == once + once


def test_a_call_that_ends_meanwhile_leaves_nothing() -> None:
    house = an_old_session()
    house.clock.advance(1)
    beside = house.take()
    house.agent.close()
    assert beside.closed
    assert house.clock.getDelayedCalls() == []


def test_the_next_session_gets_old_too() -> None:
    house = an_old_session()
    house.clock.advance(1)
    house.accept()
    house.clock.advance(OLD)
    assert len(house.dials) == 3

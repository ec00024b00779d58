"""A Realtime session that breaks in mid-call: the agent stays, or fails in time."""

from __future__ import annotations

import pytest
from call.agent_house import House
from call.stage import Line

from portero.limits import (
    AGENT_AWAY_SECONDS,
    REALTIME_BACKOFF_SECONDS,
    REALTIME_RECONNECT_SECONDS,
    REALTIME_SETTLED_SECONDS,
)
from portero.realtime.client import Lost
from portero.realtime.errors import UpgradeRefused


def test_a_dropped_connection_is_replaced_at_once_and_told_what_was_said() -> None:
    house = House()
    house.visitor_says("Busco a la familia Ruiz.")
    house.lose()
    line = house.accept()
    assert "Ruiz" in str(line.sent)
    assert house.failures == []


def test_a_running_tool_answers_to_the_new_session() -> None:
    house = House()
    call = {"call_id": "call_1", "name": "check_visitor", "arguments": "{}", "response_id": "r"}
    house.hear({"type": "response.function_call_arguments.done", "item_id": "i", **call})
    house.lose()
    line = house.accept()
    house.agent.tool_output("call_1", "yes")
    assert house.tools == ["call_1"]
    assert line.sent[-2]["item"]["output"] == "yes"
    assert line.types()[-1] == "response.create"


def test_a_key_that_is_refused_is_not_tried_again() -> None:
    house = House()
    house.lose(Lost.by(3000, "invalid_request_error.invalid_api_key"))
    assert (house.failures, len(house.dials)) == (["realtime_lost"], 1)


def test_a_session_at_its_end_is_replaced_and_heard_no_more() -> None:
    house = House()
    house.hear({"type": "error", "error": {"code": "session_expired", "message": "60 minutes"}})
    house.clock.advance(0)
    assert house.line.closed
    house.accept()
    house.hear({"type": "error", "error": {"code": "insufficient_quota", "message": ""}}, dial=0)
    assert house.failures == []


def test_the_tries_are_counted_and_spaced() -> None:
    house = House(reconnects=2)
    house.lose()
    house.dials[-1][1].errback(UpgradeRefused("server", 503))
    assert len(house.dials) == 2
    house.clock.advance(REALTIME_BACKOFF_SECONDS)
    assert len(house.dials) == 3
    house.dials[-1][1].errback(UpgradeRefused("server", 503))
    assert house.failures == ["realtime_unreachable"]
    house.agent.close()
    assert house.clock.getDelayedCalls() == []


def test_a_server_that_has_had_too_much_is_left_alone_as_long_as_it_says() -> None:
    house = House()
    house.response()
    error = {"code": "rate_limit_exceeded", "message": "Please try again in 1.5s."}
    house.done(status="failed", status_details={"error": error})
    house.clock.advance(1.4)
    assert house.line.types()[-1] != "response.create"
    house.clock.advance(0.2)
    assert house.line.types()[-1] == "response.create"
    assert house.failures == []


def test_a_call_that_ends_in_such_a_pause_leaves_nothing() -> None:
    house = House()
    house.response()
    house.done(status="failed", status_details={"error": {"code": "rate_limit_exceeded"}})
    house.agent.close()
    assert house.clock.getDelayedCalls() == []


def test_a_server_that_drops_every_session_is_given_up() -> None:
    house = House(reconnects=2)
    for _ in range(2):
        house.lose()
        house.clock.advance(REALTIME_BACKOFF_SECONDS)
        house.accept()
    house.lose()
    assert (house.failures, len(house.dials)) == (["realtime_lost"], 3)


def test_a_session_that_has_lasted_gives_all_tries_back() -> None:
    house = House(reconnects=1)
    for _ in range(3):
        house.lose()
        house.accept()
        house.clock.advance(REALTIME_SETTLED_SECONDS)
    assert (house.failures, len(house.dials)) == ([], 4)


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_that_lasts_ends_the_tries(status: int) -> None:
    house = House()
    house.lose()
    house.dials[-1][1].errback(UpgradeRefused("server", status))
    assert house.failures == ["realtime_unreachable"]


def test_a_server_that_does_not_answer_is_waited_for_only_so_long() -> None:
    house = House()
    house.lose()
    house.clock.advance(REALTIME_RECONNECT_SECONDS)
    assert house.failures == ["realtime_lost"]
    house.agent.close()
    assert house.clock.getDelayedCalls() == []


def test_no_sound_of_the_visitor_before_the_session_knows_the_conversation() -> None:
    house = House()
    house.lose()
    line = Line()
    house.dials[-1][1].callback(line)
    house.agent.append(bytes(960))
    assert line.appended == 0


def test_a_gap_is_not_silent_for_long_and_the_tone_ends_with_it() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.lose()
    assert house.heard(stream, AGENT_AWAY_SECONDS - 0.1) == 0
    assert house.heard(stream, 0.5) > 0
    house.accept()
    assert house.heard(stream, 3.0) == 0
    house.media.stopService()


def test_a_short_gap_is_not_heard() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.lose()
    house.heard(stream, AGENT_AWAY_SECONDS / 2)
    house.accept()
    assert house.heard(stream, 3.0) == 0
    house.media.stopService()


def test_the_tone_goes_on_until_an_answer_that_is_owed_is_heard() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.visitor_says("Busco a la familia Ruiz.")
    house.response()
    house.lose()
    house.heard(stream, AGENT_AWAY_SECONDS)
    house.accept()
    assert house.heard(stream, 3.0) > 0
    house.sound(bytes(960))
    assert house.heard(stream, 3.0) == 1
    house.media.stopService()


def test_what_was_cut_off_by_the_loss_is_played_to_its_end() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.response()
    house.sound(bytes(960 * 10 + 100), ends=False)
    house.lose()
    assert house.heard(stream, 1.0) == 11
    assert not stream.playing
    house.agent.close()
    house.media.stopService()


def test_a_call_that_is_over_dials_no_more() -> None:
    house = House()
    house.lose()
    house.agent.close()
    house.clock.advance(REALTIME_RECONNECT_SECONDS)
    assert (len(house.dials), house.failures) == (2, [])

"""Failed responses and errors: the visitor is never left in silence."""

from __future__ import annotations

import pytest
import realtime_wire as wire
from realtime_wire import Talk, sound

from portero.limits import RATE_LIMIT_SECONDS, RATE_LIMIT_SECONDS_MAX
from portero.realtime import conversation as talk


def failures(orders: list[talk.Order]) -> list[tuple[str, bool]]:
    return [(order.code, order.fatal) for order in orders if isinstance(order, talk.Failed)]


def limited(response_id: str, message: str | None) -> wire.Wire:
    error = {"type": "tokens", "code": "rate_limit_exceeded", "message": message}
    details = {"type": "failed", "error": error}
    return wire.ended(response_id, "failed", status_details=details)


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit reached on tokens per min. Please try again in 1.5s.", 1.5),
        ("Please try again in 300ms.", 0.3),
        ("Too many requests", RATE_LIMIT_SECONDS),
        (None, RATE_LIMIT_SECONDS),
    ],
)
def test_a_rate_limit_is_waited_for(message: str | None, seconds: float) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(limited("resp_1", message), odd=message is None)
    assert talk.Wait(seconds) in orders
    assert opened.conversation.responding
    assert opened.sent_types() == []
    opened.check(opened.conversation.go_on())
    assert opened.sent_types() == ["response.create"]


def test_when_a_limit_is_reset_counts_where_the_refusal_does_not_say() -> None:
    opened = Talk.open()
    limits = [{"name": "requests", "limit": 9, "remaining": 0, "reset_seconds": 2.5}]
    opened.server({"type": "rate_limits.updated", "rate_limits": limits})
    opened.server(*wire.turn(), wire.began())
    assert talk.Wait(2.5) in opened.server(limited("resp_1", "Too many requests"))


@pytest.mark.parametrize("wait", [f"{RATE_LIMIT_SECONDS_MAX + 0.1}s", "1m", "1m2.5s"])
def test_nobody_is_left_waiting_for_a_far_rate_limit(wait: str) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(limited("resp_1", f"Please try again in {wait}."))
    assert failures(orders) == [("rate_limit_exceeded", True)]
    assert not any(isinstance(order, talk.Wait) for order in orders)


@pytest.mark.parametrize("code", ["server_error"])
def test_silence_without_an_error(code: str) -> None:
    """A failed response is asked for once more; then the visitor goes to somebody else."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(wire.failed("resp_1", code))
    assert failures(orders) == [(code, False)]
    assert talk.ResponseDone("turn", "failed") in orders
    assert opened.sent_types() == ["response.create"]
    opened.server(wire.began("resp_2", "turn"))
    assert failures(opened.server(wire.failed("resp_2", code, "turn"))) == [(code, True)]
    assert opened.sent_types() == []


def test_a_later_failure_has_its_own_second_try() -> None:
    opened = Talk.open()
    for number in (1, 3):
        opened.server(*wire.turn(f"item_U{number}"), wire.began(f"resp_{number}"))
        opened.server(wire.failed(f"resp_{number}", "server_error"))
        assert opened.sent_types() == ["response.create"]
        opened.server(wire.began(f"resp_{number + 1}", "turn"))
        opened.server(wire.ended(f"resp_{number + 1}", purpose="turn"))


def test_what_we_wanted_said_is_asked_for_again() -> None:
    opened = Talk.open()
    opened.say("guard")
    opened.server(wire.began("resp_1", "guard"), wire.failed("resp_1", "server_error", "guard"))
    first, second = opened.sent
    assert first["response"] == second["response"]


def test_the_second_try_is_dropped_when_the_visitor_has_gone_on() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.speech_started("item_U2", 5000))
    opened.server(wire.failed("resp_1", "server_error"))
    opened.server(wire.speech_stopped("item_U2", 6000), wire.committed("item_U2"))
    opened.server(wire.began("resp_2"), wire.ended("resp_2"))
    assert opened.sent_types() == []


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "billing_hard_limit_reached", "account_deactivated", "other"]
)
def test_a_response_that_fails_for_good_is_not_tried_again(code: str) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    assert failures(opened.server(wire.failed("resp_1", code))) == [(code, True)]
    assert opened.sent_types() == []


def test_no_credit_is_no_passing_fault_whatever_its_type() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    error = {"type": "server_error", "code": "insufficient_quota"}
    details = {"type": "failed", "error": error}
    orders = opened.server(wire.ended(status="failed", status_details=details))
    assert failures(orders) == [("insufficient_quota", True)]


@pytest.mark.parametrize("details", [None, "broken", {"error": "broken"}, {"error": {"code": 5}}])
def test_a_failure_without_a_proper_reason(details: object) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(wire.ended(status="failed", status_details=details), odd=True)
    assert [fatal for _, fatal in failures(orders)] == [True]


def test_an_incomplete_answer_that_had_no_sound() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    details = {"type": "incomplete", "reason": "content_filter"}
    orders = opened.server(wire.ended(status="incomplete", status_details=details))
    assert failures(orders) == [("mute_response", False)]
    assert opened.sent_types() == ["response.create"]


def test_an_incomplete_answer_that_was_heard_is_an_answer() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.delta("item_A", sound(20)))
    details = {"type": "incomplete", "reason": "max_output_tokens"}
    assert failures(opened.server(wire.ended(status="incomplete", status_details=details))) == []


@pytest.mark.parametrize(
    "code",
    [
        "invalid_api_key",
        "insufficient_quota",
        "account_deactivated",
        "billing_hard_limit_reached",
        "beta_api_shape_disabled",
    ],
)
def test_fatal_errors(code: str) -> None:
    assert failures(Talk.open().server(wire.error(code))) == [(code, True)]


def test_call_dies_at_60_minutes() -> None:
    assert failures(Talk.open().server(wire.error("session_expired"))) == [
        ("session_expired", True)
    ]


@pytest.mark.parametrize("named", [True, False])
def test_an_error_instead_of_the_response_that_we_asked_for(named: bool) -> None:
    opened = Talk.open()
    opened.say("guard")
    event_id = opened.sent[-1]["event_id"] if named else None
    assert failures(opened.server(wire.error("server_error", event_id, "server_error"))) == [
        ("server_error", False)
    ]
    assert opened.sent_types() == ["response.create"] * 2


def test_a_response_that_the_server_will_not_make() -> None:
    opened = Talk.open()
    opened.say("guard")
    refused = wire.error("invalid_value", opened.sent[-1]["event_id"])
    assert failures(opened.server(refused)) == [("invalid_value", True)]
    assert not opened.conversation.responding


def test_an_error_beside_a_failed_response_is_not_counted_twice() -> None:
    """They come some 50 ms apart (reference 4.6)."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    assert failures(opened.server(wire.error("server_error", None, "server_error"))) == []
    assert failures(opened.server(wire.failed("resp_1", "server_error"))) == [
        ("server_error", False)
    ]
    assert opened.sent_types() == ["response.create"]


def test_an_error_with_nothing_but_its_type_and_message() -> None:
    bare = {"type": "error", "error": {"type": "server_error", "message": "?", "code": None}}
    (order,) = Talk.open().server(bare)
    assert isinstance(order, talk.Noticed)

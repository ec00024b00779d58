"""AMI sessions: login, answers, lists, events, and every way to end."""

from __future__ import annotations

from typing import Any

import pytest
from ami_side import BANNER, CHALLENGE, KEY, SECRET, ManagerSide, open_session, session

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogLevel, capturedLogs

from portero.asterisk.amiwire import Message
from portero.asterisk.error import (
    AMIBadBanner,
    AMICommandFailure,
    AMIDisconnected,
    AMILoginRefused,
    AMIPermissionDenied,
    AMITimeout,
)
from portero.asterisk.manager import AMIFactory
from portero.limits import (
    AMI_ACTIONS_IN_FLIGHT,
    AMI_LIST_SECONDS,
    AMI_LISTED_EVENTS,
    AMI_LOGIN_SECONDS,
    AMI_LOGOFF_SECONDS,
    AMI_PING_SECONDS,
    AMI_PINGS_MISSED,
    AMI_RESPONSE_SECONDS,
    AMI_RING_SECONDS,
)


def outcome(deferred: Deferred[Any]) -> Any:
    """The result, or the exception; fails where it has not fired."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    return getattr(results[0], "value", results[0])


def end(side: ManagerSide) -> None:
    """Close the connection; nothing may be left of it."""
    side.hangs_up()
    assert outcome(side.ami.onClose()) is None
    side.clock.advance(0)
    assert side.clock.getDelayedCalls() == []


# -- logging in


def test_login_by_challenge_never_sends_the_secret() -> None:
    side = session()
    logged_in = side.ami.when_logged_in()
    assert side.wire.value() == b""
    side.says(BANNER)
    challenge = side.reads_one("Challenge")
    assert challenge["AuthType"] == "MD5"
    side.answers(challenge, "Response: Success", f"Challenge: {CHALLENGE}")
    assert SECRET.encode() not in side.wire.value()
    login = side.reads_one("Login")
    assert (login["Username"], login["AuthType"], login["Key"]) == ("portero", "MD5", KEY)
    assert not logged_in.called
    side.answers(login, "Response: Success")
    assert outcome(logged_in) is side.ami
    assert side.ami.amiVersion == "11.0.0"
    end(side)


def test_plain_login_waits_for_the_banner() -> None:
    side = session(plaintext=True)
    assert side.wire.value() == b""
    side.says(BANNER[:-1])
    assert side.wire.value() == b""
    side.says(BANNER[-1:])
    login = side.reads_one("Login")
    assert login["Secret"] == SECRET
    side.answers(login, "Response: Success")
    assert outcome(side.ami.when_logged_in()) is side.ami
    end(side)


@pytest.mark.parametrize("plaintext", [False, True])
@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"220 mail ready\r\n"])
def test_another_server_gets_neither_user_nor_secret(banner: bytes, plaintext: bool) -> None:
    side = session(plaintext=plaintext)
    logged_in = side.ami.when_logged_in()
    side.says(banner)
    side.clock.advance(0)
    error = outcome(logged_in)
    assert type(error) is AMIBadBanner
    assert banner[:3].decode() in str(error)
    assert side.wire.value() == b""
    end(side)


def test_a_refused_login_says_why_and_closes() -> None:
    side = session()
    side.refuses()
    side.clock.advance(0)
    error = outcome(side.ami.when_logged_in())
    assert type(error) is AMILoginRefused
    assert "Authentication failed" in str(error)
    assert SECRET not in str(error)
    end(side)


@pytest.mark.parametrize("silent_from", ["banner", "challenge", "login"])
def test_a_login_that_is_not_answered_is_given_up(silent_from: str) -> None:
    side = session()
    if silent_from != "banner":
        side.says(BANNER)
    if silent_from == "login":
        challenge = side.reads_one("Challenge")
        side.answers(challenge, "Response: Success", f"Challenge: {CHALLENGE}")
    side.clock.pump([AMI_LOGIN_SECONDS / 4] * 5)
    assert type(outcome(side.ami.when_logged_in())) is AMITimeout
    end(side)


def test_a_connection_lost_while_logging_in_fails_the_login() -> None:
    side = session()
    logged_in = side.ami.when_logged_in()
    side.says(BANNER)
    side.hangs_up()
    assert type(outcome(logged_in)) is AMIDisconnected
    end(side)


def test_a_login_that_nobody_wants_any_more_is_dropped() -> None:
    side = session()
    logged_in = side.ami.when_logged_in()
    logged_in.cancel()
    side.clock.advance(0)
    assert isinstance(outcome(logged_in), CancelledError)
    end(side)


def test_the_secret_is_in_no_log_and_no_repr() -> None:
    with capturedLogs() as logs:
        side = session(plaintext=True)
        side.says(BANNER)
        login = side.reads_one("Login")
        side.answers(login, "Response: Error", "Message: no")
        end(side)
        side.ami.action("Ping").addErrback(lambda failure: None)
    shown = [repr(logs), repr(side.ami), repr(vars(side.ami)), repr(vars(side.ami.factory))]
    assert not any(SECRET in text for text in shown)


def test_a_secret_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="CR, LF or NUL") as refusal:
        AMIFactory("portero", f"{SECRET}\r\nAction: Command", reactor=Clock())
    assert SECRET not in str(refusal.value)


def test_starpys_login_connects_and_logs_in() -> None:
    reactor = MemoryReactorClock()
    logging_in = AMIFactory("u", "s", id="x", reactor=reactor).login("192.0.2.1", 5039, timeout=3)
    host, port, factory, timeout, _ = reactor.tcpClients[0]
    assert (host, port, timeout) == ("192.0.2.1", 5039, 3)
    protocol = factory.buildProtocol(None)
    side = ManagerSide(protocol._wrappedProtocol, reactor)
    protocol.makeConnection(side.wire)
    side.says(BANNER)
    side.answers(side.reads_one("Login"), "Response: Success")
    ami = outcome(logging_in)
    assert ami.id == "x"
    end(side)


# -- answers


def test_answers_find_their_actions_in_any_order() -> None:
    side = open_session()
    first, second = side.ami.getVar("SIP/1", "A"), side.ami.getVar(None, "B")
    one, two = side.reads()
    assert (one["Channel"], one["Variable"]) == ("SIP/1", "A")
    assert "Channel" not in two
    side.answers(two, "Response: Success", "Variable: B", "Value: 2")
    side.answers(one, "Response: Success", "Variable: A", "Value: ")
    assert (outcome(first), outcome(second)) == ("", "2")
    end(side)


def test_an_event_with_the_id_does_not_answer() -> None:
    side = open_session()
    answer = side.ami.action("Redirect", Channel="SIP/1")
    action = side.reads_one("Redirect")
    side.answers(action, "Event: Newexten", "Response: Success")
    assert not answer.called
    side.answers(action, "Response: Success")
    assert outcome(answer)["response"] == "Success"
    end(side)


@pytest.mark.parametrize(
    ("message", "kind"),
    [("No such channel", AMICommandFailure), ("Permission denied", AMIPermissionDenied)],
)
def test_a_refused_action_fails_with_asterisks_words(message: str, kind: type) -> None:
    side = open_session()
    answer = side.ami.hangup("SIP/1")
    side.answers(side.reads_one("Hangup"), "Response: Error", f"Message: {message}")
    error = outcome(answer)
    assert type(error) is kind
    assert str(error) == f"Hangup: {message}"
    assert error.response["message"] == message
    end(side)


def test_an_action_without_answer_fails_in_time_and_a_late_answer_is_nothing() -> None:
    side = open_session()
    late, following = side.ami.hangup("SIP/1"), side.ami.ping()
    hangup, ping = side.reads()
    side.answers(ping, "Response: Success", "Ping: Pong")
    side.clock.advance(AMI_RESPONSE_SECONDS)
    assert type(outcome(late)) is AMITimeout
    side.answers(hangup, "Response: Success")
    assert outcome(following)["ping"] == "Pong"
    end(side)


def test_a_cancelled_action_leaves_nothing() -> None:
    side = open_session()
    answer = side.ami.hangup("SIP/1")
    answer.cancel()
    side.answers(side.reads_one("Hangup"), "Response: Success")
    assert isinstance(outcome(answer), CancelledError)
    end(side)


@pytest.mark.parametrize("waiting", [0, 1, 5])
def test_what_is_in_flight_fails_at_once_when_the_session_ends(waiting: int) -> None:
    side = open_session()
    answers = [side.ami.originate("SIP/1", nowait=bool(n % 2)) for n in range(waiting)]
    assert len(side.reads()) == waiting
    end(side)
    assert [type(outcome(answer)) for answer in answers] == [AMIDisconnected] * waiting
    assert type(outcome(side.ami.ping())) is AMIDisconnected
    assert side.reads() == []


def test_callbacks_at_the_end_may_start_new_actions() -> None:
    side = open_session()
    seen: list[Any] = []
    for _ in range(3):
        side.ami.ping().addErrback(lambda _: side.ami.ping()).addErrback(
            lambda failure: seen.append(failure.type)
        )
    end(side)
    assert seen == [AMIDisconnected] * 3


def test_more_actions_than_may_be_in_flight_fail_at_once() -> None:
    side = open_session()
    answers = [side.ami.ping() for _ in range(AMI_ACTIONS_IN_FLIGHT)]
    assert type(outcome(side.ami.ping())) is AMICommandFailure
    end(side)
    assert all(isinstance(outcome(answer), AMIDisconnected) for answer in answers)


def test_a_value_that_cannot_be_sent_is_refused_before_anything_is() -> None:
    side = open_session()
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        side.ami.setVar("SIP/1", "X", "1\r\nAction: Command")
    assert side.wire.value() == b""
    end(side)


# -- lists


def list_channels(*endings: str, items: int = 2) -> tuple[ManagerSide, Deferred[list[Message]]]:
    side = open_session()
    listing = side.ami.coreShowChannels()
    action = side.reads_one("CoreShowChannels")
    side.answers(action, "Response: Success", "EventList: start", "Message: Channels will follow")
    for n in range(items):
        side.answers(action, "Event: CoreShowChannel", f"Channel: SIP/{n}")
        side.says(b"Event: Newchannel\r\nChannel: SIP/other\r\n\r\n")
    side.answers(action, "Event: CoreShowChannelsComplete", *endings)
    return side, listing


def test_a_list_is_its_own_events_only() -> None:
    side, listing = list_channels("EventList: Complete", "ListItems: 2")
    assert [message["channel"] for message in outcome(listing)] == ["SIP/0", "SIP/1"]
    end(side)


def test_handlers_hear_of_the_events_of_a_list_too() -> None:
    side = open_session()
    seen: list[str] = []
    side.ami.registerEvent(None, lambda ami, event: seen.append(event["event"]))
    listing = side.ami.coreShowChannels()
    action = side.reads_one("CoreShowChannels")
    side.answers(action, "Response: Success", "EventList: start")
    side.answers(action, "Event: CoreShowChannel")
    side.answers(action, "Event: CoreShowChannelsComplete", "EventList: Complete", "ListItems: 1")
    assert seen == ["CoreShowChannel", "CoreShowChannelsComplete"]
    assert len(outcome(listing)) == 1
    end(side)


def test_an_empty_list() -> None:
    side, listing = list_channels("EventList: Complete", "ListItems: 0", items=0)
    assert outcome(listing) == []
    end(side)


def test_a_list_of_another_length_than_told_is_no_list() -> None:
    side, listing = list_channels("EventList: Complete", "ListItems: 3")
    error = outcome(listing)
    assert isinstance(error, AMICommandFailure)
    assert "2 events, Asterisk says 3" in str(error)
    end(side)


def test_a_cancelled_list_is_no_list() -> None:
    side, listing = list_channels("EventList: Cancelled")
    assert "cancelled" in str(outcome(listing))
    end(side)


def test_a_list_may_end_by_the_name_of_its_last_event() -> None:
    side, listing = list_channels()
    assert len(outcome(listing)) == 2
    end(side)


def test_a_list_that_does_not_end_is_given_up() -> None:
    side = open_session()
    listing = side.ami.coreShowChannels()
    action = side.reads_one("CoreShowChannels")
    side.answers(action, "Response: Success", "EventList: start")
    for _ in range(AMI_LISTED_EVENTS):
        side.answers(action, "Event: CoreShowChannel")
    assert "more than" in str(outcome(listing))
    end(side)


def test_a_list_that_stops_in_the_middle_fails_in_time() -> None:
    side = open_session()
    listing = side.ami.coreShowChannels()
    action = side.reads_one("CoreShowChannels")
    side.answers(action, "Response: Success", "EventList: start")
    side.clock.advance(AMI_LIST_SECONDS - 0.1)
    assert not listing.called
    side.clock.advance(0.2)
    assert type(outcome(listing)) is AMITimeout
    end(side)


def test_starpys_lists_have_response_and_last_event() -> None:
    side = open_session()
    status = side.ami.status("SIP/1")
    action = side.reads_one("Status")
    assert action["Channel"] == "SIP/1"
    side.answers(action, "Response: Success", "EventList: start")
    side.answers(action, "Event: Status", "Channel: SIP/1")
    side.answers(action, "Event: StatusComplete", "EventList: Complete", "ListItems: 1")
    messages = outcome(status)
    assert [next(iter(message.values())) for message in messages] == [
        "Success",
        "Status",
        "StatusComplete",
    ]
    end(side)


def test_two_database_values_in_flight_do_not_mix() -> None:
    side = open_session()
    first, second, missing = (side.ami.dbGet("f", key) for key in "abc")
    one, two, three = side.reads()
    for action in (one, two):
        side.answers(action, "Response: Success", "EventList: start")
    side.answers(three, "Response: Error", "Message: Database entry not found")
    for action in (two, one):
        side.answers(
            action, "Event: DBGetResponse", f"Key: {action['Key']}", f"Val: {action['Key']}"
        )
        side.answers(action, "Event: DBGetComplete", "EventList: Complete", "ListItems: 1")
    assert [outcome(first), outcome(second), outcome(missing)] == ["a", "b", None]
    end(side)


# -- actions


def test_command_gives_its_lines() -> None:
    side = open_session()
    lines = side.ami.command("core show uptime")
    action = side.reads_one("Command")
    assert action["Command"] == "core show uptime"
    output = (
        "Message: Command output follows",
        "Output: System uptime: 1 s",
        "Output: ",
        "Output: x",
    )
    side.answers(action, "Response: Success", *output)
    assert outcome(lines) == ["System uptime: 1 s", "", "x"]
    end(side)


def test_a_command_that_fails_says_why() -> None:
    side = open_session()
    lines = side.ami.command("nonsense")
    action = side.reads_one("Command")
    output = ("Message: Command output follows", "Output: No such command 'nonsense'")
    side.answers(action, "Response: Error", *output)
    assert "No such command 'nonsense'" in str(outcome(lines))
    end(side)


def ring(*, nowait: bool = False, timeout: float | None = None) -> Any:
    side = open_session()
    call = side.ami.originate(
        "PJSIP/guard",
        "from-internal",
        "100",
        1,
        timeout,
        variable={"A": "1", "B": "x=y"},
        nowait=nowait,
    )
    sent = side.wire.value()
    assert b"\r\nVariable: A=1\r\nVariable: B=x=y\r\n" in sent
    action = side.reads_one("Originate")
    assert action["Async"] == "true"
    side.answers(action, "Response: Success", "Message: Originate successfully queued")
    return side, call, action


def test_originate_waits_for_the_answer_of_the_called() -> None:
    side, call, action = ring()
    side.says(b"Event: OriginateResponse\r\nActionID: other\r\nResponse: Success\r\n\r\n")
    assert not call.called
    side.answers(action, "Event: OriginateResponse", "Response: Success", "Channel: PJSIP/guard-1")
    assert outcome(call)["channel"] == "PJSIP/guard-1"
    end(side)


def test_originate_fails_where_nobody_answers() -> None:
    side, call, action = ring()
    side.answers(action, "Event: OriginateResponse", "Response: Failure", "Reason: 3")
    assert "not answered (reason 3)" in str(outcome(call))
    end(side)


@pytest.mark.parametrize(("timeout", "rings"), [(None, AMI_RING_SECONDS), (1.5, 1.5)])
def test_originate_has_its_rings_and_a_deadline(timeout: float | None, rings: float) -> None:
    side, call, action = ring(timeout=timeout)
    assert action.get("Timeout") == (None if timeout is None else "1500")
    side.clock.advance(rings + AMI_RESPONSE_SECONDS - 0.1)
    assert not call.called
    side.clock.advance(0.2)
    assert type(outcome(call)) is AMITimeout
    end(side)


def test_originate_with_nowait_is_done_when_queued() -> None:
    side, call, _ = ring(nowait=True)
    assert outcome(call)["response"] == "Success"
    end(side)


def test_send_deferred_leaves_judging_to_the_caller() -> None:
    side = open_session()
    answer = side.ami.sendDeferred({"action": "Hangup", "channel": "SIP/1"})
    action = side.reads_one("Hangup")
    assert action["channel"] == "SIP/1"
    side.answers(action, "Response: Error", "Message: No such channel")
    response = outcome(answer)
    with pytest.raises(AMICommandFailure, match="No such channel"):
        side.ami.errorUnlessResponse(response)
    end(side)


def test_send_message_hands_over_what_answers_it() -> None:
    side = open_session()
    seen: list[Message] = []
    action_id = side.ami.sendMessage([("Action", "Status"), ("actionid", "mine")], seen.append)
    assert action_id == "mine"
    action = side.reads_one("Status")
    assert action["ActionID"] == "mine"
    side.answers(action, "Response: Success", "EventList: start")
    side.answers(action, "Event: Status")
    side.answers(action, "Event: StatusComplete", "EventList: Complete")
    side.answers(action, "Event: Status")
    assert len(seen) == 3
    assert side.ami.userEvent("Opened", Gate="main") == side.reads_one("UserEvent")["ActionID"]
    end(side)


def test_a_callback_that_fails_is_logged_and_the_session_stays() -> None:
    side = open_session()
    side.ami.sendMessage({"action": "Ping"}, lambda message: 1 // 0)
    with capturedLogs() as logs:
        side.answers(side.reads_one("Ping"), "Response: Success")
    assert [event["log_failure"].type for event in logs] == [ZeroDivisionError]
    later = side.ami.ping()
    side.answers(side.reads_one("Ping"), "Response: Success")
    assert later.called
    end(side)


@pytest.mark.parametrize("message", [{}, {"channel": "x"}, [("Action", "a"), ("action", "b")]])
def test_a_message_without_one_action_is_refused(message: Any) -> None:
    side = open_session()
    with pytest.raises(ValueError, match="one header `action`"):
        side.ami.sendDeferred(message)
    end(side)


# -- events


def test_handlers_of_a_name_of_names_and_of_all() -> None:
    side = open_session()
    seen: list[tuple[str, str]] = []
    side.ami.registerEvent("Hangup", lambda ami, event: seen.append(("one", event["event"])))
    side.ami.registerEvent(
        ("Hangup", "Bridge"), lambda ami, event: seen.append(("two", event["x"]))
    )
    side.ami.registerEvent(None, lambda ami, event: seen.append(("all", ami.amiVersion)))
    side.says(b"Event: Hangup\r\nX: 1\r\n\r\nEvent: Bridge\r\nX: 2\r\n\r\nEvent: Other\r\n\r\n")
    all_of_them = ("all", "11.0.0")
    assert seen == [
        ("one", "Hangup"),
        ("two", "1"),
        all_of_them,
        ("two", "2"),
        all_of_them,
        all_of_them,
    ]
    end(side)


def test_a_handler_that_fails_is_logged_and_the_others_hear() -> None:
    side = open_session()
    seen: list[Message] = []
    side.ami.registerEvent("Hangup", lambda ami, event: event["nothing"])
    side.ami.registerEvent("Hangup", lambda ami, event: seen.append(event))
    with capturedLogs() as logs:
        side.says(b"Event: Hangup\r\n\r\n")
    assert len(seen) == 1
    assert [event["log_level"] for event in logs if "log_failure" in event] == [LogLevel.critical]
    end(side)


def test_a_handler_may_leave_while_it_is_called() -> None:
    side = open_session()
    seen: list[str] = []

    def once(ami: Any, event: Message) -> None:
        seen.append("once")
        assert ami.deregisterEvent("Hangup", once)

    side.ami.registerEvent("Hangup", once)
    side.ami.registerEvent("Hangup", lambda ami, event: seen.append("always"))
    side.says(b"Event: Hangup\r\n\r\n" * 2)
    assert seen == ["once", "always", "always"]
    assert not side.ami.deregisterEvent("Hangup", once)
    assert side.ami.deregisterEvent("Hangup")
    assert not side.ami.deregisterEvent("Hangup")
    assert not side.ami.deregisterEvent(("Hangup", "Other"))
    end(side)


# -- alive, and the ends


def test_pings_that_are_answered_keep_the_session() -> None:
    side = open_session()
    for _ in range(10):
        side.clock.advance(AMI_PING_SECONDS)
        side.answers(side.reads_one("Ping"), "Response: Success", "Ping: Pong")
    end(side)


def test_a_silent_asterisk_is_dropped_after_missed_pings() -> None:
    side = open_session()
    in_flight = side.ami.originate("SIP/1", timeout=1000)
    for _ in range(AMI_PINGS_MISSED + 1):
        assert not in_flight.called
        side.clock.advance(AMI_PING_SECONDS)
    side.clock.advance(0)
    assert "2 pings without an answer" in str(outcome(in_flight))
    end(side)


def test_bytes_without_end_drop_the_session() -> None:
    side = open_session()
    ping = side.ami.ping()
    for _ in range(40):
        side.says(b"x" * 50_000)
    side.clock.advance(0)
    assert "more than" in str(outcome(ping))
    end(side)


def test_close_says_goodbye_first() -> None:
    side = open_session()
    closed = side.ami.close()
    side.answers(side.reads_one("Logoff"), "Response: Goodbye", "Message: Thanks for all the fish.")
    side.clock.advance(0)
    assert outcome(closed) is None
    end(side)


def test_close_does_not_wait_for_a_goodbye_that_does_not_come() -> None:
    side = open_session()
    closed, again = side.ami.close(), side.ami.close()
    side.clock.advance(AMI_LOGOFF_SECONDS)
    side.clock.advance(0)
    assert outcome(closed) is None
    assert outcome(again) is None
    end(side)


def test_close_before_login_only_hangs_up() -> None:
    side = session()
    closed = side.ami.close()
    side.clock.advance(0)
    assert outcome(closed) is None
    assert side.reads() == []
    end(side)

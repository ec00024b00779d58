"""The AMI of the stand-in against what Asterisk 22.10.1 sent for the same actions."""

from __future__ import annotations

import hashlib

import pytest
from phone_bench import Door

DIAL = 'EXEC Dial "UnicastRTP/127.0.0.1:21000/c(slin16),30,g"'


def test_the_banner_comes_first_and_bare_newlines_are_taken() -> None:
    manager = Door().manager()
    assert manager.banner == "Asterisk Call Manager/11.0.0\r\n"
    manager.session.dataReceived(b"Action: Login\nUsername: portero\nSecret: golden\n\n")
    assert manager.read() == "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"


def test_a_wrong_secret_is_refused_after_a_second() -> None:
    door = Door()
    manager = door.manager()
    assert manager.act("Action: Login", "Username: portero", "Secret: bad", "ActionID: 2") == ""
    door.reactor.advance(1)
    assert manager.read() == (
        "Response: Error\r\nActionID: 2\r\nMessage: Authentication failed\r\n\r\n"
    )
    assert manager.wire.disconnecting


def test_a_login_by_md5_answers_the_challenge() -> None:
    manager = Door().manager()
    challenge = manager.act("Action: Challenge", "AuthType: MD5", "ActionID: c")
    assert challenge.startswith("Response: Success\r\nActionID: c\r\nChallenge: ")
    key = hashlib.md5((challenge.split()[-1] + "golden").encode()).hexdigest()
    answer = manager.act("Action: Login", "Username: portero", "AuthType: MD5", f"Key: {key}")
    assert answer == "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"


def test_a_key_without_a_challenge_proves_nothing() -> None:
    door = Door()
    manager = door.manager()
    key = hashlib.md5(b"golden").hexdigest()
    assert manager.act("Action: Login", "Username: portero", "AuthType: MD5", f"Key: {key}") == ""
    door.reactor.advance(1)
    assert "Authentication failed" in manager.read()


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        (["Action: Nope"], "Error\r\nActionID: 4\r\nMessage: Invalid/unknown command: Nope. "
         "Use Action: ListCommands to show available commands."),
        (["Foo: x"], "Error\r\nActionID: 4\r\nMessage: Missing action in request"),
        (["Action: Originate", "Channel: Local/x@y"],
         "Error\r\nActionID: 4\r\nMessage: Permission denied"),
        (["Action: Getvar", "Channel: nix", "Variable: X"],
         "Error\r\nActionID: 4\r\nMessage: No such channel"),
        (["Action: Getvar", "Variable: X"], "Success\r\nActionID: 4\r\nVariable: X\r\nValue: "),
        (["Action: Getvar"], "Error\r\nActionID: 4\r\nMessage: No variable specified"),
        (["Action: Setvar", "Channel: nix", "Variable: a", "Value: b"],
         "Error\r\nActionID: 4\r\nMessage: No such channel"),
        (["Action: Hangup", "Channel: nix"], "Error\r\nActionID: 4\r\nMessage: No such channel"),
        (["Action: Redirect", "Channel: nix", "Context: guard", "Exten: 9000"],
         "Error\r\nActionID: 4\r\nMessage: Channel does not exist: nix"),
        (["Action: Events", "EventMask: off"], "Success\r\nActionID: 4\r\nEvents: Off"),
        (["Action: Events", "EventMask: call"], "Success\r\nActionID: 4\r\nEvents: On"),
        (["Action: Logoff"], "Goodbye\r\nActionID: 4\r\nMessage: Thanks for all the fish."),
    ],
)  # fmt: skip
def test_an_action_is_answered_as_asterisk_answers_it(action: list[str], answer: str) -> None:
    manager = Door().manager()
    manager.login()
    assert manager.act(*action, "ActionID: 4") == f"Response: {answer}\r\n\r\n"


def test_nothing_works_before_the_login() -> None:
    manager = Door().manager()
    assert manager.act("Action: Ping", "ActionID: 1") == (
        "Response: Error\r\nActionID: 1\r\nMessage: Permission denied\r\n\r\n"
    )


def test_ping_tells_the_time() -> None:
    door = Door()
    manager = door.manager()
    manager.login()
    door.reactor.advance(12.5)
    assert manager.act("Action: Ping", "ActionID: 3") == (
        "Response: Success\r\nActionID: 3\r\nPing: Pong\r\nTimestamp: 12.500000\r\n\r\n"
    )


def test_a_leg_tells_its_port_and_can_be_hung_up_with_the_least_rights() -> None:
    door = Door()
    manager = door.manager()
    manager.login()
    door.ask(DIAL)
    events = manager.read().split("\r\n\r\n")
    assert [event.split("\r\n")[0] for event in events[:-1]] == [
        "Event: Newchannel",
        "Event: DialBegin",
        "Event: DialEnd",
        "Event: Newstate",
    ]
    begin = next(event for event in events if event.startswith("Event: DialBegin"))
    fields = dict(line.split(": ", 1) for line in begin.split("\r\n"))
    assert fields["Uniqueid"] == door.visit.channel.unique_id
    assert fields["DestChannel"].startswith("UnicastRTP/127.0.0.1:21000-0x")
    assert fields["DialString"] == "127.0.0.1:21000/c(slin16)"
    leg = fields["DestChannel"]
    assert manager.act(
        "Action: Getvar", f"Channel: {leg}", "Variable: UNICASTRTP_LOCAL_PORT", "ActionID: g"
    ) == ("Response: Success\r\nActionID: g\r\nVariable: UNICASTRTP_LOCAL_PORT\r\n"
          "Value: 20480\r\n\r\n")  # fmt: skip
    answer = manager.act("Action: Hangup", f"Channel: {leg}", "ActionID: h")
    assert answer.startswith(
        "Response: Success\r\nActionID: h\r\nMessage: Channel Hungup\r\n\r\nEvent: Hangup\r\n"
    )
    assert answer.endswith("Cause: 16\r\nCause-txt: Normal Clearing\r\n\r\n")
    assert door.read() == "200 result=0\n"


def test_the_channels_come_as_a_list_with_its_length() -> None:
    door = Door()
    manager = door.manager()
    manager.login()
    door.ask(DIAL)
    manager.read()
    parts = manager.act("Action: CoreShowChannels", "ActionID: 11").split("\r\n\r\n")
    assert parts[0] == (
        "Response: Success\r\nActionID: 11\r\nEventList: start\r\nMessage: Channels will follow"
    )
    assert [part.split("\r\n")[:2] for part in parts[1:3]] == [
        ["Event: CoreShowChannel", "ActionID: 11"]
    ] * 2
    assert parts[3:] == [
        "Event: CoreShowChannelsComplete\r\nActionID: 11\r\nEventList: Complete\r\nListItems: 2",
        "",
    ]


def test_events_come_by_their_class() -> None:
    door = Door()
    least, root = door.manager(), door.manager()
    least.login()
    assert "Event: FullyBooted\r\nPrivilege: system,all" in root.login("root")
    door.visit.press("5")
    assert "Event: DTMFEnd\r\nPrivilege: dtmf,all" in least.read()
    door.switchboard.tell("VarSet", "dialplan", [("Variable", "SECRET")])
    assert "VarSet" not in least.read() + root.read()


def test_list_commands_names_what_is_allowed_only() -> None:
    manager = Door().manager()
    manager.login()
    listed = manager.act("Action: ListCommands")
    assert "Ping: Keepalive command.  (Priv: <none>)\r\n" in listed
    assert (
        "Getvar: Gets a channel variable or function value.  (Priv: call,reporting,all)" in listed
    )
    assert "Originate" not in listed


def test_a_queued_originate_ends_in_its_own_event() -> None:
    manager = Door().manager()
    manager.login("root")
    answer = manager.act(
        "Action: Originate", "Channel: Local/v@visitor", "Async: true", "ActionID: o1"
    )
    assert answer.startswith(
        "Response: Success\r\nActionID: o1\r\nMessage: Originate successfully queued\r\n\r\n"
        "Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: o1\r\nResponse: Failure\r\n"
    )


def test_who_does_not_log_in_is_sent_away_after_thirty_seconds() -> None:
    door = Door()
    manager = door.manager()
    door.reactor.advance(29)
    assert not manager.wire.disconnecting
    door.reactor.advance(1)
    assert manager.wire.disconnecting
    manager.session.connectionLost()
    assert door.reactor.getDelayedCalls() == []

"""The same cases on `portero.asterisk` and, where it is installed, on StarPy.

Whoever knows StarPy finds its names, its order of arguments and its results here. Where StarPy does
something else, KNOWN_DEVIATIONS says what; those cases must fail on StarPy, so that the table
stays true. Numbers as F2 or M1 are those of agi-ami-starpy.md 1.4 and 1.5.

StarPy is on no package index. To have its half run: `pip install` a checkout of asterisk/starpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest
from asterisk.agi_side import ENVIRONMENT, AsteriskSide, factory_for, parse_args
from asterisk.ami_side import BANNER, CHALLENGE, KEY, SECRET

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

KNOWN_DEVIATIONS = {
    # AGI
    "set variable of two words": "F2: sends two empty quotes around the bare value",
    "set variable with quotes": "F2: drops the quotes from the value",
    "verbose of two words": "F3: quotes by repr(), which Asterisk does not know",
    "stream file with digits": "F3: quotes by repr(), which Asterisk does not know",
    "say digits": "F3: quotes by repr(), which Asterisk does not know",
    "playback": "F4: sends the application with its arguments as one word",
    "execute without options' delimiter": "F19: joins by |, as Asterisk 1.4 wanted it",
    "get data": "1.5 seconds become 1500.0 milliseconds",
    "wait for digit for ever": "-1, for ever, becomes -1000 milliseconds",
    "record file that can't be written": "F12: ValueError",
    "stream file that is empty": "F12: reported as a failure",
    "a line end in an argument is refused": "F5: it begins a second command",
    "a HANGUP line is no reply": "F6: it is the reply to the command in flight",
    "one command is in flight": "F7: sends at once",
    "a name in latin-1": "F9: UnicodeDecodeError",
    "a value over two lines": "F10: loses a line and the step",
    "a value without parentheses": "F10: IndexError",
    "100 Trying is no reply": "F11: it is an error, and the real reply is stray",
    "520 of several lines is one reply": "F1: each line is a reply",
    "a command after the end fails": "F13: the Deferred never fires",
    "onClose fires with None for every caller": "one Deferred for all, and it fails",
    # AMI
    "console command": "M1: waits for `Response: Follows`, which ended with Asterisk 13",
    "login by challenge": "M2: md5 of a str",
    "in flight when the connection ends": "M3, M4: the exception is a result, or nothing fires",
    "repeated headers": "M5: the last one wins",
    "a line end in a header is refused": "M6: it begins another header, or another action",
    "nothing is sent before the banner": "M9: logs in to anything",
    "an event before the response": "M10: it is taken for the response",
    "two database values in flight": "M11: each gets the other's",
    "a cancelled list": "M12: reported as a list",
    "a handler that leaves": "M13: the next handler is skipped",
    "latin-1 in a header": "M14: the connection is dropped",
    "originate with a timeout": "M15: 1500.0 milliseconds; blocks the session while it rings",
    "a refused originate names its reason": "M4: the whole message is the text",
}

LIBRARIES = ("portero", "starpy")


def modules_of(library: str) -> tuple[ModuleType, ModuleType, ModuleType]:
    """`fastagi`, `manager` and `error` of a library."""
    package = "portero.asterisk" if library == "portero" else "starpy"
    fastagi, manager, error = (
        import_module(f"{package}.{name}") for name in ("fastagi", "manager", "error")
    )
    return fastagi, manager, error


def outcome(deferred: Deferred[Any]) -> Any:
    """The result, or the exception; fails where it has not fired."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    return getattr(results[0], "value", results[0])


# -- AGI


class AGI:
    """A session of one library or the other, its environment read."""

    def __init__(self, library: str) -> None:
        self.fastagi, _, self.error = modules_of(library)
        clock = Clock()
        if library == "portero":
            factory = factory_for(lambda agi: None, clock)
        else:
            factory = self.fastagi.FastAGIFactory(lambda agi: None)
        self.side = AsteriskSide(factory, clock)
        self.agi = self.side.agi
        self.side.says(ENVIRONMENT.replace(b"\xf3", b"o"))


@dataclass(frozen=True)
class Command:
    """`words`: what Asterisk reads, parted by |. `result`: an exception's type means failure."""

    call: Callable[[Any], Deferred[Any]]
    words: str
    reply: bytes
    result: Any

    def check(self, library: str) -> None:
        on = AGI(library)
        answer = self.call(on.agi)
        (line,) = on.side.reads().splitlines()
        assert parse_args(line) == self.words.encode().split(b"|")
        on.side.says(self.reply + b"\n")
        if self.result == "AGICommandFailure":
            error = outcome(answer)
            assert isinstance(error, on.error.AGICommandFailure)
            assert error.args[0] == -1
        else:
            assert outcome(answer) == self.result


FAILS = "AGICommandFailure"
COMMANDS = {
    "answer": Command(lambda agi: agi.answer(), "ANSWER", b"200 result=0", 0),
    "answer fails": Command(lambda agi: agi.answer(), "ANSWER", b"200 result=-1", FAILS),
    "hangup of another": Command(
        lambda agi: agi.hangup("SIP/1"), "HANGUP|SIP/1", b"200 result=1", 1
    ),
    "channel status": Command(
        lambda agi: agi.channelStatus(), "CHANNEL|STATUS", b"200 result=6", 6
    ),
    "execute": Command(
        lambda agi: agi.execute("Dial", "SIP/1", 30, comma_delimiter=True),
        "EXEC|Dial|SIP/1,30",
        b"200 result=-1",
        "-1",
    ),
    "execute without options' delimiter": Command(
        lambda agi: agi.execute("Dial", "SIP/1", 30), "EXEC|Dial|SIP/1,30", b"200 result=0", "0"
    ),
    "execute of nothing": Command(
        lambda agi: agi.execute("Nonsense"), "EXEC|Nonsense", b"200 result=-2", FAILS
    ),
    "get variable": Command(
        lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=1 (a b)", "a b"
    ),
    "get variable that is not set": Command(
        lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=0", FAILS
    ),
    "a value without parentheses": Command(
        lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=1", ""
    ),
    "a value over two lines": Command(
        lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=1 (a\nb)", "a\nb"
    ),
    "set variable": Command(
        lambda agi: agi.setVariable("X", "1"), "SET|VARIABLE|X|1", b"200 result=1", 1
    ),
    "set variable of two words": Command(
        lambda agi: agi.setVariable("X", "a b"), "SET|VARIABLE|X|a b", b"200 result=1", 1
    ),
    "set variable with quotes": Command(
        lambda agi: agi.setVariable("X", 'a"b'), 'SET|VARIABLE|X|a"b', b"200 result=1", 1
    ),
    "database get": Command(
        lambda agi: agi.databaseGet("f", "k"), "DATABASE|GET|f|k", b"200 result=1 (v)", "v"
    ),
    "database get of nothing": Command(
        lambda agi: agi.databaseGet("f", "k"), "DATABASE|GET|f|k", b"200 result=0", FAILS
    ),
    "database put": Command(
        lambda agi: agi.databasePut("f", "k", "v"), "DATABASE|PUT|f|k|v", b"200 result=1", 1
    ),
    "database del": Command(
        lambda agi: agi.databaseDel("f", "k"), "DATABASE|DEL|f|k", b"200 result=0", FAILS
    ),
    "stream file with digits": Command(
        lambda agi: agi.streamFile("beep", "12"),
        "STREAM|FILE|beep|12|0",
        b"200 result=49 endpos=160",
        (49, 160),
    ),
    "stream file that is empty": Command(
        lambda agi: agi.streamFile("beep", "1"),
        "STREAM|FILE|beep|1|0",
        b"200 result=0 endpos=0",
        (0, 0),
    ),
    "get data": Command(
        lambda agi: agi.getData("beep", 1.5, 4),
        "GET|DATA|beep|1500|4",
        b"200 result=12 (timeout)",
        ("12", True),
    ),
    "record file": Command(
        lambda agi: agi.recordFile("f", "wav", "#", 5),
        "RECORD|FILE|f|wav|#|5000|BEEP",
        b"200 result=35 (dtmf) endpos=8000",
        (35, "dtmf", 8000),
    ),
    "record file that can't be written": Command(
        lambda agi: agi.recordFile("f", "wav", "#", 5),
        "RECORD|FILE|f|wav|#|5000|BEEP",
        b"200 result=-1 (writefile)",
        FAILS,
    ),
    "playback": Command(lambda agi: agi.playback("beep"), "EXEC|Playback|beep", b"200 result=0", 0),
    "say digits": Command(
        lambda agi: agi.sayDigits("12", "#"), "SAY|DIGITS|12|#", b"200 result=0", 0
    ),
    "wait for digit": Command(
        lambda agi: agi.waitForDigit(2), "WAIT|FOR|DIGIT|2000", b"200 result=49", 49
    ),
    "wait for digit for ever": Command(
        lambda agi: agi.waitForDigit(-1), "WAIT|FOR|DIGIT|-1", b"200 result=49", 49
    ),
    "verbose": Command(lambda agi: agi.noop("a b"), "NOOP|a b", b"200 result=0", 0),
    "verbose of two words": Command(
        lambda agi: agi.verbose("a b", 3), "VERBOSE|a b|3", b"200 result=1", 1
    ),
    "context": Command(lambda agi: agi.setContext("c"), "SET|CONTEXT|c", b"200 result=0", 0),
    "extension": Command(lambda agi: agi.setExtension("1"), "SET|EXTENSION|1", b"200 result=0", 0),
    "priority": Command(lambda agi: agi.setPriority(1), "SET|PRIORITY|1", b"200 result=0", 0),
    "autohangup": Command(lambda agi: agi.setAutoHangup(9), "SET|AUTOHANGUP|9", b"200 result=0", 0),
    "music": Command(lambda agi: agi.setMusic(True, "m"), "SET|MUSIC|ON|m", b"200 result=0", 0),
    "a raw command": Command(
        lambda agi: agi.sendCommand("GET VARIABLE X"),
        "GET|VARIABLE|X",
        b"200 result=1 (v)",
        "1 (v)",
    ),
}


def variables_have_lower_case_keys(library: str) -> None:
    variables = AGI(library).agi.variables
    assert variables["agi_channel"] == "PJSIP/gate-00000001"
    assert variables["agi_request"] == "agi://127.0.0.1:4574/portero?tenant=robles"


def latin_1_name(library: str) -> None:
    on = AGI(library)
    answer = on.agi.getVariable("CALLERID(name)")
    on.side.says(b"200 result=1 (Port\xf3n)\n")
    assert outcome(answer).encode("utf-8", "surrogateescape") == b"Port\xf3n"


def one_in_flight(library: str) -> None:
    on = AGI(library)
    on.agi.answer()
    on.agi.noop()
    assert on.side.reads() == b"ANSWER\n"


def line_end_refused(library: str) -> None:
    on = AGI(library)
    with pytest.raises(ValueError, match="CR, LF"):
        on.agi.setContext("a\nHANGUP")
    assert on.side.reads() == b""


def hangup_line(library: str) -> None:
    on = AGI(library)
    answer = on.agi.channelStatus()
    on.side.says(b"HANGUP\n200 result=6\n")
    assert outcome(answer) == 6


def trying(library: str) -> None:
    on = AGI(library)
    answer = on.agi.sendCommand("GOSUB a b 1")
    on.side.says(b"100 result=0 Trying...\n200 result=0 Gosub complete\n")
    assert outcome(answer) == "0 Gosub complete"


def usage_block(library: str) -> None:
    on = AGI(library)
    answer = on.agi.sendCommand("SET VARIABLE X")
    on.side.says(b"520-Invalid command syntax.\nUsage: SET VARIABLE\n520 End of proper usage.\n")
    error = outcome(answer)
    assert isinstance(error, on.error.AGICommandFailure)
    assert error.args[0] == 520


def error_codes(library: str) -> None:
    on = AGI(library)
    answer = on.agi.answer()
    on.side.says(b"511 Command Not Permitted on a dead channel or intercept routine\n")
    error = outcome(answer)
    assert isinstance(error, on.error.AGICommandFailure)
    assert error.args[0] == 511


def after_the_end(library: str) -> None:
    on = AGI(library)
    on.side.is_gone()
    assert isinstance(outcome(on.agi.answer()), Exception)


def on_close(library: str) -> None:
    on = AGI(library)
    closes = [on.agi.onClose() for _ in range(2)]
    on.side.is_gone()
    assert [outcome(close) for close in [*closes, on.agi.onClose()]] == [None] * 3


def finishing(library: str) -> None:
    on = AGI(library)
    assert on.agi.finish() is None
    assert on.side.ended


def in_sequence(library: str) -> None:
    on = AGI(library)
    sequence = on.fastagi.InSequence()
    sequence.append(on.agi.noop)
    sequence.append(on.agi.channelStatus)
    done = sequence()
    on.side.says(b"200 result=0\n")
    on.side.says(b"200 result=6\n")
    assert outcome(done) == [0, 6]


def in_sequence_fails(library: str) -> None:
    on = AGI(library)
    sequence = on.fastagi.InSequence()
    sequence.append(on.agi.noop)
    sequence.append(on.agi.answer)
    failures: list[Failure] = []
    sequence().addErrback(failures.append)
    on.side.says(b"200 result=0\n")
    on.side.says(b"200 result=-1\n")
    assert failures[0].check(on.error.AGICommandFailure)
    assert failures[0].results == [0]  # type: ignore[attr-defined]


# -- AMI


class AMI:
    """A session of one library or the other, not logged in yet."""

    def __init__(self, library: str, *, plaintext: bool = True) -> None:
        _, manager, self.error = modules_of(library)
        own = {"reactor": Clock()} if library == "portero" else {}
        factory = manager.AMIFactory("portero", SECRET, plaintext_login=plaintext, **own)
        if library == "starpy":
            factory.loginDefer = Deferred()
            factory.loginDefer.addErrback(lambda failure: None)
        self.ami = factory.buildProtocol(None)
        self.wire = StringTransport()
        self.ami.makeConnection(self.wire)

    def reads(self) -> list[dict[str, str]]:
        """The actions that came, header names in lower case."""
        *actions, _ = self.wire.value().decode().split("\r\n\r\n")
        self.wire.clear()
        headers = [[line.split(": ", 1) for line in action.split("\r\n")] for action in actions]
        return [{name.lower(): value for name, value in action} for action in headers]

    def says(self, action: Mapping[str, str], *messages: str) -> None:
        """Messages, each `Header: value, Header: value`, with the action's id."""
        for message in messages:
            first, *rest = message.split(", ")
            lines = [first, f"ActionID: {action['actionid']}", *rest, "", ""]
            self.ami.dataReceived("\r\n".join(lines).encode())

    def logs_in(self) -> AMI:
        self.ami.dataReceived(BANNER)
        (login,) = self.reads()
        self.says(login, "Response: Success, Message: Authentication accepted")
        return self

    def is_gone(self) -> None:
        self.ami.connectionLost(Failure(ConnectionDone()))


@dataclass(frozen=True)
class Action:
    """`headers`: what Asterisk reads, without the id."""

    call: Callable[[Any], Deferred[Any]]
    headers: Mapping[str, str]
    messages: tuple[str, ...]
    result: Callable[[Any], Any]
    expected: Any

    def check(self, library: str) -> None:
        on = AMI(library).logs_in()
        answer = self.call(on.ami)
        (sent,) = on.reads()
        read = {name: value for name, value in sent.items() if name != "actionid"}
        assert read | {"action": read["action"].lower()} == dict(self.headers)
        on.says(sent, *self.messages)
        assert self.result(outcome(answer)) == self.expected


def names(messages: list[Mapping[str, str]]) -> list[str]:
    return [message.get("event", "response") for message in messages]


OK = "Response: Success, Message: OK"
ACTIONS = {
    "ping": Action(
        lambda ami: ami.ping(),
        {"action": "ping"},
        ("Response: Success, Ping: Pong",),
        lambda response: response["ping"],
        "Pong",
    ),
    "get a channel's variable": Action(
        lambda ami: ami.getVar("SIP/1", "X"),
        {"action": "getvar", "channel": "SIP/1", "variable": "X"},
        ("Response: Success, Variable: X, Value: a b",),
        str,
        "a b",
    ),
    "set a global variable": Action(
        lambda ami: ami.setVar(None, "X", "a b"),
        {"action": "setvar", "variable": "X", "value": "a b"},
        (OK,),
        lambda response: response["response"],
        "Success",
    ),
    "hang up": Action(
        lambda ami: ami.hangup("SIP/1"),
        {"action": "hangup", "channel": "SIP/1"},
        (OK,),
        lambda response: response["message"],
        "OK",
    ),
    "redirect": Action(
        lambda ami: ami.redirect("SIP/1", "c", "e", 1),
        {"action": "redirect", "channel": "SIP/1", "context": "c", "exten": "e", "priority": "1"},
        (OK,),
        lambda response: response["response"],
        "Success",
    ),
    "status of a channel": Action(
        lambda ami: ami.status("SIP/1"),
        {"action": "status", "channel": "SIP/1"},
        (
            "Response: Success, EventList: start",
            "Event: Status, Channel: SIP/1",
            "Event: StatusComplete, EventList: Complete, ListItems: 1",
        ),
        names,
        ["response", "Status", "StatusComplete"],
    ),
    "console command": Action(
        lambda ami: ami.command("core show uptime"),
        {"action": "command", "command": "core show uptime"},
        ("Response: Success, Message: Command output follows, Output: a, Output: b",),
        list,
        ["a", "b"],
    ),
    "any action": Action(
        lambda ami: ami.action("Park", channel="SIP/1"),
        {"action": "park", "channel": "SIP/1"},
        (OK,),
        lambda response: response["response"],
        "Success",
    ),
    "any message": Action(
        lambda ami: ami.sendDeferred([("Action", "Park"), ("Channel", "SIP/1")]),
        {"action": "park", "channel": "SIP/1"},
        ("Response: Error, Message: no",),
        lambda response: response["response"],
        "Error",
    ),
    "any list": Action(
        lambda ami: ami.collectDeferred({"action": "Agents"}, "AgentsComplete"),
        {"action": "agents"},
        (OK, "Event: Agents", "Event: AgentsComplete"),
        names,
        ["response", "Agents", "AgentsComplete"],
    ),
    "a database value that is not there": Action(
        lambda ami: ami.dbGet("f", "k"),
        {"action": "dbget", "family": "f", "key": "k"},
        ("Response: Error, Message: Database entry not found",),
        lambda value: value,
        None,
    ),
    "originate with a timeout": Action(
        lambda ami: ami.originate("SIP/1", "c", "e", 1, timeout=1.5, nowait=True),
        {
            "action": "originate",
            "channel": "SIP/1",
            "context": "c",
            "exten": "e",
            "priority": "1",
            "timeout": "1500",
            "async": "true",
        },
        ("Response: Success, Message: Originate successfully queued",),
        lambda response: response["response"],
        "Success",
    ),
}


def plain_login(library: str) -> None:
    on = AMI(library)
    on.ami.dataReceived(BANNER)
    (login,) = on.reads()
    assert (login["action"].lower(), login["username"]) == ("login", "portero")
    assert login["secret"] == SECRET
    on.says(login, OK)
    assert on.ami.amiVersion == "11.0.0"


def challenge_login(library: str) -> None:
    on = AMI(library, plaintext=False)
    on.ami.dataReceived(BANNER)
    (challenge,) = on.reads()
    on.says(challenge, f"Response: Success, Challenge: {CHALLENGE}")
    (login,) = on.reads()
    assert login["key"] == KEY
    assert login["authtype"] == "MD5"


def silent_before_the_banner(library: str) -> None:
    assert AMI(library).wire.value() == b""


def refused_action(library: str) -> None:
    on = AMI(library).logs_in()
    answer = on.ami.hangup("SIP/1")
    on.says(*on.reads(), "Response: Error, Message: No such channel")
    assert isinstance(outcome(answer), on.error.AMICommandFailure)


def refused_originate(library: str) -> None:
    on = AMI(library).logs_in()
    answer = on.ami.originate("SIP/1", "c", "e", 1)
    on.says(*on.reads(), "Response: Error, Message: Extension does not exist.")
    assert str(outcome(answer)) == "Originate: Extension does not exist."


def lost_in_flight(library: str) -> None:
    on = AMI(library).logs_in()
    answers = [on.ami.ping(), on.ami.collectDeferred({"action": "Status"}, "StatusComplete")]
    on.is_gone()
    assert all(isinstance(outcome(answer), Exception) for answer in answers)


def repeated_headers(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[Any] = []
    on.ami.registerEvent("Hangup", lambda ami, event: seen.append(event))
    on.ami.dataReceived(b"Event: Hangup\r\nChanVariable: A=1\r\nChanVariable: B=2\r\n\r\n")
    assert seen[0]["chanvariable"] == "A=1"


def header_line_end(library: str) -> None:
    on = AMI(library).logs_in()
    with pytest.raises(ValueError, match="CR, LF"):
        on.ami.setVar("SIP/1", "X", "1\r\nAction: Command")


def early_event(library: str) -> None:
    on = AMI(library).logs_in()
    answer = on.ami.ping()
    on.says(*on.reads(), "Event: Newexten", "Response: Success, Ping: Pong")
    assert outcome(answer)["ping"] == "Pong"


def two_values(library: str) -> None:
    on = AMI(library).logs_in()
    values = [on.ami.dbGet("f", key) for key in ("a", "b")]
    for action in reversed(on.reads()):
        value = f"Event: DBGetResponse, Val: {action['key']}"
        on.says(action, OK, value, "Event: DBGetComplete, EventList: Complete, ListItems: 1")
    assert [outcome(value) for value in values] == ["a", "b"]


def cancelled_list(library: str) -> None:
    on = AMI(library).logs_in()
    answer = on.ami.status()
    on.says(*on.reads(), OK, "Event: StatusComplete, EventList: cancelled")
    assert isinstance(outcome(answer), on.error.AMICommandFailure)


def handlers(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[Any] = []

    def handler(ami: Any, event: Mapping[str, str]) -> None:
        seen.append((ami, event["event"], event["x"]))

    on.ami.registerEvent("Hangup", handler)
    on.ami.registerEvent(None, lambda ami, event: seen.append(event["event"]))
    on.ami.registerEvent(("A", "B"), handler)
    on.ami.dataReceived(b"Event: Hangup\r\nX: 1\r\n\r\nEvent: B\r\nX: 2\r\n\r\n")
    assert seen == [(on.ami, "Hangup", "1"), "Hangup", (on.ami, "B", "2"), "B"]
    assert on.ami.deregisterEvent("Hangup", handler)
    assert not on.ami.deregisterEvent("Hangup", handler)
    on.ami.dataReceived(b"Event: Hangup\r\nX: 1\r\n\r\n")
    assert seen[4:] == ["Hangup"]


def leaving_handler(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[str] = []

    def once(ami: Any, event: Mapping[str, str]) -> None:
        seen.append("once")
        ami.deregisterEvent("Hangup", once)

    on.ami.registerEvent("Hangup", once)
    on.ami.registerEvent("Hangup", lambda ami, event: seen.append("always"))
    on.ami.dataReceived(b"Event: Hangup\r\n\r\n")
    assert seen == ["once", "always"]


def failing_handler(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[Any] = []
    on.ami.registerEvent("Hangup", lambda ami, event: event["nothing"])
    on.ami.registerEvent("Hangup", lambda ami, event: seen.append(event))
    with capturedLogs():
        on.ami.dataReceived(b"Event: Hangup\r\n\r\n")
    assert len(seen) == 1


def latin_1_header(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[str] = []
    on.ami.registerEvent("Newchannel", lambda ami, event: seen.append(event["calleridname"]))
    on.ami.dataReceived(b"Event: Newchannel\r\nCallerIDName: Port\xf3n\r\n\r\n")
    assert [name.encode("utf-8", "surrogateescape") for name in seen] == [b"Port\xf3n"]


def callback_of_a_message(library: str) -> None:
    on = AMI(library).logs_in()
    seen: list[Any] = []
    action_id = on.ami.sendMessage({"action": "Ping"}, seen.append)
    (sent,) = on.reads()
    assert sent["actionid"] == action_id
    on.says(sent, "Response: Success, Ping: Pong")
    assert [response["ping"] for response in seen] == ["Pong"]


def user_event(library: str) -> None:
    on = AMI(library).logs_in()
    action_id = on.ami.userEvent("Opened", Gate="main")
    (sent,) = on.reads()
    assert (sent["actionid"], sent["userevent"], sent["gate"]) == (action_id, "Opened", "main")


SCENARIOS: dict[str, Callable[[str], None]] = {
    **{name: command.check for name, command in COMMANDS.items()},
    "variables have lower-case keys": variables_have_lower_case_keys,
    "a name in latin-1": latin_1_name,
    "one command is in flight": one_in_flight,
    "a line end in an argument is refused": line_end_refused,
    "a HANGUP line is no reply": hangup_line,
    "100 Trying is no reply": trying,
    "520 of several lines is one reply": usage_block,
    "error codes": error_codes,
    "a command after the end fails": after_the_end,
    "onClose fires with None for every caller": on_close,
    "finish": finishing,
    "in sequence": in_sequence,
    "in sequence, with a failure": in_sequence_fails,
    **{name: action.check for name, action in ACTIONS.items()},
    "plain login": plain_login,
    "login by challenge": challenge_login,
    "nothing is sent before the banner": silent_before_the_banner,
    "a refused action": refused_action,
    "a refused originate names its reason": refused_originate,
    "in flight when the connection ends": lost_in_flight,
    "repeated headers": repeated_headers,
    "a line end in a header is refused": header_line_end,
    "an event before the response": early_event,
    "two database values in flight": two_values,
    "a cancelled list": cancelled_list,
    "event handlers": handlers,
    "a handler that leaves": leaving_handler,
    "a handler that fails": failing_handler,
    "latin-1 in a header": latin_1_header,
    "the callback of a message": callback_of_a_message,
    "a user event": user_event,
}


def test_every_known_deviation_is_a_case() -> None:
    assert KNOWN_DEVIATIONS.keys() <= SCENARIOS.keys()


@pytest.mark.parametrize("name", SCENARIOS)
def test_portero(name: str) -> None:
    SCENARIOS[name]("portero")


def starpys_half() -> list[Any]:
    """Every case with its mark; a single skipped one where StarPy is not installed."""
    if find_spec("starpy") is None:
        mark = pytest.mark.skip(reason="StarPy is not installed; it need not be")
        return [pytest.param("answer", marks=mark)]
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=KNOWN_DEVIATIONS[name], strict=True))
        if name in KNOWN_DEVIATIONS
        else name
        for name in SCENARIOS
    ]


@pytest.mark.parametrize("name", starpys_half())
def test_starpy(name: str) -> None:
    SCENARIOS[name]("starpy")

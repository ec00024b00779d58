"""FastAGI sessions: one command in flight, typed failures, and every way to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from agi_side import ENVIRONMENT, AsteriskSide, factory_for, idle_session, parse_args

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs, formatEvent

from portero.asterisk.error import (
    AGICommandFailure,
    AGIDeadChannel,
    AGIDesync,
    AGIDisconnected,
    AGIHangup,
    AGIInvalidCommand,
    AGITimeout,
    AGIUsageError,
)
from portero.asterisk.fastagi import FastAGIProtocol, InSequence
from portero.limits import (
    AGI_CLOSE_SECONDS,
    AGI_COMMAND_SECONDS,
    AGI_ENVIRONMENT_SECONDS,
    AGI_LAST_WORD_SECONDS,
    AGI_QUEUED_COMMANDS,
    AGI_SESSIONS,
)


def outcome(deferred: Deferred[Any]) -> Any:
    """The result, or the exception; fails where it has not fired."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    return getattr(results[0], "value", results[0])


def ours(logs: Any) -> list[dict[str, Any]]:
    """What portero has logged; not what Twisted says, some time, of another test's leftovers."""
    return [event for event in logs if event["log_namespace"].startswith("portero.")]


def pending(deferred: Deferred[Any]) -> bool:
    return not deferred.called


# -- one in flight


def test_a_command_waits_for_the_reply_to_the_one_before() -> None:
    side = idle_session()
    first, second = side.agi.getVariable("A"), side.agi.getVariable("B")
    assert side.reads() == b'GET VARIABLE "A"\n'
    side.says(b"200 result=1 (1)\n")
    assert side.reads() == b'GET VARIABLE "B"\n'
    assert outcome(first) == "1"
    assert pending(second)
    side.says(b"200 result=1 (2)\n")
    assert outcome(second) == "2"


def test_a_usage_error_does_not_shift_what_follows() -> None:
    side = idle_session()
    wrong, right = side.agi.sendCommand("SET VARIABLE X"), side.agi.channelStatus()
    side.says(b"520-Invalid command syntax.  Proper usage follows:\nUsage: x\n520 End.\n")
    side.says(b"200 result=6\n")
    error = outcome(wrong)
    assert isinstance(error, AGIUsageError)
    assert error.usage == "Usage: x"
    assert outcome(right) == 6


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"510 Invalid or unknown command\n", AGIInvalidCommand),
        (b"511 Command Not Permitted on a dead channel\n", AGIDeadChannel),
        (b"520 Invalid command syntax.  Proper usage not available.\n", AGIUsageError),
        (b"503 something else\n", AGICommandFailure),
        (b"200 result=-1\n", AGICommandFailure),
    ],
)
def test_refusals_are_typed_and_the_session_goes_on(reply: bytes, kind: type) -> None:
    side = idle_session()
    refused = side.agi.answer()
    side.says(reply)
    error = outcome(refused)
    assert type(error) is kind
    assert "ANSWER" in str(error)
    following = side.agi.noop()
    side.says(b"200 result=0\n")
    assert outcome(following) == 0


@pytest.mark.parametrize("bad", ["a\nHANGUP", "a\rb", "a\0b", "x" * 3000])
def test_what_cannot_be_sent_is_refused_before_anything_is_queued(bad: str) -> None:
    side = idle_session()
    for call in (side.agi.setContext, side.agi.noop, side.agi.getVariable, side.agi.sendCommand):
        with pytest.raises(ValueError, match="AGI command"):
            call(bad)
    assert side.reads() == b""
    side.agi.answer()
    assert side.reads() == b"ANSWER\n"


def test_more_commands_than_may_wait_fail_at_once() -> None:
    side = idle_session()
    waiting = [side.agi.noop() for _ in range(AGI_QUEUED_COMMANDS + 1)]
    assert all(map(pending, waiting))
    assert isinstance(outcome(side.agi.noop()), AGICommandFailure)
    side.is_gone()
    assert all(isinstance(outcome(command), AGIDisconnected) for command in waiting)


def test_a_cancelled_command_is_not_sent_and_one_in_flight_keeps_its_place() -> None:
    side = idle_session()
    in_flight, queued, last = side.agi.answer(), side.agi.noop(), side.agi.channelStatus()
    in_flight.cancel()
    queued.cancel()
    assert isinstance(outcome(in_flight), CancelledError)
    assert isinstance(outcome(queued), CancelledError)
    side.says(b"200 result=0\n")
    assert side.reads() == b"ANSWER\nCHANNEL STATUS\n"
    side.says(b"200 result=6\n")
    assert outcome(last) == 6


# -- the lost step


@pytest.mark.parametrize("stray", [b"200 result=0\n", b"nonsense\n", b"b)\n", b"510 no\n"])
@pytest.mark.parametrize("waiting", [0, 1, 3])
def test_a_line_that_answers_nothing_fails_all_and_drops_the_call(
    stray: bytes, waiting: int
) -> None:
    side = idle_session()
    commands = [side.agi.noop() for _ in range(waiting)]
    answered = b"200 result=0\n" if waiting else b""
    side.says(answered + stray)
    results = [outcome(command) for command in commands]
    assert results[:1] == [0][:waiting]
    assert [type(result) for result in results[1:]] == [AGIDesync] * max(0, waiting - 1)
    assert side.ended
    assert isinstance(outcome(side.agi.noop()), AGIDisconnected)
    side.is_gone()
    assert side.clock.getDelayedCalls() == []


def test_the_lost_step_is_logged_once_with_little_of_the_line() -> None:
    side = idle_session()
    with capturedLogs() as logs:
        side.says(b"x" * 1000 + b"\n")
        side.is_gone()
    (entry,) = [event for event in ours(logs) if event["log_level"] >= LogLevel.warn]
    assert "answers no command" in entry["why"]
    assert len(formatEvent(entry)) < 400


# -- deadlines


def test_a_command_without_reply_ends_the_session_in_time() -> None:
    side = idle_session()
    late, queued = side.agi.answer(), side.agi.noop()
    side.clock.advance(AGI_COMMAND_SECONDS - 0.1)
    assert pending(late)
    side.clock.advance(0.2)
    assert isinstance(outcome(late), AGITimeout)
    assert isinstance(outcome(queued), AGITimeout)
    assert side.ended


def test_a_deadline_counts_from_sending_and_dial_has_none() -> None:
    side = idle_session()
    dialing, queued = side.agi.execute("Dial", "PJSIP/1", 30), side.agi.noop()
    side.clock.advance(3600)
    assert pending(dialing)
    side.says(b"200 result=0\n")
    side.clock.advance(AGI_COMMAND_SECONDS - 0.1)
    assert pending(queued)
    side.clock.advance(0.2)
    assert isinstance(outcome(queued), AGITimeout)


def test_the_caller_may_give_a_deadline() -> None:
    side = idle_session()
    dialing = side.agi.execute("Dial", "PJSIP/1", seconds=60)
    side.clock.advance(61)
    assert isinstance(outcome(dialing), AGITimeout)


def test_an_environment_that_does_not_end_is_given_up() -> None:
    clock = Clock()
    started: list[FastAGIProtocol] = []
    side = AsteriskSide(factory_for(started.append, clock), clock)
    side.says(ENVIRONMENT[:-1])
    clock.advance(AGI_ENVIRONMENT_SECONDS + 0.1)
    assert side.ended
    side.is_gone()
    assert started == []
    assert clock.getDelayedCalls() == []


# -- the ends


@pytest.mark.parametrize("waiting", [0, 1, 5])
@pytest.mark.parametrize("hung_up", [False, True])
def test_everybody_who_waits_learns_of_the_end(waiting: int, hung_up: bool) -> None:
    side = idle_session()
    commands = [side.agi.noop() for _ in range(waiting)]
    closes = [side.agi.onClose() for _ in range(3)]
    hangups = [side.agi.onHangup() for _ in range(3)]
    side.says(b"HANGUP\n" if hung_up else b"")
    side.is_gone()
    kind = AGIHangup if hung_up else AGIDisconnected
    assert [type(outcome(command)) for command in commands] == [kind] * waiting
    assert [outcome(fired) for fired in closes + hangups] == [None] * 6
    assert outcome(side.agi.onClose()) is None
    assert outcome(side.agi.onHangup()) is None
    assert isinstance(outcome(side.agi.answer()), AGIDisconnected)
    assert side.clock.getDelayedCalls() == []


def test_a_hangup_is_told_while_the_session_lives() -> None:
    side = idle_session()
    dialing = side.agi.execute("Dial", "PJSIP/1")
    hangup, close = side.agi.onHangup(), side.agi.onClose()
    side.says(b"200 result=-1\nHANGUP\n")
    assert outcome(dialing) == "-1"
    assert outcome(hangup) is None
    assert pending(close)
    assert side.agi.hung_up
    setting = side.agi.setVariable("PORTERO_STATUS", "HANGUP")
    side.says(b"200 result=1\n")
    assert outcome(setting) == 1
    side.is_gone()


def test_finish_closes_once_and_nothing_more_is_sent() -> None:
    side = idle_session()
    in_flight, queued = side.agi.noop("a"), side.agi.noop("b")
    side.agi.finish()
    side.agi.finish()
    assert side.ended
    assert isinstance(outcome(side.agi.noop("c")), AGIDisconnected)
    side.says(b"200 result=0\n")
    assert side.reads() == b'NOOP "a"\n'
    assert outcome(in_flight) == 0
    side.is_gone()
    side.agi.finish()
    assert isinstance(outcome(queued), AGIDisconnected)
    assert side.clock.getDelayedCalls() == []


def test_a_peer_that_does_not_close_is_cut_off() -> None:
    side = idle_session()
    side.agi.finish()
    aborted: list[None] = []
    side.wire.abortConnection = lambda: aborted.append(None)  # type: ignore[method-assign]
    side.clock.advance(AGI_CLOSE_SECONDS)
    assert aborted == [None]


# -- who may come in


@pytest.mark.parametrize(
    ("address", "welcome"),
    [
        (IPv4Address("TCP", "10.1.2.3", 1), True),
        (IPv4Address("TCP", "127.0.0.1", 1), False),
        (IPv6Address("TCP", "::ffff:10.1.2.3", 1), True),
        (IPv6Address("TCP", "fd00::1", 1), True),
        (IPv6Address("TCP", "fe80::1%eth0", 1), False),
        (None, False),
    ],
)
def test_peers_of_other_networks_are_refused(address: Any, welcome: bool) -> None:
    factory = factory_for(lambda agi: None, Clock(), networks=["10.0.0.0/8", "fd00::/8"])
    with capturedLogs() as logs:
        assert (factory.buildProtocol(address) is not None) is welcome
    assert len(ours(logs)) == (0 if welcome else 1)


def test_more_sessions_than_there_may_be_are_refused() -> None:
    clock = Clock()
    factory = factory_for(lambda agi: None, clock)
    sides = [AsteriskSide(factory, clock) for _ in range(AGI_SESSIONS)]
    assert factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1)) is None
    sides[0].is_gone()
    assert factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1)) is not None


@pytest.mark.parametrize(
    ("script", "ours"),
    [
        (b"portero", True),
        (b"portero?tenant=x", True),
        (b"/portero", True),
        (b"directory.agi", False),
        (b"", False),
        (b"portero/../x", False),
    ],
)
def test_scripts_of_others_are_refused(script: bytes, ours: bool) -> None:
    clock = Clock()
    started: list[FastAGIProtocol] = []
    side = AsteriskSide(factory_for(started.append, clock), clock)
    side.says(b"agi_network: yes\nagi_network_script: " + script + b"\n\n")
    assert (len(started) == 1) is ours
    assert side.ended is not ours


def test_an_http_client_is_closed_at_its_first_line() -> None:
    clock = Clock()
    started: list[FastAGIProtocol] = []
    side = AsteriskSide(factory_for(started.append, clock), clock)
    with capturedLogs() as logs:
        side.says(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        side.is_gone()
    assert side.ended
    assert started == []
    assert len([event for event in ours(logs) if event["log_level"] >= LogLevel.warn]) == 1


# -- the main function


def run_main(main: Callable[[FastAGIProtocol], Any]) -> AsteriskSide:
    clock = Clock()
    side = AsteriskSide(factory_for(main, clock), clock)
    side.says(ENVIRONMENT)
    return side


def test_a_main_function_of_starpys_kind_ends_its_session_itself() -> None:
    side = run_main(lambda agi: None)
    assert not side.ended
    side.agi.finish()
    assert side.ended


def test_the_end_of_a_coroutine_or_deferred_ends_the_session() -> None:
    async def main(agi: FastAGIProtocol) -> None:
        await agi.answer()

    for function in (main, lambda agi: agi.answer()):
        side = run_main(function)
        assert not side.ended
        side.says(b"200 result=0\n")
        assert side.ended


def failing_mains() -> Iterator[Any]:
    async def coroutine(agi: FastAGIProtocol) -> None:
        raise ZeroDivisionError("a defect")

    def plain(agi: FastAGIProtocol) -> None:
        raise ZeroDivisionError("a defect")

    async def after_a_command(agi: FastAGIProtocol) -> None:
        agi.execute("Dial", "x").addErrback(lambda failure: None)
        raise ZeroDivisionError("a defect")

    yield from (plain, coroutine, after_a_command)


@pytest.mark.parametrize("main", [*failing_mains()])
def test_a_failure_is_logged_once_and_told_to_the_dialplan(main: Any) -> None:
    with capturedLogs() as logs:
        side = run_main(main)
        side.says(b"200 result=0\n" * (b"Dial" in side.wire.value()))
        assert side.reads().endswith(b'SET VARIABLE "PORTERO_STATUS" "FAILED"\n')
        assert not side.ended
        side.says(b"200 result=1\n")
    assert side.ended
    assert len([event for event in ours(logs) if "log_failure" in event]) == 1
    side.is_gone()
    assert side.clock.getDelayedCalls() == []


def test_a_failure_while_asterisk_is_busy_still_closes_the_session() -> None:
    async def main(agi: FastAGIProtocol) -> None:
        agi.execute("Dial", "x").addErrback(lambda failure: None)
        raise ZeroDivisionError("a defect")

    with capturedLogs():
        side = run_main(main)
    side.clock.advance(AGI_LAST_WORD_SECONDS)
    assert side.ended
    side.is_gone()
    assert side.clock.getDelayedCalls() == []


def test_a_failure_after_the_hangup_only_closes() -> None:
    async def main(agi: FastAGIProtocol) -> None:
        await agi.onHangup()
        raise ZeroDivisionError("a defect")

    with capturedLogs():
        side = run_main(main)
        side.says(b"HANGUP\n")
    assert side.reads() == b""
    assert side.ended


def test_a_caller_who_hangs_up_is_no_failure() -> None:
    async def main(agi: FastAGIProtocol) -> None:
        await agi.answer()

    with capturedLogs() as logs:
        side = run_main(main)
        side.says(b"HANGUP\n511 Command Not Permitted on a dead channel\n")
    assert side.ended
    assert not [event for event in ours(logs) if event["log_level"] > LogLevel.info]


def test_the_factory_tells_when_the_last_session_is_over() -> None:
    clock = Clock()
    factory = factory_for(lambda agi: None, clock)
    assert outcome(factory.when_empty()) is None
    sides = [AsteriskSide(factory, clock) for _ in range(2)]
    empty = factory.when_empty()
    factory.abort()
    assert all(side.ended for side in sides)
    sides[0].is_gone()
    assert pending(empty)
    sides[1].is_gone()
    assert outcome(empty) is None
    assert factory.sessions == set()
    assert clock.getDelayedCalls() == []


# -- commands: what Asterisk reads, what it replies, what the caller gets

COMMANDS: list[tuple[str, Callable[[FastAGIProtocol], Deferred[Any]], str, bytes, Any]] = [
    ("answer", lambda agi: agi.answer(), "ANSWER", b"200 result=0", 0),
    ("hangup", lambda agi: agi.hangup("SIP/1"), "HANGUP|SIP/1", b"200 result=1", 1),
    ("status", lambda agi: agi.channelStatus(), "CHANNEL|STATUS", b"200 result=6", 6),
    (
        "execute",
        lambda agi: agi.execute("Dial", "PJSIP/1", 30, "g"),
        "EXEC|Dial|PJSIP/1,30,g",
        b"200 result=-1",
        "-1",
    ),
    ("execute alone", lambda agi: agi.execute("Wait"), "EXEC|Wait", b"200 result=0", "0"),
    ("get", lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=1 (a b)", "a b"),
    ("get bare", lambda agi: agi.getVariable("X"), "GET|VARIABLE|X", b"200 result=1", ""),
    (
        "get full",
        lambda agi: agi.getFullVariable("${CHANNEL(state)}"),
        "GET|FULL|VARIABLE|${CHANNEL(state)}",
        b"200 result=1 (Up)",
        "Up",
    ),
    (
        "get text",
        lambda agi: agi.getText("CALLERID(name)"),
        "GET|FULL|VARIABLE|${URIENCODE(${CALLERID(name)})}",
        b"200 result=1 (%28a%29%0Ab%29%F3)",
        "(a)\nb)\udcf3",
    ),
    (
        "set",
        lambda agi: agi.setVariable("X", 'he said "hi" \\ end'),
        'SET|VARIABLE|X|he said "hi" \\ end',
        b"200 result=1",
        1,
    ),
    ("empty", lambda agi: agi.setVariable("X", ""), "SET|VARIABLE|X|", b"200 result=1", 1),
    (
        "latin-1",
        lambda agi: agi.setVariable("X", "\udcf3"),
        "SET|VARIABLE|X|\udcf3",
        b"200 result=1",
        1,
    ),
    (
        "database",
        lambda agi: agi.databaseGet("f", "k"),
        "DATABASE|GET|f|k",
        b"200 result=1 (v)",
        "v",
    ),
    ("put", lambda agi: agi.databasePut("f", "k", 1), "DATABASE|PUT|f|k|1", b"200 result=1", 1),
    ("del", lambda agi: agi.databaseDel("f", "k"), "DATABASE|DEL|f|k", b"200 result=1", 1),
    ("deltree", lambda agi: agi.databaseDeltree("f"), "DATABASE|DELTREE|f", b"200 result=1", 1),
    (
        "stream",
        lambda agi: agi.streamFile("beep", "12"),
        "STREAM|FILE|beep|12|0",
        b"200 result=49 endpos=160",
        (49, 160),
    ),
    (
        "empty file",
        lambda agi: agi.streamFile("beep"),
        "STREAM|FILE|beep||0",
        b"200 result=0 endpos=0",
        (0, 0),
    ),
    (
        "control",
        lambda agi: agi.controlStreamFile("beep", "1", 500),
        "CONTROL|STREAM|FILE|beep|1|500|*|#",
        b"200 result=0",
        (0, None),
    ),
    (
        "data",
        lambda agi: agi.getData("beep", 1.5, 4),
        "GET|DATA|beep|1500|4",
        b"200 result=12 (timeout)",
        ("12", True),
    ),
    ("all data", lambda agi: agi.getData("b"), "GET|DATA|b|2000", b"200 result=1*", ("1*", False)),
    (
        "option",
        lambda agi: agi.getOption("beep", "12", 2),
        "GET|OPTION|beep|12|2000",
        b"200 result=49 endpos=160",
        ("1", 160),
    ),
    (
        "record",
        lambda agi: agi.recordFile("f", "wav", "#", 5, silence=2),
        "RECORD|FILE|f|wav|#|5000|BEEP|s=2",
        b"200 result=35 (dtmf) endpos=8000",
        (35, "dtmf", 8000),
    ),
    (
        "record long",
        lambda agi: agi.recordFile("f", "wav", "#", beep=False),
        "RECORD|FILE|f|wav|#|-1",
        b"200 result=3 (timeout) endpos=8000",
        (0, "timeout", 8000),
    ),
    (
        "playback",
        lambda agi: agi.playback("beep", 0),
        "EXEC|Playback|beep,noanswer",
        b"200 result=0",
        0,
    ),
    ("digits", lambda agi: agi.sayDigits("1-2"), "SAY|DIGITS|12|", b"200 result=0", 0),
    ("number", lambda agi: agi.sayNumber(-5, "#"), "SAY|NUMBER|-5|#", b"200 result=35", 35),
    ("alpha", lambda agi: agi.sayAlpha("a b"), "SAY|ALPHA|ab|", b"200 result=0", 0),
    ("date", lambda agi: agi.sayDate(86400.9), "SAY|DATE|86400|", b"200 result=0", 0),
    (
        "date and time",
        lambda agi: agi.sayDateTime(0, "", "ABdY", "UTC"),
        "SAY|DATETIME|0||ABdY|UTC",
        b"200 result=0",
        0,
    ),
    ("digit", lambda agi: agi.waitForDigit(-1), "WAIT|FOR|DIGIT|-1", b"200 result=0", 0),
    ("char", lambda agi: agi.receiveChar(1), "RECEIVE|CHAR|1000", b"200 result=65", ("65", False)),
    ("text", lambda agi: agi.receiveText(1), "RECEIVE|TEXT|1000", b"200 result=1 (a)", "1 (a)"),
    ("send text", lambda agi: agi.sendText("a b"), "SEND|TEXT|a b", b"200 result=0", 0),
    ("verbose", lambda agi: agi.verbose("a b", 3), "VERBOSE|a b|3", b"200 result=1", 1),
    ("noop", lambda agi: agi.noop(), "NOOP", b"200 result=0", 0),
    ("context", lambda agi: agi.setContext("c"), "SET|CONTEXT|c", b"200 result=0", 0),
    ("extension", lambda agi: agi.setExtension("e"), "SET|EXTENSION|e", b"200 result=0", 0),
    ("priority", lambda agi: agi.setPriority(1), "SET|PRIORITY|1", b"200 result=0", 0),
    ("autohangup", lambda agi: agi.setAutoHangup(9), "SET|AUTOHANGUP|9", b"200 result=0", 0),
    ("music", lambda agi: agi.setMusic(False), "SET|MUSIC|OFF", b"200 result=0", 0),
    ("tdd", lambda agi: agi.tddMode(None), "TDD|MODE|MATE", b"200 result=1", 1),
    (
        "raw",
        lambda agi: agi.sendCommand("GET VARIABLE X\n"),
        "GET|VARIABLE|X",
        b"200 result=1 (a\nb)",
        "1 (a\nb)",
    ),
]


@pytest.mark.parametrize(
    ("call", "words", "reply", "result"),
    [case[1:] for case in COMMANDS],
    ids=[case[0] for case in COMMANDS],
)
def test_command(call: Any, words: str, reply: bytes, result: Any) -> None:
    side = idle_session()
    answer = call(side.agi)
    sent = parse_args(side.reads().removesuffix(b"\n"))
    assert sent == [word.encode("utf-8", "surrogateescape") for word in words.split("|")]
    side.says(reply + b"\n")
    assert outcome(answer) == result


FAILURES: list[tuple[str, Callable[[FastAGIProtocol], Deferred[Any]], bytes, type]] = [
    ("unset", lambda agi: agi.getVariable("X"), b"200 result=0", AGICommandFailure),
    ("no key", lambda agi: agi.databaseGet("f", "k"), b"200 result=0", AGICommandFailure),
    ("no app", lambda agi: agi.execute("Nonsense"), b"200 result=-2", AGICommandFailure),
    ("no file", lambda agi: agi.streamFile("x"), b"200 result=-1 endpos=0", AGICommandFailure),
    ("no data file", lambda agi: agi.getData("x"), b"200 result=-1", AGICommandFailure),
    (
        "no folder",
        lambda agi: agi.recordFile("f", "wav", "#"),
        b"200 result=-1 (writefile)",
        AGICommandFailure,
    ),
    (
        "hangup",
        lambda agi: agi.recordFile("f", "wav", "#"),
        b"200 result=-1 (hangup) endpos=800",
        AGIHangup,
    ),
    ("no number", lambda agi: agi.answer(), b"200 result=x", AGICommandFailure),
    ("no position", lambda agi: agi.streamFile("x"), b"200 result=0", AGICommandFailure),
]


@pytest.mark.parametrize(
    ("call", "reply", "kind"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES]
)
def test_command_that_fails(call: Any, reply: bytes, kind: type) -> None:
    side = idle_session()
    answer = call(side.agi)
    side.says(reply + b"\n")
    error = outcome(answer)
    assert type(error) is kind
    assert error.code == -1
    assert not side.ended


@pytest.mark.parametrize("name", ["${X}", "a}b", "a b", "", "a\nb"])
def test_text_is_asked_for_by_name_only(name: str) -> None:
    side = idle_session()
    with pytest.raises(ValueError, match="not the name of a variable"):
        side.agi.getText(name)
    assert side.reads() == b""


# -- the rest of StarPy


def test_in_sequence_collects_results() -> None:
    side = idle_session()
    sequence = InSequence()
    sequence.append(side.agi.noop, "a")
    sequence.append(side.agi.channelStatus)
    sequence.append(side.agi.finish)
    done = sequence()
    side.says(b"200 result=0\n")
    side.says(b"200 result=6\n")
    assert outcome(done) == [0, 6, None]


def test_in_sequence_stops_at_a_failure_that_has_the_results_so_far() -> None:
    side = idle_session()
    sequence = InSequence()
    sequence.append(side.agi.noop)
    sequence.append(side.agi.getVariable, "X")
    sequence.append(side.agi.answer)
    failures: list[Any] = []
    sequence().addErrback(failures.append)
    side.says(b"200 result=0\n")
    side.says(b"200 result=0\n")
    assert failures[0].check(AGICommandFailure)
    assert failures[0].results == [0]
    assert side.reads() == b'NOOP\nGET VARIABLE "X"\n'


def test_jump_on_error_goes_on_elsewhere_in_the_dialplan() -> None:
    side = idle_session()
    side.agi.getVariable("X").addErrback(side.agi.jumpOnError, forErrors=AGICommandFailure)
    for _ in range(4):
        side.says(b"200 result=0\n")
    words = [parse_args(line)[-1] for line in side.reads().splitlines()]
    assert words == [b"X", b"portero", b"700", b"102"]
    assert side.ended


def test_wait_is_silent_and_can_be_cancelled() -> None:
    side = idle_session()
    waiting, cancelled = side.agi.wait(2), side.agi.wait(2)
    cancelled.cancel()
    side.clock.advance(2)
    assert outcome(waiting) == 0
    assert isinstance(outcome(cancelled), CancelledError)
    assert side.reads() == b""
    assert side.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_results_unpack_as_starpys() -> None:
    side = idle_session()
    playing = side.agi.streamFile("beep")
    side.says(b"200 result=0 endpos=160\n")
    digit, endpos = await playing
    assert (digit, endpos) == (0, 160)

"""AGI as bytes: quoting, replies, and every way to cut them."""

from __future__ import annotations

from ast import literal_eval
from itertools import pairwise

import pytest
from agi_side import ENVIRONMENT, parse_args
from hypothesis import given
from hypothesis import strategies as st

from portero.asterisk.agiwire import (
    AGIEvent,
    AGIParser,
    Environment,
    Hangup,
    Reply,
    Unreadable,
    encode_command,
    encode_line,
    quote,
)
from portero.limits import (
    AGI_COMMAND_BYTES,
    AGI_ENVIRONMENT_BYTES,
    AGI_ENVIRONMENT_KEYS,
    AGI_LOGGED_BYTES,
    AGI_REPLY_BYTES,
)

SENDABLE = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]))

USAGE = (
    b"520-Invalid command syntax.  Proper usage follows:\n"
    b"Usage: SET VARIABLE <variablename> <value>\n"
    b"\n"
    b"520 End of proper usage.\n"
)
USAGE_TEXT = "Usage: SET VARIABLE <variablename> <value>\n"

# What Asterisk 22 sends (agi-ami-starpy.md 1.6), the command it answers, and what it means.
REPLIES = {
    "number": ("ANSWER", b"200 result=0\n", Reply(200, "0", "0")),
    "failure": ("EXEC X", b"200 result=-2\n", Reply(200, "-2", "-2")),
    "value": ("GET VARIABLE X", b"200 result=1 (a b)\n", Reply(200, "1 (a b)", "1", "a b")),
    "empty value": ("GET VARIABLE X", b"200 result=1 ()\n", Reply(200, "1 ()", "1", "")),
    "no value": ("GET VARIABLE X", b"200 result=0\n", Reply(200, "0", "0")),
    "parentheses": (
        "get variable X",
        b"200 result=1 (a) b)\n",
        Reply(200, "1 (a) b)", "1", "a) b"),
    ),
    "lines": (
        "GET FULL VARIABLE ${X}",
        b"200 result=1 (a\nHANGUP\n\n200 result=0\nb)\n",
        Reply(200, "1 (a\nHANGUP\n\n200 result=0\nb)", "1", "a\nHANGUP\n\n200 result=0\nb"),
    ),
    "database": ("DATABASE GET f k", b"200 result=1 (x\ny)\n", Reply(200, "1 (x\ny)", "1", "x\ny")),
    "position": (
        "STREAM FILE x",
        b"200 result=0 endpos=16160\n",
        Reply(200, "0 endpos=16160", "0", None, {"endpos": "16160"}),
    ),
    "recording": (
        "RECORD FILE x",
        b"200 result=0 (timeout) endpos=8000\n",
        Reply(200, "0 (timeout) endpos=8000", "0", "timeout", {"endpos": "8000"}),
    ),
    "no digits": (
        "GET DATA x",
        b"200 result= (timeout)\n",
        Reply(200, " (timeout)", "", "timeout"),
    ),
    "text": ("GOSUB x", b"200 result=0 Gosub complete\n", Reply(200, "0 Gosub complete", "0")),
    "trying": ("GOSUB x", b"100 result=0 Trying...\n200 result=0\n", Reply(200, "0", "0")),
    "latin-1": (
        "GET VARIABLE X",
        b"200 result=1 (\xf3)\n",
        Reply(200, "1 (\udcf3)", "1", "\udcf3"),
    ),
    "unknown": (
        "FOO",
        b"510 Invalid or unknown command\n",
        Reply(510, "Invalid or unknown command"),
    ),
    "dead": (
        "ANSWER",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        Reply(511, "Command Not Permitted on a dead channel or intercept routine"),
    ),
    "usage": ("SET VARIABLE x", USAGE, Reply(520, USAGE_TEXT)),
    "no usage": (
        "SET VARIABLE x",
        b"520 Invalid command syntax.  Proper usage not available.\n",
        Reply(520, ""),
    ),
}


def ready_parser(command: str = "") -> AGIParser:
    """A parser that has read an environment, and maybe waits for the reply to a command."""
    parser = AGIParser()
    assert isinstance(parser.feed(ENVIRONMENT)[0], Environment)
    if command:
        assert parser.expect(command.encode()) is None
    return parser


def feed_pieces(parser: AGIParser, data: bytes, cuts: list[int]) -> list[AGIEvent]:
    edges = [0, *sorted(cuts), len(data)]
    return [event for start, end in pairwise(edges) for event in parser.feed(data[start:end])]


# -- commands


@given(st.lists(SENDABLE, max_size=6))
def test_asterisk_reads_every_argument_as_it_was_given(arguments: list[str]) -> None:
    line = encode_command("SET VARIABLE", *arguments)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_args(line[:-1]) == [b"SET", b"VARIABLE", *(a.encode() for a in arguments)]


@pytest.mark.parametrize("bad", ["a\nHANGUP", "a\rb", "a\0b"])
def test_what_would_be_a_second_command_is_refused(bad: str) -> None:
    for encode in (quote, encode_line, lambda text: encode_command("NOOP", text)):
        with pytest.raises(ValueError, match="can't hold CR, LF or NUL"):
            encode(bad)


@pytest.mark.parametrize("line", ["", "  ", "failure", "FAILURE 1"])
def test_lines_that_are_no_command_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="empty or begin with 'failure'"):
        encode_line(line)


def test_the_longest_line_is_sent_and_one_byte_more_is_refused() -> None:
    room = AGI_COMMAND_BYTES - len('NOOP ""')
    assert len(encode_command("NOOP", "x" * room)) == AGI_COMMAND_BYTES + 1
    with pytest.raises(ValueError, match="2047 bytes"):
        encode_command("NOOP", "x" * (room + 1))


# -- the environment


def test_environment_is_read_with_what_is_not_utf8_kept() -> None:
    (environment,) = AGIParser().feed(ENVIRONMENT)
    assert isinstance(environment, Environment)
    assert environment.variables["agi_network_script"] == "portero?tenant=robles"
    assert environment.variables["agi_request"] == "agi://127.0.0.1:4574/portero?tenant=robles"
    name = environment.variables["agi_calleridname"]
    assert name.encode("utf-8", "surrogateescape") == b"Port\xf3n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n", "not an AGI environment"),
        (b"G", "not an AGI environment"),
        (b"\n", "not an AGI environment"),
        (b"agi_network: yes\nnonsense\n", "not an AGI environment"),
        (b"agi_network: yes\nHost: x\n", "not an AGI environment"),
        (b"agi_dnid: 1\nagi_dnid: 2\n", "has a name twice"),
        (b"agi_dnid: 1\nAGI_DNID: 2\n", "has a name twice"),
        (b"agi_x: " + b"x" * AGI_ENVIRONMENT_BYTES, "bytes without an end"),
        (b"".join(b"agi_arg_%d: \n" % n for n in range(AGI_ENVIRONMENT_KEYS + 1)), "more than 256"),
    ],
)
def test_another_environment_is_refused_with_a_reason(data: bytes, why: str) -> None:
    parser = AGIParser()
    (lost,) = parser.feed(data)
    assert isinstance(lost, Unreadable)
    assert why in lost.why
    assert parser.feed(ENVIRONMENT) == []


# -- replies


@pytest.mark.parametrize("kind", REPLIES)
def test_reply_whole_and_byte_by_byte(kind: str) -> None:
    command, data, reply = REPLIES[kind]
    assert ready_parser(command).feed(data) == [reply]
    assert feed_pieces(ready_parser(command), data, list(range(1, len(data)))) == [reply]


@given(st.sampled_from(sorted(REPLIES)), st.data())
def test_reply_cut_anywhere(kind: str, data: st.DataObject) -> None:
    command, sent, reply = REPLIES[kind]
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=5))
    assert feed_pieces(ready_parser(command), sent, cuts) == [reply]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_noise_gives_the_same_events_however_it_is_cut(noise: bytes, cuts: list[int]) -> None:
    whole = ready_parser("GET VARIABLE X").feed(noise)
    pieces = feed_pieces(ready_parser("GET VARIABLE X"), noise, cuts)
    assert pieces == whole
    assert sum(isinstance(event, Reply) for event in whole) <= 1


@pytest.mark.parametrize("kind", REPLIES)
def test_hangup_before_and_after_a_reply_answers_nothing(kind: str) -> None:
    command, data, reply = REPLIES[kind]
    assert ready_parser(command).feed(b"HANGUP\n" + data) == [Hangup(), reply]
    assert ready_parser(command).feed(data + b"HANGUP\n") == [reply, Hangup()]


def test_hangup_inside_a_usage_text_is_a_hangup() -> None:
    first, rest = USAGE.split(b"\n", 1)
    events = ready_parser("SET VARIABLE x").feed(first + b"\nHANGUP\n" + rest)
    assert events == [Hangup(), Reply(520, USAGE_TEXT)]


def test_hangup_between_trying_and_its_reply() -> None:
    events = ready_parser("GOSUB x").feed(b"100 result=0 Trying...\nHANGUP\n200 result=-1\n")
    assert events == [Hangup(), Reply(200, "-1", "-1")]


@pytest.mark.parametrize(
    "line", [b"nonsense", b"", b"hangup", b"200", b"200 OK", b"999 x", b"b)", b"HANGUP\r"]
)
def test_a_line_that_is_no_reply_loses_the_step(line: bytes) -> None:
    (lost,) = ready_parser("GET VARIABLE X").feed(line + b"\n")
    assert isinstance(lost, Unreadable)


@pytest.mark.parametrize("kind", REPLIES)
def test_a_second_reply_to_one_command_loses_the_step(kind: str) -> None:
    command, data, reply = REPLIES[kind]
    first, second = ready_parser(command).feed(data * 2)
    assert first == reply
    assert isinstance(second, Unreadable)


def test_a_reply_without_a_command_loses_the_step() -> None:
    (lost,) = ready_parser().feed(b"200 result=0\n")
    assert isinstance(lost, Unreadable)


def test_part_of_a_reply_before_its_command_loses_the_step() -> None:
    parser = ready_parser()
    parser.feed(b"200 resu")
    assert isinstance(parser.expect(b"ANSWER\n"), Unreadable)
    assert parser.feed(b"lt=0\n") == []


def test_part_of_a_hangup_before_a_command_loses_nothing() -> None:
    parser = ready_parser()
    parser.feed(b"HANG")
    assert parser.expect(b"ANSWER\n") is None
    assert parser.feed(b"UP\n200 result=-1\n") == [Hangup(), Reply(200, "-1", "-1")]


def test_only_commands_with_text_are_answered_over_several_lines() -> None:
    reply, lost = ready_parser("STREAM FILE x").feed(b"200 result=0 (open\nb)\n")
    assert isinstance(reply, Reply)
    assert isinstance(lost, Unreadable)


@pytest.mark.parametrize(
    "endless",
    [
        b"200 result=1 (" + b"x" * AGI_REPLY_BYTES,
        b"200 result=1 (" + b"x\n" * (AGI_REPLY_BYTES // 2),
        b"520-Usage\n" + b"x\n" * (AGI_REPLY_BYTES // 2),
    ],
)
def test_a_reply_without_end_is_given_up(endless: bytes) -> None:
    (lost,) = ready_parser("GET VARIABLE X").feed(endless)
    assert isinstance(lost, Unreadable)
    shown = literal_eval(lost.why.partition(": ")[2])
    assert shown in endless
    assert len(shown) <= AGI_LOGGED_BYTES

"""AMI as bytes: messages however they are cut, and actions that can't be forged."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.asterisk.amiwire import (
    AMIParser,
    Banner,
    BannerError,
    Event,
    Message,
    Response,
    WireError,
    challenge_key,
    encode_action,
)
from portero.limits import AMI_ACTION_BYTES, AMI_ACTION_HEADERS, AMI_MESSAGE_BYTES

STREAM = (
    b"Asterisk Call Manager/11.0.0\r\n"
    b"Response: Success\r\nActionID: a1\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: DialBegin\r\nPrivilege: call,all\r\nDestChannel: UnicastRTP/1:2-0x1\r\n"
    b"ChanVariable: A=1\r\nChanVariable: B=x: y\r\nCallerIDName: Port\xf3n\r\n\r\n"
    b"Response: Success\r\nActionID: a2\r\nMessage: Command output follows\r\n"
    b"Output: Asterisk Call Manager/9\r\nOutput: \r\nOutput:  two\r\n\r\n"
    b"Event: UserEvent\r\nUserEvent: x\r\na line without colon\r\n\r\n"
)


def parse(data: bytes, *cuts: int) -> list[tuple[type, object]]:
    """Each message as its kind and its headers."""
    parser = AMIParser()
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    messages = [message for piece in pieces for message in parser.feed(piece)]
    return [
        (type(message), str(message) if isinstance(message, Banner) else message.pairs)
        for message in messages
    ]


def test_messages_keep_kind_order_and_repeated_headers() -> None:
    banner, login, dialing, command, user = AMIParser().feed(STREAM)
    assert banner == Banner("11.0.0")
    assert isinstance(login, Response)
    assert login["Message"] == login["message"] == "Authentication accepted"
    assert isinstance(dialing, Event)
    assert dialing["destchannel"] == "UnicastRTP/1:2-0x1"
    assert dialing["ChanVariable"] == "A=1"
    assert dialing.get_all("chanvariable") == ["A=1", "B=x: y"]
    assert dialing["calleridname"].encode("utf-8", "surrogateescape") == b"Port\xf3n"
    assert command.get_all("output") == ["Asterisk Call Manager/9", "", " two"]
    assert user.get_all("") == ["a line without colon"]
    assert list(user) == ["event", "userevent", ""]
    assert len(command) == 4
    assert "nothing" not in command


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_messages_cut_anywhere(cuts: list[int]) -> None:
    assert parse(STREAM, *cuts) == parse(STREAM)


def test_messages_byte_by_byte_and_with_bare_line_feeds() -> None:
    assert parse(STREAM, *range(1, len(STREAM))) == parse(STREAM)
    assert parse(STREAM.replace(b"\r\n", b"\n")) == parse(STREAM)


def test_what_is_neither_response_nor_event_tells_nothing() -> None:
    assert len(parse(STREAM + b"Message: x\r\nResponse: Success\r\n\r\n\r\n\r\n")) == 5


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"S", b"\r\n", b"Asterisk Call Manager 1\r\n"]
)
def test_another_greeting_is_refused_at_its_first_bytes(greeting: bytes) -> None:
    with pytest.raises(BannerError):
        list(AMIParser().feed(greeting))


@pytest.mark.parametrize(
    "endless",
    [
        b"Asterisk Call Manager/" + b"x" * AMI_MESSAGE_BYTES,
        STREAM + b"Event: " + b"x" * AMI_MESSAGE_BYTES,
        STREAM + b"Event: x\r\n" + b"A: b\r\n" * (AMI_MESSAGE_BYTES // 6),
    ],
)
def test_a_message_without_end_is_given_up(endless: bytes) -> None:
    with pytest.raises(WireError, match="more than"):
        parse(endless, *range(0, len(endless), 50_000))


def test_many_messages_are_no_message_without_end() -> None:
    count = 2 * AMI_MESSAGE_BYTES // len(b"Event: x\r\n\r\n")
    assert len(parse(STREAM[:30] + b"Event: x\r\n\r\n" * count)) == count + 1


# -- actions


def test_an_action_has_its_id_first_and_omits_none() -> None:
    headers = [("Variable", "A=1"), ("Variable", "B=2"), ("Channel", None), ("Priority", 1)]
    assert encode_action("Originate", "id-1", headers) == (
        b"Action: Originate\r\nActionID: id-1\r\n"
        b"Variable: A=1\r\nVariable: B=2\r\nPriority: 1\r\n\r\n"
    )


@pytest.mark.parametrize("value", ["x\r\nAction: Command", "x\nCommand: y", "x\r", "x\0"])
def test_values_that_would_forge_a_header_are_refused(value: str) -> None:
    for arguments in (("Setvar", "1", [("Value", value)]), (value, "1", []), ("Ping", value, [])):
        with pytest.raises(ValueError, match="CR, LF or NUL"):
            encode_action(*arguments)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", ":"])
def test_names_that_would_forge_a_header_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="can't be the name"):
        encode_action("Ping", "1", [(name, "x")])


def test_a_line_or_action_that_asterisk_would_cut_is_refused() -> None:
    room = AMI_ACTION_BYTES - len("Value: ")
    assert encode_action("Setvar", "1", [("Value", "x" * room)])
    with pytest.raises(ValueError, match="1023 bytes"):
        encode_action("Setvar", "1", [("Value", "x" * (room + 1))])
    assert encode_action("X", "1", [("A", 1)] * (AMI_ACTION_HEADERS - 2))
    with pytest.raises(ValueError, match="129 headers"):
        encode_action("X", "1", [("A", 1)] * (AMI_ACTION_HEADERS - 1))


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,10}", fullmatch=True),
            st.text(
                st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]),
                max_size=60,
            ),
        ),
        max_size=10,
    )
)
def test_what_is_sent_is_what_a_reader_of_ami_reads(headers: list[tuple[str, str]]) -> None:
    lines = encode_action("Test", "1", headers).decode().removesuffix("\r\n\r\n").split("\r\n")
    assert [tuple(line.split(": ", 1)) for line in lines[2:]] == headers


def test_the_answer_to_a_challenge() -> None:
    # echo -n "840415273very-secret" | md5sum
    assert challenge_key("840415273", "very-secret") == "49bedb7d777eb9d8ba733730bce9765e"


def test_a_message_shows_its_headers() -> None:
    assert repr(Message([("A", "1")])) == "<Message {'a': '1'}>"

"""What the replies of AGI commands mean, in StarPy's shapes (pure; agi-ami-starpy.md 1.3).

Every `as_…` takes a reply with code 200, and raises AGICommandFailure where it tells of a failure.
"""

from __future__ import annotations

from typing import NamedTuple

from portero.asterisk.agiwire import Reply
from portero.asterisk.error import (
    RESULT_FAILURE,
    AGICommandFailure,
    AGIDeadChannel,
    AGIHangup,
    AGIInvalidCommand,
    AGIUsageError,
)


class Played(NamedTuple):
    """`digit`: code of the key that ended the file, 0 for none. `endpos`: in samples of 8 kHz."""

    digit: int
    endpos: int


class Controlled(NamedTuple):
    """As `Played`, under StarPy's name; `endpos` is None where Asterisk does not tell it."""

    result: int
    endpos: int | None


class Chosen(NamedTuple):
    """`option`: the key, '' for none. `endpos`: in samples of 8 kHz."""

    option: str
    endpos: int


class Gathered(NamedTuple):
    """`digits`: the keys, in order. `timedOut`: waiting ended it, not the last key."""

    digits: str
    timedOut: bool


class Recorded(NamedTuple):
    """`digit`: code of the key that ended it, 0 for none. `typeOfExit`: dtmf, timeout, …"""

    digit: int
    typeOfExit: str
    endpos: int


def judged(name: str, reply: Reply) -> Reply | AGICommandFailure:
    """The reply to the command `name` if it is a 200, else the failure that its code stands for."""
    match reply.code:
        case 200:
            return reply
        case 510:
            return AGIInvalidCommand(reply.code, f"{name}: {reply.text}")
        case 511:
            return AGIDeadChannel(reply.code, f"{name}: {reply.text}")
        case 520:
            return AGIUsageError(reply.code, f"{name}: invalid syntax", usage=reply.text)
        case _:
            return AGICommandFailure(reply.code, f"{name}: {reply.text}")


def unless(failure: str, name: str, reply: Reply) -> Reply:
    """The reply if its result is not the one that means failure of the command `name`."""
    if reply.result == failure:
        raise AGICommandFailure(RESULT_FAILURE, f"{name}: the result is {reply.text}")
    return reply


def as_text(reply: Reply) -> str:
    """All that follows `200 result=`."""
    return reply.text


def as_number(reply: Reply) -> int:
    """The result; raises where it is none."""
    return _number(reply.result, reply)


def as_value(reply: Reply) -> str:
    """What stands in parentheses; '' where there is nothing."""
    return reply.value or ""


def as_played(reply: Reply) -> Played:
    """The end of STREAM FILE, which tells a missing file by -1."""
    return Played(as_number(reply), _endpos(reply))


def as_controlled(reply: Reply) -> Controlled:
    """The end of CONTROL STREAM FILE."""
    endpos = _endpos(reply) if "endpos" in reply.attributes else None
    return Controlled(as_number(reply), endpos)


def as_option(reply: Reply) -> Chosen:
    """The end of GET OPTION."""
    key = as_number(reply)
    return Chosen(chr(key) if key > 0 else "", _endpos(reply))


def as_gathered(reply: Reply) -> Gathered:
    """The keys of GET DATA, or the character of RECEIVE CHAR, as they stand in the result."""
    return Gathered(reply.result, reply.value == "timeout")


def as_recorded(reply: Reply) -> Recorded:
    """The end of RECORD FILE; a hangup and a file that can't be written are raised."""
    kind = reply.value or ""
    if kind == "hangup":
        raise AGIHangup(RESULT_FAILURE, reply.text)
    if as_number(reply) < 0 or not kind:
        raise AGICommandFailure(RESULT_FAILURE, reply.text)
    # Without a key the result is what Asterisk's last wait had left of its time, in ms: 0, or few.
    return Recorded(as_number(reply) if kind == "dtmf" else 0, kind, _endpos(reply))


def _endpos(reply: Reply) -> int:
    return _number(reply.attributes.get("endpos", ""), reply)


def _number(text: str, reply: Reply) -> int:
    try:
        return int(text)
    except ValueError:
        raise AGICommandFailure(RESULT_FAILURE, reply.text) from None

"""The AGI wire: commands to bytes, bytes to replies (pure).

Source: agi-ami-starpy.md 1.6, which was compiled from and driven against Asterisk's `res_agi.c`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from portero.limits import (
    AGI_COMMAND_BYTES,
    AGI_ENVIRONMENT_BYTES,
    AGI_ENVIRONMENT_KEYS,
    AGI_LOGGED_BYTES,
    AGI_REPLY_BYTES,
)

OK: Final = 200
USAGE: Final = 520

_FORBIDDEN = re.compile("[\r\n\0]")
_ENVIRONMENT_START: Final = b"agi_"
_ENVIRONMENT_KEY = re.compile(r"agi_\w+", re.ASCII)
# The only commands whose answer may go on over several lines: they hold text of somebody else.
_TEXT_COMMAND = re.compile(rb"(get( full)? variable|database get)\b", re.IGNORECASE)
_SUCCESS = re.compile(r"200 result=(\S*)(.*)", re.DOTALL)
_DETAILS = re.compile(r"(?: \((.*)\))?((?: \w+=\S*)*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)=(\S*)")
_REFUSAL = re.compile(r"5\d\d ")


class Environment(NamedTuple):
    """What opens a session: `agi_…` names, in lower case, to what Asterisk knows of the call."""

    variables: dict[str, str]


class Reply(NamedTuple):
    """The answer to a command.

    `text`: of a 200 all that follows `result=`, of a 520 the usage (which may be empty), else
    Asterisk's sentence. `result`, `value` (what stood in parentheses) and `attributes` (such as
    `endpos`) take the text of a 200 apart.
    """

    code: int
    text: str
    result: str = ""
    value: str | None = None
    attributes: Mapping[str, str] = MappingProxyType({})


class Hangup(NamedTuple):
    """The channel has hung up; answers no command."""


class Unreadable(NamedTuple):
    """What came is not AGI, or answers nothing: the step is lost. `why` is a sentence."""

    why: str


AGIEvent = Environment | Reply | Hangup | Unreadable


def quote(argument: str) -> str:
    """One argument in the form that `parse_args` of res_agi.c reads back unchanged.

    Raises ValueError for CR, LF and NUL, which can't be sent.
    """
    _check_sendable(argument)
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def encode_command(verb: str, *arguments: str) -> bytes:
    """A command line: the verb as it stands, every argument quoted; raises ValueError."""
    return encode_line(" ".join((verb, *map(quote, arguments))))


def encode_line(line: str) -> bytes:
    """A command line that is quoted already.

    Raises ValueError for what Asterisk would read as something else: a line that is empty, too
    long, or begins with `failure` (which ends the session).
    """
    _check_sendable(line)
    if not line.strip() or line.lower().startswith("failure"):
        raise ValueError("an AGI command can't be empty or begin with 'failure'")
    encoded = line.encode("utf-8", "surrogateescape")
    if len(encoded) > AGI_COMMAND_BYTES:
        raise ValueError(
            f"an AGI command of {len(encoded)} bytes; Asterisk takes {AGI_COMMAND_BYTES}"
        )
    return encoded + b"\n"


def _check_sendable(text: str) -> None:
    if _FORBIDDEN.search(text):
        raise ValueError("an AGI command can't hold CR, LF or NUL")


class AGIParser:
    """Bytes of one session in, events out, however the bytes are cut.

    `expect` says that a command is on its way; a reply without one is Unreadable, and so is one
    that was here before its command. After Unreadable nothing more comes out.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._variables: dict[str, str] = {}
        self._read: Callable[[bytes], AGIEvent | None] = self._read_environment
        self._limit = AGI_ENVIRONMENT_BYTES
        self._lines: list[bytes] = []
        self._size = 0
        self._command: bytes | None = None
        self._lost = False

    def expect(self, command: bytes) -> Unreadable | None:
        """The next reply answers this command line; Unreadable if a reply has begun already."""
        self._command = command
        early = bytes(self._buffer)
        if b"HANGUP\n".startswith(early):
            return None
        return self._give_up("part of a reply came before its command", early)

    def feed(self, data: bytes) -> list[AGIEvent]:
        """The events that `data` completes; an Unreadable is the last."""
        self._buffer += data
        events: list[AGIEvent] = []
        while not self._lost and (event := self._next()) is not None:
            events.append(event)
        return events

    def _next(self) -> AGIEvent | None:
        """The next event that the buffer completes."""
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._size += end + 1
            if self._size > self._limit:
                return self._too_long(line)
            event = self._read(line)
            if event is not None:
                return event
        if self._size + len(self._buffer) > self._limit:
            return self._too_long(bytes(self._buffer))
        return self._check_start()

    def _check_start(self) -> Unreadable | None:
        """Another protocol's client is known by its first bytes, before it ends a line."""
        start = bytes(self._buffer[: len(_ENVIRONMENT_START)])
        if self._read != self._read_environment or _ENVIRONMENT_START.startswith(start):
            return None
        return self._give_up("not an AGI environment", bytes(self._buffer))

    # -- one reader for each state; what it returns ends the state

    def _read_environment(self, line: bytes) -> AGIEvent | None:
        if not line and self._variables:
            return self._done(Environment(self._variables))
        name, colon, value = _text(line).partition(":")
        key = name.lower()
        if not colon or not _ENVIRONMENT_KEY.fullmatch(key):
            return self._give_up("not an AGI environment", line)
        if key in self._variables:
            # A line end in somebody's name may have forged it.
            return self._give_up("the AGI environment has a name twice", line)
        if len(self._variables) >= AGI_ENVIRONMENT_KEYS:
            return self._give_up(f"more than {AGI_ENVIRONMENT_KEYS} names", line)
        self._variables[key] = value.removeprefix(" ")
        return None

    def _read_reply(self, line: bytes) -> AGIEvent | None:
        if line == b"HANGUP":
            return Hangup()
        if self._command is None:
            return self._give_up("a line that answers no command", line)
        if line.startswith(b"100 "):
            return None
        if line.startswith(b"520-"):
            self._read = self._read_usage
            return None
        text = _text(line)
        if _SUCCESS.fullmatch(text):
            return self._read_success(line)
        if _REFUSAL.match(text):
            # A 520 of a single line says that there is no usage to tell.
            code = int(text[:3])
            return self._done(Reply(code, "" if code == USAGE else text[4:]))
        return self._give_up("not an AGI reply", line)

    def _read_success(self, line: bytes) -> AGIEvent | None:
        opens = b" (" in line and not line.endswith(b")")
        if opens and self._command is not None and _TEXT_COMMAND.match(self._command):
            self._lines.append(line)
            self._read = self._read_value
            return None
        return self._done(_success(_text(line)))

    def _read_usage(self, line: bytes) -> AGIEvent | None:
        if line == b"HANGUP":
            return Hangup()
        if line.startswith(b"520 "):
            return self._done(Reply(USAGE, _text(b"\n".join(self._lines))))
        self._lines.append(line)
        return None

    def _read_value(self, line: bytes) -> AGIEvent | None:
        """A value may hold any line, also HANGUP; the first that ends with `)` is its last."""
        self._lines.append(line)
        if not line.endswith(b")"):
            return None
        return self._done(_success(_text(b"\n".join(self._lines))))

    # -- ends

    def _done(self, event: AGIEvent) -> AGIEvent:
        self._read = self._read_reply
        self._limit = AGI_REPLY_BYTES
        self._lines = []
        self._size = 0
        self._command = None
        return event

    def _too_long(self, line: bytes) -> Unreadable:
        return self._give_up(f"more than {self._limit} bytes without an end", line)

    def _give_up(self, why: str, line: bytes) -> Unreadable:
        self._lost = True
        return Unreadable(f"{why}: {line[:AGI_LOGGED_BYTES]!r}")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _success(line: str) -> Reply:
    match = _SUCCESS.fullmatch(line)
    assert match is not None  # that is how it came here
    result, rest = match.groups()
    details = _DETAILS.fullmatch(rest)
    value, attributes = details.groups() if details else (None, "")
    return Reply(OK, result + rest, result, value, dict(_ATTRIBUTE.findall(attributes)))

"""The AMI wire: actions to bytes, bytes to responses and events (pure).

Source: agi-ami-starpy.md 1.6. Lines end with CRLF, an empty line ends a message; the same header
may come several times.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from portero.limits import (
    AMI_ACTION_BYTES,
    AMI_ACTION_HEADERS,
    AMI_MESSAGE_BYTES,
)

BANNER: Final = b"Asterisk Call Manager/"

# Asterisk takes a bare LF for a line end too (agi-ami-starpy.md, M6).
_FORBIDDEN = re.compile("[\r\n\0]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_()-]*")

Header = tuple[str, object]


class WireError(ValueError):
    """What came is not AMI; the text is a sentence."""


class BannerError(WireError):
    """The first line is not the banner of an Asterisk Manager."""


class Message(Mapping[str, str]):
    """The headers of one message, in order; names in any case, and in lower case when iterated.

    `message["output"]` is the first header of that name, `message.get_all("output")` all of them.
    A line without a colon has the name "".
    """

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple((name.lower(), value) for name, value in pairs)
        self._first = dict(reversed(self.pairs))

    def __getitem__(self, name: str) -> str:
        return self._first[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self._first)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict(self._first)}>"

    def get_all(self, name: str) -> list[str]:
        """The values of every header of this name, in order."""
        return [value for header, value in self.pairs if header == name.lower()]


class Banner(str):
    """The version of the protocol that the server speaks, such as "11.0.0"."""

    __slots__ = ()


class Response(Message):
    """The answer to an action."""

    __slots__ = ()


class Event(Message):
    """Something happened; with an `actionid` it is part of the answer to that action."""

    __slots__ = ()


def encode_action(name: str, action_id: str, headers: Iterable[Header]) -> bytes:
    """One action, its ActionID first; a value of None leaves its header out.

    Raises ValueError for what Asterisk would read as another header or another action, and for
    what it would refuse or cut (a line over AMI_ACTION_BYTES, more than AMI_ACTION_HEADERS).
    """
    pairs = [("Action", name), ("ActionID", action_id), *headers]
    lines = [_encode_header(header, value) for header, value in pairs if value is not None]
    if len(lines) > AMI_ACTION_HEADERS:
        raise ValueError(
            f"{name} has {len(lines)} headers; Asterisk takes at most {AMI_ACTION_HEADERS}"
        )
    return b"\r\n".join([*lines, b"", b""])


def challenge_key(challenge: str, secret: str) -> str:
    """What proves the secret to a `Challenge` without telling it (AuthType MD5)."""
    proof = (challenge + secret).encode("utf-8", "surrogateescape")
    return hashlib.md5(proof, usedforsecurity=False).hexdigest()


def _encode_header(name: str, value: object) -> bytes:
    text = str(value)
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of an AMI header")
    if _FORBIDDEN.search(text):
        raise ValueError(f"the AMI header {name} can't hold CR, LF or NUL")
    line = f"{name}: {text}".encode("utf-8", "surrogateescape")
    if len(line) > AMI_ACTION_BYTES:
        raise ValueError(
            f"the AMI header {name} is {len(line)} bytes long; Asterisk takes {AMI_ACTION_BYTES}"
        )
    return line


class AMIParser:
    """Bytes of a connection in; banner, responses and events out, however the bytes are cut.

    After a WireError the parser is of no more use.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._pairs: list[tuple[str, str]] = []
        self._size = 0
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[Banner | Response | Event]:
        """What `data` completes; raises BannerError or another WireError."""
        self._buffer += data
        self._check_greeting()
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).removesuffix(b"\r")
            del self._buffer[: end + 1]
            self._size += end + 1
            self._check_size(self._size)
            message = self._line(line.decode("utf-8", "surrogateescape"))
            if message is not None:
                yield message
        self._check_size(self._size + len(self._buffer))

    def _check_greeting(self) -> None:
        """Another protocol's server is known by its first bytes, before it ends a line."""
        start = bytes(self._buffer[: len(BANNER)])
        if not self._greeted and not BANNER.startswith(start):
            raise BannerError(f"the server says {bytes(self._buffer[:40])!r}")

    def _check_size(self, size: int) -> None:
        if size > AMI_MESSAGE_BYTES:
            raise WireError(f"an AMI message of more than {AMI_MESSAGE_BYTES} bytes")

    def _line(self, line: str) -> Banner | Response | Event | None:
        if not self._greeted:
            self._greeted = True
            return Banner(line[len(BANNER) :])
        if line:
            name, colon, value = line.partition(":")
            self._pairs.append((name, value.removeprefix(" ")) if colon else ("", line))
            return None
        pairs, self._pairs, self._size = self._pairs, [], 0
        return _message(pairs)


def _message(pairs: list[tuple[str, str]]) -> Response | Event | None:
    """The first header says what a message is; one that is neither tells nothing."""
    kind = pairs[0][0].lower() if pairs else ""
    if kind == "response":
        return Response(pairs)
    if kind == "event":
        return Event(pairs)
    return None

"""AudioSocket messages as bytes (reference/asterisk.md, "AudioSocket"; pure)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from portero.limits import AUDIOSOCKET_PAYLOAD_BYTES

_HEADER = struct.Struct("!BH")


class Kind(IntEnum):
    """What a message is; sound is signed 16 bit little-endian."""

    HANGUP = 0x00
    UUID = 0x01
    DTMF = 0x03
    SLIN16 = 0x12
    SLIN24 = 0x13
    ERROR = 0xFF


# Kinds whose payload has one length only.
LENGTHS = {Kind.HANGUP: 0, Kind.UUID: 16, Kind.DTMF: 1}


class Message(NamedTuple):
    """One message; ``kind`` may be one that this module has no name for."""

    kind: int
    payload: bytes


def build_message(kind: int, payload: bytes = b"") -> bytes:
    """Kind (1 byte), length (2 bytes, big-endian), payload."""
    return _HEADER.pack(kind, len(payload)) + payload


class MessageParser:
    """Cuts a stream of bytes into messages; what is incomplete waits for the next ``feed``."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield each message that is complete now.

        Raises ValueError, and can't be used any more, at a length that no such message has.
        """
        self._rest += data
        while len(self._rest) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._rest)
            check_length(kind, length)
            end = _HEADER.size + length
            if len(self._rest) < end:
                return
            payload = bytes(self._rest[_HEADER.size : end])
            del self._rest[:end]
            yield Message(kind, payload)


def check_length(kind: int, length: int) -> None:
    """Raise ValueError when no message of this kind is so long."""
    if length > AUDIOSOCKET_PAYLOAD_BYTES:
        raise ValueError(f"AudioSocket message of {length} bytes is too long")
    if LENGTHS.get(kind, length) != length:  # type: ignore[call-overload]
        raise ValueError(f"AudioSocket message of kind {kind:#04x} can't have {length} bytes")

"""RTP packets as bytes, and the arithmetic of numbers that wrap (RFC 3550; pure)."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

VERSION: Final = 2
HEADER_BYTES: Final = 12
CSRC_BYTES: Final = 4
EXTENSION_HEADER_BYTES: Final = 4

_HEADER = struct.Struct("!BBHII")
_PADDING_BIT: Final = 0x20
_EXTENSION_BIT: Final = 0x10
_CSRC_COUNT: Final = 0x0F
_MARKER_BIT: Final = 0x80
_PAYLOAD_TYPE: Final = 0x7F


class RtpPacket(NamedTuple):
    """One packet: ``payload`` is the sound alone; CSRCs, extension and padding are gone."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_rtp(datagram: bytes) -> RtpPacket:
    """Read a datagram (RFC 3550, 5.1).

    Raises ValueError, with one sentence for each malformation.
    """
    if len(datagram) < HEADER_BYTES:
        raise ValueError("RTP packet is shorter than its header")
    flags, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
    if flags >> 6 != VERSION:
        raise ValueError("RTP packet has another version than 2")
    payload = datagram[HEADER_BYTES:] if flags == VERSION << 6 else _inner(datagram, flags)
    return RtpPacket(kind & _PAYLOAD_TYPE, kind >= _MARKER_BIT, sequence, timestamp, ssrc, payload)


def _inner(datagram: bytes, flags: int) -> bytes:
    """The payload of a packet that has CSRCs, an extension or padding."""
    start = HEADER_BYTES + CSRC_BYTES * (flags & _CSRC_COUNT)
    if start > len(datagram):
        raise ValueError("RTP packet has a truncated CSRC list")
    if flags & _EXTENSION_BIT:
        words_at = start + 2
        start += EXTENSION_HEADER_BYTES
        if start > len(datagram):
            raise ValueError("RTP packet has a truncated extension header")
        start += 4 * int.from_bytes(datagram[words_at : words_at + 2], "big")
        if start > len(datagram):
            raise ValueError("RTP packet has a truncated extension")
    end = len(datagram)
    if flags & _PADDING_BIT:
        padding = datagram[-1]
        if padding == 0 or padding > end - start:
            raise ValueError("RTP packet has padding of an impossible length")
        end -= padding
    return datagram[start:end]


def build_rtp(packet: RtpPacket) -> bytes:
    """The datagram of a packet, without CSRC, extension or padding; its numbers must fit."""
    kind = packet.payload_type | (_MARKER_BIT if packet.marker else 0)
    header = _HEADER.pack(VERSION << 6, kind, packet.sequence, packet.timestamp, packet.ssrc)
    return header + packet.payload


def next_sequence(sequence: int, steps: int = 1) -> int:
    """The sequence number ``steps`` later, 16 bits wide."""
    return (sequence + steps) & 0xFFFF


def next_timestamp(timestamp: int, samples: int) -> int:
    """The timestamp ``samples`` later, 32 bits wide."""
    return (timestamp + samples) & 0xFFFFFFFF


def sequence_distance(sequence: int, origin: int) -> int:
    """How far ``sequence`` lies ahead of ``origin``: -32768 to 32767, negative when behind."""
    return ((sequence - origin + 0x8000) & 0xFFFF) - 0x8000


def timestamp_distance(timestamp: int, origin: int) -> int:
    """How far ``timestamp`` lies ahead of ``origin``, in ticks; negative when behind."""
    return ((timestamp - origin + 0x80000000) & 0xFFFFFFFF) - 0x80000000

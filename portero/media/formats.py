"""The sound formats of sessions and legs, and which leg goes with which session (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from portero.limits import FRAME_MS
from portero.media.audiosocket import Kind


@dataclass(frozen=True, slots=True)
class SessionFormat:
    """What the Realtime API speaks (reference/openai-realtime.md, 5).

    ``silence`` is the byte that silence is made of (for G.711 the code of the smallest level).
    """

    name: str
    rate: int
    bytes_per_ms: int
    silence: bytes

    @property
    def silent_frame(self) -> bytes:
        """20 ms of silence."""
        return self.silence * (self.bytes_per_ms * FRAME_MS)


PCM: Final = SessionFormat("audio/pcm", 24000, 48, b"\x00")
PCMU: Final = SessionFormat("audio/pcmu", 8000, 8, b"\xff")
PCMA: Final = SessionFormat("audio/pcma", 8000, 8, b"\xd5")


class Coding(Enum):
    """How samples are written on a leg."""

    BIG_ENDIAN = ">i2"
    LITTLE_ENDIAN = "<i2"
    G722 = "g722"
    G711 = "g711"


@dataclass(frozen=True, slots=True)
class LegFormat:
    """What goes over a leg: ``name`` stands in ``c(NAME)`` of the dial string.

    ``types_in`` and ``type_out``: RTP payload types, or kinds of AudioSocket messages.
    ``rate_in`` and ``rate_out``: samples in a second, from Asterisk and to it.
    """

    name: str
    session: SessionFormat
    coding: Coding
    types_in: frozenset[int]
    type_out: int
    rate_in: int
    rate_out: int

    @property
    def bytes_in(self) -> int:
        """The length of a frame from Asterisk."""
        if self.coding in (Coding.G722, Coding.G711):
            return 8 * FRAME_MS  # 64 kbit/s
        return 2 * self.rate_in * FRAME_MS // 1000

    @property
    def clock_in(self) -> int:
        """Ticks in a second of the RTP timestamps from Asterisk; 8000 for G.722 (RFC 3551)."""
        return 8000 if self.coding is Coding.G722 else self.rate_in


# Asterisk drops every payload type above 34 that comes to this leg: slin16 is answered in 11, L16
# at 8 kHz (reference/asterisk.md, "The trap"). It has two static types for that: 10 and 11.
RTP_FORMATS: Final = {
    leg.name: leg
    for leg in (
        LegFormat("slin16", PCM, Coding.BIG_ENDIAN, frozenset({118}), 11, 16000, 8000),
        LegFormat("slin", PCM, Coding.BIG_ENDIAN, frozenset({10, 11}), 11, 8000, 8000),
        LegFormat("g722", PCM, Coding.G722, frozenset({9}), 9, 16000, 16000),
        LegFormat("ulaw", PCMU, Coding.G711, frozenset({0}), 0, 8000, 8000),
        LegFormat("alaw", PCMA, Coding.G711, frozenset({8}), 8, 8000, 8000),
    )
}
# The RTP clock of every payload type that is sent: 8 kHz, for G.722 too (RFC 3551, 4.5.2).
RTP_SAMPLES_PER_FRAME: Final = 8 * FRAME_MS

AUDIOSOCKET_FORMATS: Final = {
    leg.name: leg
    for leg in (
        LegFormat(
            "slin16", PCM, Coding.LITTLE_ENDIAN, frozenset({Kind.SLIN16}), Kind.SLIN16, 16000, 16000
        ),
        LegFormat(
            "slin24", PCM, Coding.LITTLE_ENDIAN, frozenset({Kind.SLIN24}), Kind.SLIN24, 24000, 24000
        ),
    )
}

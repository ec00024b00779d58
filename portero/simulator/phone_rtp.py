"""RTP as chan_rtp sends and takes it, and a network that does harm to it (pure).

Source: RFC 3550, 5.1; ``reference/asterisk.md``: version 2, no extension, no CSRC, marker 0 on the
first packet.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from portero.simulator.phone_sound import LegFormat

HEADER: Final = struct.Struct("!BBHII")
VERSION_2: Final = 0x80


class RtpSender:
    """Numbers the packets of one leg; ``number`` and ``timestamp`` may start near their wrap."""

    def __init__(self, form: LegFormat, ssrc: int, number: int = 0, timestamp: int = 0) -> None:
        self._form = form
        self._ssrc = ssrc
        self._number = number
        self._timestamp = timestamp

    def packet(self, payload: bytes) -> bytes:
        """The next frame as a datagram."""
        header = HEADER.pack(
            VERSION_2, self._form.payload_type, self._number, self._timestamp, self._ssrc
        )
        self.skip()
        self._number = self._number + 1 & 0xFFFF
        return header + payload

    def skip(self) -> None:
        """20 ms in which the phone sends nothing: the timestamp goes on, the number does not."""
        self._timestamp = self._timestamp + self._form.ticks & 0xFFFFFFFF


@dataclass(slots=True)
class RtpReceiver:
    """Takes datagrams as chan_rtp does: only what fits is heard, nothing is said of the rest.

    ``dropped`` counts by payload type, ``-1`` for what is no RTP at all.
    """

    form: LegFormat
    heard: int = 0
    dropped: Counter[int] = field(default_factory=Counter)

    def payload(self, datagram: bytes) -> bytes | None:
        """The sound of a datagram, or None where Asterisk would drop it."""
        if len(datagram) <= HEADER.size or datagram[0] & 0xC0 != VERSION_2:
            self.dropped[-1] += 1
            return None
        payload_type = datagram[1] & 0x7F
        if payload_type != self.form.back_type:
            self.dropped[payload_type] += 1
            return None
        self.heard += 1
        return datagram[HEADER.size + 4 * (datagram[0] & 0x0F) :]


@dataclass(frozen=True, slots=True)
class Network:
    """How bad the way to portero is: shares are 0 to 1 of all packets, times in seconds.

    ``reorder``: the share of packets that come after the one that follows them.
    """

    loss: float = 0.0
    jitter: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0

    def arrivals(self, packet: bytes, dice: Random) -> list[tuple[float, bytes]]:
        """When (seconds from now) and how often a packet arrives."""
        if dice.random() < self.loss:
            return []
        delay = dice.uniform(0, self.jitter)
        if dice.random() < self.reorder:
            delay += 1.5 * 0.020
        copies = 2 if dice.random() < self.duplicate else 1
        return [(delay, packet)] * copies


PERFECT: Final = Network()

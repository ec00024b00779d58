"""Puts RTP packets back in order and in time, without a clock of its own (pure)."""

from __future__ import annotations

from portero.limits import (
    JITTER_AHEAD_PACKETS,
    JITTER_BEHIND_PACKETS,
    JITTER_MIN_FRAMES,
    TRANSIT_STEP_SECONDS,
)
from portero.media.rtp import RtpPacket, next_sequence, sequence_distance, timestamp_distance

_HISTORY = (1 << JITTER_BEHIND_PACKETS) - 1


class ArrivalJitter:
    """The interarrival jitter of a stream (RFC 3550, 6.4.1 and A.8), and the worst it ever was.

    ``clock``: ticks of the timestamps in a second. When a packet came is the kernel's word for it,
    not the beat's, which looks every 20 ms and would find jitter in a stream that has none.
    """

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._last: tuple[int, int, int] | None = None
        self._jitter = 0.0
        self.worst_ms: float | None = None

    def push(self, packet: RtpPacket, came_ns: int) -> None:
        """Count in a packet, in the order of arrival; ``came_ns``: nanoseconds of any clock."""
        last, self._last = self._last, (packet.ssrc, packet.timestamp, came_ns)
        if last is None or last[0] != packet.ssrc:
            return
        sent = timestamp_distance(packet.timestamp, last[1]) / self._clock
        difference = abs((came_ns - last[2]) / 1e9 - sent)
        if difference > TRANSIT_STEP_SECONDS:
            return
        self._jitter += (difference - self._jitter) / 16
        self.worst_ms = max(self.worst_ms or 0.0, self._jitter * 1000)


class JitterBuffer:
    """A reorder buffer: gives the packets back in order, each as soon as its turn has come.

    How long to wait for one that is missing is for its user to say (``give_up``). Phones that have
    nothing to say send nothing (reference/asterisk.md, "No packets is normal"), so a pause of any
    length is no loss. ``frames``: the most that may wait after a beat.
    """

    def __init__(self, frames: int) -> None:
        self._bound = max(JITTER_MIN_FRAMES, frames)
        self._payloads: dict[int, bytes] = {}
        self._ssrc: int | None = None
        self._next = 0
        self._passed = 0  # turns of this stream that are over: bit 0 the last, 1 for played
        self._fresh = True
        self._stray: int | None = None
        self.lost = 0
        self.late = 0
        self.duplicates = 0
        self.skipped = 0

    def __len__(self) -> int:
        return len(self._payloads)

    def push(self, packet: RtpPacket) -> None:
        """Take a packet in; what comes late or twice is counted and dropped."""
        if packet.ssrc != self._ssrc:
            self._restart(packet)
        ahead = sequence_distance(packet.sequence, self._next)
        if not -JITTER_BEHIND_PACKETS <= ahead < JITTER_AHEAD_PACKETS:
            if packet.sequence != self._stray:
                # One packet from nowhere proves nothing, two in a row do (RFC 3550, A.1).
                self._stray = next_sequence(packet.sequence)
                self.late += 1
                return
            self._restart(packet)
        elif ahead < 0:
            if not self._fresh:
                self._count_behind(ahead)
                return
            self._next = packet.sequence
        if packet.sequence in self._payloads:
            self.duplicates += 1
        else:
            self._payloads[packet.sequence] = packet.payload

    def pop(self) -> bytes | None:
        """The payload whose turn it is, or None while it has not come."""
        payload = self._payloads.pop(self._next, None)
        if payload is not None:
            self._pass_turn(played=True)
        return payload

    def give_up(self) -> int:
        """Wait no longer for what is missing before the next packet; returns how many are lost."""
        lost = 0
        while self._payloads and self._next not in self._payloads:
            self._pass_turn(played=False)
            lost += 1
        return lost

    def trim(self) -> None:
        """Drop the oldest beyond the bound: a flood must not delay the visitor."""
        while len(self._payloads) > self._bound:
            played = self._payloads.pop(self._next, None) is not None
            self.skipped += played
            self._pass_turn(played=played)

    def _restart(self, packet: RtpPacket) -> None:
        self._ssrc = packet.ssrc
        self._payloads.clear()
        self._next = packet.sequence
        self._passed = 0
        self._fresh = True
        self._stray = None

    def _pass_turn(self, *, played: bool) -> None:
        self.lost += not played
        self._fresh = False
        self._passed = (self._passed << 1 | played) & _HISTORY
        self._next = next_sequence(self._next)

    def _count_behind(self, ahead: int) -> None:
        if self._passed >> (-ahead - 1) & 1:
            self.duplicates += 1
        else:
            self.late += 1

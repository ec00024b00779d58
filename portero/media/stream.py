"""The sound of one call: its leg on one side, its Realtime session on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from portero.limits import AHEAD_FRAMES, FRAME_MS
from portero.media.leg import Leg
from portero.media.playout import Heard, Playout
from portero.waiting import Waiters

log = Logger()


@dataclass(frozen=True, slots=True)
class MediaStats:
    """Sound figures of a call, in frames of 20 ms where no unit is named.

    ``lost``: never came; ``late``, ``duplicates``: came and were dropped; ``skipped``: dropped
    because too much was waiting. ``foreign``, ``malformed``, ``unsent``: datagrams.
    ``underruns``: times the agent's voice broke off inside an item. ``silence_filled``: nothing
    came from the visitor. ``gated``: noise made silent. ``overflow_ms``: the agent's sound that
    did not fit into the queue. ``jitter_ms``: interarrival jitter (RFC 3550), the highest that the
    running figure reached on this leg; None over AudioSocket, and where the kernel does not say
    when a packet came.
    """

    frames_in: int
    frames_out: int
    lost: int
    late: int
    duplicates: int
    skipped: int
    foreign: int
    malformed: int
    unsent: int
    underruns: int
    silence_filled: int
    gated: int
    overflow_ms: int
    jitter_ms: float | None = None


class MediaStream:
    """One call's sound both ways; MediaService.open makes it, and the beat drives it."""

    def __init__(
        self,
        leg: Leg,
        playout: Playout,
        *,
        append_ms: int,
        patience: int,
        hold_cycle: Sequence[bytes | None],
        on_append: Callable[[bytes], None],
        on_cut: Callable[[list[Heard]], None] | None,
        on_close: Callable[[MediaStream], None],
    ) -> None:
        self.leg = leg
        self.closed = False
        self._playout = playout
        self._append_frames = append_ms // FRAME_MS
        self._patience = patience
        self._hold_cycle = hold_cycle
        self._hold: Iterator[bytes | None] | None = None
        self._on_append = on_append
        self._on_cut = on_cut
        self._on_close = on_close
        self._drained = Waiters()
        self._uplink = False
        self._behind = 0
        self._pausing = True
        self._waiting: list[bytes] = []
        self._speaking = False
        self._starts_spurt = False
        self._cut_item: str | None = None
        self._silence_filled = 0
        self._gated = 0

    @property
    def dial_string(self) -> str:
        """What Asterisk's ``Dial()`` takes to bring the call's sound here."""
        return self.leg.dial_string

    @property
    def needs_remote(self) -> bool:
        """Whether ``set_remote`` has to be called before sound flows."""
        return self.leg.needs_remote

    @property
    def playing(self) -> bool:
        """Whether sound of the agent still waits to be sent."""
        return self._playout.playing

    @property
    def stats(self) -> MediaStats:
        """The figures until now; they stay after the end."""
        counts = self.leg.counts()
        return MediaStats(
            frames_in=counts.frames_in,
            frames_out=counts.frames_out,
            lost=counts.lost,
            late=counts.late,
            duplicates=counts.duplicates,
            skipped=counts.skipped,
            foreign=counts.foreign,
            malformed=counts.malformed,
            unsent=counts.unsent,
            underruns=self._playout.underruns,
            silence_filled=self._silence_filled,
            gated=self._gated,
            overflow_ms=self._playout.overflow_ms,
            jitter_ms=counts.jitter_ms,
        )

    def set_remote(self, host: str, port: int) -> None:
        """Where Asterisk listens (IPv4 address and UDP port), as AMI tells it."""
        self.leg.set_remote(host, port)

    def start_uplink(self) -> None:
        """From here on the visitor's sound is appended, or silence, without a gap."""
        self._uplink = True
        self._behind = 0
        self._pausing = True

    def play(self, item_id: str, audio: bytes) -> None:
        """Queue sound of an item, in the session's format and of any length.

        What does not fit is cut off the item's end: logged, counted in ``overflow_ms``, and told
        by ``flush`` or, once the rest has been played, by ``on_cut``.
        """
        if self.closed:
            return
        if self._playout.play(item_id, audio) and item_id != self._cut_item:
            self._cut_item = item_id
            log.warn(
                "{leg}: the queue of the agent's sound is full, the rest of {item} is cut "
                "(media.queue_frames)",
                leg=self.dial_string,
                item=item_id,
            )

    def end_item(self, item_id: str) -> None:
        """No more sound comes for this item."""
        self._playout.end_item(item_id)

    def hold(self, *, on: bool) -> None:
        """Play the tone of a gap wherever the agent's sound leaves silence; it is no item."""
        if not on:
            self._hold = None
        elif self._hold is None:
            self._hold = cycle(self._hold_cycle)

    def flush(self) -> list[Heard]:
        """Stop speaking now; returns what was heard of each item not played to its end."""
        heard = self._playout.flush()
        self._drained.fire()
        return heard

    def drained(self) -> Deferred[None]:
        """Fires when all queued sound has been sent, at once if there is none; also on flush."""
        return self._drained.wait() if self._playout.playing else succeed(None)

    def connected(self) -> Deferred[None]:
        """Fires when the leg is up: the remote is set, or Asterisk has connected."""
        return self.leg.connected.wait()

    def lost(self) -> Deferred[None]:
        """Fires when the sound is gone: Asterisk has closed an AudioSocket, or a fault of ours.

        Asterisk says nothing when it ends an RTP leg; ``Dial()`` does.
        """
        return self.leg.lost.wait()

    def close(self) -> None:
        """Give the port back and stop; calling it again does nothing."""
        if self.closed:
            return
        self.closed = True
        self._on_close(self)
        self.leg.close()
        self.flush()

    def fail(self) -> None:
        """Close, and let the call know that its sound is gone."""
        self.close()
        self.leg.lost.fire()

    def next_frame(self) -> bytes | None:
        """The frame to be sent in this beat, or None for silence (for the beat)."""
        if not self.leg.ready:
            return None
        frame = self._playout.pop()
        if frame is None and self._hold is not None:
            frame = next(self._hold)
        speaking = frame is not None
        self._starts_spurt = speaking and not self._speaking
        self._speaking = speaking
        return frame

    def send(self, frame: bytes) -> None:
        """Send that frame, as it is on the leg (for the beat)."""
        if self.leg.ready:
            self.leg.send(frame, starts_spurt=self._starts_spurt)

    def take(self, owed: int) -> list[bytes | None]:
        """The frames of a beat that owes so many, in order; None is silence (for the beat).

        The model has no clock but the sound itself, so a frame that comes late is only late:
        it is waited for, and then appended with the next. What does not come within ``patience``
        frames is lost, or the visitor's side pauses: from there on silence is filled in by our
        clock. What comes in a burst is appended at once, up to AHEAD_FRAMES before its time.
        """
        self._behind += owed
        frames: list[bytes | None] = []
        while self._behind > -AHEAD_FRAMES:
            frame = self.leg.pop()
            if frame is None and not self._fill(frames):
                break
            if frame is not None:
                frames.append(frame)
                self._behind -= 1
                self._pausing = False
        return frames

    def _fill(self, frames: list[bytes | None]) -> bool:
        """Silence for what has not come in time; True when a later frame is there."""
        if self._behind <= (0 if self._pausing else self._patience):
            return False
        lost = self.leg.give_up()
        if not (lost and self._pausing):  # the silence of a pause stands for what was lost in it
            silent = min(lost, self._behind) if lost else self._behind
            frames += [None] * silent
            self._behind -= silent
        self._pausing = self._pausing or not lost
        return lost > 0

    def append(self, frame: bytes, *, filled: bool) -> None:
        """A frame for the session; ``filled``: nothing came from the visitor (for the beat)."""
        if not self._uplink or self.closed:
            return
        self._silence_filled += filled
        self._waiting.append(frame)
        if len(self._waiting) >= self._append_frames:
            audio = b"".join(self._waiting)
            self._waiting.clear()
            self._on_append(audio)

    def count_gated(self) -> None:
        """The noise gate has silenced a frame (for the beat)."""
        self._gated += 1

    def settle(self) -> None:
        """Tell what this beat has brought to its end (for the beat)."""
        cut = self._playout.take_finished_cut()
        if cut and self._on_cut is not None:
            self._on_cut(cut)
        if self._drained and not self._playout.playing:
            self._drained.fire()

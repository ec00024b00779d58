"""What the agent says, cut into frames and counted item by item (pure)."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from portero.limits import FRAME_MS


class Heard(NamedTuple):
    """How much of an item went to the phone, and how much was still waiting, in whole ms."""

    item_id: str
    played_ms: int
    queued_ms: int


class _Item:
    __slots__ = ("cut", "ended", "item_id", "played", "sound")

    def __init__(self, item_id: str) -> None:
        self.item_id = item_id
        self.sound = bytearray()
        self.played = 0
        self.ended = False
        self.cut = False


class Playout:
    """A bounded queue from deltas of any size to frames of 20 ms.

    ``bytes_per_ms`` and ``silence`` (one byte) are those of the session's format. A talk spurt
    starts when ``prebuffer_frames`` are queued, when its item has ended, or when it has waited
    for as long as those frames last. A frame holds sound of one item only: the last one of an
    item is padded. Of an item that would fill more than ``queue_frames`` the rest is cut.
    """

    def __init__(
        self, bytes_per_ms: int, silence: bytes, prebuffer_frames: int, queue_frames: int
    ) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._silence = silence
        self._frame_bytes = bytes_per_ms * FRAME_MS
        self._prebuffer_frames = max(1, prebuffer_frames)  # never half a frame at once
        self._capacity = queue_frames * self._frame_bytes
        self._items: deque[_Item] = deque()
        self._queued = 0
        self._running = False
        self._waited = 0
        self._finished_cut: list[Heard] = []
        self.underruns = 0
        self.cut_bytes = 0

    @property
    def playing(self) -> bool:
        """Whether there is sound that has not been taken yet."""
        return self._queued > 0

    @property
    def overflow_ms(self) -> int:
        """How much sound did not fit, in ms, since the start."""
        return self.cut_bytes // self._bytes_per_ms

    def play(self, item_id: str, audio: bytes) -> int:
        """Queue sound of an item, and say how many bytes of it did not fit (0: all is queued).

        Once an item has been cut, nothing more of it is taken: a hole inside a sentence would be
        worse than its missing end.
        """
        item = self._find(item_id)
        room = 0 if item.cut else self._capacity - self._queued
        kept = len(audio) if len(audio) <= room else room - room % self._bytes_per_ms
        item.sound += audio[:kept]
        self._queued += kept
        cut = len(audio) - kept
        if cut:
            item.cut = True
            self.cut_bytes += cut
        return cut

    def end_item(self, item_id: str) -> None:
        """No more sound will come for this item."""
        for item in self._items:
            if item.item_id == item_id:
                item.ended = True
        self._drop_finished()

    def pop(self) -> bytes | None:
        """The next frame, or None for silence; exactly once for each 20 ms that is sent."""
        if not self._queued:
            self._pause()
            return None
        if not self._running and not self._may_start():
            return None
        self._drop_finished()
        item = self._items[0]
        if len(item.sound) < self._frame_bytes and not self._complete(item) and self._running:
            self._pause()
            return None
        self._running = True
        return self._take(item)

    def flush(self) -> list[Heard]:
        """Forget everything; returns each item not played to its end, in order of playing."""
        heard = [self._heard(item) for item in self._items]
        heard[:0] = self.take_finished_cut()
        self._items.clear()
        self._queued = 0
        self._running = False
        self._waited = 0
        return heard

    def take_finished_cut(self) -> list[Heard]:
        """The items that were cut and have been played up to there, each once."""
        finished, self._finished_cut = self._finished_cut, []
        return finished

    def _find(self, item_id: str) -> _Item:
        for item in reversed(self._items):
            if item.item_id == item_id:
                return item
        item = _Item(item_id)
        self._items.append(item)
        return item

    def _complete(self, item: _Item) -> bool:
        """Whether an item gets no more sound: an item that follows ends it too."""
        return item.ended or item is not self._items[-1]

    def _may_start(self) -> bool:
        self._waited += 1
        return (
            self._queued >= self._prebuffer_frames * self._frame_bytes
            or self._waited > self._prebuffer_frames
            or self._items[-1].ended
        )

    def _pause(self) -> None:
        """Nothing to send: an underrun if it comes in the middle of an item."""
        if self._running and self._items and not self._complete(self._items[0]):
            self.underruns += 1
        self._running = False
        self._waited = 0

    def _take(self, item: _Item) -> bytes:
        frame = bytes(item.sound[: self._frame_bytes])
        del item.sound[: self._frame_bytes]
        item.played += len(frame)
        self._queued -= len(frame)
        self._drop_finished()
        return frame.ljust(self._frame_bytes, self._silence)

    def _drop_finished(self) -> None:
        while self._items and not self._items[0].sound and self._complete(self._items[0]):
            item = self._items.popleft()
            if item.cut:
                self._finished_cut.append(self._heard(item))

    def _heard(self, item: _Item) -> Heard:
        return Heard(
            item.item_id, item.played // self._bytes_per_ms, len(item.sound) // self._bytes_per_ms
        )

"""How much sound of each item was generated, and what the visitor missed of it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class Heard(Protocol):
    """What a playout says of an item that it has not played to its end."""

    @property
    def item_id(self) -> str: ...

    @property
    def played_ms(self) -> float: ...


@dataclass(slots=True)
class _Track:
    response_id: str
    size: int = 0
    done: bool = False
    cut: bool = False


class Sound:
    """The agent's sound of one session, item by item.

    `bytes_per_ms`: of the session's output format; length counted in bytes is the server's own
    count (reference 4.5).
    """

    def __init__(self, bytes_per_ms: int) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._tracks: dict[str, _Track] = {}
        self._silenced: set[str] = set()
        self._generated: dict[str, int] = {}

    def silence(self, response_ids: Iterable[str]) -> None:
        """No more sound of these responses is to be played."""
        self._silenced.update(response_ids)

    def is_silenced(self, response_id: str | None) -> bool:
        """Was this response interrupted, or never meant for the visitor?"""
        return response_id in self._silenced

    def generated_ms(self, response_id: str) -> float:
        """Length of all sound of a response, played or not; forgets it."""
        return self._generated.pop(response_id, 0) / self._bytes_per_ms

    def add(self, item_id: str, response_id: str | None, audio: bytes) -> bool:
        """Count sound that has come; returns whether to play it."""
        owner = response_id or ""
        self._generated[owner] = self._generated.get(owner, 0) + len(audio)
        track = self._tracks.setdefault(item_id, _Track(owner))
        if track.cut or self.is_silenced(response_id):
            return False
        track.size += len(audio)
        return True

    def end(self, item_id: str) -> bool:
        """An item is complete; returns whether that is news to the playout."""
        track = self._tracks.get(item_id)
        if track is None or track.done or track.cut:
            return False
        track.done = True
        return True

    def end_response(self, response_id: str) -> list[str]:
        """A response is over; returns its items whose end is news to the playout."""
        items = [key for key, track in self._tracks.items() if track.response_id == response_id]
        return [item_id for item_id in items if self.end(item_id)]

    def end_all(self) -> list[str]:
        """Nothing more will come; returns the items whose end is news to the playout."""
        return [item_id for item_id in self._tracks if self.end(item_id)]

    def cut(self, heard: Iterable[Heard]) -> list[dict[str, Any]]:
        """The playout was flushed: truncate each item that the visitor has not heard to its end.

        `heard`: every item not fully played. One that is still being generated is cut where our
        copy of it ends, because the server has more of it already.
        """
        played = {item.item_id: item.played_ms for item in heard}
        return list(self._cut(played))

    def missed(self, item_id: str) -> dict[str, Any] | None:
        """The truncation for an item whose first sound came too late to be played at all."""
        track = self._tracks[item_id]
        if track.cut:
            return None
        track.cut = True
        return _truncate(item_id, 0)

    def _cut(self, played: dict[str, float]) -> Iterator[dict[str, Any]]:
        for item_id, track in self._tracks.items():
            generated = track.size // self._bytes_per_ms
            end = min(int(played.get(item_id, generated)), generated)
            if track.cut or (track.done and end == generated):
                continue
            track.cut = True
            yield _truncate(item_id, end)


def _truncate(item_id: str, end_ms: int) -> dict[str, Any]:
    return {
        "type": "conversation.item.truncate",
        "item_id": item_id,
        "content_index": 0,
        "audio_end_ms": end_ms,
    }

"""What was said, in the order of the conversation (pure).

Transcriptions are made by another model, and come late, out of order, or never: each belongs to
the item that it names, and what was said after it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portero.limits import REALTIME_LINES_WAITING
from portero.realtime.orders import Said

Who = Literal["visitor", "agent"]


@dataclass(slots=True)
class _Line:
    who: Who
    response_id: str | None = None
    text: str | None = None


class Transcript:
    """The words of one session."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._told: set[str] = set()

    @property
    def waits_for_visitor(self) -> bool:
        """Whether something that the visitor has said is not told yet."""
        return any(line.who == "visitor" for line in self._lines.values())

    def begin(self, item_id: str, who: Who, response_id: str | None = None) -> None:
        """An item has its place in the conversation from now on."""
        if item_id not in self._told:
            self._lines.setdefault(item_id, _Line(who, response_id))

    def write(self, item_id: str, who: Who, text: str) -> list[Said]:
        """The words of an item have come, if any; returns all that can be told now."""
        self.begin(item_id, who)
        line = self._lines.get(item_id)
        if line is not None and line.text is None:
            line.text = text.strip()
        return self._tell()

    def end(self, response_id: str) -> list[Said]:
        """No more words will come of this response: some of its items may have had none."""
        for line in self._lines.values():
            if line.response_id == response_id and line.text is None:
                line.text = ""
        return self._tell()

    def close(self) -> list[Said]:
        """The conversation is over: tell what still waits."""
        return [said for item_id in list(self._lines) for said in self._take(item_id)]

    def _tell(self) -> list[Said]:
        told: list[Said] = []
        for item_id, line in list(self._lines.items()):
            if line.text is None and len(self._lines) <= REALTIME_LINES_WAITING:
                break
            told += self._take(item_id)
        return told

    def _take(self, item_id: str) -> list[Said]:
        line = self._lines.pop(item_id)
        self._told.add(item_id)
        return [Said(line.who, line.text, item_id)] if line.text else []

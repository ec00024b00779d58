"""The items of a conversation, as the server remembers them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from portero.simulator.rt_checking import Refusal

# Reference 8: the visitor's sound costs one token for 100 ms, the agent's one for 50 ms.
USER_TOKEN_MS: Final = 100
AGENT_TOKEN_MS: Final = 50
CHARACTERS_PER_TOKEN: Final = 4


@dataclass(slots=True)
class Item:
    """One item. ``audio_ms``: how much sound it holds, of an agent's item after truncation too.

    ``generated_ms``: how much sound was made of it, whatever was cut later. ``truncated``: the
    client has said how much of it was heard.
    """

    wire: dict[str, Any]
    audio_ms: float = 0.0
    generated_ms: float = 0.0
    truncated: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.wire["id"])

    def snapshot(self) -> dict[str, Any]:
        """What it looks like on the wire now."""
        return deepcopy(self.wire)

    @property
    def is_agent(self) -> bool:
        """Whether the agent spoke or wrote it."""
        return self.wire.get("role") == "assistant"

    @property
    def text(self) -> str:
        """All of its text: content, transcript, arguments or output."""
        parts = self.wire.get("content") or ()
        said = [part.get("text") or part.get("transcript") or "" for part in parts]
        return " ".join([*said, self.wire.get("arguments", ""), self.wire.get("output", "")])

    def tokens(self) -> tuple[int, int]:
        """Text and audio tokens that it costs as input."""
        per_token = AGENT_TOKEN_MS if self.is_agent else USER_TOKEN_MS
        sound = -(-int(self.audio_ms) // per_token)
        return (0 if sound else len(self.text) // CHARACTERS_PER_TOKEN + 1), sound


class History:
    """Items in the order of the conversation."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._calls: set[str] = set()
        self._answered: set[str] = set()

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __getitem__(self, item_id: str) -> Item:
        return self._items[self._index(item_id)]

    @property
    def last_id(self) -> str | None:
        """The id of the newest item."""
        return self._items[-1].id if self._items else None

    def previous_id(self, item_id: str) -> str | None:
        """The id of the item before one; None also when the client has deleted it."""
        ids = [item.id for item in self._items]
        index = ids.index(item_id) if item_id in ids else 0
        return ids[index - 1] if index else None

    def add(self, item: Item, previous_id: str | None = None) -> None:
        """Put an item after another, ``"root"``: first, None: last; raises Refusal."""
        if any(item.id == other.id for other in self._items):
            raise Refusal("invalid_value", f"Item {item.id!r} already exists.", "item.id")
        if previous_id is None:
            position = len(self._items)
        else:
            position = 0 if previous_id == "root" else self._after(previous_id)
        match item.wire:
            case {"type": "function_call", "call_id": call_id}:
                self._calls.add(call_id)
            case {"type": "function_call_output", "call_id": call_id}:
                self._answer(call_id)
        self._items.insert(position, item)

    def delete(self, item_id: str) -> None:
        """Forget an item; raises Refusal."""
        del self._items[self._find(item_id, "item_delete_invalid_item_id")]

    def retrieve(self, item_id: str) -> Item:
        """The item; raises Refusal."""
        return self._items[self._find(item_id, "item_retrieve_invalid_item_id")]

    def truncate(self, event: Mapping[str, Any]) -> None:
        """Keep the part of an agent's sound that was heard (reference 3.4); raises Refusal."""
        item = self._items[self._find(event["item_id"], "item_truncate_invalid_item_id")]
        if not item.is_agent or not any(
            part["type"] == "output_audio" for part in item.wire["content"]
        ):
            raise Refusal(
                "item_truncate_invalid_item_id", "Only an agent's audio can be cut.", "item_id"
            )
        if event["content_index"] != 0:
            raise Refusal("invalid_value", "The audio is content part 0.", "content_index")
        end_ms = event["audio_end_ms"]
        if end_ms > item.audio_ms:
            raise Refusal(
                "invalid_value",
                f"Audio content of {int(item.audio_ms)}ms is already shorter than {end_ms}ms",
                "audio_end_ms",
            )
        item.audio_ms = end_ms
        item.truncated = True
        for part in item.wire["content"]:
            part.pop("transcript", None)

    def unanswered(self, call_ids: Iterable[str]) -> set[str]:
        """Those calls that have no output yet."""
        return set(call_ids) - self._answered

    def tokens(self) -> tuple[int, int]:
        """Text and audio tokens of all items as input."""
        counts = [item.tokens() for item in self._items]
        return sum(text for text, _ in counts), sum(sound for _, sound in counts)

    def _answer(self, call_id: str) -> None:
        if call_id not in self._calls:
            raise Refusal("invalid_value", f"There is no call {call_id!r}.", "item.call_id")
        if call_id in self._answered:
            raise Refusal("invalid_value", f"{call_id!r} has its output.", "item.call_id")
        self._answered.add(call_id)

    def _after(self, item_id: str) -> int:
        return self._find(item_id, "invalid_value", "previous_item_id") + 1

    def _find(self, item_id: str, code: str, param: str = "item_id") -> int:
        try:
            return self._index(item_id)
        except KeyError:
            raise Refusal(code, f"There is no item {item_id!r}.", param) from None

    def _index(self, item_id: str) -> int:
        for index, item in enumerate(self._items):
            if item.id == item_id:
                return index
        raise KeyError(item_id)

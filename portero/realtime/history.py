"""What was heard and said in a call, as a new session is told of it (pure; reference 3.3).

A session can't be resumed: a new one gets the conversation as text. Of an answer that the visitor
broke off it gets the part that was heard, so that the agent never refers to words that nobody
heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

from portero.limits import REALTIME_CALL_ID, REALTIME_REPLAY_CHARACTERS, REALTIME_REPLAY_ITEMS

Item = dict[str, Any]

_CONTENT: Final = {"user": "input_text", "assistant": "output_text"}


@dataclass(slots=True)
class _Message:
    role: Literal["user", "assistant"]
    text: str = ""
    sound_ms: float = 0.0
    heard_ms: float | None = None

    def items(self) -> list[Item]:
        words = self._heard()
        if not words:
            return []
        content = [{"type": _CONTENT[self.role], "text": words}]
        return [{"type": "message", "role": self.role, "content": content}]

    def _heard(self) -> str:
        """Whole words only: the share of the text that is the share of the sound."""
        text = self.text.strip()
        if self.heard_ms is None or self.heard_ms >= self.sound_ms:
            return text
        end = int(len(text) * self.heard_ms / self.sound_ms)
        return text if end >= len(text) else text[: text.rfind(" ", 0, end + 1) + 1].strip()


@dataclass(slots=True)
class _Call:
    call_id: str
    name: str
    arguments: str
    output: str | None = None

    def items(self) -> list[Item]:
        call_id = replayed_id(self.call_id)
        call: Item = {"type": "function_call", "call_id": call_id}
        call |= {"name": self.name, "arguments": self.arguments}
        if self.output is None:
            return [call]
        output = {"type": "function_call_output", "call_id": call_id, "output": self.output}
        return [call, output]


def replayed_id(call_id: str) -> str:
    """The id of a call in a session that did not make it; longer ones are refused (3.3)."""
    if len(call_id) <= REALTIME_CALL_ID:
        return call_id
    return sha256(call_id.encode()).hexdigest()[:REALTIME_CALL_ID]


class History:
    """The newest part of a conversation, in its order; outlives the sessions that it was held in.

    Item ids are the sessions' own: they do not repeat.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Message | _Call] = {}

    def begin(self, item_id: str, role: Literal["user", "assistant"]) -> None:
        """A message has its place in the conversation from now on."""
        self._entries.setdefault(item_id, _Message(role))
        self._forget()

    def write(self, item_id: str, text: str) -> None:
        """All words of a message."""
        if isinstance(message := self._entries.get(item_id), _Message) and text.strip():
            message.text = text

    def add_words(self, item_id: str, text: str) -> None:
        """More words of a message that is being spoken: it may never be complete."""
        if isinstance(message := self._entries.get(item_id), _Message):
            message.text += text

    def add_sound(self, item_id: str, ms: float) -> None:
        """More sound of a message, played or not."""
        self.begin(item_id, "assistant")
        if isinstance(message := self._entries.get(item_id), _Message):
            message.sound_ms += ms

    def cut(self, item_id: str, heard_ms: float) -> None:
        """The visitor heard this much of a message, and no more."""
        if isinstance(message := self._entries.get(item_id), _Message):
            message.heard_ms = heard_ms

    def call(self, call_id: str, name: str, arguments: str) -> None:
        """The model has called a tool."""
        self._entries.setdefault(f"call {call_id}", _Call(call_id, name, arguments))
        self._forget()

    def output(self, call_id: str, output: str) -> None:
        """What the tool has answered."""
        if isinstance(call := self._entries.get(f"call {call_id}"), _Call):
            call.output = output

    def pending(self) -> list[str]:
        """Ids of the calls that still run, of those that `items` has."""
        kept = [entry for entry, _ in self._kept()]
        return [call.call_id for call in kept if isinstance(call, _Call) and call.output is None]

    def items(self) -> list[Item]:
        """Items to create in a new session, oldest first; a call that still runs has no output.

        At most REALTIME_REPLAY_ITEMS, of REALTIME_REPLAY_CHARACTERS of text; the oldest go.
        """
        return [item for _, items in self._kept() for item in items]

    def _kept(self) -> list[tuple[_Message | _Call, list[Item]]]:
        return list(self._newest())[::-1]

    def _newest(self) -> Iterator[tuple[_Message | _Call, list[Item]]]:
        count = size = 0
        for entry in reversed(self._entries.values()):
            items = entry.items()
            count += len(items)
            size += sum(map(_size, items))
            if count > REALTIME_REPLAY_ITEMS or size > REALTIME_REPLAY_CHARACTERS:
                return
            yield entry, items

    def _forget(self) -> None:
        while len(self._entries) > REALTIME_REPLAY_ITEMS:
            del self._entries[next(iter(self._entries))]


def _size(item: Item) -> int:
    texts = [part["text"] for part in item.get("content", ())]
    return sum(map(len, [*texts, item.get("arguments", ""), item.get("output", "")]))

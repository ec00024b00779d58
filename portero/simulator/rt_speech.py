"""One item of the agent's speech while it is made: its events in OpenAI's order."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any, Final

from portero.simulator.rt_history import History, Item
from portero.simulator.rt_link import Link
from portero.simulator.sound import FORMAT_BYTES_PER_MS

# Samples of a delta at 24 kHz (a third of it at 8 kHz): odd sizes, no multiple of 20 ms
# (reference 4.9 and 5).
DELTA_SAMPLES: Final = (1201, 2887, 733, 4799, 7207)
# Looks like what OpenAI adds to text deltas; clients must not mind (reference 4.1).
OBFUSCATION: Final = "l6F42u4N"


def cut(audio: bytes, audio_format: str) -> list[bytes]:
    """The audio in pieces of odd sizes, each of whole samples."""
    unit = (2, 1) if audio_format == "audio/pcm" else (1, 3)  # bytes a sample, of 24 kHz samples
    sizes = cycle(size * unit[0] // unit[1] for size in DELTA_SAMPLES)
    pieces: list[bytes] = []
    start = 0
    while start < len(audio):
        end = start + next(sizes)
        pieces.append(audio[start:end])
        start = end
    return pieces


class OutputItem:
    """An item of a response, in the conversation or (``history`` None) outside of it."""

    def __init__(
        self,
        link: Link,
        history: History | None,
        response_id: str,
        index: int,
        wire: dict[str, Any],
    ) -> None:
        self._link = link
        self._history = history
        self._response_id = response_id
        self._index = index
        self.item = Item({"id": link.new_id("item"), "status": "in_progress", **wire})

    def open(self) -> None:
        """``output_item.added`` and, in the conversation, ``conversation.item.added``."""
        self.send("response.output_item.added", item=self.item.snapshot())
        if self._history is not None:
            self._history.add(self.item)
            self._send_to_conversation("conversation.item.added")

    def close(self, status: str) -> None:
        """``conversation.item.done`` comes before ``output_item.done`` (reference 4.3)."""
        self.item.wire["status"] = status
        if self._history is not None:
            self._send_to_conversation("conversation.item.done")
        self.send("response.output_item.done", item=self.item.snapshot())

    def send(self, kind: str, **fields: Any) -> None:
        """An event of this item's place in the response."""
        self._link.send(kind, response_id=self._response_id, output_index=self._index, **fields)

    def send_part(self, kind: str, **fields: Any) -> None:
        """An event of this item's only content part."""
        self.send(kind, item_id=self.item.id, content_index=0, **fields)

    def _send_to_conversation(self, kind: str) -> None:
        if self._history is not None:
            previous = self._history.previous_id(self.item.id)
            self._link.send(kind, previous_item_id=previous, item=self.item.snapshot())


class Speech:
    """A message of the agent: its transcript runs ahead of its sound (reference 4.3)."""

    def __init__(self, output: OutputItem, text: str, audio: bytes, audio_format: str) -> None:
        self.output = output
        self._pieces: Iterator[bytes] = iter(cut(audio, audio_format))
        self._words = iter(text.split(" "))
        self._words_at_once = 1 + 2 * text.count(" ") // max(1, len(cut(audio, audio_format)))
        self._bytes_per_ms = FORMAT_BYTES_PER_MS[audio_format]
        self._sent = 0  # bytes
        self._said = ""

    def open(self) -> None:
        """Begin the item and its part."""
        self.output.open()
        self.output.send_part(
            "response.content_part.added", part={"type": "audio", "transcript": ""}
        )

    def step(self) -> float | None:
        """Send the next words and the next sound; its length in ms, None after the last."""
        piece = next(self._pieces, None)
        if piece is None:
            return None
        self._send_words(self._words_at_once)
        self.output.send_part(
            "response.output_audio.delta", delta=base64.b64encode(piece).decode("ascii")
        )
        self._sent += len(piece)
        item = self.output.item
        item.generated_ms = self._sent / self._bytes_per_ms
        if not item.truncated:
            item.audio_ms = item.generated_ms
        return len(piece) / self._bytes_per_ms

    def close(self, status: str) -> None:
        """End the part and the item; an incomplete one keeps the words sent so far."""
        if status == "completed":
            self._send_words(None)
        output = self.output
        output.send_part("response.output_audio.done")
        output.send_part("response.output_audio_transcript.done", transcript=self._said)
        output.send_part(
            "response.content_part.done", part={"type": "audio", "transcript": self._said}
        )
        part = {"type": "output_audio", "transcript": self._said}
        if output.item.truncated:
            del part["transcript"]
        output.item.wire["content"] = [part]
        output.close(status)

    def _send_words(self, count: int | None) -> None:
        for word in islice(self._words, count):
            delta = f" {word}" if self._said else word
            self._said += delta
            # The item holds its words already: it may be cut before it is closed.
            self.output.item.wire["content"] = [{"type": "output_audio", "transcript": self._said}]
            self.output.send_part(
                "response.output_audio_transcript.delta", delta=delta, obfuscation=OBFUSCATION
            )


def write_text(output: OutputItem, text: str) -> None:
    """A whole message of written text, for ``output_modalities: ["text"]``."""
    output.open()
    output.send_part("response.content_part.added", part={"type": "text", "text": ""})
    output.send_part("response.output_text.delta", delta=text, obfuscation=OBFUSCATION)
    output.send_part("response.output_text.done", text=text)
    output.send_part("response.content_part.done", part={"type": "text", "text": text})
    output.item.wire["content"] = [{"type": "output_text", "text": text}]
    output.close("completed")


def call_tool(output: OutputItem, arguments: str) -> None:
    """A whole function call (reference 4.4)."""
    call_id = output.item.wire["call_id"]
    output.open()
    half = len(arguments) // 2
    for delta in (arguments[:half], arguments[half:]):
        output.send(
            "response.function_call_arguments.delta",
            item_id=output.item.id,
            call_id=call_id,
            delta=delta,
            obfuscation=OBFUSCATION,
        )
    output.item.wire["arguments"] = arguments
    output.send(
        "response.function_call_arguments.done",
        item_id=output.item.id,
        call_id=call_id,
        name=output.item.wire["name"],
        arguments=arguments,
    )
    output.close("completed")

"""Transcripts of what the visitor said: another model's work, so they come when they come."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from portero.simulator.conversation_script import Transcript
from portero.simulator.rt_config import SessionConfig
from portero.simulator.rt_history import Item
from portero.simulator.rt_link import Link
from portero.simulator.rt_responses import Responses
from portero.simulator.rt_speech import OBFUSCATION

EVENT = "conversation.item.input_audio_transcription"


class Transcripts:
    """Sends them when the session wants them, in the manner that the script's line asks for."""

    def __init__(
        self, link: Link, config: SessionConfig, responses: Responses, seconds: float
    ) -> None:
        self._link = link
        self._config = config
        self._responses = responses
        self._seconds = seconds
        self._swapped: list[Callable[[], None]] = []

    def speech_started(self, item_id: str, text: str, style: Transcript) -> None:
        """The visitor speaks: text that comes while they do (gpt-realtime-whisper)."""
        if style is Transcript.EARLY and self._config.transcription is not None:
            self._link.later(self._seconds / 10, lambda: self._send_deltas(item_id, text))

    def committed(self, item: Item, text: str, style: Transcript) -> None:
        """A turn is complete, and its transcript on the way."""
        if self._config.transcription is None:
            return

        def complete() -> None:
            self._complete(item, text, with_deltas=style is not Transcript.EARLY)

        match style:
            case Transcript.FAILED:
                self._link.later(self._seconds, lambda: self._fail(item))
            case Transcript.SWAPPED:
                self._swapped.append(complete)
            case Transcript.LATE:
                after_done = self._responses.after_done
                self._link.later(self._seconds, lambda: after_done(complete))
            case _:
                self._link.later(self._seconds, complete)

    def _complete(self, item: Item, text: str, *, with_deltas: bool) -> None:
        if with_deltas:
            self._send_deltas(item.id, text)
        item.wire["content"][0]["transcript"] = text
        self._link.send(
            f"{EVENT}.completed",
            item_id=item.id,
            content_index=0,
            transcript=text,
            usage={"type": "duration", "seconds": ceil(item.audio_ms / 1000)},
        )
        waiting, self._swapped = self._swapped, []
        for act in waiting:
            act()

    def _send_deltas(self, item_id: str, text: str) -> None:
        for index, word in enumerate(text.split()):
            self._link.send(
                f"{EVENT}.delta",
                item_id=item_id,
                content_index=0,
                delta=f" {word}" if index else word,
                obfuscation=OBFUSCATION,
            )

    def _fail(self, item: Item) -> None:
        error = {"type": "transcription_error", "code": "audio_unintelligible"}
        self._link.send(
            f"{EVENT}.failed",
            item_id=item.id,
            content_index=0,
            error={**error, "message": "The audio could not be transcribed.", "param": None},
        )

"""Server events, decoded as far as the conversation needs them (pure; reference 4.1).

Anything else is ignored: unknown events, unknown fields, and null where a field may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pybase64

from portero.errors import PorteroError


class MalformedEvent(PorteroError):
    """A server event that we know by its type does not have the fields it needs."""


class Event(msgspec.Struct):
    """Base of the events below."""


class ErrorDetail(Event):
    type: str | None = None
    code: str | None = None
    message: str | None = None
    event_id: str | None = None

    @property
    def name(self) -> str:
        """What went wrong, as precisely as the server says."""
        return self.code or self.type or "unknown"


class AudioFormat(Event):
    type: str | None = None
    rate: int | None = None


class AudioSide(Event):
    format: AudioFormat | None = None


class Audio(Event):
    input: AudioSide | None = None
    output: AudioSide | None = None


class Session(Event):
    audio: Audio | None = None
    expires_at: float | None = None


class Part(Event):
    transcript: str | None = None


class Item(Event):
    """A conversation item: a message of either side, or a call of a tool."""

    id: str | None = None
    type: str | None = None
    role: str | None = None
    status: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    content: list[Part] | None = None


class CachedDetails(Event):
    text_tokens: float | None = None
    audio_tokens: float | None = None
    image_tokens: float | None = None


class TokenDetails(CachedDetails):
    cached_tokens_details: CachedDetails | None = None


class TokenUsage(Event):
    """Usage of a response or of a transcription (`duration`: seconds; else tokens)."""

    type: str | None = None
    seconds: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    input_token_details: TokenDetails | None = None
    output_token_details: TokenDetails | None = None


class Response(Event):
    id: str | None = None
    status: str | None = None
    status_details: Any = None  # not always an object (reference 9, xAI)
    conversation_id: str | None = None
    metadata: dict[str, Any] | None = None
    output: list[Item] | None = None
    usage: TokenUsage | None = None

    @property
    def error(self) -> ErrorDetail:
        """Why it failed."""
        error = self._details().get("error") or {}
        try:
            return msgspec.convert(error, ErrorDetail)
        except msgspec.ValidationError:
            return ErrorDetail(message=str(error))

    @property
    def reason(self) -> str:
        """Why it was cancelled or is incomplete."""
        return str(self._details().get("reason"))

    def _details(self) -> dict[str, Any]:
        return self.status_details if isinstance(self.status_details, dict) else {}


class SessionCreated(Event):
    pass


class SessionUpdated(Event):
    session: Session | None = None


class SpeechStarted(Event):
    audio_start_ms: float | None = None
    item_id: str | None = None


class SpeechStopped(Event):
    audio_end_ms: float | None = None
    item_id: str | None = None


class Committed(Event):
    item_id: str


class ItemAdded(Event):
    item: Item


class ItemCreated(Event):
    item: Item


class TranscriptionCompleted(Event):
    item_id: str
    transcript: str | None = None
    usage: TokenUsage | None = None


class TranscriptionFailed(Event):
    item_id: str
    error: ErrorDetail | None = None


class ResponseCreated(Event):
    response: Response


class OutputItemAdded(Event):
    item: Item
    response_id: str | None = None


class OutputItemDone(OutputItemAdded):
    pass


class AudioDelta(Event):
    item_id: str
    delta: str
    response_id: str | None = None

    @property
    def audio(self) -> bytes:
        """The sound: bytes of the session's output format."""
        try:
            return pybase64.b64decode(self.delta, validate=True)
        except ValueError as error:
            raise MalformedEvent(f"sound of item {self.item_id} is not base64: {error}") from None


class AudioDone(Event):
    item_id: str
    response_id: str | None = None


class TranscriptDone(Event):
    item_id: str
    transcript: str | None = None
    response_id: str | None = None


class TranscriptDelta(Event):
    item_id: str
    delta: str
    response_id: str | None = None


class ArgumentsDone(Event):
    call_id: str
    arguments: str
    name: str | None = None
    item_id: str | None = None
    response_id: str | None = None


class ResponseEnded(Event):
    response: Response
    usage: TokenUsage | None = None  # xAI puts it beside the response


class RateLimit(Event):
    remaining: float | None = None
    reset_seconds: float | None = None


class RateLimits(Event):
    rate_limits: list[RateLimit] | None = None

    @property
    def reset_seconds(self) -> float | None:
        """When the last of them is reset."""
        resets = [limit.reset_seconds for limit in self.rate_limits or []]
        return max((seconds for seconds in resets if seconds is not None), default=None)


class ServerError(Event):
    error: ErrorDetail


KINDS: Final[dict[str, type[Event]]] = {
    "session.created": SessionCreated,
    "session.updated": SessionUpdated,
    "input_audio_buffer.speech_started": SpeechStarted,
    "input_audio_buffer.speech_stopped": SpeechStopped,
    "input_audio_buffer.committed": Committed,
    "conversation.item.added": ItemAdded,
    "conversation.item.done": ItemCreated,
    "conversation.item.input_audio_transcription.completed": TranscriptionCompleted,
    "conversation.item.input_audio_transcription.failed": TranscriptionFailed,
    "response.created": ResponseCreated,
    "response.output_item.added": OutputItemAdded,
    "response.output_item.done": OutputItemDone,
    "response.output_audio.delta": AudioDelta,
    "response.output_audio.done": AudioDone,
    "response.output_audio_transcript.delta": TranscriptDelta,
    "response.output_audio_transcript.done": TranscriptDone,
    "response.function_call_arguments.done": ArgumentsDone,
    "response.done": ResponseEnded,
    "rate_limits.updated": RateLimits,
    "error": ServerError,
}


def decode(frame: bytes) -> dict[str, Any]:
    """The JSON object in a text frame; MalformedEvent when it is none."""
    try:
        return msgspec.json.decode(frame, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise MalformedEvent(f"the server sent a frame that is no JSON object: {error}") from None


def parse(event: dict[str, Any], aliases: Mapping[str, str]) -> Event | None:
    """The typed form of a decoded event, or None for one that we have no use for.

    `aliases`: other servers' names of events (reference 9), each with the GA name.
    """
    name = str(event.get("type"))
    kind = KINDS.get(aliases.get(name, name))
    if kind is None:
        return None
    try:
        return msgspec.convert(event, kind)
    except msgspec.ValidationError as error:
        raise MalformedEvent(f"server event {name}: {error}") from None

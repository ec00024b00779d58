"""Server events as OpenAI sends them (reference 4.1), and a driver that checks both directions."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openai_events import client_problems, server_problems

from portero.realtime import conversation as talk
from portero.realtime.session import Setup

Wire = dict[str, Any]
MS = 48  # bytes of audio/pcm in a millisecond

SETUP = Setup(
    model="gpt-realtime-2.1",
    instructions="Eres el portero de Las Palmas.",
    greeting="Saluda al visitante.",
    tools=({"type": "function", "name": "open_gate", "parameters": {"type": "object"}},),
)


@dataclass(frozen=True)
class Heard:
    """What a playout says of an item that it has not played to its end."""

    item_id: str
    played_ms: int


def sound(ms: float) -> bytes:
    return bytes(int(ms * MS))


def session(**changes: Any) -> Wire:
    pcm = {"type": "audio/pcm", "rate": 24000}
    audio = {"input": {"format": pcm}, "output": {"format": pcm, "voice": "marin"}}
    return {"type": "realtime", "id": "sess_1", "audio": audio, "expires_at": 1785217650, **changes}


def created() -> Wire:
    return {"type": "session.created", "session": session()}


def updated(**changes: Any) -> Wire:
    return {"type": "session.updated", "session": session(**changes)}


def speech_started(item_id: str = "item_U", at: int = 1000) -> Wire:
    kind = "input_audio_buffer.speech_started"
    return {"type": kind, "audio_start_ms": at, "item_id": item_id}


def speech_stopped(item_id: str = "item_U", at: int = 3000) -> Wire:
    return {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": at, "item_id": item_id}


def committed(item_id: str = "item_U") -> Wire:
    kind = "input_audio_buffer.committed"
    return {"type": kind, "item_id": item_id, "previous_item_id": None}


def turn(item_id: str = "item_U") -> list[Wire]:
    """A turn of the visitor, from its first sound to its end."""
    return [speech_started(item_id), speech_stopped(item_id), committed(item_id)]


def transcribed(item_id: str, text: str, **changes: Any) -> Wire:
    return {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": item_id,
        "content_index": 0,
        "transcript": text,
        "usage": {"type": "duration", "seconds": 3},
        **changes,
    }


def transcription_failed(item_id: str) -> Wire:
    return {
        "type": "conversation.item.input_audio_transcription.failed",
        "item_id": item_id,
        "content_index": 0,
        "error": {"type": "x", "code": "audio_unintelligible", "message": "?", "param": None},
    }


def response(response_id: str, status: str = "in_progress", **changes: Any) -> Wire:
    return {
        "object": "realtime.response",
        "id": response_id,
        "status": status,
        "status_details": None,
        "output": [],
        "conversation_id": "conv_1",
        "usage": None,
        "metadata": None,
        **changes,
    }


def began(response_id: str = "resp_1", purpose: str | None = None, **changes: Any) -> Wire:
    """`purpose`: as in the metadata of a response.create; None for one that VAD has made."""
    metadata = {"purpose": purpose} if purpose else None
    body = response(response_id, metadata=metadata, **changes)
    return {"type": "response.created", "response": body}


def ended(
    response_id: str = "resp_1", status: str = "completed", purpose: str | None = None, **more: Any
) -> Wire:
    metadata = {"purpose": purpose} if purpose else None
    body = response(response_id, status, metadata=metadata, **more)
    return {"type": "response.done", "response": body}


def cancelled(response_id: str = "resp_1", **more: Any) -> Wire:
    details = {"type": "cancelled", "reason": "turn_detected"}
    return ended(response_id, "cancelled", status_details=details, **more)


def failed(response_id: str, code: str, purpose: str | None = None) -> Wire:
    details = {"type": "failed", "error": {"type": code, "code": code}}
    return ended(response_id, "failed", purpose, status_details=details)


def message(item_id: str, status: str = "in_progress", text: str | None = None) -> Wire:
    content = [] if text is None else [{"type": "output_audio", "transcript": text}]
    return {
        "id": item_id,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def call(item_id: str, call_id: str, status: str = "completed", arguments: str = "{}") -> Wire:
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": "open_gate",
        "arguments": arguments,
    }


def item_added(item: Wire) -> Wire:
    return {"type": "conversation.item.added", "item": item, "previous_item_id": None}


def output_seen(call_id: str) -> Wire:
    item = {"id": f"i_{call_id}", "type": "function_call_output", "call_id": call_id}
    return item_added({**item, "output": "{}"})


def _of(kind: str, item_id: str, response_id: str, **fields: Any) -> Wire:
    indices = {"output_index": 0, "content_index": 0}
    return {
        "type": kind,
        "item_id": item_id,
        "response_id": response_id,
        **indices,
        **fields,
    }


def delta(item_id: str, audio: bytes, response_id: str = "resp_1") -> Wire:
    encoded = base64.b64encode(audio).decode()
    return _of("response.output_audio.delta", item_id, response_id, delta=encoded)


def audio_done(item_id: str, response_id: str = "resp_1") -> Wire:
    return _of("response.output_audio.done", item_id, response_id)


def words(item_id: str, text: str, response_id: str = "resp_1") -> Wire:
    return _of("response.output_audio_transcript.done", item_id, response_id, transcript=text)


def output_item(kind: str, item: Wire, response_id: str = "resp_1") -> Wire:
    return {
        "type": f"response.output_item.{kind}",
        "response_id": response_id,
        "output_index": 0,
        "item": item,
    }


def arguments_done(
    call_id: str, arguments: str = "{}", response_id: str = "resp_1", name: str = "open_gate"
) -> Wire:
    return {
        "type": "response.function_call_arguments.done",
        "response_id": response_id,
        "item_id": f"item_{call_id}",
        "output_index": 0,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def error(code: str, event_id: str | None = None, kind: str = "invalid_request_error") -> Wire:
    detail = {"type": kind, "code": code, "message": "...", "param": None, "event_id": event_id}
    return {"type": "error", "error": detail}


class Talk:
    """A conversation whose every event, ours and the server's, is one that OpenAI would know.

    What it may not do at any time is checked here too: two responses asked for at once, an output
    for an unknown call, a truncation of an unknown item.
    """

    def __init__(self, setup: Setup = SETUP) -> None:
        self.conversation = talk.Conversation(setup)
        self.sent: list[Wire] = []
        self._under_way: set[str] = set()
        self._asked = 0
        self._calls: set[str] = set()
        self._items: set[str] = set()

    @classmethod
    def open(cls, setup: Setup = SETUP) -> Talk:
        """One whose session is set up, and whose greeting (if any) is over."""
        opened = cls(setup)
        opened.server(created(), updated())
        if setup.greeting is not None:
            opened.server(began("resp_0", "greeting"), ended("resp_0", purpose="greeting"))
        opened.sent.clear()
        return opened

    def server(self, *events: Wire, odd: bool = False) -> list[talk.Order]:
        """The server's events; `odd`: OpenAI would not send them so."""
        orders: list[talk.Order] = []
        for number, event in enumerate(events):
            wire = {"event_id": f"event_{number}", **event}
            assert odd or not server_problems(wire), server_problems(wire)
            self._remember(wire)
            orders += self.check(self.conversation.receive(wire))
        return orders

    def check(self, orders: Iterable[talk.Order]) -> list[talk.Order]:
        """What the conversation sends, under the eyes of the server."""
        orders = list(orders)
        for order in orders:
            if isinstance(order, talk.Send):
                assert not client_problems(order.event), (client_problems(order.event), order)
                self._judge(order.event)
                self.sent.append(order.event)
            elif isinstance(order, talk.CallTool):
                self._calls.add(order.call_id)
        return orders

    def heard(self, *items: Heard) -> list[talk.Order]:
        return self.check(self.conversation.heard(items))

    def tool_output(self, call_id: str, *, respond: bool = True) -> list[talk.Order]:
        return self.check(self.conversation.tool_output(call_id, "{}", respond=respond))

    def say(self, purpose: str = "guard") -> list[talk.Order]:
        return self.check(self.conversation.say("Di que espere.", purpose=purpose))

    def sent_types(self) -> list[str]:
        """Types of what was sent since last asked."""
        sent, self.sent = self.sent, []
        return [event["type"] for event in sent]

    def _remember(self, wire: Wire) -> None:
        match wire:
            case {"type": "response.created", "response": {"id": response_id, "metadata": ours}}:
                self._under_way.add(response_id)
                self._asked -= bool(ours)
            case {"type": "response.done", "response": {"id": response_id, "metadata": ours}}:
                self._asked -= bool(ours) and response_id not in self._under_way
                self._under_way.discard(response_id)
            case {"type": "error"}:
                self._asked = 0
            case {"type": "response.output_audio.delta" | "response.audio.delta"}:
                self._items.add(wire["item_id"])

    def _judge(self, event: Wire) -> None:
        match event["type"]:
            case "response.create":
                assert not self._under_way, "asked for a response while one is under way"
                assert not self._asked, "asked for two responses"
                self._asked += 1
            case "conversation.item.truncate":
                assert event["item_id"] in self._items
            case "conversation.item.create" if "call_id" in event["item"]:
                assert event["item"]["call_id"] in self._calls

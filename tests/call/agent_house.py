"""An agent without a call around it: a clock of ours, and a server that the test plays."""

from __future__ import annotations

import base64
from typing import Any

from call.stage import Line

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from portero.call.agent import Agent
from portero.call.calllog import CallLog
from portero.config.settings import MediaSettings
from portero.media import MediaService, MediaStream
from portero.realtime.client import Lost
from portero.realtime.conversation import Conversation
from portero.realtime.session import Setup

SETUP = Setup(model="gpt-realtime-2.1", instructions="Eres el portero.")
EPOCH = 1_785_000_000.0
DROPPED = Lost.by(1006, "gone")


class House:
    """An agent, its call, and the server."""

    def __init__(self, reconnects: int = 2, *, lasts: float | None = None) -> None:
        """`lasts`: how long each session lives from now, where the server says so."""
        self.clock = Clock()
        self.lasts = lasts
        self.failures: list[str] = []
        self.tools: list[str] = []
        self.dials: list[tuple[Any, Deferred[Any]]] = []
        self.agent = Agent(
            lambda resume: Conversation(SETUP, resume=resume),
            self,
            connect=self._connect,
            reconnects=reconnects,
            clock=self.clock,
            now=lambda: EPOCH + self.clock.seconds(),
            log=CallLog("c1", "lomas"),
        )
        self.agent.start()
        self.line = self.accept()

    def _connect(self, listener: Any) -> Deferred[Any]:
        self.dials.append((listener, Deferred()))
        return self.dials[-1][1]

    def with_a_visitor(self) -> MediaStream:
        """The media leg stands, and its sound goes nowhere but `heard`."""
        self.media = MediaService(MediaSettings(ports=(32000, 32099)), reactor=self.clock)
        self.media.startService()
        stream = self.media.open(self.agent.append)
        stream.set_remote("127.0.0.1", 9)
        self.agent.attach(stream)
        return stream

    def heard(self, stream: MediaStream, seconds: float) -> int:
        """How many frames of any sound the visitor hears in the next seconds."""
        sent: list[bytes | None] = []
        next_frame = stream.next_frame

        def listen() -> bytes | None:
            sent.append(next_frame())
            return sent[-1]

        stream.next_frame = listen  # type: ignore[method-assign]
        self.clock.pump([0.02] * round(seconds / 0.02))
        stream.next_frame = next_frame  # type: ignore[method-assign]
        return sum(frame is not None for frame in sent)

    def call_tool(self, call_id: str, name: str, arguments: str) -> None:
        self.tools.append(call_id)

    def agent_failed(self, reason: str) -> None:
        self.failures.append(reason)

    def said(self, who: str, text: str) -> None: ...

    def accept(self) -> Line:
        """The server takes the newest connection, and sets the session up."""
        line = self.take()
        self.hear({"type": "session.created", "session": {}})
        self.set_up(line)
        return line

    def take(self) -> Line:
        """The server takes the newest connection."""
        line = Line()
        self.dials[-1][1].callback(line)
        return line

    def set_up(self, line: Line) -> None:
        """The server is content with the setup, and takes over what is told to it."""
        end = self.lasts and EPOCH + self.clock.seconds() + self.lasts
        self.hear({"type": "session.updated", "session": {"expires_at": end}})
        for event in list(line.sent):
            if event["type"] == "conversation.item.create":
                self.hear({"type": "conversation.item.done", "item": event["item"]})

    def hear(self, event: dict[str, Any], dial: int = -1) -> None:
        self.dials[dial][0].event_received(event)

    def lose(self, lost: Lost = DROPPED) -> None:
        self.dials[-1][0].connection_lost(lost)
        self.clock.advance(0)

    def response(self, name: str = "r") -> None:
        """The server begins an answer."""
        self.hear({"type": "response.created", "response": {"id": name}})

    def sound(self, audio: bytes, response: str = "r", *, ends: bool = True) -> None:
        """Sound of an answer."""
        item = {"response_id": response, "item_id": f"item_{response}"}
        delta = base64.b64encode(audio).decode()
        self.hear({"type": "response.output_audio.delta", **item, "delta": delta})
        if ends:
            self.hear({"type": "response.output_audio.done", **item})

    def done(self, name: str = "r", **how: Any) -> None:
        """An answer is generated."""
        self.hear({"type": "response.done", "response": {"id": name, "status": "completed"} | how})

    def visitor_says(self, text: str) -> None:
        self.hear({"type": "input_audio_buffer.committed", "item_id": "u"})
        kind = "conversation.item.input_audio_transcription.completed"
        self.hear({"type": kind, "item_id": "u", "transcript": text})

"""A Realtime session without a network: what tests of the stand-in share."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from openai_events import server_problems

from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock

from portero.simulator.conversation_script import AgentLine, Script, Step, Tone
from portero.simulator.faults import Fault, FaultPlan
from portero.simulator.rt_director import Chatterbox, Director
from portero.simulator.rt_session import Manners, Session
from portero.simulator.sound import FORMAT_BYTES_PER_MS, FORMAT_RATES, Samples, encode, tone
from portero.simulator.voice import Voice

Event = dict[str, Any]

PCM = {"type": "audio/pcm", "rate": 24000}
PCMU = {"type": "audio/pcmu"}
PCMA = {"type": "audio/pcma"}
FRAME_MS = 20


class RecordingWire:
    """The connection under a session: keeps what would be sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.aborted = False

    def send(self, payload: bytes, *, binary: bool = False) -> None:
        self.frames.append(payload)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def abort(self) -> None:
        self.aborted = True


class Bench:
    """A session, its clock and a client that a test plays by hand."""

    def __init__(
        self,
        *steps: Step,
        faults: Iterable[Fault] = (),
        manners: Manners | None = None,
        model: str = "gpt-realtime-2.1",
        voice: Voice | None = None,
    ) -> None:
        self.clock = Clock()
        self.wire = RecordingWire()
        manners = manners or Manners()
        chatter = manners.chatter_seconds
        script = Script("test", steps)
        self.session = Session(
            self.wire,
            self.clock,
            model=model,
            director=Director(script) if chatter is None else Chatterbox(chatter),
            voice=voice or Voice(maybeDeferred),
            faults=FaultPlan(faults),
            manners=manners,
        )
        self.session.open()
        self._read = 0
        self._format = "audio/pcm"

    def new(self) -> list[Event]:
        """The events since the last look; each one checked against the models of OpenAI."""
        frames = self.wire.frames[self._read :]
        self._read = len(self.wire.frames)
        events = [json.loads(frame) for frame in frames]
        for event in events:
            assert server_problems(event) == [], event
        return events

    def send(self, kind: str, /, **fields: Any) -> list[Event]:
        """Send a client event; what came back at once."""
        self.session.receive(json.dumps({"type": kind, **fields}).encode())
        return self.new()

    def set_up(self, audio_format: Event = PCM, **audio_input: Any) -> list[Event]:
        """The usual first session.update, after session.created."""
        self._format = audio_format["type"]
        self.new()
        sides = {
            "input": {"format": audio_format, **audio_input},
            "output": {"format": audio_format, "voice": "marin"},
        }
        return self.send("session.update", session={"type": "realtime", "audio": sides})

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass in small steps; what came meanwhile."""
        self.wait_unchecked(seconds)
        return self.new()

    def wait_unchecked(self, seconds: float) -> None:
        """Let time pass when what comes is wrong on purpose."""
        for _ in range(round(seconds / 0.01)):
            self.clock.advance(0.01)

    def append(self, samples: Samples) -> list[Event]:
        """Append sound in real time, in frames; what came meanwhile."""
        audio = encode(samples, self._format)
        size = FORMAT_BYTES_PER_MS[self._format] * FRAME_MS
        events: list[Event] = []
        for start in range(0, len(audio), size):
            piece = base64.b64encode(audio[start : start + size]).decode()
            events += self.send("input_audio_buffer.append", audio=piece)
            events += self.wait(FRAME_MS / 1000)
        return events

    def speak(self, seconds: float = 1.0, level: float = -12.0) -> list[Event]:
        """A tone, loud as speech."""
        return self.append(tone(300, seconds, level, FORMAT_RATES[self._format]))

    def quiet(self, seconds: float) -> list[Event]:
        """Appended silence."""
        return self.append(np.zeros(round(seconds * FORMAT_RATES[self._format]), np.int16))

    def respond(self, seconds: float = 5.0, **response: Any) -> list[Event]:
        """Ask for a response, and take all that it brings."""
        fields = {"response": response} if response else {}
        return self.send("response.create", **fields) + self.wait(seconds)

    def close(self) -> None:
        """The connection ends; nothing may be left."""
        self.session.closed()
        assert self.clock.getDelayedCalls() == []


def line(seconds: float = 2.0, text: str = "uno dos tres cuatro") -> AgentLine:
    """An agent's line of a tone: its length is known."""
    return AgentLine(text, Tone(440, seconds))


def kinds(events: Iterable[Event]) -> list[str]:
    """The types, in order."""
    return [event["type"] for event in events]


def squeezed(events: Iterable[Event]) -> list[str]:
    """The types, a run of the same deltas as one."""
    out: list[str] = []
    for kind in kinds(events):
        if not (out and out[-1] == kind and kind.endswith(".delta")):
            out.append(kind)
    return out


def only(events: Iterable[Event], kind: str) -> list[Event]:
    """Those of one type."""
    return [event for event in events if event["type"] == kind]


def audio_of(events: Iterable[Event], item_id: str | None = None) -> bytes:
    """The sound of the audio deltas, of one item or of all."""
    return b"".join(
        base64.b64decode(event["delta"])
        for event in only(events, "response.output_audio.delta")
        if item_id in (None, event["item_id"])
    )

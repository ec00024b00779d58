"""A visit as a script: one YAML file that both stand-ins follow (pure).

The agent's lines and calls are for the Realtime server, the visitor's lines for the phone::

    title: Una visita autorizada
    steps:
      - agent: "Buenas tardes, ¿a quién visita?"
      - visitor: "Soy María López, vengo con Juan Pérez."
      - call: {name: check_visitor, arguments: {name: María López}, expect: {authorized: true}}
      - agent: "Adelante, {{check_visitor.visitor.name}}."
      - end

Agent lines in a row are the sound items of one response, and calls that follow them belong to it
too; a step after a call is a new response, because the client asks for one with the answers.
``{{tool.path}}`` stands for a part of the last answer of a tool, in arguments and in lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from portero.simulator.faults import Fault


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine to measure by: ``level`` is in dB of a full-scale sine."""

    hz: float
    seconds: float
    level: float = -12.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file (mono or stereo, 16 bit) that is played in place of the voice."""

    path: Path


@dataclass(frozen=True, slots=True)
class Babble:
    """The line's text spoken over and over, for as long as it takes to fill ``seconds``."""

    seconds: float


Sound = Tone | Recording | Babble


class Transcript(StrEnum):
    """How the transcript of a visitor's line comes from the server."""

    NORMAL = "normal"  # while the answer is on its way
    EARLY = "early"  # deltas before speech_stopped, as gpt-realtime-whisper does
    LATE = "late"  # after the answer's response.done
    SWAPPED = "swapped"  # after the transcript of the next line
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AgentLine:
    """What the agent says, as one item of sound; ``sound`` replaces the voice."""

    text: str
    sound: Sound | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class VisitorLine:
    """What the visitor says, and what the server takes as the transcript of that turn.

    ``pause``: seconds of quiet before it, once the agent has finished. ``interrupts_after``:
    instead of waiting, speak this many seconds after the agent's sound began to be heard.
    """

    text: str
    sound: Sound | None = None
    pause: float = 0.5
    interrupts_after: float | None = None
    transcript: Transcript = Transcript.NORMAL
    line: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call; ``arguments`` as text is sent as it stands, also when it is no JSON.

    ``expect`` is what the answer must hold at least (see ``rt_director.unmet``), None: anything.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    expect: Any = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """The calls of one response."""

    calls: tuple[ToolCall, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class FaultStep:
    """What goes wrong in the response that follows."""

    fault: Fault
    line: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """The end: the visitor hangs up, or waits until the agent's side has done so."""

    by: Literal["visitor", "agent"] = "visitor"
    line: int = 0


Step = AgentLine | VisitorLine | ToolCalls | FaultStep | End


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One response: its sound items, its calls and what goes wrong in it."""

    lines: tuple[AgentLine, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    fault: Fault | None = None


Turn = AgentTurn | VisitorLine | End


@dataclass(frozen=True, slots=True)
class Script:
    """A whole conversation; ``faults`` strike whichever connection or response comes first."""

    title: str
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...] = ()
    path: Path | None = None

    @property
    def visitor_lines(self) -> tuple[VisitorLine, ...]:
        """What the phone side says, in order."""
        return tuple(step for step in self.steps if isinstance(step, VisitorLine))

    def turns(self) -> tuple[Turn, ...]:
        """The steps gathered into responses of the agent and turns of the visitor."""
        turns: list[Turn] = []
        lines: list[AgentLine] = []
        fault: Fault | None = None

        def close(calls: tuple[ToolCall, ...] = ()) -> None:
            nonlocal fault
            if lines or calls or fault:
                turns.append(AgentTurn(tuple(lines), calls, fault))
            lines.clear()
            fault = None

        for step in self.steps:
            match step:
                case AgentLine():
                    lines.append(step)
                case ToolCalls(calls=calls):
                    close(calls)
                case FaultStep():
                    if lines:
                        close()
                    fault = step.fault
                case VisitorLine() | End():
                    close()
                    turns.append(step)
        close()
        return tuple(turns)

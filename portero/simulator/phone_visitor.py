"""The visitor's part of a conversation script: when to speak, when to hang up (pure).

The visitor has only ears. It knows the script, so it knows about how long the agent will talk
before it is its turn: a pause for a tool call is not mistaken for the end of what the agent says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from portero.simulator.conversation_script import AgentTurn, End, Script, Tone, VisitorLine

LOUD: Final = 150.0  # RMS of a frame: -47 dBFS, well below speech and above codec noise
# A fast speaker of Spanish; nobody says a line in less than half of that time.
CHARACTERS_PER_SECOND: Final = 18.0
SHARE_TO_HEAR: Final = 0.5
QUIET_SECONDS: Final = 0.6  # longer than a pause between two sentences
PATIENCE_SECONDS: Final = 8.0  # an agent that falls silent is answered all the same
FRAME_SECONDS: Final = 0.020


@dataclass(frozen=True, slots=True)
class Say:
    """Speak this line now."""

    line: VisitorLine


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the phone down."""


Act = Say | HangUp


class Visitor:
    """Follows a script by ear; times are seconds of any one clock."""

    def __init__(self, script: Script, now: float) -> None:
        self._turns = list(script.turns())
        self._expected = 0.0  # seconds of the agent's speech before it is our turn
        self._first_loud: float | None = None
        self._began(now)

    def hear(self, now: float, level: float) -> None:
        """20 ms of the agent's sound; ``level`` is its RMS."""
        if level < LOUD:
            return
        if self._first_loud is None:
            self._first_loud = now
        self._last_loud = now
        self._heard += FRAME_SECONDS

    def spoke(self, now: float) -> None:
        """Our own line has been said to its end."""
        self._began(now)

    def act(self, now: float) -> Act | None:
        """What to do now, if anything; after ``Say`` call ``spoke`` before asking again."""
        if not self._turns:
            return None
        turn = self._turns[0]
        if isinstance(turn, VisitorLine) and self._may_speak(turn, now):
            self._turns.pop(0)
            return Say(turn)
        if isinstance(turn, End) and turn.by == "visitor" and self._finished(now, QUIET_SECONDS):
            self._turns.pop(0)
            return HangUp()
        return None

    def _began(self, now: float) -> None:
        """It is the agent's turn: see how much it has to say."""
        self._heard = 0.0
        self._first_loud = None
        self._last_loud = now
        self._expected = 0.0
        while self._turns and isinstance(turn := self._turns[0], AgentTurn):
            self._turns.pop(0)
            self._expected += SHARE_TO_HEAR * _speech_seconds(turn)

    def _may_speak(self, line: VisitorLine, now: float) -> bool:
        if line.interrupts_after is None:
            return self._finished(now, max(line.pause, QUIET_SECONDS))
        return self._first_loud is not None and now >= self._first_loud + line.interrupts_after

    def _finished(self, now: float, quiet: float) -> bool:
        silent = now - self._last_loud
        return silent >= PATIENCE_SECONDS or (self._heard >= self._expected and silent >= quiet)


def _speech_seconds(turn: AgentTurn) -> float:
    return sum(
        line.sound.seconds
        if isinstance(line.sound, Tone)
        else len(line.text) / CHARACTERS_PER_SECOND
        for line in turn.lines
    )

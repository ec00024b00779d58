"""Where a session stands in its script (pure)."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from portero.simulator.conversation_script import (
    AgentLine,
    AgentTurn,
    Babble,
    End,
    Script,
    ToolCall,
    Turn,
    VisitorLine,
)

FALLBACK: Final = "Disculpe, ¿puede repetirlo, por favor?"
# What is said after the script's end, e.g. when a call's answer still asks for a word.
FAREWELL: Final = "Hasta luego."
# The transcript of what the script did not foresee.
UNSCRIPTED: Final = VisitorLine("…")

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


class Director:
    """Says what the agent does next, and what the visitor has just said."""

    def __init__(self, script: Script | None = None, *, fallback: str = FALLBACK) -> None:
        self._turns: deque[Turn] = deque(script.turns() if script else ())
        self._fallback = AgentTurn((AgentLine(fallback),))
        self._answers: dict[str, Any] = {}
        self.unmet: list[str] = []

    @property
    def left(self) -> int:
        """How many turns are still to come, not counting the end."""
        return sum(not isinstance(turn, End) for turn in self._turns)

    def visitor_turn(self) -> VisitorLine:
        """The line that the visitor has begun to speak (it stays the next until ``heard``)."""
        first = self._turns[0] if self._turns else None
        return first if isinstance(first, VisitorLine) else UNSCRIPTED

    def heard(self) -> None:
        """The visitor's turn is over."""
        if self._turns and isinstance(self._turns[0], VisitorLine):
            self._turns.popleft()

    def agent_turn(self, *, may_call: bool = True) -> AgentTurn:
        """What the agent does in the response that begins now."""
        turn = self._turns[0] if self._turns else None
        if isinstance(turn, End):
            return AgentTurn((AgentLine(FAREWELL),))
        if not isinstance(turn, AgentTurn) or (turn.calls and not may_call and not turn.lines):
            return self._fallback
        self._turns.popleft()
        if turn.calls and not may_call:
            self._turns.appendleft(AgentTurn(calls=turn.calls))
            turn = replace(turn, calls=())
        return replace(
            turn,
            lines=tuple(replace(line, text=self.fill(line.text)) for line in turn.lines),
            calls=tuple(replace(call, arguments=self.fill(call.arguments)) for call in turn.calls),
        )

    def not_said(self, turn: AgentTurn) -> None:
        """A response failed or was cut short: say it again, unless the script wanted it cut."""
        after = self._turns[0] if self._turns else None
        interrupted = isinstance(after, VisitorLine) and after.interrupts_after is not None
        if turn is not self._fallback and not interrupted:
            self._turns.appendleft(replace(turn, fault=None))

    def answered(self, call: ToolCall, output: str) -> None:
        """The client has sent the output of a call."""
        try:
            answer = json.loads(output)
        except ValueError:
            answer = output
        self._answers[call.name] = answer
        if call.expect is not None:
            where = f"line {call.line}: the answer of {call.name}"
            self.unmet.extend(unmet(call.expect, answer, where))

    def fill(self, value: Any) -> Any:
        """``value`` with every ``{{tool.path}}`` replaced, in nested values too."""
        match value:
            case str():
                whole = _PLACEHOLDER.fullmatch(value)
                if whole:
                    return self._look_up(whole[1])
                return _PLACEHOLDER.sub(lambda found: str(self._look_up(found[1])), value)
            case Mapping():
                return {key: self.fill(element) for key, element in value.items()}
            case list():
                return [self.fill(element) for element in value]
        return value

    def _look_up(self, path: str) -> Any:
        value: Any = self._answers
        for key in path.split("."):
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                self.unmet.append(f"{{{{{path}}}}}: no answer so far has {key!r}")
                return ""
        return value


class Chatterbox(Director):
    """Without a script: every answer is some seconds of speech."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._fallback = AgentTurn((AgentLine(FALLBACK, Babble(seconds)),))


def unmet(expected: Any, answer: Any, where: str) -> list[str]:
    """What ``answer`` lacks: of a mapping its keys, of a list its first elements, else equality."""
    if isinstance(expected, Mapping) and isinstance(answer, Mapping):
        return [
            problem
            for key, value in expected.items()
            for problem in unmet(value, answer.get(key), f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(answer, list) and len(expected) <= len(answer):
        pairs = zip(expected, answer, strict=False)
        return [
            problem
            for index, (wanted, got) in enumerate(pairs)
            for problem in unmet(wanted, got, f"{where}.{index}")
        ]
    return [] if expected == answer else [f"{where}: expected {expected!r}, got {answer!r}"]

"""Reads a conversation script; tells every mistake at once, each with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from portero.errors import PorteroError
from portero.simulator.conversation_script import (
    AgentLine,
    End,
    FaultStep,
    Recording,
    Script,
    Sound,
    Step,
    Tone,
    ToolCall,
    ToolCalls,
    Transcript,
    VisitorLine,
)
from portero.simulator.faults import CONNECTION_FAULTS, Fault, FaultKind

# A step is a mapping that has one of these keys, and of the keys beside it only those named here.
STEP_OPTIONS: dict[str, tuple[str, ...]] = {
    "agent": ("tone", "wav"),
    "visitor": ("tone", "wav", "pause", "transcript"),
    "interrupt": ("after", "tone", "wav", "transcript"),
    "call": (),
    "fault": ("seconds",),
    "end": (),
}
SCRIPT_KEYS = ("title", "faults", "steps")
CALL_KEYS = ("name", "arguments", "expect")
TONE_KEYS = ("hz", "level", "seconds")


class ScriptError(PorteroError):
    """A script has mistakes; ``mistakes`` holds one line ``file:line: what`` for each."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


def load_script(path: Path) -> Script:
    """The script of a YAML file; raises ScriptError, also when the file can't be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError([f"{path}:1: can't be read: {error}"]) from error
    return parse_script(text, path)


def parse_script(text: str, path: Path) -> Script:
    """The script in ``text``; ``path`` names it in errors, and recordings are relative to it."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError([f"{path}:{line}: this is not YAML: {error.problem}"]) from error
    return _Reader(path).script(root)


class _Reader:
    """Walks the nodes of a document and gathers what is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mistakes: list[str] = []
        self._read_step: dict[str, Callable[[dict[str, yaml.Node]], Step | None]] = {
            "agent": self._agent,
            "visitor": self._visitor,
            "interrupt": self._interrupt,
            "call": self._calls,
            "fault": self._fault,
            "end": self._end,
        }

    def script(self, root: yaml.Node | None) -> Script:
        if root is None:
            raise ScriptError([f"{self._path}:1: the script is empty"])
        fields = self._fields(root, SCRIPT_KEYS, "a script")
        title = self._text(fields["title"]) if "title" in fields else self._path.stem
        nodes = self._list(fields["steps"], "steps") if "steps" in fields else []
        if not nodes:
            self._wrong(root, "a script needs `steps`, a list with at least one step")
        steps = tuple(step for node in nodes if (step := self._step(node)) is not None)
        faults = self._list(fields["faults"], "faults") if "faults" in fields else []
        met = tuple(fault for node in faults if (fault := self._met(node)) is not None)
        if self._mistakes:
            raise ScriptError(self._mistakes)
        return Script(title, steps, met, self._path)

    def _met(self, node: yaml.Node) -> Fault | None:
        try:
            return Fault.parse(self._text(node))
        except PorteroError as error:
            self._wrong(node, str(error))
            return None

    def _step(self, node: yaml.Node) -> Step | None:
        if isinstance(node, yaml.ScalarNode) and node.value == "end":
            return End(line=_line(node))
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, "a step is a mapping such as `agent: ...`, or the word `end`")
            return None
        names = [_key(key) for key, _ in node.value]
        kinds = [name for name in names if name in STEP_OPTIONS]
        if len(kinds) != 1:
            self._wrong(node, f"a step has exactly one of: {', '.join(STEP_OPTIONS)}")
            return None
        kind = kinds[0]
        return self._read_step[kind](
            self._fields(node, (kind, *STEP_OPTIONS[kind]), f"the step `{kind}`")
        )

    def _agent(self, fields: dict[str, yaml.Node]) -> AgentLine:
        node = fields["agent"]
        return AgentLine(self._text(node), self._sound(fields), _line(node))

    def _visitor(self, fields: dict[str, yaml.Node]) -> VisitorLine:
        node = fields["visitor"]
        return VisitorLine(
            self._text(node),
            self._sound(fields),
            pause=self._number(fields, "pause", 0.5),
            transcript=self._transcript(fields),
            line=_line(node),
        )

    def _interrupt(self, fields: dict[str, yaml.Node]) -> VisitorLine:
        node = fields["interrupt"]
        return VisitorLine(
            self._text(node),
            self._sound(fields),
            pause=0.0,
            interrupts_after=self._number(fields, "after", 1.0),
            transcript=self._transcript(fields),
            line=_line(node),
        )

    def _calls(self, fields: dict[str, yaml.Node]) -> ToolCalls:
        node = fields["call"]
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return ToolCalls(tuple(self._call(each) for each in nodes), _line(node))

    def _call(self, node: yaml.Node) -> ToolCall:
        fields = self._fields(node, CALL_KEYS, "a call")
        if "name" not in fields:
            self._wrong(node, "a call needs the `name` of the tool")
            return ToolCall("")
        arguments = self._value(fields["arguments"]) if "arguments" in fields else {}
        if not isinstance(arguments, dict | str):
            self._wrong(fields["arguments"], "`arguments` is a mapping (or text, sent as it is)")
            arguments = {}
        expect = self._value(fields["expect"]) if "expect" in fields else None
        return ToolCall(self._text(fields["name"]), arguments, expect, _line(node))

    def _fault(self, fields: dict[str, yaml.Node]) -> FaultStep | None:
        node = fields["fault"]
        known = [kind.value for kind in FaultKind if kind not in CONNECTION_FAULTS]
        name = self._choice(node, known)
        if name is None:
            return None
        return FaultStep(
            Fault(FaultKind(name), 1, self._number(fields, "seconds", 5.0)), _line(node)
        )

    def _end(self, fields: dict[str, yaml.Node]) -> End:
        node = fields["end"]
        by = self._choice(node, ["visitor", "agent"])
        return End("agent" if by == "agent" else "visitor", _line(node))

    def _sound(self, fields: dict[str, yaml.Node]) -> Sound | None:
        if "tone" in fields and "wav" in fields:
            self._wrong(fields["wav"], "a line has a `tone` or a `wav`, not both")
        if "wav" in fields:
            path = self._path.parent / self._text(fields["wav"])
            if not path.is_file():
                self._wrong(fields["wav"], f"there is no file {path}")
            return Recording(path)
        if "tone" not in fields:
            return None
        tone = self._fields(fields["tone"], TONE_KEYS, "a tone")
        return Tone(
            self._number(tone, "hz", 440.0),
            self._number(tone, "seconds", 1.0),
            self._number(tone, "level", -12.0, least=-96.0),
        )

    def _transcript(self, fields: dict[str, yaml.Node]) -> Transcript:
        if "transcript" not in fields:
            return Transcript.NORMAL
        name = self._choice(fields["transcript"], [each.value for each in Transcript])
        return Transcript(name) if name else Transcript.NORMAL

    def _fields(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{what} is a mapping with: {', '.join(known)}")
            return {}
        fields: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key not in known:
                self._wrong(key_node, f"{what} has no `{key}`{_nearest(key, known)}")
            elif key in fields:
                self._wrong(key_node, f"`{key}` is there twice")
            else:
                fields[key] = value_node
        return fields

    def _list(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self._wrong(node, f"`{name}` is a list")
        return []

    def _text(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value)
        self._wrong(node, "here must be text")
        return ""

    def _number(
        self, fields: dict[str, yaml.Node], key: str, default: float, *, least: float = 0.0
    ) -> float:
        if key not in fields:
            return default
        value = self._value(fields[key])
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= least:
            return float(value)
        self._wrong(fields[key], f"`{key}` is a number, at least {least:g}")
        return default

    def _choice(self, node: yaml.Node, known: list[str]) -> str | None:
        value = node.value if isinstance(node, yaml.ScalarNode) else None
        if value in known:
            return str(value)
        self._wrong(node, f"here must be one of: {', '.join(known)}")
        return None

    def _value(self, node: yaml.Node) -> Any:
        return _construct(node)

    def _wrong(self, node: yaml.Node, what: str) -> None:
        self._mistakes.append(f"{self._path}:{_line(node)}: {what}")


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _key(node: yaml.Node) -> str:
    return str(node.value)


def _nearest(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else f"; it may have: {', '.join(known)}"

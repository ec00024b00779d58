"""A script file becomes steps, and every mistake in it is told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from portero.simulator.conversation_script import (
    AgentLine,
    AgentTurn,
    End,
    Tone,
    ToolCall,
    Transcript,
    VisitorLine,
)
from portero.simulator.faults import Fault, FaultKind
from portero.simulator.script_loader import ScriptError, load_script, parse_script

HERE = Path("visit.yaml")
BUNDLED = sorted((Path(__file__).parents[2] / "portero/simulator/scripts").glob("*.yaml"))

WHOLE = """\
title: Una visita
faults: ["http-503:1"]
steps:
  - agent: "Buenas tardes."
  - agent: "¿A quién visita?"
    tone: {hz: 500, seconds: 2, level: -20}
  - visitor: "A Juan."
    pause: 1.5
    transcript: late
  - fault: slow
    seconds: 3
  - agent: "Un momento."
  - call:
      - {name: find_resident, arguments: {name: Juan}, expect: [{unit: "12"}]}
      - {name: get_recent_plates}
  - call: {name: open_gate, arguments: "{not json"}
  - interrupt: "¿Y bien?"
    after: 0.5
  - end: agent
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        parse_script(text, HERE)
    return list(caught.value.mistakes)


def test_whole_script() -> None:
    script = parse_script(WHOLE, HERE)
    assert script.title == "Una visita"
    assert script.faults == (Fault(FaultKind.HTTP_503, 1),)
    assert script.turns() == (
        AgentTurn(
            (
                AgentLine("Buenas tardes.", line=4),
                AgentLine("¿A quién visita?", Tone(500, 2, -20), line=5),
            )
        ),
        VisitorLine("A Juan.", pause=1.5, transcript=Transcript.LATE, line=7),
        AgentTurn(
            (AgentLine("Un momento.", line=12),),
            (
                ToolCall("find_resident", {"name": "Juan"}, [{"unit": "12"}], line=14),
                ToolCall("get_recent_plates", line=15),
            ),
            Fault(FaultKind.SLOW, 1, 3.0),
        ),
        AgentTurn(calls=(ToolCall("open_gate", "{not json", line=16),)),
        VisitorLine("¿Y bien?", pause=0.0, interrupts_after=0.5, line=17),
        End("agent", line=19),
    )
    assert [line.text for line in script.visitor_lines] == ["A Juan.", "¿Y bien?"]


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_scripts_load_and_end(path: Path) -> None:
    assert isinstance(load_script(path).turns()[-1], End)


def test_all_mistakes_at_once_each_with_its_line() -> None:
    text = """\
title: Mal
steps:
  - agnet: Hola
  - agent: Hola
    tonne: {hz: 1}
  - call: {arguments: {}}
  - fault: fire
  - visitor: ""
  - visitor: Hola
    pause: mucho
  - call: {name: f, arguments: [1]}
  - interrupt: Hola
    transcript: never
  - agent: Hola
    wav: no/such.wav
  - end: nobody
  - 7
"""
    told = mistakes(text)
    assert [int(line.split(":")[1]) for line in told] == [3, 5, 6, 7, 8, 10, 11, 13, 15, 16, 17]
    assert all(line.startswith("visit.yaml:") for line in told)
    assert "did you mean `tone`?" in told[1]
    assert "slow" in told[3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("- agent: Hola", 1),
        ("title: x", 1),
        ("title: x\nsteps: []", 1),
        ("title: x\nsteps: {agent: Hola}", 2),
        ("title: x\nfaults: [fire]\nsteps: [end]", 2),
        ("title: x\nsteps:\n  - agent: 'a\n", 4),
        ("steps:\n  - {agent: a, visitor: b}", 2),
        ("steps:\n  - agent: a\n    agent: b", 2),
    ],
)
def test_one_mistake(text: str, line: int) -> None:
    first = mistakes(text)[0]
    assert first.startswith(f"visit.yaml:{line}: ")


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"nothing\.yaml:1: can't be read"):
        load_script(tmp_path / "nothing.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match="can't be read"):
        load_script(binary)

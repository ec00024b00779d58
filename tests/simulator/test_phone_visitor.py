"""When the scripted visitor speaks, breaks in and hangs up."""

from __future__ import annotations

from portero.simulator.conversation_script import (
    AgentLine,
    End,
    Script,
    ToolCall,
    ToolCalls,
    VisitorLine,
)
from portero.simulator.phone_visitor import LOUD, HangUp, Say, Visitor

FRAME = 0.020
GREETING = AgentLine("Buenas tardes, ¿a quién visita?")  # 31 characters: 1.7 s of speech


def talk(visitor: Visitor, start: float, seconds: float) -> float:
    """The agent speaks for so long; the time when it stops."""
    frames = round(seconds / FRAME)
    for index in range(frames):
        visitor.hear(start + index * FRAME, LOUD * 10)
    return start + frames * FRAME


def test_the_visitor_answers_once_the_agent_has_been_quiet_for_a_while() -> None:
    line = VisitorLine("Soy María.", pause=1.0)
    visitor = Visitor(Script("", (GREETING, line, End())), 0.0)
    end = talk(visitor, 0.5, 1.7)
    assert visitor.act(end + 0.9) is None
    assert visitor.act(end + 1.0) == Say(line)


def test_a_pause_for_a_tool_is_not_taken_for_the_end() -> None:
    line = VisitorLine("Gracias.")
    call = ToolCalls((ToolCall("check_visitor"),))
    visitor = Visitor(Script("", (GREETING, call, GREETING, line)), 0.0)
    end = talk(visitor, 0.0, 1.0)
    assert visitor.act(end + 3.0) is None
    end = talk(visitor, end + 3.0, 1.7)
    assert visitor.act(end + 0.7) == Say(line)


def test_noise_is_not_speech() -> None:
    visitor = Visitor(Script("", (GREETING, VisitorLine("Sí."))), 0.0)
    for index in range(200):
        visitor.hear(index * FRAME, LOUD / 2)
    assert visitor.act(4.0) is None


def test_an_agent_that_never_speaks_is_not_waited_for_without_end() -> None:
    line = VisitorLine("¿Bueno?")
    visitor = Visitor(Script("", (GREETING, line)), 0.0)
    assert visitor.act(7.9) is None
    assert visitor.act(8.0) == Say(line)


def test_an_interruption_comes_while_the_agent_speaks() -> None:
    line = VisitorLine("Perdón.", interrupts_after=0.5)
    visitor = Visitor(Script("", (GREETING, line)), 0.0)
    assert visitor.act(3.0) is None
    talk(visitor, 3.0, 0.6)
    assert visitor.act(3.4) is None
    assert visitor.act(3.5) == Say(line)


def test_the_visitor_hangs_up_at_the_end_after_the_last_word() -> None:
    visitor = Visitor(Script("", (VisitorLine("Hola."), GREETING, End())), 0.0)
    assert isinstance(visitor.act(1.0), Say)
    visitor.spoke(2.0)
    assert visitor.act(4.0) is None
    end = talk(visitor, 4.0, 1.7)
    assert visitor.act(end + 0.6) == HangUp()
    assert visitor.act(end + 60) is None


def test_where_the_agent_ends_the_visitor_waits() -> None:
    visitor = Visitor(Script("", (End(by="agent"),)), 0.0)
    assert visitor.act(60.0) is None

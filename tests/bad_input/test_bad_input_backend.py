"""A backend that answers nonsense, or nothing: the agent is told, and the call goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_twisted
from strangers import HTML, RANDOM, Stranger
from world import GREETING, world

from portero.simulator.conversation_script import (
    AgentLine,
    Step,
    Tone,
    ToolCall,
    ToolCalls,
    VisitorLine,
)
from portero.simulator.phone_sound import Clip
from portero.simulator.sound import tone

TRIES = 3
SPEECH = Clip(tone(300, 0.6, -12.0, 16000), 16000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STEPS: tuple[Step, ...] = (
    AgentLine("Un momento.", Tone(440, 0.2)),
    VisitorLine("Busco a Juan."),
    ToolCalls((ToolCall("find_resident", {"name": "Juan"}),)),
    GREETING,
)


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        (partial(Stranger, then=HTML), "HTTP 200, no JSON"),
        (
            partial(Stranger, then=b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n", leaves=True),
            "HTTP 500",
        ),
        (partial(Stranger, then=RANDOM + b"\r\n\r\n"), ""),
        (partial(Stranger, then=HEAD + b"Content-Length: 900\r\n\r\n[", leaves=True), ""),
        (partial(Stranger, leaves=True), ""),
        (partial(Stranger, then=HEAD + b"\r\n", endless=b"x" * 4096), "the answer is too long"),
        (partial(Stranger, then=HEAD, endless=b"x" * 4096), ""),
        (partial(Stranger, then=HEAD + b"\r\n["), r"did not answer in time \(3 s\)"),
        (Stranger, r"did not answer in time \(3 s\)"),
    ],
    ids=[
        "html",
        "500",
        "random",
        "cut",
        "gone",
        "endless-body",
        "endless-header",
        "half",
        "silence",
    ],
)
@pytest_twisted.ensureDeferred
async def test_the_agent_is_told_and_the_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: Callable[[], Stranger], why: str
) -> None:
    # A connection that may be used again; 4 s otherwise.
    monkeypatch.setattr("portero.doorman.backend.BACKEND_KEEPALIVE_SECONDS", 0.2)
    async with world(tmp_path, *STEPS, doorman={"timeout": 3}) as place:
        place.backend_door.next_meets(*(stranger() for _ in range(TRIES)))
        visit = await place.visitor()
        visit.say(SPEECH)
        await place.trouble.only(
            rf"^Backend: GET /residents/ failed: the backend .*({why}).*doorman\.backend_url"
        )
        await place.hears(visit)
        place.backend_door.meets_nobody()
        after = await place.visitor()
        after.say(SPEECH)
        await place.hears(after)
        for each in (visit, after):
            await place.leaves(each)
        assert [session.violations for session in place.realtime.sessions] == [[], []]
        await place.nothing_is_left()

"""A Realtime server that is none, or talks nonsense: one line, that call ends, the others go on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_twisted
from strangers import HTML, RANDOM, SSH, Stranger
from world import World, calls_go_on, world

UNREACHABLE = r"no Realtime session: {why}.*check realtime\.url"


@pytest_twisted.async_yield_fixture
async def place(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, realtime={"connect_timeout": 3}) as made:
        yield made


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        (partial(Stranger, then=HTML), "the Realtime server 127.0.0.1:.* answered HTTP 200"),
        (partial(Stranger, then=b"HTTP/1.1 404 Not Found\r\n\r\n"), ".*answered HTTP 404"),
        (partial(Stranger, then=SSH + b"\r\n\r\n"), "no connection to the Realtime server"),
        (partial(Stranger, then=RANDOM + b"\r\n\r\n"), "no connection to the Realtime server"),
        (partial(Stranger, leaves=True), "no connection to the Realtime server"),
        (partial(Stranger, endless=b"x" * 4096), "no connection to the Realtime server"),
        (Stranger, "no connection to the Realtime server .*: no answer within 3 s"),
    ],
    ids=["html", "404", "ssh", "random", "gone", "endless", "silence"],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_websocket_ends_that_call(
    place: World, stranger: Callable[[], Stranger], why: str
) -> None:
    async with calls_go_on(place):
        place.realtime_door.next_meets(stranger())
        visit = place.arrives()
        await place.gone(visit, "FAILED", "realtime_unreachable")
        await place.trouble.only(UNREACHABLE.format(why=why))


@pytest.mark.parametrize(
    ("frame", "binary", "why"),
    [
        (RANDOM, True, ".*"),
        (b"{not json", False, ".*JSON|.*malformed"),
        (b"[1, 2]", False, ".*"),
        (b"\xff\xfe", False, ".*"),
        (
            b'{"type": "x", "y": "' + b"z" * 20_000_000 + b'"}',
            False,
            ".*20000022.*limit of 1048576",
        ),
    ],
    ids=["binary", "no-json", "list", "no-utf8", "20-mb"],
)
@pytest_twisted.ensureDeferred
async def test_a_frame_that_is_no_event_ends_that_call(
    place: World, frame: bytes, binary: bool, why: str
) -> None:
    async with calls_go_on(place):
        visit = await place.visitor()
        place.newest_session.send(frame, binary=binary)
        await place.gone(visit, "FAILED", "realtime_lost")
        await place.trouble.only(rf"\] Realtime lost: {why}")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.telepathy.delta", "delta": "?"},
        {"type": "response.output_audio.delta", "item_id": "item_x", "delta": "AAAA"},
        {"type": "conversation.item.truncated", "item_id": "item_x", "audio_end_ms": 5},
        {"type": "response.done", "response": {"id": "resp_x", "status": "completed"}},
        {"type": "rate_limits.updated", "rate_limits": None},
        {"type": "session.created", "padding": "x" * 900_000},
        {"type": 7},
    ],
    ids=lambda event: str(event["type"]),
)
@pytest_twisted.ensureDeferred
async def test_an_event_that_nobody_waits_for_is_ignored(
    place: World, event: dict[str, object]
) -> None:
    async with calls_go_on(place) as visit:
        place.newest_session.send(json.dumps(event).encode())
        await place.hears(visit)
        assert place.trouble.lines == []

"""Whoever connects to the AudioSocket port: one line in the log, and the calls go on."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_twisted
from strangers import HTTP, RANDOM, SSH, TLS, Stranger, comes
from world import World, calls_go_on, lost, world

from portero.simulator.phone_leg import AudioSocketLeg
from portero.simulator.phone_visit import Visit

REFUSED = r"^AudioSocket from 127\.0\.0\.1:\d+ refused: {why}"
NO_UUID = "no UUID was sent"


def message(kind: int, payload: bytes, length: int | None = None) -> bytes:
    return struct.pack("!BH", kind, len(payload) if length is None else length) + payload


def wrong_uuid() -> bytes:
    return message(0x01, uuid4().bytes)


@pytest_twisted.async_yield_fixture
async def place(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, media={"leg": "audiosocket", "format": "slin16"}) as made:
        yield made


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        (partial(Stranger, HTTP), "AudioSocket message of kind|AudioSocket message of .* too long"),
        (partial(Stranger, SSH), "AudioSocket message"),
        (partial(Stranger, TLS), NO_UUID),
        (partial(Stranger, RANDOM), "AudioSocket message|its first message"),
        (partial(Stranger, wrong_uuid()), "no call waits for [0-9a-f-]{36}"),
        (partial(Stranger, message(0x12, bytes(640))), "its first message is of kind 0x12"),
        (partial(Stranger, message(0x01, bytes(15))), "kind 0x01 can't have 15 bytes"),
        (partial(Stranger, message(0x01, b"", 65535)), "message of 65535 bytes is too long"),
        (partial(Stranger, message(0x12, b"", 9600), endless=bytes(4096)), "first message"),
        (partial(Stranger, b"\x01\x00"), NO_UUID),
        (Stranger, NO_UUID),
    ],
    ids=[
        "http",
        "ssh",
        "tls",
        "random",
        "wrong-uuid",
        "no-uuid",
        "short-uuid",
        "giant",
        "endless",
        "half",
        "silence",
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_stranger_is_refused(
    place: World, monkeypatch: pytest.MonkeyPatch, stranger: partial[Stranger], why: str
) -> None:
    async with calls_go_on(place):
        with monkeypatch.context() as hurried:
            if why == NO_UUID:  # who says anything, and visitors, have 5 s
                hurried.setattr("portero.media.audiosocketleg.AUDIOSOCKET_UUID_SECONDS", 0.5)
            await lost(await comes(place.audiosocket_port, stranger()))
        await place.trouble.only(REFUSED.format(why=f".*({why})"))


def leg_of(visit: Visit) -> AudioSocketLeg:
    assert isinstance(visit.leg, AudioSocketLeg)
    return visit.leg


@pytest_twisted.ensureDeferred
async def test_nobody_takes_over_a_call_that_has_its_connection(place: World) -> None:
    async with calls_go_on(place) as visit:
        uuid: UUID = leg_of(visit)._uuid
        thief = await comes(place.audiosocket_port, Stranger(message(0x01, uuid.bytes)))
        await lost(thief)
        assert thief.heard == b""
        await place.trouble.only(REFUSED.format(why="no call waits for"))


@pytest.mark.parametrize(
    ("garbage", "why"),
    [
        (message(0x12, b"", 65535), "message of 65535 bytes is too long"),
        (message(0x00, b"xx"), "kind 0x00 can't have 2 bytes"),
        (RANDOM, "AudioSocket message"),
    ],
    ids=["giant", "lie", "random"],
)
@pytest_twisted.ensureDeferred
async def test_garbage_in_a_call_ends_that_call(place: World, garbage: bytes, why: str) -> None:
    async with calls_go_on(place):
        visit = await place.visitor()
        leg_of(visit).transport.write(garbage)
        await place.gone(visit, "FAILED", "leg_ended")
        await place.trouble.only(REFUSED.format(why=f".*{why}"))


@pytest_twisted.ensureDeferred
async def test_messages_of_unknown_kinds_are_told_once(place: World) -> None:
    async with calls_go_on(place) as visit:
        for kind in (0x10, 0x13, 0x20, 0x7F):
            leg_of(visit).transport.write(message(kind, bytes(7)))
        await place.trouble.only(r"AudioSocket/.*: dropped a message of kind 0x10, not 0x12")


@pytest_twisted.ensureDeferred
async def test_an_asterisk_that_closes_one_half_ends_that_call(place: World) -> None:
    async with calls_go_on(place):
        visit = await place.visitor()
        leg_of(visit).transport.loseWriteConnection()
        await place.gone(visit, "FAILED", "leg_ended")

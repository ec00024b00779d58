"""Whoever connects to the FastAGI port: one line in the log, and the calls go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_twisted
from strangers import ENVIRONMENT, HTTP, RANDOM, SSH, TLS, Stranger, comes
from world import World, calls_go_on, lost, world

from portero.limits import AGI_COMMAND_BYTES

DROPPED = (
    r"^FastAGI from 127\.0\.0\.1:\d+ dropped: <AGI without environment>: {why}.*"
    r"; if this is not your Asterisk, see asterisk\.fastagi\.allow and interface$"
)


@pytest_twisted.async_yield_fixture
async def place(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fastagi={"allow": ["127.0.0.1/32"]}) as made:
        yield made


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        (partial(Stranger, endless=b"agi_extra: x\n" * 64), "the AGI environment has a name twice"),
        (partial(Stranger, endless=b"agi_extra: " + b"x" * 4096), "more than 65536 bytes"),
        (partial(Stranger, endless=b"\n"), "not an AGI environment"),
        (partial(Stranger, HTTP), "not an AGI environment: b'GET / HTTP"),
        (partial(Stranger, SSH), "not an AGI environment: b'SSH-2.0-OpenSSH"),
        (partial(Stranger, TLS), "not an AGI environment"),
        (partial(Stranger, RANDOM), "not an AGI environment"),
        (
            partial(Stranger, ENVIRONMENT + b"agi_extension: 1000\n\n"),
            "the AGI environment has a name twice",
        ),
        (partial(Stranger, ENVIRONMENT), "no complete AGI environment came"),
    ],
    ids=["lines", "line", "empty", "http", "ssh", "tls", "random", "twice", "unfinished"],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_agi_is_dropped(
    place: World, stranger: partial[Stranger], why: str
) -> None:
    async with calls_go_on(place):
        await lost(await comes(place.agi_port, stranger()))
        await place.trouble.only(DROPPED.format(why=why))


@pytest_twisted.ensureDeferred
async def test_a_flood_of_different_names_is_cut_off(place: World) -> None:
    """Each line is well-formed: only their number tells that this has no end."""
    names = b"".join(b"agi_arg_%d: x\n" % number for number in range(10_000))
    async with calls_go_on(place):
        await lost(await comes(place.agi_port, Stranger(names)))
        await place.trouble.only(DROPPED.format(why=".*more than 256"))


@pytest_twisted.ensureDeferred
async def test_a_peer_of_a_foreign_network_is_hung_up_on(place: World) -> None:
    async with calls_go_on(place):
        stranger = await comes(place.agi_port, Stranger(ENVIRONMENT + b"\n"), from_host="127.0.0.2")
        await lost(stranger)
        assert stranger.heard == b""
        await place.trouble.only(
            r"^FastAGI: 127\.0\.0\.2 refused: .*add it to asterisk\.fastagi\.allow$"
        )


@pytest_twisted.ensureDeferred
async def test_a_script_that_is_not_ours_is_given_back(place: World) -> None:
    words = ENVIRONMENT.replace(b"script: portero", b"script: directory") + b"\n"
    async with calls_go_on(place):
        stranger = await comes(place.agi_port, Stranger(words))
        await lost(stranger)
        assert stranger.heard == b""
        await place.trouble.only(
            r"^FastAGI: 'directory' is not asterisk\.fastagi\.script; see AGI\(\) in the dialplan$"
        )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"<html>", "not an AGI reply"),
        (b"200 result=1\n" * 3, "part of a reply came before its command"),
        (b"x" * 100_000, "more than 65536 bytes"),
    ],
    ids=["html", "too-many", "endless"],
)
@pytest_twisted.ensureDeferred
async def test_an_asterisk_that_loses_the_step_loses_its_call(
    place: World, answer: bytes, why: str
) -> None:
    async with calls_go_on(place):
        stranger = Stranger(ENVIRONMENT + b"\n", then=answer + b"\n")
        await lost(await comes(place.agi_port, stranger))
        assert len(stranger.heard) < AGI_COMMAND_BYTES
        await place.trouble.only(rf"FastAGI from .* dropped: <AGI PJSIP/gate-1>: {why}")

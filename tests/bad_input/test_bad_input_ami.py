"""Whoever answers at the AMI's address: one line in the log, and the calls go on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_twisted
from strangers import HTML, RANDOM, SSH, TLS, Stranger
from world import calls_go_on, world

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
NOT_AMI = r"this is not the Asterisk Manager: .*; check asterisk\.ami\.host and port: .*5038"
CALL_AGAIN = r"; next try in \d+ s$"


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        (partial(Stranger, SSH), NOT_AMI),
        (Stranger, "no AMI login was possible in time"),
        (partial(Stranger, HTML), NOT_AMI),
        (partial(Stranger, TLS), NOT_AMI),
        (partial(Stranger, RANDOM), NOT_AMI),
        (partial(Stranger, endless=b"x" * 4096), NOT_AMI),
        (partial(Stranger, leaves=True), "connection lost"),
        (partial(Stranger, BANNER, endless=b"x" * 4096), "more than|too long|without an end"),
        (partial(Stranger, BANNER, endless=b"Key: value\r\n" * 64), "more than|too long"),
        (partial(Stranger, BANNER, then=RANDOM + b"\r\n\r\n", leaves=True), "connection lost"),
    ],
    ids=[
        "ssh",
        "silence",
        "http",
        "tls",
        "random",
        "endless",
        "gone",
        "endless-line",
        "endless-message",
        "garbage",
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_ami_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: Callable[[], Stranger], why: str
) -> None:
    monkeypatch.setattr("portero.asterisk.manager.AMI_LOGIN_SECONDS", 1.0)  # 20 s of silence
    async with world(tmp_path, at_ami=stranger()) as place:
        await place.trouble.only(rf"^AMI at tcp:127\.0\.0\.1:\d+: .*({why}).*{CALL_AGAIN}")
        monkeypatch.undo()  # Asterisk itself has the whole time
        visit = place.arrives()
        await place.gone(visit, "FAILED", "ami_down")
        await place.trouble.only(r"not taken: FAILED \(ami_down\)")
        await place.manager_is_back()
        place.idle_now()
        async with calls_go_on(place):
            pass


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\x00garbage\r\n", b"x" * 2_000_000 + b"\r\n", b"Key: value\r\n" * 200_000 + b"\r\n"],
    ids=["line", "long-line", "long-message"],
)
@pytest_twisted.ensureDeferred
async def test_garbage_after_the_login_ends_no_call(tmp_path: Path, garbage: bytes) -> None:
    async with world(tmp_path) as place, calls_go_on(place) as visit:
        (session,) = place.phones.ami.sessions
        session.transport.write(garbage)
        await place.hears(visit)
        if len(garbage) > 1000:
            await place.trouble.only(r"^AMI at tcp:127\.0\.0\.1:\d+: ")
            await session.closed
        await place.manager_is_back()

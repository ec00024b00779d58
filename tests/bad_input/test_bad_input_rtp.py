"""Datagrams that are no sound of the call: counted, told once, and the calls go on."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from strangers import RANDOM, SSH
from world import calls_go_on, until, world

from portero.simulator.phone_leg import RtpLeg
from portero.simulator.phone_visit import Visit

L16 = struct.Struct("!BBHII")
FRAME = bytes(640)


def rtp(flags: int = 0x80, kind: int = 118, number: int = 1, payload: bytes = FRAME) -> bytes:
    return L16.pack(flags, kind, number & 0xFFFF, number * 320 & 0xFFFFFFFF, 0xBAD) + payload


MALFORMED = [
    b"",
    b"\x80",
    RANDOM[:1500],
    SSH,
    bytes(12),
    rtp(flags=0x00),
    rtp(flags=0x8F, payload=b""),
    rtp(flags=0xA0, payload=b"\xff" * 640),
    rtp(flags=0x90, payload=b"\xbe\xde\xff\xff"),
    rtp(kind=0),
    rtp(payload=b""),
    rtp(payload=bytes(639)),
    rtp(payload=bytes(9000)),
]


def leg_of(visit: Visit) -> RtpLeg:
    assert isinstance(visit.leg, RtpLeg)
    return visit.leg


@contextlib.contextmanager
def somebody() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        yield sender


@pytest_twisted.ensureDeferred
async def test_malformed_datagrams_from_asterisk_itself(tmp_path: Path) -> None:
    async with world(tmp_path) as place, calls_go_on(place) as visit:
        leg = leg_of(visit)
        for datagram in MALFORMED:
            leg._write(datagram)
        await place.trouble.only(r"UnicastRTP/127\.0\.0\.1:\d+/c\(slin16\): dropped a datagram: ")
        stats = place.stats(0)
        await until(lambda: stats.malformed == len(MALFORMED), lambda: stats)


@pytest_twisted.ensureDeferred
async def test_datagrams_from_somebody_else(tmp_path: Path) -> None:
    async with world(tmp_path) as place, calls_go_on(place) as visit:
        leg = leg_of(visit)
        with somebody() as sender:
            for number in range(20):
                sender.sendto(rtp(number=number), leg._remote)
            await place.trouble.only(
                r"dropped a datagram from 127\.0\.0\.1:\d+, which is not Asterisk at 127\.0\.0\.1:"
            )
            stats = place.stats(0)
            await until(lambda: stats.foreign == 20, lambda: stats)
            assert stats.malformed == 0


@pytest.mark.parametrize("from_asterisk", [True, False])
@pytest_twisted.ensureDeferred
async def test_a_flood_on_one_call_disturbs_no_other(tmp_path: Path, from_asterisk: bool) -> None:
    async with world(tmp_path) as place, calls_go_on(place) as visit:
        flooded = await place.visitor()
        leg = leg_of(flooded)
        with somebody() as sender:
            for number in range(5000):
                if from_asterisk:
                    leg._write(rtp(number=number * 7919))
                else:
                    sender.sendto(rtp(number=number), leg._remote)
            await place.hears(visit)
            await place.hears(flooded)
        if not from_asterisk:
            await place.trouble.only(r"dropped a datagram from 127\.0\.0\.1")
        await place.leaves(flooded)


@pytest_twisted.ensureDeferred
async def test_a_port_that_is_free_again_hears_the_call_before_no_more(tmp_path: Path) -> None:
    """Asterisk, or anybody, goes on sending to the port of a call that is over."""
    async with world(tmp_path) as place, calls_go_on(place):
        visit = await place.visitor()
        port = leg_of(visit)._remote
        await place.leaves(visit)
        with somebody() as sender:
            for number in range(200):
                sender.sendto(rtp(number=number), port)

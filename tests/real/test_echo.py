"""The doctor's call to itself: on a real Asterisk, with every leg."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import Gatehouse

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

LEGS = [
    ("rtp", "slin16"),
    ("rtp", "g722"),
    ("rtp", "ulaw"),
    ("rtp", "alaw"),
    ("audiosocket", "slin16"),
]


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    house = Gatehouse(asterisk, tmp_path)
    asterisk.complaints()
    yield house
    print(house.daemon.log)
    await house.close()


def _ask(path: Path) -> dict[str, Any]:
    connection = http.client.HTTPConnection("portero", timeout=30)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(30)
    connection.sock.connect(str(path))
    connection.request("POST", "/v1/echo")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert isinstance(answer, dict)
    return answer


async def asked(house: Gatehouse) -> dict[str, Any]:
    found: dict[str, Any] = await deferToThread(_ask, house.folder / "portero.sock")
    return found


@pytest.mark.parametrize(("leg", "form"), LEGS)
@pytest_twisted.ensureDeferred
async def test_sound_goes_there_and_comes_back(
    house: Gatehouse, ami: AmiProbe, leg: str, form: str
) -> None:
    house.config["media"] |= {"leg": leg, "format": form}
    await house.start()
    # portero's user has no `originate`: somebody else makes the call, once portero waits for it.
    asking = Deferred.fromCoroutine(asked(house))
    await ami.event("RequestNotAllowed", AccountID="portero")
    house.asterisk.cli(
        "channel originate Local/test@portero-doctor/n extension echo@portero-doctor"
    )
    found = await asking
    assert (found["outcome"], found["originated"]) == ("done", "nobody")
    sound = found["sound"]
    assert sound["heard"]
    assert sound["likeness"] > 0.9
    assert sound["lost"] <= 0.02
    assert abs(sound["level_db"]) < 3
    assert sound["delay_ms"] < 400
    await house.nothing_is_left(ami)

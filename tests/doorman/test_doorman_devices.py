"""Hikvision devices on real sockets: gone, with a certificate of their own, or sending us on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from hikvision_bench import ORDER, PASSWORD
from pydantic import SecretStr

from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Site

from portero.config.settings import GateSettings
from portero.doorman.devices import Devices
from portero.doorman.gates import Acknowledgement, Outcome
from portero.doorman.hikvision import HikvisionGate
from portero.simulator.hikvision import HikvisionServer
from portero.simulator.rt_certificate import self_made_certificate

OURS, THEIRS = self_made_certificate(), self_made_certificate()
CLOCK: Any = reactor


@pytest_twisted.async_yield_fixture
async def devices() -> AsyncIterator[Devices]:
    made = Devices(CLOCK)
    yield made
    await made.close()


def pem(certificate: Any) -> str:
    return str(certificate.dumpPEM().decode())


async def open_door(devices: Devices, url: str, pinned: str | None = None) -> Acknowledgement:
    device = devices.device(url, "portero", SecretStr(PASSWORD), pinned)
    settings = GateSettings(driver="hikvision", url=url)
    return await HikvisionGate(settings, device).open(ORDER)


@pytest_twisted.ensureDeferred
async def test_a_device_that_is_gone_has_surely_not_opened(devices: Devices) -> None:
    server = HikvisionServer(CLOCK)
    server.startService()
    url = server.url
    assert (await open_door(devices, url)).outcome is Outcome.ACKNOWLEDGED
    await server.stopService()
    await devices.close()
    said = await open_door(devices, url)
    assert (said.outcome, said.detail) == (Outcome.FAILED, "unreachable")
    assert len(server.orders) == 1


@pytest.mark.parametrize(
    ("identity", "outcome", "orders"),
    [(OURS, Outcome.ACKNOWLEDGED, 1), (THEIRS, Outcome.FAILED, 0)],
)
@pytest_twisted.ensureDeferred
async def test_only_the_pinned_certificate_gets_an_order(
    devices: Devices, identity: Any, outcome: Outcome, orders: int
) -> None:
    server = HikvisionServer(CLOCK, options=identity.options())
    server.startService()
    try:
        said = await open_door(devices, server.url, pem(OURS))
    finally:
        await server.stopService()
    assert (said.outcome, len(server.orders)) == (outcome, orders)
    assert bool(server.requests) == bool(orders)


class Elsewhere(Resource):
    """Sends everybody to another server, after a challenge or at once."""

    isLeaf = True

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    def render(self, request: Any) -> bytes:
        request.setResponseCode(302)
        request.setHeader("location", self._url + request.uri.decode())
        return b""


@pytest_twisted.ensureDeferred
async def test_credentials_follow_no_redirect(devices: Devices) -> None:
    server = HikvisionServer(CLOCK)
    server.startService()
    port = CLOCK.listenTCP(0, Site(Elsewhere(server.url)), interface="127.0.0.1")
    try:
        said = await open_door(devices, f"http://127.0.0.1:{port.getHost().port}")
    finally:
        await port.stopListening()
        await server.stopService()
    assert said.outcome is Outcome.UNCONFIRMED
    assert server.requests == []


def test_a_device_is_made_once_whatever_the_path_and_its_secrets_stay_its_own() -> None:
    devices = Devices(CLOCK)
    one = devices.device("http://192.0.2.20/", "portero", SecretStr(PASSWORD))
    assert devices.device("http://192.0.2.20", "portero", SecretStr(PASSWORD)) is one
    assert devices.device("http://192.0.2.20", "other", SecretStr(PASSWORD)) is not one
    assert devices.device("http://192.0.2.21", "portero", SecretStr(PASSWORD)) is not one
    assert devices.device("http://192.0.2.20", "portero", SecretStr("two")) is one
    assert PASSWORD not in repr([one, vars(one), vars(devices)])

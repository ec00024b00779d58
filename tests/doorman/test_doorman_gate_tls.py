"""Webhook gates over TLS, on real sockets: a pinned certificate, and no way around it."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from doorway import Actions, Phones

from twisted.internet import reactor
from twisted.internet.ssl import CertificateOptions, PrivateCertificate
from twisted.web.client import Agent
from twisted.web.resource import Resource
from twisted.web.server import Site

from portero.config.settings import GateSettings
from portero.doorman.backend import BackendClient
from portero.doorman.devices import Devices
from portero.doorman.exchange import make_client
from portero.doorman.gatemaker import DeviceGates
from portero.doorman.gates import Acknowledgement, GateOrder, Outcome
from portero.simulator.rt_certificate import self_made_certificate

OURS, THEIRS = self_made_certificate(), self_made_certificate()
ORDER = GateOrder("robles", "main_gate", "Juan Pérez", "r1", "portero c1", "c1-1")


class Barrier(Resource):
    """A gate's controller; `heard` counts whatever reaches it."""

    isLeaf = True
    heard = 0

    def render_POST(self, request: Any) -> bytes:
        self.heard += 1
        return b"OK"


def pem(certificate: PrivateCertificate) -> str:
    return str(certificate.dumpPEM().decode())


async def order(
    identity: CertificateOptions, pinned: str | None, host: str = "127.0.0.1"
) -> tuple[Acknowledgement, int]:
    """Open a gate whose controller has `identity`; its answer, and how often it heard of it."""
    barrier = Barrier()
    listen: Any = reactor.listenSSL  # type: ignore[attr-defined]
    port = listen(0, Site(barrier), identity, interface="127.0.0.1")
    url = f"https://{host}:{port.getHost().port}/open"
    settings = GateSettings(driver="webhook", url=url, certificate=pinned)
    backend = BackendClient("http://127.0.0.1:9", None, reactor=reactor)
    http = make_client(Agent(reactor))
    gates = DeviceGates(backend, http, Devices(reactor), Phones(), reactor)
    try:
        return await gates.make("main_gate", settings, Actions()).open(ORDER), barrier.heard
    finally:
        await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_controller_is_known_by_its_own_certificate() -> None:
    said, heard = await order(OURS.options(), pem(OURS))
    assert (said.outcome, said.detail, heard) == (Outcome.ACKNOWLEDGED, "HTTP 200", 1)


@pytest.mark.parametrize("pinned", [None, pem(OURS)])
@pytest_twisted.ensureDeferred
async def test_another_controller_hears_nothing_and_the_order_is_surely_lost(
    pinned: str | None,
) -> None:
    said, heard = await order(THEIRS.options(), pinned)
    assert (said.outcome, said.detail, heard) == (Outcome.FAILED, "untrusted", 0)


@pytest_twisted.ensureDeferred
async def test_the_pinned_certificate_further_up_the_chain_proves_nothing() -> None:
    chain = CertificateOptions(
        privateKey=THEIRS.privateKey.original,
        certificate=THEIRS.original,
        extraCertChain=[OURS.original],
    )
    said, heard = await order(chain, pem(OURS))
    assert (said.outcome, heard) == (Outcome.FAILED, 0)


@pytest_twisted.ensureDeferred
async def test_the_name_in_a_pinned_certificate_does_not_matter() -> None:
    nameless = PrivateCertificate.load(
        OURS.privateKey.selfSignedCert(1, CN="192.0.2.64").dump(), OURS.privateKey
    )
    said, _ = await order(nameless.options(), pem(nameless), host="localhost")
    assert said.outcome is Outcome.ACKNOWLEDGED

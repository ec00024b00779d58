"""Asterisk finds portero by SRV records (`hagi://`): a real Asterisk, a name server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.names import authority, dns, server

from .ami_probe import AmiProbe, log_in
from .asterisk_server import AsteriskServer
from .balanced import two_houses
from .gatehouse import Gatehouse, agent
from .visit import Visit

pytestmark = pytest.mark.real

# /etc/resolv.conf knows no ports: port 53, on a loopback address that nobody else has.
NAME_SERVER = "127.0.0.77"
URL = "hagi://portero.test/portero"


class Zone(authority.FileAuthority):
    """The zone `portero.test`: a daemon for each port, the first one first."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__("")
        places = [
            dns.Record_SRV(10 * place, 100, port, "host.portero.test")
            for place, port in enumerate(ports, 1)
        ]
        self.soa = (b"portero.test", dns.Record_SOA(mname="host.portero.test"))
        self.records = {
            b"portero.test": [self.soa[1]],
            b"_agi._tcp.portero.test": places,
            b"host.portero.test": [dns.Record_A("127.0.0.1")],
        }
        self.asked: list[bytes] = []

    def loadFile(self, filename: str) -> None:
        """There is none."""

    def _lookup(self, name: bytes, cls: int, kind: int, timeout: Any = None) -> Any:
        self.asked.append(name)
        return super()._lookup(name, cls, kind, timeout)


@dataclass
class Street:
    """Two daemons, and an Asterisk that knows them by name only."""

    ami: AmiProbe
    houses: tuple[Gatehouse, Gatehouse]
    zone: Zone

    async def visit(self) -> Visit:
        return await self.houses[0].visit(self.ami, PORTERO_URL=URL)


@pytest_twisted.async_yield_fixture
async def street(asterisk_root: Path, tmp_path: Path) -> AsyncIterator[Street]:
    asterisk = AsteriskServer(asterisk_root, tmp_path / "asterisk")
    houses = two_houses(asterisk, tmp_path, f"sqlite:///{tmp_path}/both.db")
    zone = Zone([house.config["asterisk"]["fastagi"]["port"] for house in houses])
    listening = reactor.listenUDP(  # type: ignore[attr-defined]
        53, dns.DNSDatagramProtocol(server.DNSServerFactory([zone])), interface=NAME_SERVER
    )
    asterisk.start()
    asterisk.ask_names_at(NAME_SERVER)
    ami = await log_in(asterisk.ports.ami, "tester", "tester")
    try:
        yield Street(ami, houses, zone)
    finally:
        print(asterisk.log()[-3000:], *(house.daemon.log for house in houses))
        await ami.cli("channel request hangup all")
        await ami.close()
        for house in houses:
            await house.close()
        asterisk.ask_names_at()
        asterisk.stop()
        await listening.stopListening()


@pytest_twisted.ensureDeferred
async def test_the_next_server_takes_the_call_when_the_first_is_gone(street: Street) -> None:
    first, second = street.houses
    for house in street.houses:
        await house.start()
        house.agent_does(agent())

    await street.visit()
    await first.session()
    assert b"_agi._tcp.portero.test" in street.zone.asked

    await first.daemon.kill()
    await street.visit()
    await second.session()
    assert len(first.realtime.sessions) == 1


@pytest_twisted.ensureDeferred
async def test_the_guard_takes_the_call_when_all_are_gone(street: Street) -> None:
    visit = await street.visit()
    told = await street.houses[0].fallback(street.ami, visit)
    assert told["Status"] == ""

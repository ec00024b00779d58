"""Two daemons behind HAProxy, one PostgreSQL behind them, one Asterisk before them: all real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml
from databases import empty_database

from portero.registry import Registry, ledger, records
from portero.registry.importing import import_file

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .balanced import Balancer, two_houses
from .gatehouse import AGENT_AGAIN_HERTZ, Gatehouse, agent, said, seconds_of_tone, tool
from .visit import TONES, Visit

pytestmark = pytest.mark.real

JUAN = "Juan Pérez García"
# 201 presses 1: he opens.
PEOPLE = {
    "units": [{"unit": "Casa 1"}],
    "residents": [{"name": "Uma Abre", "unit": "Casa 1", "extension": "201"}],
}


@dataclass
class Street:
    """Both houses, and the way to them."""

    ami: AmiProbe
    one: Gatehouse
    two: Gatehouse
    balancer: Balancer

    @property
    def houses(self) -> tuple[Gatehouse, Gatehouse]:
        return self.one, self.two

    async def visit(self, house: Gatehouse | None = None) -> Visit:
        """A visitor comes to whom HAProxy chooses; `house` says who that must be."""
        before = [len(each.realtime.sessions) for each in self.houses]
        url = f"agi://127.0.0.1:{self.balancer.port}/portero"
        visit = await self.one.visit(self.ami, PORTERO_URL=url)
        if house is not None:
            others = [each for each in self.houses if each is not house]
            number = before[self.houses.index(house)] + 1
            await house.until(lambda: len(house.realtime.sessions) == number)
            assert [len(each.realtime.sessions) for each in others] == [
                before[self.houses.index(each)] for each in others
            ]
        return visit

    async def is_with_the_guard(self, visit: Visit) -> None:
        """The visitor hears the guard, and leaves."""
        await self.one.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) > 0.2)
        await visit.hang_up(self.ami)

    async def start(self, *houses: Gatehouse) -> None:
        """The daemons, and HAProxy if it does not run; it must know of them then."""
        for house in houses:
            await house.start()
            house.agent_does(agent())
        await self.balance()
        for house in houses:
            await self.known(house, "UP")

    async def balance(self) -> None:
        """Start HAProxy if it does not run."""
        self.balancer.start()
        await self.one.until(lambda: self.balancer.listens)

    async def known(self, house: Gatehouse, state: str) -> None:
        """Wait until HAProxy sees it like that."""
        name = "one" if house is self.one else "two"
        await house.until(lambda: self.balancer.state(name) == state)

    def kept(self) -> list[Any]:
        """The calls that are over, as the registry has them."""
        return self._ask(records.find, tenant="lomas", limit=50)

    def broken_links(self) -> Any:
        return self._ask(ledger.verify, "lomas")

    def _ask(self, job: Any, *args: Any, **kwargs: Any) -> Any:
        registry = Registry(self.one.config["registry"]["url"])
        try:
            return registry.read(job, *args, **kwargs)
        finally:
            registry.close()


@pytest_twisted.async_yield_fixture
async def street(asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path) -> AsyncIterator[Street]:
    with empty_database("postgresql", tmp_path) as url:
        one, two = two_houses(asterisk, tmp_path, url)
        balancer = Balancer(tmp_path, [one.config, two.config])
        try:
            yield Street(ami, one, two, balancer)
        finally:
            print(one.daemon.log, two.daemon.log, balancer.log)  # shown when the test has failed
            await ami.cli("channel request hangup all")
            balancer.stop()
            await one.close()
            await two.close()


@pytest_twisted.ensureDeferred
async def test_calls_are_spread_and_outlive_a_daemon_that_is_killed(street: Street) -> None:
    await street.start(*street.houses)
    for _ in range(4):
        await street.visit()
    await street.one.until(
        lambda: [len(each.realtime.sessions) for each in street.houses] == [2, 2]
    )

    await street.one.daemon.kill()
    for _ in range(3):  # before any check has failed, too
        await street.visit(street.two)

    await street.known(street.one, "DOWN")
    await street.visit(street.two)
    await street.start(street.one)
    await street.visit(street.one)  # who has fewer calls


@pytest_twisted.ensureDeferred
async def test_a_daemon_that_drains_gets_no_more_calls_and_keeps_those_it_has(
    street: Street,
) -> None:
    await street.start(street.one)
    street.one.agent_does(
        agent(), said(), agent(hertz=AGENT_AGAIN_HERTZ), tool("end_call", reason="x")
    )
    first = await street.visit(street.one)
    await street.start(street.two)

    street.one.daemon.transport.signalProcess("TERM")  # type: ignore[union-attr]
    await street.one.daemon.logged("no more calls are taken; 1 may go on")
    await street.known(street.one, "DOWN")
    for _ in range(2):
        await street.visit(street.two)

    # The visitor who was there is served to his end, over the connection through HAProxy.
    await street.one.greeted(street.ami, first)
    assert (await street.one.ended(street.ami, first))["Status"] == "COMPLETED"
    assert await street.one.daemon.ended == 0


@pytest_twisted.ensureDeferred
async def test_between_the_last_check_and_the_next_a_draining_daemon_says_busy(
    street: Street,
) -> None:
    """HAProxy hears of it late: the guard gets who comes in between."""
    street.balancer.checks = "inter 60s fall 2 rise 1"
    await street.start(street.one)
    await street.visit(street.one)
    street.one.daemon.transport.signalProcess("TERM")  # type: ignore[union-attr]
    await street.one.daemon.logged("no more calls are taken")
    second = await street.visit()
    told = await street.one.fallback(street.ami, second)
    assert told["Status"] == "BUSY"


@pytest_twisted.ensureDeferred
async def test_with_no_daemon_at_all_the_visitor_goes_to_the_guard(street: Street) -> None:
    await street.balance()
    visit = await street.visit()
    told = await street.one.fallback(street.ami, visit)
    assert told["Status"] == ""


@pytest_twisted.ensureDeferred
async def test_both_write_one_ledger_and_spend_one_limit(street: Street) -> None:
    for house in street.houses:
        house.config["tenants"][0]["daily_limit_usd"] = 0.005  # one call costs 0.0058
    street.one.import_registry()
    await street.start(*street.houses)
    street.one.agent_does(
        agent(),
        said(),
        tool("find_resident", {"resident_id": "r1"}, unit="casa 5"),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": True}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", {"ended": True}, reason="entró"),
    )
    visit = await street.visit(street.one)
    await street.one.greeted(street.ami, visit)
    assert (await street.one.ended(street.ami, visit))["Status"] == "COMPLETED"
    await street.one.until(street.kept)

    # The next one would be the other's turn, or this one's: neither has money left.
    for _ in range(2):
        await street.is_with_the_guard(await street.visit())
    await street.one.until(lambda: len(street.kept()) == 3)

    reasons = [record.reason for record in street.kept()]
    assert sorted(reasons) == ["agent_said_goodbye", "daily_limit", "daily_limit"]
    assert [len(house.realtime.sessions) for house in street.houses] == [1, 0]
    assert street.broken_links() == []


def calls_residents(house: Gatehouse) -> None:
    """Its residents are asked by telephone, and answer to it past HAProxy."""
    sounds = house.asterisk.directory / "sounds"
    to_asterisk = house.config["asterisk"]
    to_asterisk["ami"]["username"] = "portero-calls"
    to_asterisk["prompts"] = {"folder": str(sounds), "seen_as": house.asterisk.inside(sounds)}
    to_asterisk["fastagi"]["own_address"] = "127.0.0.1"
    house.config["tenants"][0]["notify"] = {
        "context": "residents",
        "chain": [{"by": "call", "wait": "20s"}],
    }


@pytest_twisted.ensureDeferred
async def test_a_resident_answers_to_the_daemon_that_has_called_him(
    street: Street, tmp_path: Path
) -> None:
    """The dialplan's own address of portero-resident leads nowhere here."""
    for house in street.houses:
        calls_residents(house)
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(PEOPLE, allow_unicode=True))
    registry = Registry(street.one.config["registry"]["url"])
    registry.upgrade()
    import_file(registry, "lomas", file)
    registry.close()
    await street.start(*street.houses)
    street.two.agent_does(
        agent(),
        said(),
        tool("find_resident", unit="Casa 1"),
        tool(
            "notify_resident",
            {"answer": "approved", "gate_ordered": True},
            resident_id="{{find_resident.resident_id}}",
            visitor_name="Ana Ruiz",
        ),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="x"),
    )
    await street.visit(street.one)

    visit = await street.visit(street.two)
    await street.two.greeted(street.ami, visit)

    assert (await street.two.ended(street.ami, visit, patience=40))["Status"] == "COMPLETED"
    assert len(street.two.relay.pulses) == 1

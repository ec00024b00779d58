"""The seven tools at the first Agente Portero's backend, over real sockets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_twisted
from doorway import Actions, Phones, Shelf
from first_backend import GONE, JOSE, MARIA, OTHER_TENANT, TENANT, FirstBackend

from twisted.internet import reactor
from twisted.web.server import Site

from portero.config.residents import AskSettings, NotifySettings
from portero.config.rules import PolicySettings, RuleSettings
from portero.config.settings import GateSettings, Settings, TenantSettings
from portero.doorman import CallFacts, Doorman
from portero.doorman.backend import BackendClient
from portero.doorman.keys import Typed
from portero.registry import ledger, pins


class Gatehouse:
    """The backend on a port, and our client of it."""

    def __init__(self) -> None:
        self.backend = FirstBackend()
        self.actions = Actions()
        self.phones = Phones()
        self.shelf = Shelf()
        listen: Any = reactor.listenTCP  # type: ignore[attr-defined]
        self._port = listen(0, Site(self.backend.app.resource()), interface="127.0.0.1")
        address = f"http://127.0.0.1:{self._port.getHost().port}"
        self._client = BackendClient(address, None, reactor=reactor)
        self.call()

    def call(self, tenant_id: str = TENANT, **settings: Any) -> None:
        """A new call."""
        gates = {"main_gate": GateSettings(), "service": GateSettings(door=2)}
        facts = CallFacts(call_id="c1", tenant=tenant_id)
        tenant = TenantSettings(id=tenant_id, gates=gates, **settings)
        doorman = Doorman(
            Settings(tenants=(tenant,)),
            self._client,
            store=self.shelf,
            phone=self.phones,
            reactor=reactor,
        )
        self.doorman = doorman.for_call(tenant, facts, self.actions)

    async def ask(self, tool: str, **arguments: Any) -> Any:
        result = await self.doorman.run(tool, json.dumps(arguments))
        for secret in ("5511112222", "5215512345678", "a@b.mx", MARIA, JOSE, GONE, "López"):
            assert secret not in result.output
        return json.loads(result.output)

    async def finds(self, **asked: str) -> tuple[str, ...]:
        """Whom the handle means that find_resident gives."""
        found = await self.ask("find_resident", **asked)
        return self.doorman._desk.lookups.residents(found["resident_id"])

    async def close(self) -> None:
        await self._client.close()
        await self._port.stopListening()
        assert self.backend.redirects == 0


@pytest_twisted.async_yield_fixture
async def house() -> Any:
    house = Gatehouse()
    yield house
    await house.close()


@pytest_twisted.ensureDeferred
async def test_residents_are_found_by_name_and_by_the_unit_as_it_is_written(
    house: Gatehouse,
) -> None:
    assert await house.finds(unit="A-101") == (MARIA,)
    assert await house.finds(name="maria") == (MARIA,)  # GONE has left
    assert await house.finds(name="jose", unit="A-101") == ()


@pytest_twisted.ensureDeferred
async def test_an_expected_visitor_is_let_in_and_written_down(house: Gatehouse) -> None:
    house.backend.expect("Juan Pérez García", vehicle_plate="ABC123")
    checked = await house.ask("check_visitor", name="Juan Pérez", plate="abc-123")
    assert checked["authorized"] is True
    opened = await house.ask("open_gate", visitor_name="Juan Pérez", gate_id="service")
    assert (opened["ordered"], opened["state"]) == (True, "acknowledged")
    (order,) = house.backend.opened
    assert (order["gate_id"], order["door_number"]) == ("service", 2)
    # It can't change an entry, so the outcome is a second one.
    ordered, outcome = house.backend.access_logs
    assert (ordered["resident_id"], ordered["extra_data"]["state"]) == (MARIA, "ordered")
    assert outcome["extra_data"]["outcome_of"] == ordered["id"]
    assert outcome["extra_data"]["state"] == "acknowledged"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({}, {"name": "Juan"}),
        ({}, {"name": "uan P"}),
        ({"vehicle_plate": "ABC123"}, {"name": "Juan Pérez", "plate": "XYZ999"}),
        ({"vehicle_plate": "ABC123"}, {"name": "Pedro Gómez", "plate": "ABC123"}),
        ({"valid_until": "2020-01-01T00:00:00"}, {"name": "Juan Pérez"}),
        ({"status": "denied"}, {"name": "Juan Pérez"}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_this_backend_lets_through_is_held_back_here(
    house: Gatehouse, expected: dict[str, str], said: dict[str, str]
) -> None:
    house.backend.expect("Juan Pérez", **expected)
    assert (await house.ask("check_visitor", **said))["authorized"] is False
    for name in ("Juan", "Juan Pérez", said["name"]):
        assert (await house.ask("open_gate", visitor_name=name))["ordered"] is False
    assert (house.backend.opened, house.backend.access_logs) == ([], [])


@pytest_twisted.ensureDeferred
async def test_two_visitors_of_one_name_break_the_check_and_open_nothing(house: Gatehouse) -> None:
    house.backend.expect("Juan Pérez García")
    house.backend.expect("Juan Pérez López")
    assert (await house.ask("check_visitor", name="Juan Pérez"))["error"] == "backend_down"
    assert (await house.ask("open_gate", visitor_name="Juan Pérez"))["ordered"] is False
    assert (await house.ask("check_visitor", name="Juan Pérez García"))["authorized"] is True


@pytest_twisted.ensureDeferred
async def test_residents_are_notified(house: Gatehouse) -> None:
    visitor = {"visitor_name": "Ana Ruiz", "visitor_plate": "XYZ-1"}
    told = []
    for name in ("María López", "José Muñoz", "Nadie Deaquí"):  # José has no WhatsApp
        whom = (await house.ask("find_resident", name=name))["resident_id"]
        told.append(await house.ask("notify_resident", resident_id=whom, **visitor))
    assert told == [{"done": True}] * 3
    (notice,) = house.backend.notifications
    assert (notice["to"], notice["visitor_plate"]) == ("5215512345678", "XYZ1")
    for guess in (MARIA, TENANT, "1"):
        unknown = await house.ask("notify_resident", resident_id=guess, **visitor)
        assert unknown["error"] == "unknown_resident"


@pytest_twisted.ensureDeferred
async def test_a_registered_visitor_waits(house: Gatehouse) -> None:
    whom = (await house.ask("find_resident", unit="A-101"))["resident_id"]
    said = {"name": "Ana Ruiz", "resident_id": whom, "reason": "paquete", "vehicle_plate": "XYZ-1"}
    assert await house.ask("register_visitor", **said) == {"done": True}
    (visitor,) = house.backend.visitors
    assert (visitor["name"], visitor["status"]) == ("Ana Ruiz", "pending")
    assert (visitor["resident_id"], visitor["vehicle_plate"]) == (MARIA, "XYZ1")
    assert (await house.ask("check_visitor", name="Ana Ruiz"))["authorized"] is False


@pytest_twisted.ensureDeferred
async def test_plates_are_told(house: Gatehouse) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    seen = {"plate": "ABC123", "timestamp": now.isoformat(), "camera_id": "cam1"}
    old = {**seen, "plate": "OLD99", "timestamp": (now - timedelta(minutes=11)).isoformat()}
    house.backend.camera_events = [{**seen, "matched_resident_id": MARIA}, old]
    assert await house.ask("get_recent_plates", minutes=10) == {"vehicles_seen": 1}


@pytest_twisted.ensureDeferred
async def test_what_it_lets_in_is_in_portero_s_own_ledger(house: Gatehouse) -> None:
    house.backend.expect("Juan Pérez García")
    await house.ask("check_visitor", name="Juan Pérez")
    await house.ask("open_gate", visitor_name="Juan Pérez")
    kinds = house.shelf.kinds(TENANT)
    assert kinds == ["request", "verdict", "command", "acknowledgement"]
    assert house.shelf.work(ledger.verify, TENANT) == []


@pytest_twisted.ensureDeferred
async def test_a_pin_of_portero_s_own_opens_its_gate(house: Gatehouse) -> None:
    now = datetime.now(UTC)
    house.shelf.work(pins.add, TENANT, label="jardinero", digits="471190", now=now, uses=1)
    assert (await house.doorman.typed(Typed("471190"))).outcome == "opened"
    (order,) = house.backend.opened
    assert order["gate_id"] == "main_gate"


@pytest.mark.parametrize(("says", "orders"), [("approve", 1), ("refuse", 0)])
@pytest_twisted.ensureDeferred
async def test_its_residents_are_called_and_their_word_counts(
    house: Gatehouse, says: Any, orders: int
) -> None:
    house.backend.residents[0]["phone"] = "2001"
    house.call(notify=NotifySettings(chain=(AskSettings(by="call"),)))
    house.phones.says = says
    whom = (await house.ask("find_resident", unit="A-101"))["resident_id"]
    told = await house.ask("notify_resident", resident_id=whom, visitor_name="Ana Ruiz")
    assert told["answer"] == ("approved" if orders else "refused")
    assert [call.extension for call in house.phones.rung] == ["2001"]
    assert [order["resident_id"] for order in house.backend.opened] == [MARIA] * orders


@pytest_twisted.ensureDeferred
async def test_its_units_are_typed_without_their_letters(house: Gatehouse) -> None:
    house.backend.residents[0]["phone"] = "2001"
    house.call(notify=NotifySettings(chain=(AskSettings(by="call"),)))
    house.phones.says = "approve"
    assert await house.doorman.ask_unit("101") == "opened"


@pytest_twisted.ensureDeferred
async def test_a_plate_that_its_camera_saw_opens_only_with_a_confidence(house: Gatehouse) -> None:
    rule = RuleSettings(name="plate", plate_within=120)
    house.call(policy=PolicySettings(rules=(rule,)))
    house.backend.expect("Juan Pérez", vehicle_plate="ABC123")
    now = datetime.now(UTC).replace(tzinfo=None)
    seen = {"plate": "ABC123", "timestamp": now.isoformat(), "camera_id": "cam1"}
    house.backend.camera_events = [seen]
    # Its answers have none, so its cameras open nothing by themselves.
    assert (await house.ask("open_gate", visitor_name="Juan Pérez"))["ordered"] is False
    assert house.backend.opened == []


@pytest_twisted.ensureDeferred
async def test_the_guard_is_asked_for_without_the_backend(house: Gatehouse) -> None:
    assert await house.ask("transfer_to_guard", reason="duda") == {"transferred": False}
    assert house.actions.asked == [("guard", "duda")]


@pytest.mark.parametrize("tenant", [OTHER_TENANT, "robles"])
@pytest_twisted.ensureDeferred
async def test_a_tenant_that_it_does_not_know_is_let_do_nothing(
    house: Gatehouse, tenant: str
) -> None:
    house.backend.expect("Juan Pérez")
    house.call(tenant)
    for tool, said in (
        ("check_visitor", {"name": "Juan Pérez"}),
        ("find_resident", {"unit": "8"}),
        ("notify_resident", {"resident_id": GONE, "visitor_name": "Ana"}),
        ("get_recent_plates", {}),
    ):
        assert "error" in await house.ask(tool, **said)
    assert (await house.ask("open_gate", visitor_name="Juan Pérez"))["ordered"] is False

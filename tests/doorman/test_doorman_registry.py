"""A visit at the embedded backend: doorman, registry and a gate's webhook, over real sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest_twisted
from doorway import Actions, Phones

from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Site

from portero.config.settings import GateSettings, Settings, TenantSettings
from portero.doorman import CallDoorman, CallFacts, Doorman
from portero.doorman.backend import BackendClient
from portero.registry import Registry
from portero.registry.importing import import_file
from portero.registry.site import make_site

SAMPLE = Path(__file__).parents[2] / "etc" / "registry.yaml"


class Barrier(Resource):
    """A gate's controller."""

    isLeaf = True
    opened = 0

    def render_POST(self, request: Any) -> bytes:
        self.opened += 1
        return b"OK"


class Gatehouse:
    """Registry, barrier and doorman of one community."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(f"sqlite:///{folder}/registry.db")
        self.registry.upgrade()
        import_file(self.registry, "robles", SAMPLE)
        self.barrier = Barrier()

    async def open(self) -> None:
        self.registry.start(reactor)
        self.ports = [_listen(make_site(self.registry, "t0ken")), _listen(Site(self.barrier))]
        api, gate = (f"http://127.0.0.1:{port.getHost().port}" for port in self.ports)
        self.backend = BackendClient(api, "t0ken", reactor=reactor)
        self.gates = {"main_gate": GateSettings(driver="webhook", url=f"{gate}/open")}

    def visit(self, tenant_id: str = "robles") -> CallDoorman:
        tenant = TenantSettings(id=tenant_id, gates=self.gates)
        doorman = Doorman(
            Settings(tenants=(tenant,)),
            self.backend,
            store=self.registry,
            phone=Phones(),
            reactor=reactor,
        )
        return doorman.for_call(tenant, CallFacts(call_id="c1", tenant=tenant_id), Actions())

    async def log(self) -> list[dict[str, Any]]:
        rows = await self.backend.request("GET", "/access/logs", tenant="robles")
        return list(rows)

    async def close(self) -> None:
        await self.backend.close()
        for port in self.ports:
            await port.stopListening()
        self.registry.close()


def _listen(site: Site) -> Any:
    listen: Any = reactor.listenTCP  # type: ignore[attr-defined]
    return listen(0, site, interface="127.0.0.1")


@pytest_twisted.async_yield_fixture
async def gatehouse(tmp_path: Path) -> Any:
    house = Gatehouse(tmp_path)
    await house.open()
    yield house
    await house.close()


async def ask(doorman: CallDoorman, tool: str, **arguments: str) -> Any:
    result = await doorman.run(tool, json.dumps(arguments))
    return json.loads(result.output)


@pytest_twisted.ensureDeferred
async def test_a_visitor_who_is_expected_is_let_in_and_written_down(gatehouse: Gatehouse) -> None:
    doorman = gatehouse.visit()
    found = await ask(doorman, "find_resident", name="maria lopez", unit="casa 5")
    assert found.keys() == {"resident_id", "message"}
    checked = await ask(doorman, "check_visitor", name="Juan Perez")
    assert checked["authorized"] is True
    notified = await ask(
        doorman, "notify_resident", resident_id=found["resident_id"], visitor_name="Juan Pérez"
    )
    assert notified == {"done": True}
    opened = await ask(doorman, "open_gate", visitor_name="Juan Pérez")
    assert (opened["ordered"], gatehouse.barrier.opened) == (True, 1)
    (entry,) = await gatehouse.log()
    (resident,) = await gatehouse.backend.request(
        "GET", "/residents/", tenant="robles", query={"unit": "5", "name": "María López"}
    )
    assert entry["resident_id"] == resident["id"]
    assert entry["metadata"]["state"] == "acknowledged"
    assert entry["metadata"]["call_id"] == "c1"


@pytest_twisted.ensureDeferred
async def test_a_visitor_who_is_not_expected_stays_outside(gatehouse: Gatehouse) -> None:
    doorman = gatehouse.visit()
    found = await ask(doorman, "find_resident", unit="5")
    registered = await ask(
        doorman,
        "register_visitor",
        name="Pedro Infante",
        resident_id=found["resident_id"],
        reason="visita",
    )
    assert registered == {"done": True}
    assert (await ask(doorman, "check_visitor", name="Pedro Infante"))["authorized"] is False
    refused = await ask(doorman, "open_gate", visitor_name="Pedro Infante")
    assert (refused["ordered"], gatehouse.barrier.opened) == (False, 0)
    assert await gatehouse.log() == []


@pytest_twisted.ensureDeferred
async def test_another_tenants_visitors_and_residents_are_unknown(gatehouse: Gatehouse) -> None:
    (theirs,) = await gatehouse.backend.request(
        "GET", "/residents/", tenant="robles", query={"unit": "5"}
    )
    doorman = gatehouse.visit("encinos")
    nobody = await ask(doorman, "find_resident", unit="5")
    somebody = await ask(gatehouse.visit(), "find_resident", unit="5")
    assert nobody == somebody
    assert (await ask(doorman, "check_visitor", name="Juan Pérez"))["authorized"] is False
    told = await ask(doorman, "notify_resident", resident_id=theirs["id"], visitor_name="X")
    assert told["error"] == "unknown_resident"


@pytest_twisted.ensureDeferred
async def test_plates_that_the_cameras_saw_are_told(gatehouse: Gatehouse) -> None:
    await gatehouse.backend.request(
        "POST", "/camera-events/", tenant="robles", json={"plate": "XYZ-98-76"}
    )
    doorman = gatehouse.visit()
    assert await ask(doorman, "get_recent_plates") == {"vehicles_seen": 1}
    await ask(doorman, "check_visitor", plate="XYZ9876")
    assert await ask(doorman, "get_recent_plates") == {
        "vehicles_seen": 1,
        "said_plate_seen": "yes",
    }

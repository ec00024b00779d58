"""The house that a rehearsal visits: its registry in memory, and its Backend API without a wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IRequest, IResponse
from twisted.web.resource import IResource, Resource
from zope.interface import implementer

from portero.doorman.exchange import make_client
from portero.registry import pins, queries
from portero.registry.http import make_app
from portero.registry.importing import import_file
from portero.registry.names import name_words
from portero.registry.tables import authorizations, residents, units, vehicles
from portero.rehearsal.script import BadRehearsal, SeenPlate, TypedPin
from portero.rehearsal.store import InlineRegistry

TOKEN: Final = "rehearsal"


class House:
    """One tenant's registry. `now`: the rehearsal's wall clock, seconds of the epoch."""

    def __init__(self, tenant: str, now: Callable[[], float]) -> None:
        self.tenant = tenant
        self.now = now
        self.registry = InlineRegistry(now=lambda: datetime.fromtimestamp(self.now(), UTC))

    def fill(self, file: Path | None) -> None:
        """Make the tables, and import `file`. Raises BadImport, OSError."""
        self.registry.upgrade()
        if file is not None:
            import_file(self.registry, self.tenant, file)

    def copy_from(self, other: House) -> None:
        """Begin as `other` is."""
        self.registry.copy_from(other.registry)

    def close(self) -> None:
        """Forget it all."""
        self.registry.close()

    def put_plate(self, plate: SeenPlate) -> None:
        """A camera has seen a plate."""
        row = {"plate": plate.plate, "confidence": plate.confidence, "camera": "rehearsal"}
        at = self.registry.now() - timedelta(seconds=plate.age)
        self.registry.work(queries.add_plate, self.tenant, row, None, at)

    def put_pin(self, pin: TypedPin) -> None:
        """Somebody has been given a PIN."""
        self.registry.work(
            pins.add,
            self.tenant,
            label=pin.label,
            digits=pin.pin,
            now=self.registry.now(),
            resident_id=None if pin.resident is None else self._resident(pin.resident),
            gates=pin.gates,
            uses=1 if pin.once else None,
        )

    def names(self) -> dict[str, str]:
        """The residents' names by their ids."""
        return {row["id"]: row["name"] for row in self.registry.work(_residents, self.tenant)}

    def extensions(self) -> dict[str, str]:
        """Whose phone an extension is."""
        rows = self.registry.work(_residents, self.tenant)
        numbers = [(row[key], row["name"]) for row in rows for key in ("extension", "phone")]
        return {number: name for number, name in numbers if number}

    def numbers(self) -> list[tuple[str, str]]:
        """Who is reached by which number on WhatsApp."""
        rows = self.registry.work(_residents, self.tenant)
        numbers = [(row["name"], row["whatsapp"] or row["phone"]) for row in rows]
        return [(name, number) for name, number in numbers if number]

    def secrets(self) -> set[str]:
        """Names, plates and units that nobody at the gate may learn."""
        return self.registry.work(_private, self.tenant)

    def _resident(self, name: str) -> str:
        found = [
            id_ for id_, known in self.names().items() if name_words(known) == name_words(name)
        ]
        if len(found) != 1:
            raise BadRehearsal(f"{name}: is no resident (or several) of the rehearsal's registry")
        return found[0]


def _residents(connection: Connection, tenant: str) -> list[Mapping[str, Any]]:
    query = select(residents).where(residents.c.tenant == tenant)
    return [dict(row._mapping) for row in connection.execute(query)]


def _private(connection: Connection, tenant: str) -> set[str]:
    columns = (residents.c.name, units.c.unit, authorizations.c.name, authorizations.c.plate)
    found: set[str] = set()
    for column in (*columns, vehicles.c.plate):
        query = select(column).where(column.table.c.tenant == tenant)
        found.update(value for value in connection.execute(query).scalars() if value)
    return found


# -- the Backend API


def backend_http(house: House, state: str) -> HTTPClient:
    """A client whose other end is the embedded backend, or one that has gone wrong."""
    if state == "away":
        return make_client(_Away())
    resource: IResource = make_app(house.registry, TOKEN)
    if state == "careless":
        return make_client(_Careless(_traversing(resource)))
    return make_client(_traversing(resource if state == "works" else _Wrong(state)))


def anybody_http() -> HTTPClient:
    """What takes every other request of a rehearsal: nothing leaves the machine."""
    return make_client(_traversing(_Wrong("taken")))


def _traversing(resource: IResource) -> IAgent:
    agent: IAgent = RequestTraversalAgent(resource)  # type: ignore[no-untyped-call]
    return agent


@implementer(IAgent)
class _Away:
    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        return fail(ConnectionRefusedError())


@implementer(IAgent)
class _Careless:
    """Finds everybody authorised; else it does what `agent` does."""

    def __init__(self, agent: IAgent) -> None:
        self._agent = agent
        self._careless = _traversing(_Wrong("careless"))

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        agent = self._careless if b"/visitors/check" in uri else self._agent
        return agent.request(method, uri, headers, bodyProducer)


class _Wrong(Resource):
    """Answers every request alike."""

    isLeaf = True

    def __init__(self, state: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._state = state

    def render(self, request: IRequest) -> bytes:
        if self._state == "taken":
            return b"{}"
        if self._state == "broken":
            request.setResponseCode(500)
            return b"Internal Server Error"
        if self._state == "careless":
            return json.dumps(_CARELESS).encode()
        request.setHeader(b"content-type", b"text/html")
        return b"<html><body>Portal del residencial</body></html>"


_CARELESS: Final = {
    "authorized": True,
    "reason": "expected",
    "visitor": {"id": "1", "name": "Ana", "resident_id": "1", "uses": None, "gates": None},
}

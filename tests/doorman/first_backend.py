"""The first Agente Portero's backend, as far as its voice agent's API goes, from its API files.

Kept: its paths with their slashes (a wrong one is answered 307, as Starlette does), the parameters
each route reads and where from, its status codes, the fields of its answers with more of the
residents than a model may see, `X-Tenant-ID` and ids that must be UUIDs (422), names matched by
any part, a check that fails when two visitors match (500: `scalar_one_or_none`), and an unknown
gate that opens the community's default door. It asks for no token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

TENANT = "0b9f0a53-5c6e-4d5e-9f3a-1d2c3b4a5f60"
OTHER_TENANT = "7e1c2d34-0000-4abc-8def-0123456789ab"
MARIA, JOSE, GONE = (f"11111111-1111-4111-8111-11111111111{n}" for n in range(3))


class HTTPError(Exception):
    """FastAPI's HTTPException."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class FirstBackend:
    """Residents, visitors and logs of one community; `redirects` counts wrong slashes."""

    app = Klein()

    def __init__(self) -> None:
        self.redirects = 0
        self.residents = [
            self._row(id=MARIA, name="María López", unit="A-101", whatsapp="5215512345678"),
            self._row(id=JOSE, name="José Muñoz", unit="8", whatsapp=None),
            self._row(id=GONE, name="María Ruiz", unit="9", whatsapp="52155", is_active=False),
        ]
        self.visitors: list[dict[str, Any]] = []
        self.notifications: list[dict[str, Any]] = []
        self.access_logs: list[dict[str, Any]] = []
        self.camera_events: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []

    def expect(self, name: str, **fields: Any) -> None:
        """What POST /visitors/authorize writes."""
        until = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=2)
        visitor = {"name": name, "resident_id": MARIA, "valid_until": until.isoformat()}
        self.visitors.append(self._row(**{"status": "approved", **visitor, **fields}))

    @app.route("/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        return _json(request, {"status": "healthy", "service": "agente-portero-backend"})

    @app.route("/api/v1/residents/", methods=["GET"])
    def list_residents(self, request: IRequest) -> bytes:
        query = self._enter(request)
        rows = [r for r in self.residents if query.get("unit") in (None, "", r["unit"])]
        return _json(request, rows[int(query.get("skip", 0)) :][: int(query.get("limit", 100))])

    @app.route("/api/v1/residents/<resident_id>", methods=["GET"])
    def get_resident(self, request: IRequest, resident_id: str) -> bytes:
        self._enter(request)
        wanted = _uuid(resident_id, "resident_id")
        found = [resident for resident in self.residents if resident["id"] == wanted]
        if not found:
            raise HTTPError(404, "Resident not found")
        return _json(request, found[0])

    @app.route("/api/v1/access/visitors/check", methods=["GET"])
    def check_visitor(self, request: IRequest) -> bytes:
        query = self._enter(request)
        name, plate, number = (query.get(key) for key in ("name", "plate", "id_number"))
        if not any([name, plate, number]):
            raise HTTPError(400, "Must provide name, plate, or id_number")
        found = [
            visitor
            for visitor in self.visitors
            if visitor["status"] == "approved"
            and (
                (name and name.lower() in visitor["name"].lower())
                or (plate and plate == visitor.get("vehicle_plate"))
                or (number and number == visitor.get("id_number"))
            )
        ]
        if len(found) > 1:
            raise HTTPError(500, "MultipleResultsFound")
        visitor = found[0] if found else None
        return _json(request, {"authorized": visitor is not None, "visitor": visitor})

    @app.route("/api/v1/visitors/", methods=["POST"])
    def create_visitor(self, request: IRequest) -> bytes:
        tenant, body = self._enter(request)["tenant"], _body(request, "condominium_id", "name")
        _same_tenant(body, tenant)
        _uuid(body.get("resident_id"), "resident_id")
        self.visitors.append(self._row(**{"status": "pending", "phone": None, **body}))
        return _json(request, self.visitors[-1], 201)

    @app.route("/api/v1/notifications/visitor-arrival", methods=["POST"])
    def visitor_arrival(self, request: IRequest) -> bytes:
        query = self._enter(request)
        resident_id = _uuid(query.get("resident_id"), "resident_id")
        resident = next((r for r in self.residents if r["id"] == resident_id), None)
        if resident is None:
            raise HTTPError(404, "Resident not found")
        if not resident["whatsapp"]:
            return _json(request, {"sent": False, "reason": "Resident has no WhatsApp configured"})
        self.notifications.append({"to": resident["whatsapp"], **query})
        return _json(request, {"sent": True, "notification_id": str(uuid4())})

    @app.route("/api/v1/camera-events/plates/recent", methods=["GET"])
    def recent_plates(self, request: IRequest) -> bytes:
        self._enter(request)
        keys = ("plate", "timestamp", "camera_id")
        seen = [{key: event[key] for key in keys} for event in self.camera_events]
        return _json(request, {"plates": seen})

    @app.route("/api/v1/gates/open", methods=["POST"])
    def open_gate(self, request: IRequest) -> bytes:
        self._enter(request)
        body = _body(request)
        _uuid(body.get("resident_id"), "resident_id")
        self.opened.append({"gate_id": "main_gate", "door_number": 1, **body})
        opened = {"success": True, "message": "Gate opened successfully", "method": "door"}
        return _json(request, opened)

    @app.route("/api/v1/access/logs", methods=["POST"])
    def create_log(self, request: IRequest) -> bytes:
        tenant = self._enter(request)["tenant"]
        required = ("condominium_id", "event_type", "access_point", "authorization_method")
        body = _body(request, *required)
        _same_tenant(body, tenant)
        _uuid(body.get("resident_id"), "resident_id")
        columns = (*required, "visitor_name", "resident_id", "direction", "extra_data")
        self.access_logs.append(self._row(**{key: body.get(key) for key in columns}))
        return _json(request, self.access_logs[-1], 201)

    @app.route("/api/v1/<path:path>")
    def elsewhere(self, request: IRequest, path: str) -> bytes:
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        known = ("residents/", "visitors/", "access/visitors/check", "gates/open", "access/logs")
        if other in known:
            self.redirects += 1
            request.setHeader(b"location", f"/api/v1/{other}".encode())
            return _json(request, None, 307)
        return _json(request, {"detail": "Not Found"}, 404)

    @app.handle_errors(HTTPError)
    def explain(self, request: IRequest, failure: Failure) -> bytes:
        if failure.value.status == 500:
            request.setResponseCode(500)
            return b"Internal Server Error"
        return _json(request, {"detail": failure.value.detail}, failure.value.status)

    def _enter(self, request: IRequest) -> dict[str, str]:
        """The query, with the tenant."""
        query = {key.decode(): values[-1].decode() for key, values in request.args.items()}
        tenant = _uuid((request.getHeader(b"x-tenant-id") or b"").decode(), "x-tenant-id")
        if tenant != TENANT:
            raise HTTPError(404, "Condominium not found")
        return {**query, "tenant": tenant}

    @staticmethod
    def _row(**fields: Any) -> dict[str, Any]:
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()
        kept = {"id": str(uuid4()), "condominium_id": TENANT, "phone": "5511112222"}
        return {**kept, "email": "a@b.mx", "created_at": now, "updated_at": now, **fields}


def _uuid(value: Any, where: str) -> str | None:
    try:
        return None if value is None else str(UUID(value))
    except ValueError:
        detail = [{"type": "uuid_parsing", "loc": ["header", where], "msg": "not a valid UUID"}]
        raise HTTPError(422, detail) from None


def _body(request: IRequest, *required: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.content.read())
    missing = [key for key in required if not isinstance(body.get(key), str)]
    if missing:
        raise HTTPError(422, [{"type": "missing", "loc": ["body", key]} for key in missing])
    return body


def _same_tenant(body: Mapping[str, Any], tenant: str) -> None:
    if body["condominium_id"] != tenant:
        raise HTTPError(403, "Cannot create for different tenant")


def _json(request: IRequest, answer: Any, status: int = 200) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json")
    return json.dumps(answer).encode()

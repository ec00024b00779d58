"""The embedded backend's Backend API, as a klein application (contract: DESIGN.md)."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from portero.errors import NoRoom
from portero.limits import REGISTRY_BODY_BYTES
from portero.registry import forms, queries
from portero.registry.authorization import Said
from portero.registry.store import Registry, RegistryError

F = TypeVar("F", bound=BaseModel)

_TENANT: Final = re.compile(forms.TENANT_ID)
_VISITOR: Final = (
    *("id", "name", "resident_id", "plate", "id_number"),
    *("valid_from", "valid_until", "gates", "uses"),
)
_NO_DEVICE: Final = (
    "the embedded backend moves no gate: give this gate `driver: webhook` in config.yaml"
)


class Refusal(Exception):
    """A request that is answered with `status` and a sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def make_app(registry: Registry, token: str) -> IResource:
    """The API (/api/v1/...) as a resource; `token` must come as a Bearer token."""
    resource: IResource = RegistryApp(registry, token).app.resource()
    return resource


class RegistryApp:
    """The routes: each checks its form, asks the registry, and answers JSON."""

    app = Klein()
    log = Logger()

    def __init__(self, registry: Registry, token: str) -> None:
        if not token:
            raise ValueError("the embedded backend needs a token")
        self._registry = registry
        self._token = token.encode()

    @app.route("/health", methods=["GET"])
    @app.route("/api/v1/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        return _json(request, {"status": "healthy", "service": "portero-registry"})

    @app.route("/api/v1/residents/", methods=["GET"])
    async def residents(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.ResidentQuery)
        found = self._registry.run(queries.find_residents, tenant, unit=asked.unit, name=asked.name)
        return _json(request, await found)

    @app.route("/api/v1/residents/<resident_id>", methods=["GET"])
    async def resident(self, request: IRequest, resident_id: str) -> bytes:
        tenant = self._enter(request)
        found = await self._registry.run(queries.find_residents, tenant, resident_id=resident_id)
        if not found:
            raise Refusal(404, "there is no such resident")
        return _json(request, found[0])

    @app.route("/api/v1/access/visitors/check", methods=["GET"])
    async def check_visitor(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.CheckQuery)
        if not (asked.name or asked.plate or asked.id_number):
            raise Refusal(400, "give a name, a plate or an id_number")
        said = Said(asked.name, asked.plate, asked.id_number, asked.resident_id)
        decision = await self._registry.run(
            queries.check_visitor, tenant, said, self._registry.now()
        )
        visitor = None if decision.record is None else _visitor(decision.record)
        answer = {"authorized": decision.authorized, "reason": decision.reason, "visitor": visitor}
        return _json(request, answer)

    @app.route("/api/v1/visitors/", methods=["POST"])
    async def add_visitor(self, request: IRequest) -> bytes:
        return await self._add(request, forms.VisitorForm, queries.add_visitor)

    @app.route("/api/v1/notifications/", methods=["POST"])
    async def add_notification(self, request: IRequest) -> bytes:
        return await self._add(request, forms.NotificationForm, queries.add_notification)

    @app.route("/api/v1/notifications/visitor-arrival", methods=["POST"])
    async def visitor_arrived(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.NotificationForm)
        notice = await self._registry.run(
            queries.add_notification,
            tenant,
            asked.model_dump(),
            _key(request),
            self._registry.now(),
        )
        # Nothing delivers notices yet, and the agent must not say that somebody was told.
        answer = {"sent": False, "status": notice["status"], "notification_id": notice["id"]}
        return _json(request, answer)

    @app.route("/api/v1/camera-events/", methods=["POST"])
    async def add_plate(self, request: IRequest) -> bytes:
        return await self._add(request, forms.PlateForm, queries.add_plate)

    @app.route("/api/v1/camera-events/", methods=["GET"])
    async def recent_plates(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.PlatesQuery)
        seen = self._registry.run(
            queries.recent_plates, tenant, asked.minutes, self._registry.now()
        )
        return _json(request, await seen)

    @app.route("/api/v1/camera-events/plates/recent", methods=["GET"])
    async def plates(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.PlatesQuery)
        seen = await self._registry.run(
            queries.recent_plates, tenant, asked.minutes, self._registry.now()
        )
        return _json(request, {"plates": [_plate(row) for row in seen]})

    @app.route("/api/v1/gates/open", methods=["POST"])
    def open_gate(self, request: IRequest) -> bytes:
        self._enter(request)
        return _json(request, {"success": False, "error": _NO_DEVICE})

    @app.route("/api/v1/access/logs", methods=["POST"])
    async def add_access(self, request: IRequest) -> bytes:
        return await self._add(request, forms.AccessForm, queries.add_access)

    @app.route("/api/v1/access/logs", methods=["GET"])
    async def list_access(self, request: IRequest) -> bytes:
        tenant, asked = self._enter(request), _query(request, forms.AccessQuery)
        entries = self._registry.run(
            queries.list_access,
            tenant,
            skip=asked.skip,
            limit=asked.limit,
            event_type=asked.event_type or asked.access_type,
        )
        return _json(request, await entries)

    @app.route("/api/v1/access/logs/<entry_id>", methods=["PATCH"])
    async def amend_access(self, request: IRequest, entry_id: str) -> bytes:
        tenant, form = self._enter(request), _body(request, forms.AmendForm)
        entry = await self._registry.run(queries.amend_access, tenant, entry_id, form.metadata)
        if entry is None:
            raise Refusal(404, "there is no such entry in the access log")
        return _json(request, entry)

    @app.handle_errors
    def refuse(self, request: IRequest, failure: Failure) -> bytes:
        status, detail = self._explain(failure)
        return _json(request, {"detail": detail}, status)

    def _explain(self, failure: Failure) -> tuple[int, str]:
        error = failure.value
        if isinstance(error, Refusal):
            return error.status, str(error)
        if isinstance(error, ValidationError):
            return 422, "; ".join(_sentence(problem) for problem in error.errors()[:5])
        if isinstance(error, queries.UnknownResident):
            return 404, "there is no such resident"
        if isinstance(error, NoRoom):
            return 503, str(error)
        if isinstance(error, HTTPException):
            return error.code or 404, "there is no such path or method"
        what = "the database failed" if isinstance(error, RegistryError) else "a route broke"
        self.log.failure("Registry: {what}", failure=failure, what=what)
        return 500, what

    def _enter(self, request: IRequest) -> str:
        """The tenant of a request that has the token; Refusal for any other."""
        given = (request.getHeader(b"authorization") or b"").removeprefix(b"Bearer ")
        if not hmac.compare_digest(given, self._token):
            raise Refusal(401, "the Bearer token is missing or wrong")
        tenant = (request.getHeader(b"x-tenant-id") or b"").decode("latin-1")
        if not _TENANT.fullmatch(tenant):
            raise Refusal(400, "the header X-Tenant-ID is missing or no tenant's id")
        return tenant

    async def _add(
        self, request: IRequest, form: type[F], add: Callable[..., dict[str, Any]]
    ) -> bytes:
        tenant, row = self._enter(request), _body(request, form).model_dump()
        added = await self._registry.run(add, tenant, row, _key(request), self._registry.now())
        return _json(request, added, 201)


def _visitor(record: Any) -> dict[str, Any]:
    return {field: record[field] for field in _VISITOR}


def _plate(row: Mapping[str, Any]) -> dict[str, Any]:
    """A plate as the first Agente Portero tells it to its voice agent."""
    plate = {"plate": row["plate"], "timestamp": row["seen_at"], "camera_id": row["camera"]}
    return plate if row["confidence"] is None else {**plate, "confidence": row["confidence"]}


def _key(request: IRequest) -> str | None:
    return (request.getHeader(b"idempotency-key") or b"").decode("latin-1") or None


def _query(request: IRequest, form: type[F]) -> F:
    given = {
        name.decode("utf-8", "replace"): values[-1].decode("utf-8", "replace")
        for name, values in request.args.items()
    }
    return form.model_validate(given)


def _body(request: IRequest, form: type[F]) -> F:
    body = request.content.read(REGISTRY_BODY_BYTES + 1)
    if len(body) > REGISTRY_BODY_BYTES:
        raise Refusal(413, f"the body is longer than {REGISTRY_BODY_BYTES} bytes")
    try:
        return form.model_validate(json.loads(body))
    except RecursionError:
        raise Refusal(400, "the body is nested too deeply") from None
    except ValidationError:
        raise
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None


def _json(request: IRequest, answer: Any, status: int = 200) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    return json.dumps(answer, ensure_ascii=False, default=_iso).encode()


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _sentence(problem: Any) -> str:
    where = ".".join(str(step) for step in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])

"""What moves a gate. An order that is accepted is not a gate that is open: nobody here says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime

from portero.config.settings import GateSettings
from portero.doorman.backend import BackendClient
from portero.doorman.exchange import Request, exchange
from portero.doorman.failures import RequestFailed, trouble_of_status
from portero.limits import BACKEND_ANSWER_BYTES


class Outcome(Enum):
    """What became of an order: taken, perhaps taken, surely not taken.

    Of a device whose state can be read, ACKNOWLEDGED means that it is open; where it can't be, or
    tells nothing, an order that was taken is UNCONFIRMED.
    """

    ACKNOWLEDGED = "acknowledged"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GateOrder:
    """An order to open one gate, already allowed by policy; `key` tells it from any other."""

    tenant_id: str
    gate_id: str
    visitor_name: str
    resident_id: str | None
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The device's answer to one order; `detail` is for the access log."""

    outcome: Outcome
    detail: str = ""


class Gate(Protocol):
    """A gate that can be told to open, once for each order.

    A driver tries again only what was surely not taken (a device that said it was busy).
    """

    async def open(self, order: GateOrder) -> Acknowledgement:
        """Give the order; what goes wrong is part of the answer, not raised."""


class BackendGate:
    """A gate that the Backend API opens: POST /gates/open."""

    def __init__(self, settings: GateSettings, backend: BackendClient) -> None:
        self._backend = backend
        self._timeout = settings.timeout
        self._door = settings.door

    async def open(self, order: GateOrder) -> Acknowledgement:
        body = {
            "gate_id": order.gate_id,
            "door_number": self._door,
            "visitor_name": order.visitor_name,
            "resident_id": order.resident_id,
            "reason": order.reason,
        }
        try:
            answer = await self._backend.request(
                "POST",
                "/gates/open",
                tenant=order.tenant_id,
                json=body,
                key=order.key,
                timeout=self._timeout,
            )
        except RequestFailed as failure:
            return _failed(failure)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("success"), bool):
            return Acknowledgement(Outcome.UNCONFIRMED, "the backend did not say if it opened")
        if answer["success"]:
            return Acknowledgement(Outcome.ACKNOWLEDGED)
        return Acknowledgement(Outcome.FAILED, str(answer.get("error", ""))[:200])


class WebhookGate:
    """A gate that opens on an HTTP request of the installer's own; any 2xx takes the order."""

    def __init__(self, settings: GateSettings, http: HTTPClient, clock: IReactorTime) -> None:
        if settings.url is None:
            raise ValueError("a webhook gate needs a url")
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        body = None if settings.body is None else settings.body.encode()
        self._request = Request(settings.method, settings.url, headers, (), body)
        self._http = http
        self._clock = clock
        self._timeout = settings.timeout

    async def open(self, order: GateOrder) -> Acknowledgement:
        try:
            status, _ = await exchange(
                self._http,
                self._request,
                clock=self._clock,
                seconds=self._timeout,
                max_bytes=BACKEND_ANSWER_BYTES,
            )
        except RequestFailed as failure:
            return _failed(failure)
        trouble = trouble_of_status(status)
        if trouble is None:
            return Acknowledgement(Outcome.ACKNOWLEDGED, f"HTTP {status}")
        return _failed(RequestFailed(trouble, f"HTTP {status}", status))


def _failed(failure: RequestFailed) -> Acknowledgement:
    surely_not = failure.trouble.order_was_not_taken
    outcome = Outcome.FAILED if surely_not else Outcome.UNCONFIRMED
    detail = f"HTTP {failure.status}" if failure.status else failure.trouble.name.lower()
    return Acknowledgement(outcome, detail)

"""/health and /metrics on TCP, for load balancers and Prometheus: nothing about anybody."""

from __future__ import annotations

import json
from typing import Any

from prometheus_client.exposition import choose_encoder
from werkzeug.exceptions import HTTPException

from klein import Klein
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from portero.console.house import House
from portero.console.metrics import Metrics
from portero.limits import CONSOLE_CONNECTIONS
from portero.registry import connections


def make_factory(house: House, metrics: Metrics, reactor: Any) -> WrappingFactory:
    """What to listen with at `console.interface` and `console.port`."""
    resource = HealthApp(house, metrics).app.resource()
    return connections.make_factory(resource, CONSOLE_CONNECTIONS, reactor)


class HealthApp:
    """The routes.

    GET /health: 200 ``{"state": "ready", "why": []}``; 503 for any other state, with its reasons.
    GET /metrics: what Prometheus reads, in the format that it asks for.
    """

    app = Klein()
    log = Logger()

    def __init__(self, house: House, metrics: Metrics) -> None:
        self._house = house
        self._metrics = metrics

    @app.route("/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        status = self._house.status()
        told = {"state": status.state, "why": list(status.why)}
        return _json(request, told, 200 if status.state == "ready" else 503)

    @app.route("/metrics", methods=["GET"])
    def show(self, request: IRequest) -> bytes:
        accept = (request.getHeader(b"accept") or b"").decode("latin-1")
        try:
            encode, kind = choose_encoder(accept)
        except TypeError:  # of a version that is none
            encode, kind = choose_encoder("")
        written = encode(self._metrics.registry)
        request.setHeader(b"content-type", kind.encode())
        return written

    @app.handle_errors
    def refuse(self, request: IRequest, failure: Failure) -> bytes:
        if isinstance(failure.value, HTTPException):
            told = {"error": "there is /health and /metrics"}
            return _json(request, told, failure.value.code or 404)
        self.log.failure("console: a route broke", failure=failure)
        return _json(request, {"error": "portero failed to answer"}, 500)


def _json(request: IRequest, answer: object, status: int) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    request.setHeader(b"cache-control", b"no-store")
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")

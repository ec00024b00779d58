"""The client of the Backend API (contract: DESIGN.md; JSON over HTTP, `X-Tenant-ID`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.client import Agent, HTTPConnectionPool

from portero.doorman.exchange import Request, exchange, make_client
from portero.doorman.failures import RequestFailed, Trouble, trouble_of_status
from portero.limits import (
    BACKEND_ANSWER_BYTES,
    BACKEND_KEEPALIVE_SECONDS,
    BACKEND_RETRY_SECONDS,
    BACKEND_SECONDS,
    BACKEND_TRIES,
)

PREFIX = "/api/v1"


class BackendClient:
    """Speaks to one Backend API at `base_url` (without /api/v1); `token` is sent as a Bearer token.

    `http` is treq's client; without it, one with persistent connections is made here, and `close()`
    ends those.
    """

    log = Logger()

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        reactor: IReactorTime,
        http: HTTPClient | None = None,
        timeout: float = BACKEND_SECONDS,
    ) -> None:
        self._base = base_url.rstrip("/").removesuffix(PREFIX) + PREFIX
        self._token = token
        self._clock = reactor
        self._timeout = timeout
        self._pool = HTTPConnectionPool(reactor)
        self._pool.cachedConnectionTimeout = BACKEND_KEEPALIVE_SECONDS
        self._pool.retryAutomatically = False  # tries are counted here
        self._http = http or make_client(Agent(reactor, pool=self._pool))

    async def close(self) -> None:
        """End the persistent connections."""
        await self._pool.closeCachedConnections()

    async def request(
        self,
        method: str,
        path: str,
        *,
        tenant: str,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        key: str | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The decoded JSON answer (None for an empty one), or RequestFailed.

        path: below /api/v1. key: sent as `Idempotency-Key`. timeout: seconds for this request
        with all its tries; only GET is tried again.
        """
        request = self._request(method, path, tenant, query or {}, json, key)
        deadline = self._clock.seconds() + (timeout or self._timeout)
        try:
            return await self._try(request, deadline, BACKEND_TRIES if method == "GET" else 1)
        except RequestFailed as failure:
            self.log.warn(
                "Backend: {method} {path} failed: the backend {failure}; see doorman.backend_url",
                method=method,
                path=path,
                failure=failure,
                tenant=tenant,
                status=failure.status,
            )
            raise

    def _request(
        self,
        method: str,
        path: str,
        tenant: str,
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        key: str | None,
    ) -> Request:
        headers = {"X-Tenant-ID": tenant, "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        encoded = None if body is None else json.dumps(body).encode()
        params = [(name, str(value)) for name, value in query.items()]
        return Request(method, self._base + path, headers, params, encoded)

    async def _try(self, request: Request, deadline: float, tries: int) -> Any:
        delay = BACKEND_RETRY_SECONDS
        while True:
            tries -= 1
            try:
                return await self._once(request, deadline - self._clock.seconds())
            except RequestFailed as failure:
                late = self._clock.seconds() + delay >= deadline
                if not failure.trouble.retryable or not tries or late:
                    raise
            await deferLater(self._clock, delay)
            delay *= 2

    async def _once(self, request: Request, seconds: float) -> Any:
        status, body = await exchange(
            self._http,
            request,
            clock=self._clock,
            seconds=seconds,
            max_bytes=BACKEND_ANSWER_BYTES,
        )
        trouble = trouble_of_status(status)
        if trouble is not None:
            raise RequestFailed(trouble, f"HTTP {status}", status)
        return _decode(body, status)


def _decode(body: bytes, status: int) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RequestFailed(Trouble.GARBLED, f"HTTP {status}, no JSON", status) from None

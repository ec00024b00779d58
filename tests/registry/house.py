"""A registry in memory, served without a network or a thread."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from treq.testing import StubTreq
from twisted.internet.defer import Deferred, execute

from portero.registry import Registry
from portero.registry.http import make_app
from portero.registry.importfile import read_import
from portero.registry.importing import put_rows

TOKEN = "t0ken"
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "etc" / "registry.yaml"


class House(Registry):
    """A registry that does its work at once, and whose clock the test sets."""

    def __init__(self, url: str = "sqlite://") -> None:
        super().__init__(url, now=lambda: self.time)
        self.time = NOW
        self.upgrade()

    def run(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        return execute(self.work, job, *args, **kwargs)

    def put(self, tenant: str, text: str, *, suffix: str = ".yaml", replace: bool = False) -> Any:
        return self.work(put_rows, tenant, read_import(text, suffix, UTC), replace=replace)


class Client:
    """Asks the API of a house, over treq and klein."""

    def __init__(self, house: House, tenant: str = "robles") -> None:
        self._treq = StubTreq(make_app(house, TOKEN))
        self._tenant = tenant

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> tuple[int, Any]:
        """Status and decoded answer; `body` is sent as JSON unless it is bytes."""
        given = {"Authorization": f"Bearer {TOKEN}", "X-Tenant-ID": self._tenant}
        sent = {name: value for name, value in (given | (headers or {})).items() if value}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        asking = self._treq.request(
            method, f"http://x/api/v1{path}", headers=sent, params=query, data=data
        )
        response = _now(asking)
        return response.code, json.loads(_now(response.content()))


def _now(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addCallbacks(results.append, lambda failure: failure.raiseException())
    (result,) = results
    return result

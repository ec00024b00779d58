"""The plates that policy judges by: what cameras saw, and whose visit is authorised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, Protocol

from portero.doorman.answers import unwrap
from portero.doorman.backend import BackendClient
from portero.doorman.facts import ExpectedPlate, Plate
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.policy import learn
from portero.limits import PLATES_JUDGED
from portero.registry.authorization import Said
from portero.registry.names import plate_key


class Watcher(Protocol):
    """A camera that portero asks itself."""

    def recent(self, since: float) -> Sequence[Plate]:
        """What it saw after `since` (seconds of the epoch)."""


class PlateFacts:
    """Plates of one tenant, from its own cameras and from the Backend API."""

    def __init__(
        self,
        tenant: str,
        backend: BackendClient,
        watchers: Sequence[Watcher],
        *,
        now: Callable[[], float],
    ) -> None:
        self._tenant = tenant
        self._backend = backend
        self._watchers = watchers
        self._now = now

    async def seen(self, seconds: float) -> list[Plate]:
        """The plates of the last `seconds`, newest first. Raises RequestFailed."""
        since = self._now() - seconds
        seen = [plate for watcher in self._watchers for plate in watcher.recent(since)]
        answer = await self._backend.request(
            "GET",
            "/camera-events/plates/recent",
            tenant=self._tenant,
            query={"minutes": max(1, ceil(seconds / 60))},
        )
        rows = unwrap(answer, "plates")
        if not isinstance(rows, list):
            raise RequestFailed(Trouble.GARBLED, "no list of plates")
        seen += [plate for row in rows if (plate := _plate(row))]
        return sorted((plate for plate in seen if since <= plate.at), key=lambda plate: -plate.at)

    async def expected(self, plates: Sequence[Plate]) -> list[ExpectedPlate]:
        """Those of `plates` that the Backend API knows an authorised visit for."""
        texts = {plate_key(plate.text): plate.text for plate in plates if plate_key(plate.text)}
        found = []
        for text in list(texts.values())[:PLATES_JUDGED]:
            visit = await self._visit(text)
            if visit is not None:
                found.append(visit)
        return found

    async def _visit(self, plate: str) -> ExpectedPlate | None:
        answer = await self._backend.request(
            "GET", "/access/visitors/check", tenant=self._tenant, query={"plate": plate}
        )
        if not isinstance(answer, Mapping):
            return None
        check = learn(Said(plate=plate), answer, self._now())
        if not check.authorized or not check.authorization_id:
            return None
        return ExpectedPlate(
            plate=check.plate or plate,
            authorization_id=check.authorization_id,
            resident_id=check.resident_id or "",
            visitor=check.visitor or "",
            gates=check.gates,
            uses=check.uses,
        )


def _plate(row: Any) -> Plate | None:
    """A row of the Backend API; None for one that has no plate or no time."""
    if not isinstance(row, Mapping) or not isinstance(row.get("plate"), str):
        return None
    try:
        at = datetime.fromisoformat(str(row.get("timestamp") or row.get("seen_at")))
    except ValueError:
        return None
    return Plate(
        text=row["plate"],
        # Backends without time zones mean UTC (the first Agente Portero does).
        at=(at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(),
        confidence=_confidence(row.get("confidence")),
        camera=str(row.get("camera_id") or row.get("camera") or ""),
    )


def _confidence(value: Any) -> float | None:
    """A share of 1; None for what is none: 95 may be of a hundred, and 5 would be as well."""
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if is_share else None

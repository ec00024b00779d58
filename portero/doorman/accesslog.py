"""The access log of the Backend API, as portero writes it: an order first, then its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from twisted.logger import Logger

from portero.doorman.backend import BackendClient
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.gates import Acknowledgement, GateOrder


class AccessLog:
    """Writes what portero opens, for one tenant and one call."""

    log = Logger()

    def __init__(self, backend: BackendClient, call: Mapping[str, str]) -> None:
        self._backend = backend
        self._call = dict(call)

    async def ordered(self, order: GateOrder, authorization_id: str | None) -> str:
        """Record that `order` is about to be given; the entry's id, or RequestFailed."""
        metadata = {"state": "ordered", "authorization_id": authorization_id}
        answer = await self._post(order, metadata, f"{order.key}-log")
        entry = answer.get("id") if isinstance(answer, Mapping) else None
        if entry is None:
            self.log.warn("Backend: POST /access/logs answered without an id")
            raise RequestFailed(Trouble.GARBLED, "no id")
        return str(entry)

    async def answered(self, entry: str, order: GateOrder, said: Acknowledgement) -> None:
        """Add the outcome to `entry`; a failure is logged only, the gate has its order already."""
        metadata = {"state": said.outcome.value, "detail": said.detail}
        try:
            await self._backend.request(
                "PATCH",
                f"/access/logs/{quote(entry, safe='')}",
                tenant=order.tenant_id,
                json={"metadata": self._call | metadata},
            )
        except RequestFailed as failure:
            if failure.trouble is Trouble.MISSING:
                await self._append(entry, order, metadata)

    async def _append(self, entry: str, order: GateOrder, metadata: Mapping[str, Any]) -> None:
        """A second entry, for backends that can't change one (the first Agente Portero)."""
        try:
            await self._post(order, {**metadata, "outcome_of": entry}, f"{order.key}-outcome")
        except RequestFailed:
            self.log.warn(
                "Access log: the outcome {state} of entry {entry} could not be written",
                state=metadata["state"],
                entry=entry,
            )

    async def _post(self, order: GateOrder, metadata: Mapping[str, Any], key: str) -> Any:
        details = {**self._call, **metadata}
        body = {
            "condominium_id": order.tenant_id,
            "event_type": "gate_opened",
            "visitor_name": order.visitor_name,
            "resident_id": order.resident_id,
            "gate_id": order.gate_id,
            "access_point": order.gate_id,
            "direction": "in",
            "authorization_method": "ai_agent",
            "metadata": details,
            "extra_data": details,  # the name that the first Agente Portero gives it
        }
        return await self._backend.request(
            "POST", "/access/logs", tenant=order.tenant_id, json=body, key=key
        )

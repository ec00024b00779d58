"""Tools of the installer's own, run: a request, a transfer, digits, a call, or the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime

from portero.config.tools import (
    DtmfSettings,
    HangupSettings,
    OriginateSettings,
    TransferSettings,
)
from portero.doorman.actions import CallActions, Phone
from portero.doorman.answers import WrongShape, select
from portero.doorman.arguments import BadArguments
from portero.doorman.exchange import Request, exchange
from portero.doorman.failures import RequestFailed, Trouble, trouble_of_status
from portero.doorman.templates import fill, fill_text, fill_url
from portero.doorman.ways import OwnRequest, Route
from portero.errors import PorteroError
from portero.limits import BACKEND_ANSWER_BYTES, BACKEND_SECONDS


@dataclass(frozen=True, slots=True)
class Ran:
    """What the model is told; error: it did not work."""

    output: Mapping[str, Any]
    error: bool = False


class RouteRunner:
    """Runs such tools for one call. `call`: the values of {call.…} placeholders.

    Nothing is tried twice: what came after an order is not known to have not happened.
    """

    def __init__(
        self,
        actions: CallActions,
        phone: Phone,
        http: HTTPClient,
        clock: IReactorTime,
        *,
        call: Mapping[str, str],
    ) -> None:
        self._actions = actions
        self._phone = phone
        self._http = http
        self._clock = clock
        self._call = call

    async def run(self, route: Route, values: Mapping[str, Any], key: str) -> Ran:
        """Run a tool by its route. key: sent as `Idempotency-Key`.

        Raises RequestFailed, WrongShape, BadArguments.
        """
        match route:
            case OwnRequest():
                return Ran(await self._request(route, values, key))
            case TransferSettings():
                answer = await self._actions.transfer(
                    route.extension, route.context, route.ring_seconds
                )
                return Ran(json.loads(answer), error=True)  # who is handed over does not come back
            case DtmfSettings():
                return await self._digits(route)
            case OriginateSettings():
                answered = await self._phone.originate(
                    route.extension, route.context, ring_seconds=route.ring_seconds
                )
                return Ran({"called": True, "answered": answered}, error=not answered)
            case HangupSettings():
                return Ran(json.loads(await self._actions.hang_up("")))

    async def _digits(self, route: DtmfSettings) -> Ran:
        try:
            sent = await self._actions.send_digits(
                route.digits.get_secret_value(), route.tone_ms, route.gap_ms
            )
        except PorteroError:
            sent = False
        return Ran({"sent": sent, "confirmed": False}, error=not sent)

    async def _request(
        self, route: OwnRequest, values: Mapping[str, Any], key: str
    ) -> Mapping[str, Any]:
        status, body = await exchange(
            self._http,
            self._fill(route, values, key),
            clock=self._clock,
            seconds=route.timeout or BACKEND_SECONDS,
            max_bytes=BACKEND_ANSWER_BYTES,
        )
        trouble = trouble_of_status(status)
        if trouble is not None:
            raise RequestFailed(trouble, f"HTTP {status}", status)
        if not route.answer:
            return {"done": True}
        return _answer(route.answer, body, status)

    def _fill(self, route: OwnRequest, values: Mapping[str, Any], key: str) -> Request:
        known = {**values, **self._call}
        headers = {name: value.get_secret_value() for name, value in route.headers.items()}
        query: list[tuple[str, str]] = []
        body = None
        if route.method in ("GET", "DELETE") and route.body is None:
            query = [] if "?" in route.url else [(name, str(it)) for name, it in values.items()]
        else:
            filled = dict(values) if route.body is None else fill(route.body, known)
            body = json.dumps(filled).encode()
            headers.setdefault("Content-Type", "application/json")
        if route.method != "GET":
            headers.setdefault("Idempotency-Key", key)
        try:
            return Request(route.method, fill_url(route.url, known), headers, query, body)
        except (KeyError, ValueError) as problem:
            raise BadArguments(str(problem)) from None


def _answer(
    wanted: tuple[str, ...] | Mapping[str, str], body: bytes, status: int
) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestFailed(Trouble.GARBLED, f"HTTP {status}, no JSON", status) from None
    if not isinstance(wanted, Mapping):
        return select(answer, wanted)
    if not isinstance(answer, Mapping):
        raise WrongShape("expected an object")
    return {name: fill_text(template, answer) for name, template in wanted.items()}

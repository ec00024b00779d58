"""What the control socket is asked, as a klein application (answers: `portero.console.shapes`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.server import Request

import portero
from portero.console import shapes
from portero.console.events import EventStream
from portero.console.house import House
from portero.errors import PorteroError
from portero.limits import CONSOLE_LISTED, CONSOLE_READERS
from portero.messages import text
from portero.records import as_json


class Refusal(Exception):
    """A request that is answered with `status` and a sentence of `portero.messages`."""

    def __init__(self, status: int, key: str, **values: Any) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.values = values


class ControlApp:
    """The routes; who may ask is up to the socket's file mode."""

    app = Klein()
    log = Logger()

    def __init__(self, house: House, language: str, clock: Any) -> None:
        self._house = house
        self._language = language
        self._clock = clock
        self._streams: set[EventStream] = set()

    def close(self) -> None:
        """End the answers that would go on for ever."""
        for stream in tuple(self._streams):
            stream.close()

    @app.route("/v1/status", methods=["GET"])
    def status(self, request: IRequest) -> bytes:
        return _json(request, shapes.status_as_json(self._house.status()))

    @app.route("/v1/calls", methods=["GET"])
    async def calls(self, request: IRequest) -> bytes:
        ended, tenant = _argument(request, b"ended"), _argument(request, b"tenant") or None
        if ended is None:
            standing = self._house.calls()
            found = [it for it in standing if tenant is None or it.tenant == tenant]
            return _json(request, shapes.calls_as_json(found))
        over = await self._house.ended(tenant=tenant, limit=_number(ended))
        return _json(request, shapes.calls_as_json(over))

    @app.route("/v1/calls/<call_id>", methods=["GET"])
    async def call(self, request: IRequest, call_id: str) -> bytes:
        record = await self._house.record(call_id)
        if record is None:
            raise Refusal(404, "console_no_call", call=call_id)
        return _json(request, as_json(record))

    @app.route("/v1/events", methods=["GET"])
    async def events(self, request: Request) -> bytes:
        if len(self._streams) >= CONSOLE_READERS:
            raise Refusal(503, "console_readers", most=CONSOLE_READERS)
        wanted = _argument(request, b"call") or ""
        stream = EventStream(request, self._house.feed, wanted, self._clock)
        self._streams.add(stream)
        try:
            await stream.run()
        finally:
            self._streams.remove(stream)
        return b""

    @app.route("/v1/reload", methods=["POST"])
    async def reload(self, request: IRequest) -> bytes:
        return _json(request, shapes.reloaded_as_json(await self._house.reload()))

    @app.route("/v1/drain", methods=["POST"])
    def drain(self, request: IRequest) -> bytes:
        self._house.drain()
        return _json(request, {"state": "draining"})

    @app.route("/v1/echo", methods=["POST"])
    async def echo(self, request: IRequest) -> bytes:
        return _json(request, await self._house.echo())

    @app.handle_errors
    def refuse(self, request: IRequest, failure: Failure) -> bytes:
        status, sentence = self._explain(failure)
        return _json(request, {"error": sentence}, status)

    def _explain(self, failure: Failure) -> tuple[int, str]:
        error = failure.value
        if isinstance(error, Refusal):
            return error.status, text(error.key, self._language, **error.values)
        if isinstance(error, PorteroError):
            return 503, str(error)
        if isinstance(error, HTTPException):
            told = text("console_no_path", self._language, version=portero.__version__)
            return max(error.code or 0, 404), told  # no redirections
        self.log.failure("console: a route broke", failure=failure)
        return 500, text("console_broke", self._language)


def _argument(request: IRequest, name: bytes) -> str | None:
    given = (request.args or {}).get(name)
    return None if not given else given[-1].decode("utf-8", "replace")


def _number(given: str) -> int:
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    if not 1 <= wanted <= CONSOLE_LISTED:
        raise Refusal(400, "console_bad_number", most=CONSOLE_LISTED)
    return wanted


def _json(request: IRequest, answer: Mapping[str, Any], status: int = 200) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    return json.dumps(answer, ensure_ascii=False, default=str).encode("utf-8", "replace")

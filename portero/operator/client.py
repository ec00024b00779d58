"""The running daemon, asked over its Unix socket: blocking, without a reactor."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from portero.errors import PorteroError
from portero.limits import CONSOLE_HEARTBEAT_SECONDS, OPERATOR_SECONDS
from portero.messages import text


class DaemonAway(PorteroError):
    """Nobody answers at any of the sockets."""


class NotAllowed(PorteroError):
    """There is a socket, and this user may not open it."""


class Refused(PorteroError):
    """The daemon has answered that it won't; the text is its sentence."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the socket at `path`."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


class Client:
    """Asks whoever listens at the first of `paths` that somebody listens at.

    Raises, in every method:
        DaemonAway: nobody is there, or it went away; with what to do about it.
        NotAllowed: somebody may be there, but not for this user.
        Refused: it answered with an error.
    """

    def __init__(self, paths: Sequence[Path], language: str) -> None:
        self._paths = tuple(paths)
        self._language = language

    def get(self, path: str, /, **arguments: str | int | None) -> dict[str, Any]:
        """The answer to a question; arguments that are None are left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path)

    def call(self, call_id: str) -> dict[str, Any]:
        """A call's record, by the beginning of its id."""
        return self._ask("GET", f"/v1/calls/{quote(call_id, safe='')}")

    def post(self, path: str) -> dict[str, Any]:
        """The answer to an order."""
        return self._ask("POST", path)

    def events(self, call_id: str = "") -> Iterator[Mapping[str, Any]]:
        """What happens from now on, an empty mapping first and for each heartbeat; ends with it."""
        path = f"/v1/events?{urlencode({'call': call_id})}" if call_id else "/v1/events"
        with closing(self._connect(3 * CONSOLE_HEARTBEAT_SECONDS)) as connection:
            try:
                answer = _ask(connection, "GET", path)
                if answer.status != 200:
                    raise self._refused(answer)
                while line := answer.readline():
                    yield json.loads(line) if line.strip() else {}
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._lost(error)

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        with closing(self._connect(OPERATOR_SECONDS)) as connection:
            try:
                answer = _ask(connection, method, path)
                if answer.status != 200:
                    raise self._refused(answer)
                told: dict[str, Any] = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._lost(error)
            return told

    def _connect(self, seconds: float) -> _UnixConnection:
        for path in self._paths:
            connection = _UnixConnection(path, seconds)
            try:
                connection.connect()
            except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
                connection.close()
                continue
            except PermissionError:
                connection.close()
                told = text("operator_no_permission", self._language, path=path)
                raise NotAllowed(told) from None
            except OSError as error:
                connection.close()
                self._lost(error)
            return connection
        raise self._away("operator_no_daemon", paths=", ".join(map(str, self._paths)))

    def _refused(self, answer: http.client.HTTPResponse) -> Refused:
        try:
            told = json.loads(answer.read())["error"]
        except (ValueError, KeyError, TypeError):
            told = f"HTTP {answer.status} {answer.reason}"
        return Refused(str(told))

    def _lost(self, error: Exception) -> NoReturn:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise self._away("operator_lost", why=why) from None

    def _away(self, key: str, **values: Any) -> DaemonAway:
        return DaemonAway(text(key, self._language, **values))


def _ask(connection: _UnixConnection, method: str, path: str) -> http.client.HTTPResponse:
    connection.request(method, path)
    return connection.getresponse()

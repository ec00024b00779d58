"""All of the console, for the service: the control socket, /health and /metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError

from portero.config import Settings
from portero.config.sockets import control_socket
from portero.console.controlsocket import ControlSocket
from portero.console.health import make_factory
from portero.console.house import House
from portero.console.lag import LagMeter
from portero.console.metrics import Metrics
from portero.errors import PorteroError
from portero.messages import text
from portero.records import CallRecord


class Console:
    """`settings`: those in force; where it listens is decided once, when it is made."""

    def __init__(
        self,
        house: House,
        settings: Callable[[], Settings],
        *,
        environ: Mapping[str, str],
        reactor: Any,
    ) -> None:
        now = settings()
        self._where = now.console
        self._language = now.language
        self._reactor = reactor
        self._house = house
        self._metrics = Metrics(house, settings)
        self._lag = LagMeter(self._metrics.lag.observe, reactor)
        path = control_socket(now.console, environ)
        self._control = ControlSocket(house, path, now.language, reactor)
        self._port: Any = None

    def start(self) -> None:
        """Listen at both places.

        Raises:
            PorteroError: another portero is there, or a place can't be had.
        """
        self._control.start()
        self._lag.start()
        if self._where.port:
            self._port = self._listen(self._where.interface, self._where.port)

    async def stop(self) -> None:
        """Let go of both places."""
        self._lag.stop()
        self._metrics.forget()
        await self._control.stop()
        port, self._port = self._port, None
        if port is not None:
            await maybeDeferred(port.stopListening)

    def observe(self, record: CallRecord) -> None:
        """A call is over."""
        self._metrics.observe(record)

    def _listen(self, interface: str, port: int) -> Any:
        factory = make_factory(self._house, self._metrics, self._reactor)
        try:
            return self._reactor.listenTCP(port, factory, interface=interface)
        except CannotListenError as error:
            why = getattr(error.socketError, "strerror", None) or error.socketError
            where = f"{interface}:{port}"
            raise PorteroError(
                text("console_port_taken", self._language, where=where, why=why)
            ) from None

"""Builds the daemon from its settings, owns every part, starts and stops them in order."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from portero.asterisk.fastagi import FastAGIFactory
from portero.asterisk.managerservice import ManagerService
from portero.call import FrontDesk, Parts
from portero.call.sweep import sweep_orphans
from portero.config import Settings
from portero.doorman import Doorman
from portero.doorman.backend import BackendClient
from portero.errors import PorteroError
from portero.limits import STOP_SECONDS
from portero.media import MediaService
from portero.realtime import client
from portero.realtime.dialects import OpenAI
from portero.registry.site import make_site
from portero.registry.store import Registry

T = TypeVar("T")


class PorteroService(Service):
    """The whole daemon. It starts from the bottom up, so that the first call finds everything.

    What can't start (a port in use, a database that can't be opened) ends the process with one
    line: under twistd there is nobody to hand an exception to.
    """

    _log = Logger()

    def __init__(self, settings: Settings, reactor: Any) -> None:
        self._settings = settings
        self._reactor = reactor
        self._registry: Registry | None = None
        self._api_port: Any = None
        self._agi_port: Any = None

    def startService(self) -> None:
        """Open the registry, the media ports, the AMI, and last of all the door for calls."""
        try:
            self._start()
        except PorteroError as error:
            self._log.critical("portero can't start: {error}", error=error)
            if self._registry is not None:
                self._registry.close()  # its thread would keep the process
            raise SystemExit(1) from None
        super().startService()  # type: ignore[no-untyped-call]

    def stopService(self) -> Deferred[None]:
        """Take no more calls, give the visitors back to the dialplan, and let go of everything."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    def _start(self) -> None:
        settings, reactor = self._settings, self._reactor
        self._backend = self._make_backend()
        self._media = MediaService(settings.media, reactor=reactor)
        _listen("media.audiosocket_port", self._media.startService)
        ami = settings.asterisk.ami
        self._manager = ManagerService(
            f"{'tls' if ami.tls else 'tcp'}:{ami.host}:{ami.port}",
            ami.username,
            ami.password.get_secret_value(),
            plaintext_login=ami.plaintext_login,
            reactor=reactor,
            on_login=self._sweep,
        )
        self._manager.startService()
        realtime = settings.realtime
        target = OpenAI().target(realtime.url, realtime.model, realtime.api_key.get_secret_value())
        parts = Parts(
            settings=settings,
            manager=self._manager,
            media=self._media,
            doorman=Doorman(settings, self._backend, reactor=reactor),
            connect=lambda listener: client.connect(
                reactor, target, listener, timeout=realtime.connect_timeout
            ),
            clock=reactor,
        )
        self._desk = FrontDesk(parts, make_call_id=lambda: secrets.token_hex(6))
        fastagi = settings.asterisk.fastagi
        self._agi = FastAGIFactory(
            self._desk.answer,
            reactor=reactor,
            allowed_networks=fastagi.allow,
            scripts=(fastagi.script,),
        )
        self._agi_port = _listen(
            "asterisk.fastagi.port",
            lambda: reactor.listenTCP(fastagi.port, self._agi, interface=fastagi.interface),
        )
        self._log.info(
            "portero listens on {host}:{port} for {tenants}",
            host=fastagi.interface,
            port=fastagi.port,
            tenants=", ".join(tenant.id for tenant in settings.tenants) or "no tenant",
        )

    def _make_backend(self) -> BackendClient:
        """The Backend API of the settings, or the embedded one on a port and token of its own."""
        doorman, reactor = self._settings.doorman, self._reactor
        if doorman.backend_url is not None:
            secret = doorman.backend_token
            return BackendClient(
                doorman.backend_url,
                None if secret is None else secret.get_secret_value(),
                reactor=reactor,
                timeout=doorman.timeout,
            )
        self._registry = Registry(self._settings.registry.url)
        self._registry.start(reactor)
        token = secrets.token_urlsafe()
        site = make_site(self._registry, token)
        self._api_port = port = reactor.listenTCP(0, site, interface="127.0.0.1")
        return BackendClient(
            f"http://127.0.0.1:{port.getHost().port}",
            token,
            reactor=reactor,
            timeout=doorman.timeout,
        )

    def _sweep(self) -> None:
        """After each AMI login: visitors on legs that nobody serves go on in the dialplan."""
        sweeping = Deferred.fromCoroutine(sweep_orphans(self._manager, self._media))
        sweeping.addErrback(lambda failure: self._log.failure("looking for old legs", failure))

    async def _stop(self) -> None:
        if self._agi_port is not None:
            await self._agi_port.stopListening()
        try:
            await self._desk.close().addTimeout(STOP_SECONDS, self._reactor)
        except PatienceLost:
            self._log.warn("{n} calls did not end in time", n=self._desk.calls)
        self._agi.abort()
        await self._agi.when_empty()
        await self._manager.stopService()
        await self._media.stopService()
        await self._backend.close()
        if self._api_port is not None:
            await self._api_port.stopListening()
        if self._registry is not None:
            self._registry.close()


def _listen(setting: str, listen: Callable[[], T]) -> T:
    """Do what opens a port; the error says which setting it came from."""
    try:
        return listen()
    except CannotListenError as error:
        why = getattr(error.socketError, "strerror", None) or error.socketError
        raise PorteroError(
            f"{setting}: can't listen on {error.interface}:{error.port} ({why}): "
            "stop who has it, or set another"
        ) from None

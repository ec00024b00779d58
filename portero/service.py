"""Builds the daemon from its settings, owns every part, starts and stops them in order."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.client import Agent

from portero.asterisk.fastagi import FastAGIFactory, FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call import FrontDesk, Parts
from portero.call.phone import CONTEXT as RESIDENT_SCRIPT
from portero.call.phone import ManagerPhone
from portero.call.prompts import Prompts
from portero.call.sweep import sweep_orphans
from portero.config import Settings
from portero.doorman import Doorman
from portero.doorman.askways import AnswerBoard
from portero.doorman.backend import BackendClient
from portero.doorman.exchange import make_client
from portero.doorman.webhook import Webhook
from portero.doorman.whatsapp import WhatsAppClient
from portero.errors import PorteroError
from portero.limits import PRUNE_SECONDS, STOP_SECONDS
from portero.media import MediaService
from portero.realtime import client
from portero.realtime.dialects import OpenAI
from portero.registry.retention import prune
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
        self._webhook_port: Any = None
        self._webhook: Webhook | None = None

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
        self._registry = registry = Registry(settings.registry.url)
        registry.start(reactor)
        self._backend = self._make_backend(registry)
        self._pruning = LoopingCall(self._prune)
        self._pruning.clock = reactor
        self._pruning.start(PRUNE_SECONDS)
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
        self._doorman = self._make_doorman(registry)
        realtime = settings.realtime
        target = OpenAI().target(realtime.url, realtime.model, realtime.api_key.get_secret_value())
        parts = Parts(
            settings=settings,
            manager=self._manager,
            media=self._media,
            doorman=self._doorman,
            prompts=self._prompts,
            connect=lambda listener: client.connect(
                reactor, target, listener, timeout=realtime.connect_timeout
            ),
            clock=reactor,
        )
        self._desk = FrontDesk(parts, make_call_id=lambda: secrets.token_hex(6))
        fastagi = settings.asterisk.fastagi
        self._agi = FastAGIFactory(
            self._answer,
            reactor=reactor,
            allowed_networks=fastagi.allow,
            scripts=(fastagi.script, RESIDENT_SCRIPT),
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

    def _prune(self) -> None:
        """Forget what is old, one tenant after the other; failing is told, and tried tomorrow."""
        pruning = Deferred.fromCoroutine(self._prune_all())
        pruning.addErrback(lambda failure: self._log.failure("forgetting old rows", failure))

    async def _prune_all(self) -> None:
        registry = self._registry
        assert registry is not None
        for tenant in self._settings.tenants:
            try:
                days = self._settings.registry.keep_days
                gone = await registry.run(prune, tenant.id, registry.now(), days)
            except PorteroError as error:
                self._log.warn("old rows stay: {error}", error=error)
                return
            if gone:
                self._log.info("{tenant}: forgot {gone}", tenant=tenant.id, gone=dict(gone))

    async def _answer(self, agi: FastAGIProtocol) -> None:
        """An AGI session: a visitor's, or that of somebody whom portero has called."""
        if agi.variables.get("agi_network_script", "").partition("?")[0] == RESIDENT_SCRIPT:
            await self._phone.answered(agi)
        else:
            await self._desk.answer(agi)

    def _make_backend(self, registry: Registry) -> BackendClient:
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
        token = secrets.token_urlsafe()
        site = make_site(registry, token)
        self._api_port = port = reactor.listenTCP(0, site, interface="127.0.0.1")
        return BackendClient(
            f"http://127.0.0.1:{port.getHost().port}",
            token,
            reactor=reactor,
            timeout=doorman.timeout,
        )

    def _make_doorman(self, registry: Registry) -> Doorman:
        """The doorman, his phone, and the residents' way to answer him."""
        settings, reactor = self._settings, self._reactor
        self._prompts = Prompts.in_threads_of(reactor, settings.asterisk.prompts)
        self._prompts.clean()
        self._phone = ManagerPhone(self._manager, self._prompts, clock=reactor)
        board = AnswerBoard()
        whatsapp = self._make_whatsapp(registry, board)
        doorman = Doorman(
            settings,
            self._backend,
            store=registry,
            phone=self._phone,
            reactor=reactor,
            whatsapp=whatsapp,
            board=board,
        )
        doorman.start()
        return doorman

    def _make_whatsapp(self, registry: Registry, board: AnswerBoard) -> WhatsAppClient | None:
        """The client and its webhook, where WhatsApp is set up."""
        whatsapp, where = self._settings.doorman.whatsapp, self._settings.doorman.webhook
        if whatsapp is None:
            return None
        client = WhatsAppClient(
            whatsapp, make_client(Agent(self._reactor)), clock=self._reactor, random=random.random
        )
        self._webhook = Webhook(
            whatsapp,
            where.path,
            registry,
            client,
            when_told=board.told,
            language_of=self._language_of,
            now=time.time,
        )
        site = self._webhook.site()
        self._webhook_port = _listen(
            "doorman.webhook.port",
            lambda: self._reactor.listenTCP(where.port, site, interface=where.interface),
        )
        return client

    def _language_of(self, tenant_id: str) -> str:
        tenants = (it for it in self._settings.tenants if it.id == tenant_id)
        return next(
            (it.language for it in tenants if it.language), self._settings.realtime.language
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
        if self._webhook_port is not None:
            await self._webhook_port.stopListening()
        if self._webhook is not None:
            self._webhook.close()
        self._agi.abort()
        await self._agi.when_empty()
        await self._manager.stopService()
        await self._media.stopService()
        self._pruning.stop()
        await self._doorman.stop()
        self._prompts.clean()
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

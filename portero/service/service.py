"""The daemon: builds its rooms, owns them, starts and stops them in order."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from portero.asterisk.fastagi import FastAGIFactory, FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call import FrontDesk, echo, phone
from portero.call.phone import ManagerPhone
from portero.call.prompts import Prompts
from portero.call.sweep import sweep_orphans
from portero.config import Loaded, Settings
from portero.console.console import Console
from portero.doorman.askways import AnswerBoard
from portero.errors import PorteroError
from portero.feed import Feed
from portero.limits import (
    PRUNE_SECONDS,
    REGISTRY_BUSY_SECONDS,
    STATUS_SECONDS,
    STOP_SECONDS,
)
from portero.media import MediaService
from portero.messages import text
from portero.records import CallRecord
from portero.registry import records
from portero.registry.retention import prune
from portero.registry.store import Registry
from portero.service.archive import Archive
from portero.service.generation import make_generation
from portero.service.generations import Generations
from portero.service.house import DaemonHouse
from portero.service.shared import EmbeddedBackend, ResidentsDesk, Shared, listen
from portero.service.stopping import Draining
from portero.service.supervisor import Supervisor


class PorteroService(Service):
    """The whole daemon. It starts from the bottom up, so that the first call finds everything.

    What can't start (a port in use, a database that can't be opened) ends the process with one
    line: under twistd there is nobody to hand an exception to.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        *,
        read: Callable[[], Loaded] | None = None,
        config_file: str = "",
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`read` reads the settings again; `config_file` is what people know them by."""
        self._first = settings
        self._reactor = reactor
        self._read = read or (lambda: Loaded(settings, settings.language, (), {}, {}, {}))
        self._config_file = config_file
        self._environ = environ
        self._supervisor = Supervisor(environ, reactor)
        self._registry: Registry | None = None
        self._agi_port: Any = None

    def startService(self) -> None:
        """Open the registry, the media ports, the AMI, and last of all the door for calls."""
        try:
            self._start()
        except PorteroError as error:
            language = self._first.language
            told = text("cant_start", language, error=error.said(language).rstrip("."))
            self._log.critical("{told}", told=told)
            if self._registry is not None:
                self._registry.close()  # its thread would keep the process
            raise SystemExit(1) from None
        super().startService()  # type: ignore[no-untyped-call]

    def stopService(self) -> Deferred[None]:
        """Take no more calls, hand the visitors to their guards, and let go of everything."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    def drain(self) -> None:
        """Stop when the calls inside are over, or have had their time; the second time at once."""
        self._draining.begin()

    def reload(self) -> None:
        """Read the settings again; what comes of it is in the log."""
        reloading = Deferred.fromCoroutine(self._house.reload())
        reloading.addErrback(lambda failure: self._log.failure("reading the settings", failure))

    # -- up

    def _start(self) -> None:
        self._registry = Registry(self._first.registry.url)
        self._registry.start(self._reactor)
        self._open_door()
        self._media = MediaService(self._first.media, reactor=self._reactor)
        listen("media.audiosocket_port", self._media.startService, self._first.language)
        self._manager = self._make_manager()
        self._manager.startService()
        shared = self._share(self._registry)
        first = make_generation(self._first, shared)
        first.doorman.start()
        self._desk = FrontDesk(
            first.parts,
            make_call_id=lambda: secrets.token_hex(6),
            on_left=lambda: self._generations.tidy(),
        )
        self._generations = Generations(
            first,
            read=self._read,
            make=lambda settings: make_generation(settings, shared),
            desk=self._desk,
            media=self._media,
            now=time.time,
        )
        self._echo = echo.EchoTest(self._manager, self._media, clock=self._reactor)
        self._draining = Draining(
            self._desk,
            self._supervisor,
            seconds=lambda: self._settings.asterisk.drain_seconds,
            clock=self._reactor,
            end=self._reactor.stop,
        )
        self._house = DaemonHouse(
            config_file=self._config_file,
            started_at=datetime.fromtimestamp(time.time(), UTC),
            generations=self._generations,
            desk=self._desk,
            manager=self._manager,
            archive=self._archive,
            draining=self._draining,
            supervisor=self._supervisor,
            echo_test=self._echo,
            feed=shared.feed,
        )
        self._console = Console(
            self._house, lambda: self._settings, environ=self._environ, reactor=self._reactor
        )
        self._console.start()
        self._repeat()
        self._tell_ready()

    @property
    def _settings(self) -> Settings:
        return self._generations.current.settings

    def _make_manager(self) -> ManagerService:
        ami = self._first.asterisk.ami
        return ManagerService(
            f"{'tls' if ami.tls else 'tcp'}:{ami.host}:{ami.port}",
            ami.username,
            ami.password.get_secret_value(),
            plaintext_login=ami.plaintext_login,
            reactor=self._reactor,
            on_login=self._sweep,
        )

    def _share(self, registry: Registry) -> Shared:
        """What all generations use: the doorman's phone, the residents' way to answer, records."""
        self._prompts = Prompts.in_threads_of(self._reactor, self._first.asterisk.prompts)
        self._prompts.clean()
        self._phone = ManagerPhone(
            self._manager,
            self._prompts,
            clock=self._reactor,
            answers_at=phone.own_url(self._first.asterisk.fastagi),
        )
        board = AnswerBoard()
        self._residents = ResidentsDesk(
            self._first, registry, board, self._reactor, language_of=self._language_of
        )
        self._embedded = EmbeddedBackend(registry, self._reactor)
        self._archive = Archive(
            registry,
            settings=lambda: self._settings.records,
            standing=lambda: self._house.calls(),
            now=time.time,
        )
        return Shared(
            reactor=self._reactor,
            registry=registry,
            media=self._media,
            manager=self._manager,
            prompts=self._prompts,
            phone=self._phone,
            board=board,
            whatsapp=self._residents.client,
            embedded=self._embedded,
            archive=self._archive,
            keep=self._keep,
            feed=Feed(),
            limits_told={},
        )

    def _keep(self, record: CallRecord) -> None:
        """A call is over."""
        self._archive.keep(record)
        self._console.observe(record)

    def _open_door(self) -> None:
        """First of all ports: another of ours, of any number, must not take this one.

        Nobody comes in before the reactor runs, and then everything is there.
        """
        fastagi = self._first.asterisk.fastagi
        self._agi = FastAGIFactory(
            self._answer,
            reactor=self._reactor,
            allowed_networks=fastagi.allow,
            scripts=(fastagi.script, phone.CONTEXT, echo.SCRIPT),
        )
        self._agi_port = listen(
            "asterisk.fastagi.port",
            lambda: self._reactor.listenTCP(fastagi.port, self._agi, interface=fastagi.interface),
            self._first.language,
        )

    def _tell_ready(self) -> None:
        fastagi = self._first.asterisk.fastagi
        self._log.info(
            "portero listens on {host}:{port} for {tenants}",
            host=fastagi.interface,
            port=fastagi.port,
            tenants=", ".join(tenant.id for tenant in self._first.tenants) or "no tenant",
        )
        self._supervisor.ready(self._house.summary())

    def _repeat(self) -> None:
        """What is done again and again: forgetting old rows, telling systemd how we are."""
        self._loops = []
        telling = (self._tell_supervisor, STATUS_SECONDS)
        for work, seconds in ((self._prune, PRUNE_SECONDS), telling):
            loop = LoopingCall(work)
            loop.clock = self._reactor
            loop.start(seconds)
            self._loops.append(loop)

    # -- while it runs

    async def _answer(self, agi: FastAGIProtocol) -> None:
        """A session of a visitor, of somebody whom portero has called, or of the doctor."""
        match agi.variables.get("agi_network_script", "").partition("?")[0]:
            case phone.CONTEXT:
                await self._phone.answered(agi)
            case echo.SCRIPT:
                await self._echo.answered(agi)
            case _:
                await self._desk.answer(agi)

    def _tell_supervisor(self) -> None:
        self._archive.save()
        self._supervisor.status(self._house.summary())

    def _prune(self) -> None:
        """Forget what is old, one tenant after the other; failing is told, and tried tomorrow."""
        pruning = Deferred.fromCoroutine(self._prune_all())
        pruning.addErrback(lambda failure: self._log.failure("forgetting old rows", failure))

    async def _prune_all(self) -> None:
        registry = self._registry
        assert registry is not None
        settings = self._settings
        known = [tenant.id for tenant in settings.tenants]
        before = registry.now() - timedelta(days=settings.records.keep_days)
        try:
            for tenant in known:
                gone = await registry.run(
                    prune,
                    tenant,
                    registry.now(),
                    settings.registry.keep_days,
                    records_days=settings.records.keep_days,
                )
                if gone:
                    self._log.info("{tenant}: forgot {gone}", tenant=tenant, gone=dict(gone))
            await registry.run(records.forget_strangers, known, before)
        except PorteroError as error:
            self._log.warn("old rows stay: {error}", error=error)

    def _language_of(self, tenant_id: str) -> str:
        tenants = (it for it in self._settings.tenants if it.id == tenant_id)
        return next(
            (it.language for it in tenants if it.language), self._settings.realtime.language
        )

    def _sweep(self) -> None:
        """After each AMI login: visitors on legs that nobody serves go on in the dialplan."""
        sweeping = Deferred.fromCoroutine(sweep_orphans(self._manager, self._media))
        sweeping.addErrback(lambda failure: self._log.failure("looking for old legs", failure))

    # -- down

    async def _stop(self) -> None:
        self._draining.over()
        self._supervisor.close()
        if self._agi_port is not None:
            await self._agi_port.stopListening()
        try:
            await self._desk.close().addTimeout(STOP_SECONDS, self._reactor)
        except PatienceLost:
            self._log.warn("{n} calls did not end in time", n=self._desk.calls)
        await self._console.stop()
        await self._residents.stop()
        self._agi.abort()
        await self._agi.when_empty()
        await self._manager.stopService()
        await self._media.stopService()
        for loop in self._loops:
            loop.stop()
        await self._generations.close()
        self._prompts.clean()
        await self._embedded.stop()
        with suppress(PatienceLost):  # a database that is locked is waited for, and then some
            patience = REGISTRY_BUSY_SECONDS + STOP_SECONDS
            await self._archive.save().addTimeout(patience, self._reactor)
        self._archive.close()
        if self._registry is not None:
            self._registry.close()

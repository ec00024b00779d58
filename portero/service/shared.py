"""What outlives a reload: sockets, the database, the AMI session, and what they carry."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from twisted.internet.error import CannotListenError
from twisted.web.client import Agent

from portero.asterisk.managerservice import ManagerService
from portero.call.phone import ManagerPhone
from portero.call.prompts import Prompts
from portero.config import Settings
from portero.doorman.askways import AnswerBoard
from portero.doorman.exchange import make_client
from portero.doorman.webhook import Webhook
from portero.doorman.whatsapp import WhatsAppClient
from portero.errors import PorteroError
from portero.feed import Feed
from portero.media import MediaService
from portero.messages import text
from portero.records import CallRecord
from portero.registry.site import make_site
from portero.registry.store import Registry
from portero.service.archive import Archive

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shared:
    """The rooms of all generations."""

    reactor: Any
    registry: Registry
    media: MediaService
    manager: ManagerService
    prompts: Prompts
    phone: ManagerPhone
    board: AnswerBoard
    whatsapp: WhatsAppClient | None
    embedded: EmbeddedBackend
    archive: Archive
    keep: Callable[[CallRecord], None]
    feed: Feed
    limits_told: dict[str, date]


class EmbeddedBackend:
    """The registry's own Backend API, on a loopback port and with a token that nobody else knows.

    It listens also where the settings name another: a reload may come back to it.
    """

    def __init__(self, registry: Registry, reactor: Any) -> None:
        self.token = secrets.token_urlsafe()
        self._port = reactor.listenTCP(0, make_site(registry, self.token), interface="127.0.0.1")
        self.address = f"http://127.0.0.1:{self._port.getHost().port}"

    async def stop(self) -> None:
        """Close the port."""
        await self._port.stopListening()


class ResidentsDesk:
    """WhatsApp's client and the webhook that their answers come in by, where they are set up."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        board: AnswerBoard,
        reactor: Any,
        *,
        language_of: Callable[[str], str],
    ) -> None:
        self.client: WhatsAppClient | None = None
        self._webhook: Webhook | None = None
        self._port: Any = None
        whatsapp, where = settings.doorman.whatsapp, settings.doorman.webhook
        if whatsapp is None:
            return
        self.client = WhatsAppClient(
            whatsapp, make_client(Agent(reactor)), clock=reactor, random=random.random
        )
        self._webhook = Webhook(
            whatsapp,
            where.path,
            registry,
            self.client,
            when_told=board.told,
            language_of=language_of,
            now=time.time,
        )
        site = self._webhook.site(reactor)
        self._port = listen(
            "doorman.webhook.port",
            lambda: reactor.listenTCP(where.port, site, interface=where.interface),
            settings.language,
        )

    async def stop(self) -> None:
        """Close the port, and stop what is still being worked off."""
        if self._port is not None:
            await self._port.stopListening()
        if self._webhook is not None:
            self._webhook.close()


def listen(setting: str, begin: Callable[[], T], language: str) -> T:
    """Do what opens a port; the error says which setting it came from."""
    try:
        return begin()
    except CannotListenError as error:
        why = getattr(error.socketError, "strerror", None) or error.socketError
        where = f"{error.interface}:{error.port}"
        raise PorteroError(
            text("cant_listen", language, setting=setting, where=where, why=why)
        ) from None

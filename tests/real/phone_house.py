"""portero's phone side on a real Asterisk, without a daemon: AMI, FastAGI, prompts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from portero.asterisk.fastagi import FastAGIFactory, FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.phone import ManagerPhone
from portero.call.prompts import Prompts
from portero.call.residentcall import join_resident
from portero.config.settings import PromptSettings

from .asterisk_server import AsteriskServer

PATIENCE = 15.0
MayCall, MayNot = "portero-calls", "portero"


class PhoneHouse:
    """`await open()` before; `visitor` takes the visitors' sessions."""

    def __init__(self, asterisk: AsteriskServer, user: str = MayCall) -> None:
        self.asterisk = asterisk
        folder = asterisk.directory / "sounds"
        settings = PromptSettings(folder=str(folder), seen_as=asterisk.inside(folder))
        self.folder = Path(folder)
        self.prompts = Prompts.in_threads_of(_reactor(), settings)
        self.manager = ManagerService(
            f"tcp:127.0.0.1:{asterisk.ports.ami}",
            user,
            "change-this-secret",
            reactor=_reactor(),
        )
        self.phone = ManagerPhone(self.manager, self.prompts, clock=_reactor())
        self.visitor: Callable[[FastAGIProtocol], Awaitable[None]] | None = None
        self._factory = FastAGIFactory(
            self._answer,
            reactor=_reactor(),
            allowed_networks=["127.0.0.0/8"],
            scripts=["portero", "portero-resident"],
        )

    async def open(self) -> None:
        self._port = _reactor().listenTCP(
            self.asterisk.ports.fastagi, self._factory, interface="127.0.0.1"
        )
        self.manager.startService()
        await self.manager.whenReady()

    async def close(self) -> None:
        await self.manager.stopService()
        await self._port.stopListening()
        self._factory.abort()
        await self._factory.when_empty()

    async def _answer(self, agi: FastAGIProtocol) -> None:
        if agi.variables["agi_network_script"] == "portero-resident":
            await self.phone.answered(agi)
        else:
            assert self.visitor is not None
            await self.visitor(agi)


@dataclass
class Gate:
    """The visitor's call, as far as a resident's call acts on it."""

    agi: Deferred[FastAGIProtocol] = field(default_factory=Deferred)
    session: FastAGIProtocol | None = None
    over: Deferred[None] = field(default_factory=Deferred)
    talks: list[tuple[str, bool]] = field(default_factory=list)

    async def stay(self, agi: FastAGIProtocol) -> None:
        """The visitor's session: it stands until the test ends it."""
        await agi.answer()
        self.session = agi
        self.agi.callback(agi)
        await self.over

    async def talk_with(self, channel: str) -> bool:
        assert self.session is not None
        joined = await join_resident(self.session, channel)
        self.talks.append((channel, joined))
        return joined


async def until(what: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait for something that only looking at it tells."""
    deadline = _reactor().seconds() + patience
    while not what():
        assert _reactor().seconds() < deadline
        await deferLater(_reactor(), 0.02)


def _reactor() -> Any:
    return reactor

"""What the doctor's steps share: settings, reactor, and what earlier steps have found out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from twisted.internet.threads import deferToThreadPool

from portero.asterisk.manager import AMIProtocol
from portero.config.loader import Loaded
from portero.config.settings import Settings
from portero.config.sockets import control_sockets
from portero.console.house import HouseStatus
from portero.console.shapes import status_from_json
from portero.errors import PorteroError
from portero.operator.client import Client, NotAllowed
from portero.operator.originate import asterisk_console

T = TypeVar("T")

CONSOLE: Final = ("asterisk",)
"""The console of this very machine."""


@dataclass(slots=True)
class Bench:
    """See also `portero.doctor.around.Ground`.

    console: how Asterisk's console is run here. daemon: what the running one has said of itself;
    denied: why this user may not ask it. ami: the session that `ami.login` has opened; rights: the
    actions that it may use, in lower case.
    """

    loaded: Loaded
    config: Path | None
    environ: Mapping[str, str]
    reactor: Any
    now: Callable[[], float]
    console: Sequence[str] = CONSOLE
    getvar: Callable[[str], Awaitable[str]] | None = None
    aheads: dict[str, float | None] = field(default_factory=dict)
    daemon: HouseStatus | None = None
    ami: AMIProtocol | None = None
    rights: frozenset[str] = frozenset()
    denied: str = ""

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    async def ask_console(self, line: str) -> str | None:
        """What `asterisk -rx` answers; None where it can't be run (another host, not root)."""
        here = is_loopback(self.settings.asterisk.ami.host)
        if not here and tuple(self.console) == CONSOLE:  # that would be another Asterisk's
            return None
        try:
            return await self._in_thread(self._run_console, line)
        except PorteroError:
            return None

    async def find_daemon(self) -> None:
        """Ask the running daemon how it is, if there is one."""
        try:
            self.daemon = status_from_json(await self._in_thread(self._client.get, "/v1/status"))
        except NotAllowed as error:
            self.denied = str(error)
        except PorteroError:
            self.daemon = None

    async def daemon_echo(self) -> Mapping[str, Any]:
        """What `portero.call.echo` measured in the daemon. Raises PorteroError."""
        return await self._in_thread(self._client.post, "/v1/echo")

    @property
    def _client(self) -> Client:
        paths = control_sockets(self.settings.console, self.environ)
        return Client(paths, self.loaded.language)

    async def _in_thread(self, function: Callable[[str], T], argument: str) -> T:
        pool = self.reactor.getThreadPool()
        return cast(T, await deferToThreadPool(self.reactor, pool, function, argument))

    async def close(self) -> None:
        """Log off."""
        if self.ami is not None:
            await self.ami.close()
            self.ami = self.getvar = None

    def _run_console(self, line: str) -> str:
        return asterisk_console(line, self.loaded.language, command=self.console)


def is_loopback(host: str) -> bool:
    """Whether that address is this machine's own."""
    return host == "localhost" or host == "::1" or host.startswith("127.")

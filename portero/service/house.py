"""The daemon, as the console sees it (`portero.console.house.House`)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from twisted.logger import Logger

from portero import __version__
from portero.asterisk.managerservice import ManagerService
from portero.call import FrontDesk
from portero.call.echo import EchoTest
from portero.console.house import HouseStatus, Reloaded
from portero.feed import Feed
from portero.messages import text
from portero.records import CallRecord
from portero.service.archive import Archive
from portero.service.generations import Generations
from portero.service.stopping import Draining
from portero.service.supervisor import Supervisor

_log: Final = Logger()


@dataclass(frozen=True, slots=True)
class DaemonHouse:
    """Answers from the rooms of the service."""

    config_file: str
    started_at: datetime
    generations: Generations
    desk: FrontDesk
    manager: ManagerService
    archive: Archive
    draining: Draining
    supervisor: Supervisor
    echo_test: EchoTest
    feed: Feed

    def status(self) -> HouseStatus:
        """How it is, now."""
        settings = self.generations.current.settings
        why = self._why(settings.language)
        running = "degraded" if why else "ready"
        return HouseStatus(
            version=__version__,
            pid=os.getpid(),
            state="draining" if self.draining.begun else running,
            why=why,
            started_at=self.started_at,
            config_file=self.config_file,
            loaded_at=self.generations.loaded_at,
            waiting_for_restart=self.generations.waiting,
            ami_connected=self.manager.connected,
            calls=self.desk.calls,
            max_calls=settings.asterisk.max_calls,
            tenants={it.id: self.archive.spending(it) for it in settings.tenants},
        )

    def summary(self) -> str:
        """One line, for systemd."""
        status = self.status()
        why = f" ({'; '.join(status.why)})" if status.why else ""
        return f"{status.state}: {status.calls}/{status.max_calls} calls{why}"

    def calls(self) -> Sequence[CallRecord]:
        """The calls that stand, the oldest first."""
        return [call.record for call in self.desk.inside]

    def ended(self, *, tenant: str | None, limit: int) -> Awaitable[Sequence[CallRecord]]:
        """The calls that are over, the newest first."""
        return self.archive.ended(tenant=tenant, limit=limit)

    async def record(self, call_id: str) -> CallRecord | None:
        """One call, by the beginning of its id: a standing one first."""
        found = [record for record in self.calls() if record.call_id.startswith(call_id)]
        if found:
            return found[0] if len(found) == 1 else None
        return await self.archive.record(call_id)

    async def reload(self) -> Reloaded:
        """Read the settings again, and ask an AMI at once that would be asked later.

        Not while stopping, when nobody is left to serve by them.
        """
        if self.draining.begun:
            return self._not_now()
        self.supervisor.reloading()
        self.manager.try_again()
        try:
            return self.generations.reload()
        finally:  # systemd waits for it, whatever came of it
            self.supervisor.ready(self.summary())

    def _not_now(self) -> Reloaded:
        why = text("reload_stopping", self.generations.current.settings.language)
        _log.warn("{why}", why=why)
        return Reloaded((why,))

    def drain(self) -> None:
        """Take no more calls, and stop when those inside are out."""
        self.draining.begin()

    async def echo(self) -> Mapping[str, Any]:
        """Have Asterisk send sound back to us."""
        return (await self.echo_test.run()).as_json()

    def _why(self, language: str) -> tuple[str, ...]:
        why = []
        if self.draining.begun:
            why.append(text("house_draining", language, calls=self.desk.calls))
        if not self.manager.connected:
            ami = self.generations.current.settings.asterisk.ami
            why.append(text("house_ami_away", language, host=ami.host, port=ami.port))
        if self.archive.trouble:
            why.append(text("house_registry_away", language, why=self.archive.trouble))
        return tuple(why)

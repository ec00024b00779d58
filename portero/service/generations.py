"""The settings in effect, and how others take their place while calls stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.call import FrontDesk
from portero.config import ConfigError, Loaded, Settings
from portero.console.house import Reloaded
from portero.errors import PorteroError
from portero.media import MediaService
from portero.messages import text
from portero.service.generation import Generation
from portero.service.reloading import change

Read = Callable[[], Loaded]
Make = Callable[[Settings], Generation]


class Generations:
    """The generation that serves the next calls, and those whose calls are not over yet.

    `read` reads the settings again, `make` makes a generation of them; `now`: seconds of the epoch.
    """

    _log = Logger()

    def __init__(
        self,
        first: Generation,
        *,
        read: Read,
        make: Make,
        desk: FrontDesk,
        media: MediaService,
        now: Callable[[], float],
    ) -> None:
        self.current = first
        self.waiting: tuple[str, ...] = ()
        self._retired: list[Generation] = []
        self._read = read
        self._make = make
        self._desk = desk
        self._media = media
        self._now = now
        self.loaded_at = self._moment()

    def reload(self) -> Reloaded:
        """Read the settings, check them whole, and serve the next calls by them.

        On any error the old ones stay, and where no tenant is left: that is a file that somebody is
        still writing. It reads files, and so blocks for as long as that takes.
        """
        try:
            loaded = self._read()
            if self.current.settings.tenants and not loaded.settings.tenants:
                raise PorteroError(text("reload_no_tenants", loaded.language))
            wanted = change(self.current.settings, loaded.settings)
            renewed = self._make(wanted.settings)
        except ConfigError as error:
            return self._refused(Reloaded(error.errors, error.warnings))
        except PorteroError as error:
            return self._refused(Reloaded((str(error),)))
        self.waiting = wanted.waiting
        self.loaded_at = self._moment()
        if wanted.changed:
            self._renew(renewed)
        self._log.info(
            "settings read again: {changed} changed; {waiting}",
            changed=", ".join(wanted.changed) or "nothing",
            waiting=f"a restart is needed for {', '.join(wanted.waiting)}"
            if wanted.waiting
            else "all of it counts from the next call on",
        )
        return Reloaded((), loaded.warnings, wanted.changed, wanted.waiting)

    def tidy(self) -> None:
        """Close the generations whose last call is over."""
        over = [old for old in self._retired if not self._desk.uses(old.parts)]
        for old in over:
            self._retired.remove(old)
            closing = Deferred.fromCoroutine(old.close())
            closing.addErrback(lambda why: self._log.failure("closing old settings", why))

    async def close(self) -> None:
        """Close all of them."""
        for generation in (*self._retired, self.current):
            await generation.close()
        self._retired.clear()

    def _renew(self, renewed: Generation) -> None:
        self._retired.append(self.current)
        self.current = renewed
        renewed.doorman.start()
        self._media.renew(renewed.settings.media)
        self._desk.renew(renewed.parts)
        self.tidy()

    def _refused(self, reloaded: Reloaded) -> Reloaded:
        for line in reloaded.errors:
            self._log.error("settings not taken, the old ones stay: {line}", line=line)
        return reloaded

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

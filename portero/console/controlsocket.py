"""The control socket: a file that only portero's user and group may open."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from portero.console.control import ControlApp
from portero.console.house import House
from portero.errors import PorteroError
from portero.limits import CONTROL_CONNECTIONS, CONTROL_LOOK_SECONDS, SOCKET_PATH_BYTES
from portero.messages import text
from portero.registry import connections

MODE: Final = 0o660


class ControlSocket:
    """Answers `portero status`, `calls`, `reload` … at `path`; a removed file comes back."""

    _log = Logger()

    def __init__(self, house: House, path: Path, language: str, reactor: Any) -> None:
        self._path = path.absolute()
        self._language = language
        self._reactor = reactor
        self._app = ControlApp(house, language, reactor)
        self._factory = connections.make_factory(
            self._app.app.resource(), CONTROL_CONNECTIONS, reactor
        )
        self._port: Any = None
        self._lost = False  # there is no file, and none can be made
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Listen.

        Raises:
            PorteroError: another portero answers there, or the file can't be made.
        """
        if len(os.fsencode(self._path)) > SOCKET_PATH_BYTES:
            raise self._error("socket_too_long", most=SOCKET_PATH_BYTES)
        try:
            self._make_room()
            self._listen()
        except CannotListenError as error:
            raise self._error("socket_refused", why=_reason(error.socketError)) from None
        except OSError as error:
            raise self._error("socket_refused", why=_reason(error)) from None
        self._looking.start(CONTROL_LOOK_SECONDS, now=False)

    async def stop(self) -> None:
        """Listen no more, end the streams, and remove the file."""
        self._app.close()
        if self._looking.running:
            self._looking.stop()
        await self._let_go()

    async def _look(self) -> None:
        """Make the file again where it was removed: nobody could ask us anything any more."""
        if os.path.lexists(self._path):
            return
        try:
            self._path.touch()  # where that fails, so would the rest
            await self._let_go()
            if self._looking.running:
                self._listen()
        except (CannotListenError, OSError) as error:
            if not self._lost:
                why = _reason(getattr(error, "socketError", error))
                told = text("socket_gone", self._language, path=self._path, why=why)
                self._log.warn("{told}", told=told)
            self._lost = True
        else:
            self._lost = False
            told = text("socket_again", self._language, path=self._path)
            self._log.warn("{told}", told=told)

    async def _let_go(self) -> None:
        """Listen no more, and remove the file."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(OSError):  # Twisted removes it, and leaves all open where it is gone
                self._path.touch()
            with suppress(FileNotFoundError):  # its folder is gone, too
                await maybeDeferred(port.stopListening)

    def _listen(self) -> None:
        before = os.umask(0o777 & ~MODE)  # nobody else's, not even before the chmod
        try:
            self._port = self._reactor.listenUNIX(os.fspath(self._path), self._factory, mode=MODE)
        except CannotListenError:
            self._factory.doStop()  # Twisted started it before it tried, and leaves it so
            raise
        finally:
            os.umask(before)

    def _make_room(self) -> None:
        """Remove the socket of a portero that is no more."""
        try:
            mode = self._path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise self._error("socket_other_file")
        if _answered(self._path):
            raise self._error("socket_taken")
        self._path.unlink(missing_ok=True)

    def _error(self, key: str, **values: Any) -> PorteroError:
        return PorteroError(text(key, self._language, path=self._path, **values))


def _answered(path: Path) -> bool:
    """Whether a process listens at `path`; the kernel says so at once, without the process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except BlockingIOError:  # it listens, and has a full queue
            return True
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True


def _reason(error: Any) -> str:
    return getattr(error, "strerror", None) or str(error)

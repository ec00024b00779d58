"""What systemd is told: sd_notify(3), and the watchdog of sd_watchdog_enabled(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any, Final

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

_MICRO: Final = 1_000_000
_DATAGRAMS: Final = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
_WATCHDOG_SHARE: Final = 2  # sd_watchdog_enabled(3): every half of the time that it gives


class Supervisor:
    """Tells the service manager how we are; without one ($NOTIFY_SOCKET), it tells nobody.

    The watchdog is fed by the reactor: one that stands still for too long is restarted.
    """

    _log = Logger()

    def __init__(self, environ: Mapping[str, str], clock: Any) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._clock = clock
        self._feeding: LoopingCall | None = None
        self._status = ""
        self._deaf = False
        seconds = _watchdog_seconds(environ)
        if self._address and seconds is not None:
            self._feeding = LoopingCall(self._tell, "WATCHDOG=1")
            self._feeding.clock = clock
            self._every = seconds / _WATCHDOG_SHARE

    def ready(self, status: str) -> None:
        """We listen, or have reloaded."""
        self._status = _line(status)
        self._tell("READY=1", f"STATUS={self._status}")
        if self._feeding is not None and not self._feeding.running:
            self._feeding.start(self._every)

    def status(self, status: str) -> None:
        """One line that `systemctl status` shows; told when it is a new one."""
        if _line(status) != self._status:
            self._status = _line(status)
            self._tell(f"STATUS={self._status}")

    def reloading(self) -> None:
        """The settings are being read again."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={self._clock.seconds() * _MICRO:.0f}")

    def stopping(self, status: str, seconds: float) -> None:
        """We drain, and need so many seconds: more than the unit may know of."""
        wanted = f"EXTEND_TIMEOUT_USEC={seconds * _MICRO:.0f}"
        self._tell("STOPPING=1", f"STATUS={_line(status)}", wanted)

    def close(self) -> None:
        """The watchdog is fed no more: stopping takes seconds, and has its own time limit."""
        if self._feeding is not None and self._feeding.running:
            self._feeding.stop()

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the zero byte of an abstract socket (sd_notify(3)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        message = "\n".join(lines).encode("utf-8", "backslashreplace")
        try:
            with socket.socket(socket.AF_UNIX, _DATAGRAMS) as notifying:
                notifying.sendto(message, address)
        except OSError as error:  # of no file left, too: the next beat of the watchdog must come
            self._warn_once(lines, error)
        else:
            self._deaf = False

    def _warn_once(self, lines: tuple[str, ...], error: OSError) -> None:
        if not self._deaf:
            told = "; ".join(lines)
            self._log.warn(
                "systemd was not told {told} ($NOTIFY_SOCKET is {address}): {error}; no more is "
                "said of it until it hears us again",
                told=told,
                address=self._address,
                error=error,
            )
        self._deaf = True


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How long we may be silent; None where nobody watches us."""
    watched = environ.get("WATCHDOG_PID", str(os.getpid()))
    micros = environ.get("WATCHDOG_USEC", "")
    if watched != str(os.getpid()) or not micros.isdecimal() or not int(micros):
        return None
    return int(micros) / _MICRO


def _line(status: str) -> str:
    return " ".join(status.split())

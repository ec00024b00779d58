"""``twistd portero``: reads the settings and makes the service (the only user of the reactor)."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from twisted.application.service import IService, MultiService
from twisted.logger import ILogObserver
from twisted.python import usage
from twisted.python.logfile import LogFile

from portero import logs
from portero.config import ConfigError, Loaded, Settings, find_config, load

EX_CONFIG = 78
"""sysexits.h: "something was found in an unconfigured or misconfigured state"; systemd is told not
to try again."""


class Options(usage.Options):
    """Options of ``twistd portero``."""

    synopsis = "[--config FILE]"
    longdesc = (
        "The AI doorman for Asterisk. Settings are read from --config, else $PORTERO_CONFIG, else "
        "./config.yaml, else /etc/portero/config.yaml; `portero check` says what is wrong in them. "
        "Run it in the foreground with `twistd -n portero`. SIGHUP reads the settings again, "
        "SIGTERM lets the calls end first, a second one does not."
    )
    optParameters = [["config", "c", None, "The settings, a YAML file."]]

    settings: Settings
    file: Path | None = None

    def postOptions(self) -> None:
        """Read the settings before twistd goes into the background, so that errors are seen."""
        found = find_config(self["config"], os.environ)
        self.file = None if found is None else found.absolute()  # twistd may change the folder
        try:
            loaded = self.read()
        except ConfigError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(EX_CONFIG) from None
        for warning in loaded.warnings:
            sys.stderr.write(f"{warning}\n")
        self.settings = loaded.settings

    def read(self) -> Loaded:
        """The settings as they are now. Raises ConfigError."""
        return load(self.file, os.environ)


def makeService(options: Options) -> IService:
    """The service that twistd runs."""
    from twisted.internet import reactor

    from portero.service import PorteroService
    from portero.service.signals import take_signals

    # Twisted tells time by the wall clock: a step of NTP would stop or fire every timer, the beat
    # of the sound included.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    service = PorteroService(
        options.settings,
        reactor,
        read=options.read,
        config_file=str(options.file or ""),
        environ=os.environ,
    )
    take_signals(reactor, drain=service.drain, reload=service.reload)
    return _Logged(service, options, reactor)


class _Logged(MultiService):
    """Has twistd write the log as the settings want it, unless --logger or --syslog say otherwise.

    Where it goes is as with twistd: --logfile, else the terminal, else twistd.log.
    """

    def __init__(self, service: IService, options: Options, reactor: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        service.setServiceParent(self)
        self._reactor = reactor
        self._twistd: Any = options.parent or {}
        self._format = options.settings.log.format

    def setServiceParent(self, parent: Any) -> None:
        """twistd asks its application for an observer after it has taken us into it."""
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]
        if not self._is_twistds_own():
            observer = logs.observer(self._format, os.environ, self._stream())
            parent.setComponent(ILogObserver, observer)

    def _is_twistds_own(self) -> bool:
        """Another way to log was asked for, or one that twistd refuses; or it is not twistd.

        `twist` (`python -m twisted`) stays in the foreground, and asks its application for nothing.
        """
        if "nodaemon" not in self._twistd:
            return True
        refused = self._twistd.get("logfile") == "-" and not self._twistd.get("nodaemon")
        return bool(self._twistd.get("syslog") or self._twistd.get("logger") or refused)

    def _stream(self) -> Any:
        """Where twistd would write to."""
        file = self._twistd.get("logfile")
        if file == "-" or (self._twistd.get("nodaemon") and not file):
            return sys.stdout
        rotated = LogFile.fromFullPath(file or "twistd.log")
        if not signal.getsignal(signal.SIGUSR1):  # twistd's own way to have the file rotated
            signal.signal(signal.SIGUSR1, lambda *_: self._reactor.callFromThread(rotated.rotate))
        return rotated

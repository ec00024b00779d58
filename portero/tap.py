"""``twistd portero``: reads the settings and makes the service (the only user of the reactor)."""

from __future__ import annotations

import os
import sys
import time

from twisted.application.service import IService
from twisted.python import usage

from portero.config import ConfigError, Settings, find_config, load


class Options(usage.Options):
    """Options of ``twistd portero``."""

    synopsis = "[--config FILE]"
    longdesc = (
        "The AI doorman for Asterisk. Settings are read from --config, else $PORTERO_CONFIG, else "
        "./config.yaml, else /etc/portero/config.yaml; `portero check` says what is wrong in them. "
        "Run it in the foreground with `twistd -n portero`."
    )
    optParameters = [["config", "c", None, "The settings, a YAML file."]]

    settings: Settings

    def postOptions(self) -> None:
        """Read the settings before twistd goes into the background, so that errors are seen."""
        try:
            loaded = load(find_config(self["config"], os.environ), os.environ)
        except ConfigError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(1) from None
        for warning in loaded.warnings:
            sys.stderr.write(f"{warning}\n")
        self.settings = loaded.settings


def makeService(options: Options) -> IService:
    """The service that twistd runs."""
    from twisted.internet import reactor

    from portero.service import PorteroService

    # Twisted tells time by the wall clock: a step of NTP would stop or fire every timer, the beat
    # of the sound included.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    return PorteroService(options.settings, reactor)

"""What operators set: records, recording, cost, the console and the log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from portero import limits
from portero.config.section import Section
from portero.config.units import Host, UrlPath

SocketPath = Literal[""] | UrlPath
"""An absolute path without spaces, or nothing."""


class RecordSettings(Section):
    """What stays of a call when it is over."""

    keep_days: int = Field(default=90, ge=1, le=limits.KEEP_DAYS_MAX)
    """Days until the record of a call is forgotten (the ledger has registry.keep_days)."""
    transcript: Literal["full", "redacted", "none"] = "full"
    """full; redacted: without numbers, plates and names; none: nothing that was said."""
    callers: Literal["full", "masked"] = "full"
    """masked: only the last two digits of the caller's number, no caller's name."""


class RecordingSettings(Section):
    """Recording of the sound by Asterisk's MixMonitor, after a spoken notice."""

    enabled: bool = False
    """Record the calls; ask a lawyer what the law of the place wants."""
    notice: str = Field(default="", max_length=limits.NOTICE_CHARS)
    """What visitors are told first; empty: the sentence that portero brings along."""
    format: Literal["wav", "wav16", "gsm"] = "wav"
    """File format; wav16 is wideband."""
    folder: Literal[""] | UrlPath = ""
    """Folder as Asterisk sees it; none: Asterisk's own for recordings (monitor)."""


class ConsoleSettings(Section):
    """Where the running daemon is asked how it is."""

    interface: Host = "127.0.0.1"
    """Address of /health and /metrics; they tell nothing about anybody."""
    port: Annotated[int, Field(ge=0, le=limits.PORT_MAX)] = 4576
    """TCP port of /health and /metrics; 0: none."""
    socket: SocketPath = ""
    """Unix socket of `portero status`, `calls`, `reload` …; none: control.sock in the service's
    runtime folder (/run/portero), else portero.sock in its working folder."""


class LogSettings(Section):
    """How the log is written."""

    format: Literal["auto", "text", "json", "journal"] = "auto"
    """auto: fields for the journal under systemd, else text; json: one object a line."""

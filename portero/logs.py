"""How the log is written: twistd's text, an object of JSON for each line, or the journal's fields.

Only an event's message, its call and its tenant are written: other fields may be anything. What
visitors say and phones send stands in messages: nothing of it is an order to a terminal.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TextIO

from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    ILogFilterPredicate,
    ILogObserver,
    LogEvent,
    LogLevel,
    PredicateResult,
    eventAsText,
    formatEvent,
    formatEventAsClassicLogText,
)
from zope.interface import implementer, provider

from portero.limits import JOURNAL_SECONDS, LOG_MESSAGE_BYTES

JOURNAL: Final = Path("/run/systemd/journal/socket")

# syslog(3)
_PRIORITIES: Final = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}
# Twisted tells of each connection that a request opens: twice, and nothing that helps anybody.
_NOISE: Final = "twisted.web.client._HTTP11ClientFactory"
# Orders to terminals (C0, DEL, C1), lines that only some readers see, and letters that run the
# other way (all that Unicode's PropList.txt calls Bidi_Control).
_ORDERS: Final = (
    *(code for code in range(0x20) if chr(code) not in "\n\t"),
    *range(0x7F, 0xA0),
    0x061C,
    *range(0x200E, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
)
_HARMLESS: Final = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _ORDERS
}
_IN_JSON: Final = {code: f"\\u{code:04x}" for code in _ORDERS}


def kind(log_format: str, environ: Mapping[str, str], stream: TextIO) -> str:
    """text, json or journal: `log_format` (log.format), where auto looks for itself."""
    if log_format != "auto":
        return log_format
    return "journal" if _goes_to_journal(environ, stream) else "text"


def observer(
    log_format: str, environ: Mapping[str, str], stream: TextIO, journal: Path = JOURNAL
) -> ILogObserver:
    """Writes the log as `log_format` (log.format) wants it; `stream`: where text and JSON go."""
    return FilteringLogObserver(_writer(log_format, environ, stream, journal), [_is_news])


@provider(ILogFilterPredicate)
def _is_news(event: LogEvent) -> Any:
    """Not LogLevelFilterPredicate: that drops what has no level."""
    noise = event.get("log_namespace") == _NOISE and _level(event) is LogLevel.info
    return PredicateResult.no if noise else PredicateResult.maybe


def _writer(
    log_format: str, environ: Mapping[str, str], stream: TextIO, journal: Path
) -> ILogObserver:
    encoding = getattr(stream, "encoding", None) or "utf-8"  # twistd's log file has none
    text = FileLogObserver(stream, partial(as_text, encoding=encoding))
    match kind(log_format, environ, stream):
        case "json":
            return FileLogObserver(stream, as_json)
        case "journal":
            return JournalObserver(journal, text)
    return text


def as_text(event: LogEvent, encoding: str = "utf-8") -> str | None:
    """A line as twistd writes it; the lines of a traceback belong to it, and begin with a tab."""
    line = formatEventAsClassicLogText(_on_one_line(event))
    if line is None:
        return None
    return line.translate(_HARMLESS).encode(encoding, "backslashreplace").decode(encoding)


def _on_one_line(event: LogEvent) -> LogEvent:
    """What a visitor says in two lines is one event; Twisted's older parts print tracebacks so."""
    told = formatEvent(event)
    if "\n" not in told or event.get("isError"):
        return event
    return {**event, "log_format": "{log_told}", "log_told": told.strip().replace("\n", "\\n")}


def as_json(event: LogEvent) -> str:
    """A line for an event.

    ``{"time": "2026-11-23T01:10:46.120+00:00", "level": "info", "system": "portero.call",
    "call": "5f2c…", "tenant": "lomas", "message": "…", "traceback": "…"}``; what an event does not
    have is left out.
    """
    written = {
        "time": datetime.fromtimestamp(event["log_time"], UTC).isoformat(timespec="milliseconds"),
        "level": _level(event).name,
        "system": _system(event),
        "call": event.get("call"),
        "tenant": event.get("tenant"),
        "message": _cut(formatEvent(event)),
        "traceback": _cut(_traceback(event)) or None,
    }
    told = {name: value for name, value in written.items() if value is not None}
    line = json.dumps(told, ensure_ascii=False, default=str).translate(_IN_JSON) + "\n"
    return line.encode("utf-8", "backslashreplace").decode()  # half a character is no UTF-8


@implementer(ILogObserver)
class JournalObserver:
    """Sends each event to journald as one record with fields (systemd's JOURNAL_NATIVE_PROTOCOL).

    Where no journald is, `otherwise` writes it. A journald that hangs keeps the sound waiting for
    `JOURNAL_SECONDS` once; lines that it does not take are lost, and counted in the next.
    """

    def __init__(self, path: Path, otherwise: ILogObserver) -> None:
        self._path = os.fspath(path)
        self._otherwise = otherwise
        self._lost = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # Not `settimeout`: that polls, and poll(2) sees no room once a quarter of it is used.
        patience = struct.pack("@ll", 0, round(JOURNAL_SECONDS * 1e6))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)

    def __call__(self, event: LogEvent) -> None:
        """Write an event."""
        impatient = socket.MSG_DONTWAIT if self._lost else 0
        try:
            self._socket.sendto(as_record(event, self._lost), impatient, self._path)
        except BlockingIOError:
            self._lost += 1
        except OSError:
            self._otherwise(event)
        else:
            self._lost = 0


def as_record(event: LogEvent, lost: int = 0) -> bytes:
    """A datagram for journald; `journalctl PORTERO_CALL=…` finds it."""
    text = eventAsText(event, includeTimestamp=False, includeSystem=False)
    if lost:
        text = f"{text} ({lost} lines before this one were lost)"
    fields = {
        "MESSAGE": _cut(text.translate(_HARMLESS)),
        "PRIORITY": _PRIORITIES[_level(event)],
        "SYSLOG_IDENTIFIER": "portero",
        "PORTERO_SYSTEM": _system(event),
        "PORTERO_CALL": event.get("call"),
        "PORTERO_TENANT": event.get("tenant"),
    }
    return b"".join(_field(name, value) for name, value in fields.items() if value is not None)


def _field(name: str, value: object) -> bytes:
    """With its length before it: a line of a visitor's words must not become a field."""
    encoded = str(value).encode("utf-8", "backslashreplace")
    return b"%s\n%s%s\n" % (name.encode(), len(encoded).to_bytes(8, "little"), encoded)


def _level(event: LogEvent) -> Any:
    return event.get("log_level") or LogLevel.info


def _system(event: LogEvent) -> Any:
    """Who tells it; Twisted's older parts don't say."""
    namespace = event.get("log_namespace")
    return None if namespace == "log_legacy" else namespace


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return "" if failure is None else str(failure.getTraceback())


def _cut(text: str) -> str:
    """At most LOG_MESSAGE_BYTES of it."""
    encoded = text.encode("utf-8", "backslashreplace")
    if len(encoded) <= LOG_MESSAGE_BYTES:
        return text
    return encoded[: LOG_MESSAGE_BYTES - len("…".encode())].decode("utf-8", "ignore") + "…"


def _goes_to_journal(environ: Mapping[str, str], stream: TextIO) -> bool:
    """systemd.exec(5): device and inode of the journal's stream, of stderr where both go there."""
    wanted = environ.get("JOURNAL_STREAM")
    return wanted is not None and wanted in (_identity(stream), _identity(sys.stderr))


def _identity(stream: TextIO) -> str | None:
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return None
    return f"{status.st_dev}:{status.st_ino}"

"""Having the real Asterisk make a call whose sound comes to us: by AMI, or on its console."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portero.asterisk.amiactions import AMIActions
from portero.errors import PorteroError
from portero.limits import CONSOLE_COMMAND_SECONDS
from portero.messages import text

_SAFE: Final = re.compile(r"[0-9A-Za-z*#+_-]{1,40}")
"""What a number, an extension, a context is made of: no comma, no `@`, no line end, no `${`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A channel whose sound goes to `host:port`, and where the dialplan takes it.

    `sound`: a format of Asterisk's UnicastRTP. `caller`: their number (AMI only).
    """

    port: int
    host: str = "127.0.0.1"
    sound: str = "slin16"
    context: str = "portero"
    exten: str = "s"
    caller: str = ""

    @property
    def dialled(self) -> str:
        """What Asterisk is to call."""
        return f"UnicastRTP/{self.host}:{self.port}/c({self.sound})"

    @property
    def channel_begins(self) -> str:
        """How the channel's name begins: the rest is Asterisk's own (chan_rtp.c)."""
        return f"UnicastRTP/{self.host}:{self.port}-"


def check(origin: Origin, language: str) -> None:
    """Raises PorteroError for what is no number or name: nothing else gets to Asterisk."""
    for given in (origin.context, origin.exten, origin.caller):
        if given and not _SAFE.fullmatch(given):
            raise PorteroError(text("originate_bad_number", language, value=given[:40]))


async def originate(ami: AMIActions, origin: Origin, *, seconds: float = 10.0) -> None:
    """Make the call over AMI; returns once the channel is up and in the dialplan.

    Raises:
        AMIPermissionDenied: the AMI user has no `originate` in its `write=`.
        AMICommandFailure: Asterisk can't (its text says why), or is gone.
    """
    await ami.originate(
        origin.dialled,
        context=origin.context,
        exten=origin.exten,
        priority=1,
        timeout=seconds,
        callerid=f'"portero call" <{origin.caller}>' if origin.caller else None,
    )


def console_originate(
    origin: Origin, language: str, *, command: Sequence[str] = ("asterisk",)
) -> None:
    """Make the call with `asterisk -rx`, as root and members of Asterisk's group may (blocks).

    `command` runs Asterisk's console where that is elsewhere (a container). The console can set
    no caller.

    Raises:
        PorteroError: no such command, or it does not get through to Asterisk.
    """
    asterisk_console(
        f"channel originate {origin.dialled} extension {origin.exten}@{origin.context}",
        language,
        command=command,
    )


def asterisk_console(line: str, language: str, *, command: Sequence[str] = ("asterisk",)) -> str:
    """What Asterisk's console answers to `line` (blocks).

    Raises:
        PorteroError: no such command, or it does not get through to Asterisk.
    """
    try:
        done = subprocess.run(
            [*command, "-rx", line],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=CONSOLE_COMMAND_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _no_console(command, why, language) from None
    said = (done.stdout + done.stderr).strip()
    if done.returncode:
        raise _no_console(command, said.splitlines()[-1] if said else "-", language)
    return done.stdout


def _no_console(command: Sequence[str], why: str, language: str) -> PorteroError:
    return PorteroError(text("originate_no_console", language, command=" ".join(command), why=why))

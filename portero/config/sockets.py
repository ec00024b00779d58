"""Where the control socket lies, for the daemon that makes it and for commands that seek it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from portero.config.operations import ConsoleSettings

SERVICE: Final = Path("/run/portero/control.sock")
"""What the packaged systemd unit makes (RuntimeDirectory=portero)."""
WORKING_FOLDER: Final = Path("portero.sock")


def control_socket(settings: ConsoleSettings, environ: Mapping[str, str]) -> Path:
    """What the daemon makes: `console.socket`, else in systemd's runtime folder, else here."""
    if settings.socket:
        return Path(settings.socket)
    return _runtime(environ) or WORKING_FOLDER


def control_sockets(
    settings: ConsoleSettings | None, environ: Mapping[str, str]
) -> tuple[Path, ...]:
    """What a command tries, in this order; without settings (it may not read them), as usual."""
    if settings is not None and settings.socket:
        return (Path(settings.socket),)
    runtime = _runtime(environ)
    tried = ((runtime,) if runtime else ()) + (SERVICE, WORKING_FOLDER)
    return tuple(dict.fromkeys(tried))


def _runtime(environ: Mapping[str, str]) -> Path | None:
    """systemd.exec(5): several folders are separated by colons; ours is the first."""
    folder = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) / "control.sock" if folder else None

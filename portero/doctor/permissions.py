"""The doctor's look at files: secrets that others can read, a database that portero can't write."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from portero.config.document import CREDENTIALS
from portero.config.fields import is_password
from portero.config.loader import Loaded
from portero.doctor.findings import Finding, Level

SECRETS: Final = "files.secrets"
CONFIG: Final = "files.config"
DATABASE: Final = "files.database"

_TOO_OPEN: Final = stat.S_IRWXO | stat.S_IWGRP  # beyond 0640: everybody, or the group may write


def look_at_files(loaded: Loaded, config: Path | None, *, user: str = "") -> list[Finding]:
    """`config`: the settings file; `user`: that of the service, "" where there is none."""
    secret = list(_secret_files(loaded, config))
    findings = [_open(file, user) for file in secret if file.exists() and _is_open(file)]
    if secret and not findings:
        values = {"count": len(secret)}
        findings = [Finding(SECRETS, Level.GREEN, "doctor_secrets_kept", values)]
    return [*findings, *_config(config, user), *_database(loaded.settings.registry.url, user)]


def _config(config: Path | None, user: str) -> list[Finding]:
    """What root can read, and the service can't, is only found out at its start."""
    if config is None or not user or may(config, user, stat.S_IROTH):
        return []
    values = {"file": str(config), "user": user, "command": _kept(config, user)}
    return [Finding(CONFIG, Level.RED, "doctor_config_shut", values, "doctor_cure_secret")]


def _secret_files(loaded: Loaded, config: Path | None) -> Iterator[Path]:
    """The settings, if a secret stands in them, and what `!file` and `!credential` name."""
    if config is None:
        return
    written = [path for path in loaded.places if is_password(path) and path not in loaded.sealed]
    if any(isinstance(_value(loaded, path), str) for path in written):
        yield config
    for how in sorted(set(loaded.sealed.values())):
        kind, _, name = how.partition(" ")
        if kind == "!file":
            yield config.parent / name
    folder = config.parent / CREDENTIALS
    if os.access(folder, os.R_OK | os.X_OK):
        yield from sorted(file for file in folder.iterdir() if file.is_file())


def _value(loaded: Loaded, path: tuple[object, ...]) -> object:
    """What stands at a path of the settings; a secret as text, anything else as it is."""
    value: object = loaded.settings
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, tuple) and isinstance(step, int):
            value = value[step]
        else:
            value = getattr(value, str(step), None)
    reveal = getattr(value, "get_secret_value", None)
    return value if reveal is None else reveal()


def _is_open(file: Path) -> bool:
    return bool(file.stat().st_mode & _TOO_OPEN)


def _open(file: Path, user: str) -> Finding:
    mode = f"{stat.S_IMODE(file.stat().st_mode):04o}"
    values = {"file": str(file), "mode": mode, "command": _kept(file, user)}
    return Finding(SECRETS, Level.RED, "doctor_secret_open", values, "doctor_cure_secret")


def _kept(file: Path, user: str) -> str:
    """What keeps a file to root and the service; credentials are root's alone (LoadCredential=)."""
    if file.parent.name == CREDENTIALS:
        return f"chmod 600 {file}"
    return f"chgrp {user} {file} && chmod 640 {file}" if user else f"chmod 640 {file}"


def _database(url: str, user: str) -> list[Finding]:
    """SQLite's file and its folder, in which it makes two more, belong to the service's user."""
    parsed = make_url(url)
    if not user or parsed.get_backend_name() != "sqlite" or not parsed.database:
        return []
    file = Path(parsed.database).absolute()
    for path in (file.parent, file):
        if path.exists() and not may(path, user, stat.S_IWOTH):
            values = {"file": str(path), "user": user, "owner": path.owner()}
            cure = "doctor_cure_database_owner"
            return [Finding(DATABASE, Level.RED, "doctor_database_owner", values, cure)]
    values = {"file": str(file), "user": user}
    return [Finding(DATABASE, Level.GREEN, "doctor_database_own", values)]


def may(path: Path, user: str, wanted: int) -> bool:
    """By owner, groups and mode; wanted: a right as others have it, S_IROTH or S_IWOTH."""
    try:
        who = pwd.getpwnam(user)
    except KeyError:
        return False
    what = path.stat()
    if who.pw_uid == 0:
        return True
    if what.st_uid == who.pw_uid:
        return bool(what.st_mode & wanted << 6)
    if what.st_gid in os.getgrouplist(user, who.pw_gid):
        return bool(what.st_mode & wanted << 3)
    return bool(what.st_mode & wanted)

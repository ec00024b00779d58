"""Files as `portero init` finds and leaves them: read whole, written at once or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from portero.errors import PorteroError
from portero.install.planning import FileChange, Owner, Shipped

_FOLDER_MODES: Final = {Owner.READ_BY_PORTERO: 0o750, Owner.ROOT: 0o755}
USER: Final = "portero"


class CanNotWrite(PorteroError):
    """A file can't be read or written; `path` and `reason` say which and why."""

    def __init__(self, path: str, error: OSError) -> None:
        self.path = path
        self.reason = error.strerror or type(error).__name__
        self.is_permission = isinstance(error, PermissionError)
        super().__init__(f"{path}: {self.reason}")


@dataclass(frozen=True, slots=True)
class Owners:
    """The numbers of portero's user and group; None: there is no such user (yet)."""

    user: int
    group: int


def shipped() -> Shipped:
    """What portero brings along."""
    folder = resources.files("portero.install") / "samples"

    def text(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    return Shipped(
        settings=text("config.yaml"),
        dialplan=text("extensions_portero.conf"),
        manager=text("manager_portero.conf"),
        unit=text("portero.service"),
        sysusers=text("sysusers.conf"),
    )


def read_existing(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """The texts of those files that are there; what is no UTF-8 in them comes through unharmed.

    Raises:
        CanNotWrite: one can't be read.
    """
    found = {}
    for path in paths:
        try:
            content = below(root, path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise CanNotWrite(path, error) from None
        found[path] = content.decode("utf-8", "surrogateescape")
    return found


def links(root: Path, paths: Iterable[str]) -> list[str]:
    """Those that are symbolic links: they are not followed, for root would write anywhere."""
    return [path for path in paths if below(root, path).is_symlink()]


def is_folder(root: Path, path: str) -> bool:
    """Whether there is such a folder.

    Raises:
        CanNotWrite: nobody may look.
    """
    try:
        return below(root, path).is_dir()
    except OSError as error:
        raise CanNotWrite(path, error) from None


def below(root: Path, path: str) -> Path:
    """An absolute path of the installed system, below `root`."""
    return root / path.lstrip("/")


def portero_user(root: Path) -> Owners | None:
    """portero's user as /etc/passwd below `root` knows it."""
    try:
        lines = (root / "etc/passwd").read_text(errors="replace").splitlines()
    except OSError:
        return None
    for fields in (line.split(":") for line in lines):
        if fields[0] == USER and len(fields) > 3:
            return Owners(int(fields[2]), int(fields[3]))
    return None


def write(root: Path, change: FileChange, owners: Owners | None) -> None:
    """Writes a file beside its old self and puts it in its place; the old one stays till then.

    Raises:
        CanNotWrite: nothing was changed.
    """
    try:
        path = below(root, change.path)
        _make_folder(path.parent, change, owners)
        _replace(path, change, owners)
    except OSError as error:
        raise CanNotWrite(change.path, error) from None


def make_folder(root: Path, path: str, mode: int) -> None:
    """A folder of the service's, for commands before the first start, which makes it portero's.

    systemd.exec(5), StateDirectory=: a folder of another owner is given to User= with all in it.
    """
    folder = below(root, path)
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(mode)
    except OSError as error:
        raise CanNotWrite(path, error) from None


def make_database(root: Path, path: str, owners: Owners | None) -> None:
    """An empty database of portero's own: one that a command of root's makes would be root's.

    SQLite takes an empty file for a new database, and gives its other files the same owner.
    """
    try:
        made = os.open(below(root, path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
    except FileExistsError:
        return
    except OSError as error:
        raise CanNotWrite(path, error) from None
    os.fchmod(made, 0o640)
    if owners is not None and _is_root():
        os.fchown(made, owners.user, owners.group)
    os.close(made)


def _make_folder(folder: Path, change: FileChange, owners: Owners | None) -> None:
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    # A folder of secrets lies in portero's own, which others can't enter.
    folder.chmod(0o700 if change.secret else _FOLDER_MODES[change.owner])
    if change.owner is Owner.READ_BY_PORTERO and owners is not None and _is_root():
        os.chown(folder, 0, owners.group)


def _replace(path: Path, change: FileChange, owners: Owners | None) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(change.text.encode("utf-8", "surrogateescape"))
            file.flush()
            _give(file.fileno(), path, change, owners)
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise


def _give(file: int, path: Path, change: FileChange, owners: Owners | None) -> None:
    """Owner and mode of the new file, before it has its name.

    By its number, not by its name: Asterisk's folder is asterisk's, who could put a link there.
    """
    mode, user, group = change.mode, 0, 0
    if change.owner is Owner.AS_IT_IS:
        there = path.lstat() if path.exists() else path.parent.stat()
        user, group = there.st_uid, there.st_gid
        mode = there.st_mode & 0o7777 if path.exists() else mode
    elif change.owner is Owner.READ_BY_PORTERO and owners is not None:
        group = owners.group
    if _is_root():
        os.fchown(file, user, group)
    os.fchmod(file, mode)


def _is_root() -> bool:
    return os.geteuid() == 0

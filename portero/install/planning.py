"""Answers in, files out: what `portero init` would write, and what it must not (pure)."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from portero.config.schema import json_schema
from portero.install import snippets
from portero.install.answers import Answers, AsteriskSide
from portero.install.settingsfile import secrets, settings_file
from portero.install.unit import unit_file

EXTENSIONS: Final = "extensions_custom.conf"
MANAGER: Final = "manager_custom.conf"
SCHEMA: Final = "portero.schema.json"
# Asterisk's own files that are read to see what is there already; none of them is written.
LOOKED_AT: Final = (
    *("extensions.conf", "extensions_override_freepbx.conf", "extensions_additional.conf"),
    *("manager.conf", "manager_additional.conf"),
)
_LEADS_TO: Final = {EXTENSIONS: "extensions.conf", MANAGER: "manager.conf"}


class Owner(Enum):
    """Whose a file is to be."""

    ROOT = "root"
    """root:root"""
    READ_BY_PORTERO = "portero"
    """root:portero"""
    AS_IT_IS = "as it is"
    """Its owner and mode stay; a new file gets those of its folder's owner."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What portero brings along: the texts of `portero/install/samples`."""

    settings: str
    dialplan: str
    manager: str
    unit: str
    sysusers: str


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things go; absolute paths as the installed system sees them.

    `program`: twistd of this installation. `unit` is empty where the Debian package has brought
    unit and user along.
    """

    settings: str = "/etc/portero"
    asterisk: str = "/etc/asterisk"
    unit: str = "/etc/systemd/system"
    sysusers: str = "/etc/sysusers.d"
    program: str = "/opt/venvs/portero/bin/twistd"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it is to be; `before` is None where there is none.

    `secret`: its text is never shown. `generated`: nobody writes into it by hand.
    """

    path: str
    text: str = field(repr=False)
    before: str | None = field(repr=False)
    owner: Owner
    mode: int
    secret: bool = False
    generated: bool = False

    @property
    def changes(self) -> bool:
        return self.text != self.before

    @property
    def loses(self) -> bool:
        """Whether what is there now would be gone: an addition at the end loses nothing."""
        if self.before is None or self.generated or not self.changes:
            return False
        return self.secret or not self.text.startswith(self.before)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing can be written, or (as a warning) what else there is to do: a message's key."""

    key: str
    values: Mapping[str, object]
    warning: bool = False


def plan(
    answers: Answers, existing: Mapping[str, str], folders: Folders, shipped: Shipped
) -> tuple[FileChange, ...]:
    """All the files, those that stay as they are included; `existing`: path to text.

    Raises:
        BadMarks: see `obstacles`, which is asked first.
    """

    def change(
        path: str, text: str, owner: Owner, mode: int, *, secret: bool = False, schema: bool = False
    ) -> FileChange:
        return FileChange(path, text, existing.get(path), owner, mode, secret, schema)

    home = folders.settings
    changes = []
    if folders.unit:
        unit = unit_file(shipped.unit, folders.program, home)
        sysusers = f"{folders.sysusers}/portero.conf"
        changes += [
            change(sysusers, shipped.sysusers, Owner.ROOT, 0o644),
            change(f"{folders.unit}/portero.service", unit, Owner.ROOT, 0o644),
        ]
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    settings = settings_file(shipped.settings, answers)
    changes += [
        change(f"{home}/{SCHEMA}", schema, Owner.READ_BY_PORTERO, 0o644, schema=True),
        change(f"{home}/config.yaml", settings, Owner.READ_BY_PORTERO, 0o640),
    ]
    for name, value in secrets(answers):
        file = f"{home}/credentials/{name}"
        changes.append(change(file, f"{value}\n", Owner.ROOT, 0o600, secret=True))
    return (*changes, *plan_snippets(answers.side, existing, folders, shipped))


def plan_snippets(
    side: AsteriskSide, existing: Mapping[str, str], folders: Folders, shipped: Shipped
) -> tuple[FileChange, ...]:
    """Asterisk's files alone.

    Raises:
        BadMarks: see `obstacles`, which is asked first.
    """
    blocks = {
        EXTENSIONS: snippets.dialplan_block(shipped.dialplan, side),
        MANAGER: snippets.manager_block(shipped.manager, side),
    }
    changes = []
    for name, block in blocks.items():
        path = f"{folders.asterisk}/{name}"
        before = existing.get(path)
        text = snippets.put_block(before or "", block)
        changes.append(FileChange(path, text, before, Owner.AS_IT_IS, 0o640))
    return tuple(changes)


def obstacles(existing: Mapping[str, str], asterisk: str) -> Iterator[Obstacle]:
    """What is in the way in Asterisk's folder: all of it, each with file and line."""
    for name, reader in _LEADS_TO.items():
        path, leader = f"{asterisk}/{name}", f"{asterisk}/{reader}"
        try:
            snippets.block_of(existing.get(path, ""))
        except snippets.BadMarks as bad:
            values = {"file": path, "line": bad.line, "begin": snippets.BEGIN, "end": snippets.END}
            yield Obstacle("init_marks", values)
            continue
        if leader in existing and not snippets.includes(existing[leader], name):
            yield Obstacle("init_not_included", {"file": leader, "name": name}, warning=True)
    for name in (EXTENSIONS, MANAGER, *LOOKED_AT):
        path = f"{asterisk}/{name}"
        try:
            line = snippets.other_portero(existing.get(path, ""))
        except snippets.BadMarks:
            continue  # told above
        if line:
            yield Obstacle("init_there_already", {"file": path, "line": line})


def difference(change: FileChange) -> list[str]:
    """The unified difference, line by line, without secrets."""
    if change.secret:
        return []
    lines = difflib.unified_diff(
        _lines(change.before or ""),
        _lines(change.text),
        change.path if change.before is not None else "/dev/null",
        change.path,
        lineterm="",
    )
    return [_shown(snippets.without_secrets(line)) for line in lines]


def _shown(line: str) -> str:
    """Without what moves a terminal's cursor, and without bytes that are no UTF-8."""
    return "".join(char if char.isprintable() or char == "\t" else "�" for char in line)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []

"""Putting an import file into the registry: all of it or nothing, and again without harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from portero.limits import IMPORT_FILE_BYTES
from portero.registry.importfile import BadImport, Located, Mistake, read_import
from portero.registry.importplan import Lives, Plan
from portero.registry.rows import AuthorizationRow, PlateRow, ResidentRow, Row, UnitRow
from portero.registry.store import Registry
from portero.registry.tables import authorizations, residents, units, vehicles

# Each needs those before it.
_ORDER: Final[tuple[type[Row], ...]] = (UnitRow, ResidentRow, AuthorizationRow, PlateRow)


def import_file(
    registry: Registry, tenant: str, path: Path, *, replace: bool = False
) -> Mapping[str, int]:
    """Import `path` for `tenant`; how many rows of each table it has. Blocks.

    replace: residents and authorisations that the file does not have stop being valid. Raises
    BadImport with every mistake, OSError when the file can't be read.
    """
    with path.open("rb") as file:
        data = file.read(IMPORT_FILE_BYTES + 1)
    if len(data) > IMPORT_FILE_BYTES:
        raise BadImport(
            [Mistake(1, "file_too_large", {"name": path.name, "most": IMPORT_FILE_BYTES})]
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadImport([Mistake(line, "file_not_text", {"name": path.name})]) from None
    rows = read_import(text, path.suffix)
    return registry.work(put_rows, tenant, rows, replace=replace)


def put_rows(
    connection: Connection, tenant: str, located: Iterable[Located], *, replace: bool = False
) -> Mapping[str, int]:
    """Write checked rows, in the order in which they need each other."""
    plan = Plan(tenant, [] if replace else _known_residents(connection, tenant))
    for item in sorted(located, key=lambda item: _ORDER.index(type(item.row))):
        plan.add(item.line, item.row)
    if plan.mistakes:
        raise BadImport(plan.mistakes)
    if replace:
        for table in (authorizations, residents):
            connection.execute(update(table).where(table.c.tenant == tenant).values(active=False))
        connection.execute(delete(vehicles).where(vehicles.c.tenant == tenant))
    for table, row in plan.rows:
        _put(connection, table, row)
    return Counter(table.name for table, _ in plan.rows)


def _known_residents(connection: Connection, tenant: str) -> list[Lives]:
    query = (
        select(residents.c.id, units.c.unit_key, residents.c.name)
        .join(units, and_(units.c.tenant == residents.c.tenant, units.c.id == residents.c.unit_id))
        .where(residents.c.tenant == tenant, residents.c.active.is_(True))
    )
    return [Lives(*row) for row in connection.execute(query)]


def _put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    # Keys stay out of it: setting one, even to what it is, has the database look for its children.
    values = {name: value for name, value in row.items() if name not in ("id", "tenant")}
    changed = connection.execute(update(table).where(table.c.id == row["id"]).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(table).values(row))

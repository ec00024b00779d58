"""From the rows of a file to the rows of the tables, with whatever does not fit together (pure).

A row's id follows from what it is about, so that importing it again finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Table

from portero.registry.importfile import Mistake
from portero.registry.names import name_key, names_agree, plate_key, unit_key
from portero.registry.rows import AuthorizationRow, PlateRow, ResidentRow, Row, UnitRow
from portero.registry.tables import authorizations, residents, units, vehicles


@dataclass(frozen=True, slots=True)
class Lives:
    """A resident, by id, and the unit where they live."""

    resident_id: str
    unit_key: str
    name: str


class Plan:
    """What an import will write; give it units and residents before those who name them."""

    def __init__(self, tenant: str, known: list[Lives]) -> None:
        self.mistakes: list[Mistake] = []
        self._tenant = tenant
        self._homes: dict[str, dict[str, Lives]] = {}
        for resident in known:
            self._lives(resident)
        self._rows: dict[str, tuple[Table, dict[str, Any]]] = {}
        self._lines: dict[str, int] = {}

    @property
    def rows(self) -> list[tuple[Table, dict[str, Any]]]:
        """Table and row, each after the rows that it needs."""
        return list(self._rows.values())

    def add(self, line: int, row: Row) -> None:
        """Take one row of the file in; what is wrong with it goes to `mistakes`."""
        if isinstance(row, UnitRow):
            self._put(line, units, (unit_key(row.unit),), **self._unit(row.unit, row.building))
        elif isinstance(row, ResidentRow):
            self._add_resident(line, row)
        elif isinstance(row, AuthorizationRow):
            self._add_authorization(line, row)
        elif isinstance(row, PlateRow):
            self._add_plate(line, row)

    def _add_resident(self, line: int, row: ResidentRow) -> None:
        place = unit_key(row.unit)
        unit_id = self._id(units, (place,))
        if unit_id not in self._rows:
            self._rows[unit_id] = (units, self._row(unit_id, **self._unit(row.unit)))
        resident_id = self._put(
            line,
            residents,
            (place, name_key(row.name)),
            unit_id=unit_id,
            name=row.name,
            name_key=name_key(row.name),
            phone=row.phone,
            whatsapp=row.whatsapp,
            extension=row.extension,
            active=True,
        )
        self._lives(Lives(resident_id, place, row.name))

    def _add_authorization(self, line: int, row: AuthorizationRow) -> None:
        resident_id = self._resident(line, row.unit, row.resident)
        if resident_id is None:
            return
        plate = plate_key(row.plate) if row.plate else None
        self._put(
            line,
            authorizations,
            (resident_id, name_key(row.name), plate or "", _stamp(row.valid_from)),
            resident_id=resident_id,
            name=row.name,
            name_key=name_key(row.name),
            plate=row.plate,
            plate_key=plate,
            id_number=row.id_number,
            id_key=plate_key(row.id_number) if row.id_number else None,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            gates=None if row.gates is None else list(row.gates),
            uses=row.uses,
            active=True,
        )

    def _add_plate(self, line: int, row: PlateRow) -> None:
        resident_id = self._resident(line, row.unit, row.resident)
        if resident_id is not None:
            key = plate_key(row.plate)
            self._put(
                line, vehicles, (key,), resident_id=resident_id, plate=row.plate, plate_key=key
            )

    def _lives(self, resident: Lives) -> None:
        self._homes.setdefault(resident.unit_key, {})[resident.resident_id] = resident

    def _resident(self, line: int, unit: str, name: str | None) -> str | None:
        here = self._homes.get(unit_key(unit), {}).values()
        fitting = [who for who in here if name is None or names_agree(name, who.name)]
        if len(fitting) == 1:
            return fitting[0].resident_id
        if fitting:
            self._mistake(line, "unit", "import_several", value=unit)
        elif here:
            self._mistake(line, "resident", "import_not_there", value=name, unit=unit)
        else:
            self._mistake(line, "unit", "import_nobody", value=unit)
        return None

    def _put(self, line: int, table: Table, key: tuple[str, ...], **values: Any) -> str:
        row_id = self._id(table, key)
        first = self._lines.setdefault(row_id, line)
        if first != line:
            self._mistake(line, "", "import_twice", line=first)
        self._rows[row_id] = (table, self._row(row_id, **values))
        return row_id

    def _row(self, row_id: str, **values: Any) -> dict[str, Any]:
        return {"id": row_id, "tenant": self._tenant, **values}

    def _unit(self, unit: str, building: str | None = None) -> dict[str, Any]:
        values = {"unit": unit, "unit_key": unit_key(unit)}
        return values if building is None else {**values, "building": building}

    def _id(self, table: Table, key: tuple[str, ...]) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join((self._tenant, table.name, *key))))

    def _mistake(self, at: int, about: str, key: str, **values: Any) -> None:
        self.mistakes.append(Mistake(at, key, values, about))


def _stamp(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat()

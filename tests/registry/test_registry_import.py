"""Filling the registry from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from house import SAMPLE, Client, House
from sqlalchemy import text

from portero.cli import main
from portero.limits import IMPORT_FILE_BYTES, IMPORT_ROWS
from portero.registry import RegistryError
from portero.registry.importfile import BadImport, read_import
from portero.registry.importing import import_file
from portero.registry.rows import AuthorizationRow

TABLES = ("units", "residents", "authorizations", "vehicles")


@pytest.fixture
def house(database: str) -> Any:
    house = House(database)
    yield house
    house.close()


def contents(house: House) -> dict[str, list[Any]]:
    return house.work(
        lambda connection: {
            table: list(connection.execute(text(f"SELECT * FROM {table} ORDER BY id")))
            for table in TABLES
        }
    )


def mistakes(content: str, suffix: str = ".yaml") -> list[tuple[int, str]]:
    with pytest.raises(BadImport) as caught:
        read_import(content, suffix, UTC)
    return [(mistake.line, mistake.text) for mistake in caught.value.mistakes]


def test_the_sample_is_imported_and_again_without_change(house: House) -> None:
    counts = import_file(house, "robles", SAMPLE)
    assert dict(counts) == {"units": 3, "residents": 4, "authorizations": 3, "vehicles": 2}
    before = contents(house)
    assert import_file(house, "robles", SAMPLE) == counts
    assert contents(house) == before


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_excel_writes_other_commas(delimiter: str) -> None:
    lines = "\ufeffkind,unit,name\r\nunit,Casa 5,\r\nresident,Casa 5,Ana\r\n"
    assert read_import(lines.replace(",", delimiter), ".csv") == read_import(lines, ".csv")


def test_csv_and_yaml_say_the_same(house: House) -> None:
    house.put(
        "t",
        "\ufeffkind,name,unit,plate,valid_until\r\n"
        "resident,María López,Casa 05,,\r\n"
        "authorization,Juan Pérez,5,ABC-1,2036-01-01 10:00\r\n"
        "plate,,5,XYZ-2,\r\n"
        ",,,,\r\n",
        suffix=".csv",
    )
    from_csv = contents(house)
    house.put(
        "t",
        "residents: [{name: María López, unit: Casa 05}]\n"
        "authorizations:\n"
        "  - {name: Juan Pérez, unit: 5, plate: ABC-1, valid_until: 2036-01-01 10:00}\n"
        "plates: [{plate: XYZ-2, unit: 5}]\n",
    )
    assert contents(house) == from_csv


def test_values_are_taken_as_text() -> None:
    (row,) = read_import("units: [{unit: 0123, building: no}]", ".yaml")
    assert row.row.model_dump() == {"unit": "0123", "building": "no"}


@pytest.mark.parametrize(("zone", "hour"), [("", 18), ("timezone: America/Mexico_City\n", 18 + 6)])
def test_dates_are_in_the_files_time_zone(zone: str, hour: int) -> None:
    content = f"{zone}authorizations: [{{name: Ana, unit: 1, valid_until: 2026-11-22 18:00}}]"
    (located,) = read_import(content, ".yaml", UTC)
    assert isinstance(located.row, AuthorizationRow)
    assert located.row.valid_until is not None
    assert located.row.valid_until.astimezone(UTC) == datetime(
        2026, 11, 22 + hour // 24, hour % 24, tzinfo=UTC
    )


def test_a_date_that_names_its_zone_keeps_it() -> None:
    content = "authorizations: [{name: Ana, unit: 1, valid_from: 2026-11-22T18:00-06:00}]"
    (located,) = read_import(content, ".yaml", ZoneInfo("Asia/Tokyo"))
    assert isinstance(located.row, AuthorizationRow)
    assert located.row.valid_from == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def test_all_mistakes_are_told_at_once_each_with_its_line() -> None:
    found = mistakes(
        "timezone: Mexico\n"
        "units:\n"
        "  - unit: '--'\n"
        "residents:\n"
        "  - name: Ana\n"
        "    unit: 5\n"
        "    phne: 55\n"
        "  - unit: 5\n"
        "  - Ana\n"
        "  - {name: [Ana], unit: 5}\n"
        "  - {name: Eva, unit: 5, name: Eva}\n"
        "authorizations:\n"
        "  - name: Juan\n"
        "    unit: 5\n"
        "    valid_from: ayer\n"
        "  - {name: Leo, unit: 5, valid_from: 2026-02-02, valid_until: 2026-02-01}\n"
        "plates: ABC\n"
        "cars: []\n"
    )
    assert [line for line, _ in found] == [1, 3, 7, 8, 9, 10, 11, 15, 16, 17, 18]
    assert "2026-12-24 18:00" in dict(found)[15]


def test_rows_that_do_not_fit_together_change_nothing(house: House) -> None:
    house.put("t", "residents: [{name: Ana, unit: 5}]")
    before = contents(house)
    with pytest.raises(BadImport) as caught:
        house.put(
            "t",
            "residents:\n"
            "  - {name: Eva, unit: 8}\n"
            "  - {name: Leo, unit: 8}\n"
            "  - {name: eva, unit: casa 08}\n"
            "authorizations:\n"
            "  - {name: Juan, unit: 8}\n"
            "  - {name: Juan, unit: 8, resident: Rosa}\n"
            "  - {name: Juan, unit: 9}\n"
            "  - {name: Juan, unit: 5}\n",
        )
    assert [mistake.line for mistake in caught.value.mistakes] == [4, 6, 7, 8]
    assert "line 2" in caught.value.mistakes[0].text
    assert contents(house) == before


def test_a_file_that_breaks_half_way_changes_nothing(house: House) -> None:
    house.put("t", "residents: [{name: Ana, unit: 5}]\nplates: [{plate: A-1, unit: 5}]")
    before = contents(house)
    index = "CREATE UNIQUE INDEX full_house ON vehicles (tenant)"  # takes the first plate only
    house.work(lambda c: c.execute(text(index)))
    with pytest.raises(RegistryError, match="the database refused"):
        house.put("t", "residents: [{name: Eva, unit: 8}]\nplates: [{plate: B-2, unit: 8}]")
    assert contents(house) == before


def test_an_import_adds_and_changes_but_forgets_only_when_told(house: House) -> None:
    client = Client(house, "t")
    house.put("t", "residents: [{name: Ana, unit: 5}]\nauthorizations: [{name: Leo, unit: 5}]")
    house.put("t", "residents: [{name: Eva, unit: 8, phone: 55}]")
    assert client.ask("GET", "/access/visitors/check", name="Leo")[1]["authorized"] is True
    house.put("other", "residents: [{name: Luz, unit: 1}]")
    house.put("t", "residents: [{name: Eva, unit: 8, phone: 66}]", replace=True)
    _, people = client.ask("GET", "/residents/")
    assert [(person["name"], person["phone"]) for person in people] == [("Eva", "66")]
    assert client.ask("GET", "/access/visitors/check", name="Leo")[1]["authorized"] is False
    assert len(Client(house, "other").ask("GET", "/residents/")[1]) == 1
    house.put("t", "residents: [{name: Ana, unit: 5}]\nauthorizations: [{name: Leo, unit: 5}]")
    assert client.ask("GET", "/access/visitors/check", name="Leo")[1]["authorized"] is True


@pytest.mark.parametrize(
    ("content", "suffix", "line"),
    [
        ("residents:\n  - {name: Ana", ".yaml", 2),
        ("a: b: c", ".yaml", 1),
        ("[1, 2]", ".yaml", 1),
        ("", ".yaml", 1),
        ("<html>", ".yml", 1),
        ("\x00", ".yaml", 1),
        ("[" * 5000, ".yaml", 1),
        ("residents: [{name: &a Ana, unit: !!python/object:os.system x}]\n? [a]", ".yaml", 2),
        ("name,unit\nAna,5", ".csv", 1),
        ("", ".csv", 1),
        ('kind,name\nresident,"Ana', ".csv", 2),
        ("kind,unit\nunit,5,6", ".csv", 2),
        ("kind,unit\nhouse,5", ".csv", 2),
        ("{}", ".json", 1),
    ],
)
def test_what_is_no_import_file_is_told_in_one_line(content: str, suffix: str, line: int) -> None:
    found = mistakes(content, suffix)
    assert found[0][0] == line


def test_every_mistake_is_told_in_both_languages_without_a_library_s_own_words() -> None:
    with pytest.raises(BadImport) as caught:
        read_import(
            "cars: []\n"
            "timezone: Mexico\n"
            "units: 5\n"
            "residents:\n"
            "  - nobody\n"
            "  - {nmae: Ana, unit: 5}\n"
            "  - {name: '...', unit: 5, extension: 'SIP/1'}\n"
            f"  - {{name: {'a' * 9999}, unit: 5}}\n"
            "authorizations:\n"
            "  - {name: Leo, unit: [5], valid_from: 1/2/2026, uses: many, gates: Portón}\n"
            "  - {name: Leo, unit: 5, uses: 0}\n"
            "  - {name: Leo, unit: 5, valid_from: 2026-02-02, valid_until: 2026-02-01}\n",
            ".yaml",
            UTC,
        )
    found = caught.value.mistakes
    assert {mistake.line for mistake in found} == {1, 2, 3, 5, 6, 7, 8, 10, 11, 12}
    assert not [mistake for mistake in found if mistake.key == "invalid"]
    assert all(mistake.said("es") != mistake.said("en") for mistake in found)


def test_the_bounds_of_a_file(house: House, tmp_path: Path) -> None:
    rows = "kind,unit\n" + "unit,1\n" * IMPORT_ROWS
    assert len(read_import(rows, ".csv")) == IMPORT_ROWS
    assert mistakes(rows + "unit,1\n", ".csv")[0][0] == IMPORT_ROWS + 2
    large = tmp_path / "large.csv"
    large.write_bytes(b"kind,unit\n".ljust(IMPORT_FILE_BYTES + 1, b"\n"))
    with pytest.raises(BadImport, match="larger"):
        import_file(house, "t", large)


def test_a_file_in_latin_1_is_told(house: House, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes("kind,name,unit\nresident,Ana,1\nresident,José,2\n".encode("latin-1"))
    with pytest.raises(BadImport, match=r"line 3: old\.csv is not UTF-8"):
        import_file(house, "t", file)


@pytest.fixture
def command(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"registry: {{url: '{database}'}}\n"
        "tenants: [{id: robles, extensions: ['100'], tools: [find_resident]}]\n"
        "realtime: {api_key: x}\nasterisk: {ami: {username: u, password: p}}\n"
    )
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    monkeypatch.setenv("PORTERO_CONFIG", str(config))
    return lambda *arguments: CliRunner().invoke(main, ["registry", "import", *arguments])


def test_the_command_imports_for_the_only_tenant(command: Any) -> None:
    result = command(str(SAMPLE))
    assert result.exit_code == 0, result.output
    told = "robles: unidades: 3, residentes: 4, autorizaciones: 3, vehículos: 2"
    assert told in result.output


def test_the_command_tells_mistakes_with_file_and_line(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("kind,name,unit\nresident,Ana,\nfoo,a,b\n")
    result = command(str(file))
    assert result.exit_code == 1
    assert f"{file}:2: unit:" in result.output
    assert f"{file}:3: kind: foo no es una opción" in result.output
    assert "no se importó nada" in result.output
    assert "Traceback" not in result.output


def test_the_command_knows_its_tenants(command: Any) -> None:
    result = command("--tenant", "roble", str(SAMPLE))
    assert result.exit_code == 2
    assert "robles" in result.output

"""The ledger in a database: added to, verified, exported, and forgotten from its beginning."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from house import NOW, House
from sqlalchemy import text

from portero.cli import main
from portero.config.operations import RecordSettings
from portero.limits import (
    LEDGER_CUT_ROWS,
    PLATES_MINUTES,
    REGISTRY_COUNTED_SECONDS,
    WEBHOOK_KEPT_SECONDS,
)
from portero.records import CallRecord
from portero.registry import (
    RegistryError,
    claims,
    guesses,
    ledger,
    openings,
    queries,
    records,
    retention,
)
from portero.registry.store import utc_now

DAY = timedelta(days=1)


@pytest.fixture
def house(database: str) -> Iterator[House]:
    house = House(database)
    yield house
    house.close()


def add(house: House, count: int = 1, tenant: str = "robles", call: str = "c1") -> None:
    for n in range(count):
        house.work(ledger.append, tenant, "verdict", call, {"n": n, "name": "Peña"}, house.time)


def flaws(house: House, tenant: str = "robles", **anchor: Any) -> list[tuple[int, str]]:
    found = house.read(ledger.verify, tenant, **anchor)
    return [(flaw.number, flaw.word) for flaw in found]


def tamper(house: House, *statements: str) -> None:
    """As somebody who owns the database can, triggers or not."""
    postgresql = [
        "ALTER TABLE ledger DISABLE TRIGGER ledger_only_added",
        *statements,
        "ALTER TABLE ledger ENABLE TRIGGER ledger_only_added",
    ]
    sqlite = ["DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete", *statements]
    done = sqlite if "sqlite" in repr(house) else postgresql
    house.work(lambda c: [c.execute(text(statement)) for statement in done])


def test_what_is_added_is_read_in_order_and_by_call(house: House) -> None:
    entry = house.work(ledger.append, "robles", "request", "c1", {"ñ": [1, None]}, NOW)
    assert (entry.number, entry.at, entry.kind, entry.call_id) == (1, NOW, "request", "c1")
    add(house, call="c2")
    add(house, call="c1")
    add(house, tenant="other")
    assert [e.number for e in house.work(ledger.for_call, "robles", "c1")] == [1, 3]
    assert house.work(ledger.for_call, "robles", "c1")[0] == entry
    assert house.work(ledger.for_call, "other", "c2") == []
    assert flaws(house) == flaws(house, "other") == []


def test_a_transaction_that_fails_leaves_no_gap(house: House) -> None:
    add(house)

    def fail(connection: Any) -> None:
        ledger.append(connection, "robles", "verdict", "c1", {}, NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.work(fail)
    add(house)
    assert flaws(house) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET body = '{}'", "DELETE FROM ledger", "DELETE FROM ledger WHERE number = 3"],
)
def test_the_database_itself_refuses_to_change_or_remove_rows(house: House, statement: str) -> None:
    add(house, 3)
    with pytest.raises(RegistryError, match="the ledger is only ever added to"):
        house.work(lambda c: c.execute(text(statement)))
    assert flaws(house) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE ledger SET body = '{}' WHERE number = 2", (2, "ledger_changed")),
        ("UPDATE ledger SET at = '2020' WHERE number = 2", (2, "ledger_changed")),
        ("DELETE FROM ledger WHERE number = 2", (2, "ledger_missing")),
        ("DELETE FROM ledger WHERE number = 4", (4, "ledger_cut_off")),
        ("DELETE FROM ledger WHERE number = 1", (1, "ledger_missing")),
        ("DELETE FROM ledger_heads", (4, "ledger_not_head")),
        ("UPDATE ledger SET number = number + 90 WHERE number = 2", (2, "ledger_missing")),
        (
            "UPDATE ledger_heads SET cut_number = 2, cut_hash = "
            "(SELECT hash FROM ledger WHERE tenant = 'robles' AND number = 2)",
            (3, "ledger_missing"),
        ),
    ],
)
def test_what_was_tampered_with_is_told_with_its_row(
    house: House, statement: str, expected: tuple[int, str]
) -> None:
    add(house, 4)
    add(house, 4, tenant="other")
    tamper(house, statement.replace("WHERE number", "WHERE tenant = 'robles' AND number"))
    assert expected in flaws(house)


def test_rows_cut_by_somebody_else_are_told(house: House) -> None:
    add(house, 4)
    tamper(
        house,
        "UPDATE ledger_heads SET cut_number = 2, cut_hash = "
        "(SELECT hash FROM ledger WHERE number = 2)",
        "DELETE FROM ledger WHERE number <= 2",
    )
    assert flaws(house) == [(2, "ledger_not_cut_by_us")]


def test_a_ledger_that_was_written_anew_is_found_by_a_head_kept_elsewhere(house: House) -> None:
    add(house, 4)
    head = house.work(ledger.head_of, "robles")
    anchor = (head.number, head.hash)
    add(house)
    assert flaws(house, anchor=anchor) == []
    tamper(house, "DELETE FROM ledger", "DELETE FROM ledger_heads")
    add(house, 3, call="forged")
    assert flaws(house) == []
    assert flaws(house, anchor=anchor) == [(4, "ledger_not_anchor")]
    add(house, 3, call="forged")
    assert flaws(house, anchor=anchor) == [(4, "ledger_not_anchor")]


def test_what_is_forgotten_stays_in_the_chain(house: House) -> None:
    add(house, 3)
    anchor = house.work(ledger.head_of, "robles")
    house.time += DAY
    add(house, 2)
    assert house.work(ledger.cut, "robles", house.time, house.time) == 3
    assert house.work(ledger.cut, "robles", house.time, house.time) == 0
    kept = list(house.read(lambda c: list(ledger.read(c, "robles"))))
    assert [(row.number, row.kind) for row in kept] == [
        (4, "verdict"),
        (5, "verdict"),
        (6, "cut"),
    ]
    assert flaws(house, anchor=(anchor.number, anchor.hash)) == []
    tamper(house, "DELETE FROM ledger WHERE number = 4")
    assert (4, "ledger_missing") in flaws(house)


def test_a_clock_that_went_wrong_takes_no_later_row_along(house: House) -> None:
    add(house)
    house.time -= 1000 * DAY
    add(house)
    house.time += 1000 * DAY
    assert house.work(ledger.cut, "robles", NOW - DAY, NOW) == 0


def test_no_more_than_so_many_are_forgotten_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEDGER_CUT_ROWS > 1000
    monkeypatch.setattr(ledger, "LEDGER_CUT_ROWS", 2)
    add(house, 5)
    house.time += DAY
    cuts = [house.work(ledger.cut, "robles", house.time, house.time) for _ in range(4)]
    assert cuts == [2, 2, 1, 0]
    assert flaws(house) == []


def test_no_more_flaws_than_so_many_are_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "LEDGER_FLAWS", 2)
    add(house, 5)
    tamper(house, "UPDATE ledger SET body = '[]'")
    assert len(flaws(house)) == 2


@pytest.mark.parametrize("body", ["nothing", "[]", "{}"])
def test_a_cut_that_was_tampered_with_is_told(house: House, body: str) -> None:
    add(house, 2)
    house.work(ledger.cut, "robles", NOW + DAY, NOW)
    tamper(house, f"UPDATE ledger SET body = '{body}' WHERE kind = 'cut'")
    assert (3, "ledger_changed") in flaws(house)


def test_old_rows_are_forgotten_when_nobody_needs_them(house: House) -> None:
    add(house)
    row = {"gate_id": "g", "call_id": "c", "caller": "1", "rule": "r", "key": "k"}
    house.work(openings.add, "robles", row, NOW)
    house.work(guesses.count, "robles", "c", "1", "digest", NOW)
    house.work(queries.add_plate, "robles", {"plate": "ABC"}, None, NOW)
    house.work(queries.add_access, "robles", {"event_type": "entry", "metadata": {}}, None, NOW)
    house.work(claims.claim, "robles", "pin:1", 1, "k", NOW)
    prune = lambda age: house.work(retention.prune, "robles", NOW + age, 30)  # noqa: E731
    counted = timedelta(seconds=REGISTRY_COUNTED_SECONDS)
    assert prune(counted) == {}
    assert house.work(retention.prune, "other", NOW + 99 * DAY, 30) == {}
    assert timedelta(minutes=PLATES_MINUTES) == counted < timedelta(seconds=WEBHOOK_KEPT_SECONDS)
    second = timedelta(seconds=1)
    assert prune(counted + second) == {"guesses": 1, "openings": 1, "plates_seen": 1}
    assert prune(30 * DAY) == {}
    assert prune(30 * DAY + second) == {"ledger": 1, "access_log": 1}
    assert flaws(house) == []
    # A one-time PIN stays used for ever.
    assert house.work(claims.used, "robles", "pin:1") == 1


@pytest.fixture
def command(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"registry: {{url: '{database}', keep_days: 30}}\nlanguage: en\n"
        "tenants: [{id: robles, extensions: ['100'], tools: [find_resident]}]\n"
        "realtime: {api_key: x}\nasterisk: {ami: {username: u, password: p}}\n"
    )
    monkeypatch.setenv("PORTERO_CONFIG", str(config))
    return lambda *arguments: CliRunner().invoke(main, ["ledger", *arguments])


def test_the_command_verifies(command: Any, house: House) -> None:
    add(house, 3)
    add(house, 1, tenant="gone")
    head = house.work(ledger.head_of, "robles")
    anchor = f"3:{head.hash}"
    whole = command("verify")
    assert whole.exit_code == 0, whole.output
    assert f"robles: the ledger is whole; it ends at {anchor}" in whole.output
    assert "gone: " in whole.output
    assert f"robles {anchor}\n" in command("head").output
    assert command("verify", "--tenant", "robles", "--head", anchor).exit_code == 0
    other = command("verify", "--tenant", "robles", "--head", f"2:{head.hash}")
    assert (other.exit_code, "row 2" in other.output) == (1, True)
    tamper(house, "UPDATE ledger SET kind = 'x' WHERE tenant = 'robles' AND number = 2")
    broken = command("verify")
    assert broken.exit_code == 1
    assert "robles, row 2: was changed" in broken.output
    assert "gone: the ledger is whole" in broken.output


@pytest.mark.parametrize("anchor", ["", "3", "3:abc", "x:" + "0" * 64, "0" * 64])
def test_a_head_that_is_none_is_told(command: Any, anchor: str) -> None:
    result = command("verify", "--tenant", "robles", "--head", anchor)
    assert result.exit_code == 1
    assert "NUMBER:HASH" in result.output


def test_the_command_exports_days_of_the_tenants_clock(
    command: Any, house: House, tmp_path: Path
) -> None:
    # Mexico City is 6 hours behind UTC: midnight is 06:00.
    house.time = NOW.replace(hour=5, minute=59)
    add(house)
    house.time = NOW.replace(hour=6, minute=0)
    add(house)
    add(house, tenant="other")
    day = ("export", "--tenant", "robles", "--from", "2026-11-22", "--until", "2026-11-22")
    (line,) = command(*day).output.splitlines()
    row = json.loads(line)
    assert (row["number"], row["body"]) == (2, {"n": 0, "name": "Peña"})
    file = tmp_path / "out.csv"
    result = command("export", "--tenant", "robles", "--format", "csv", str(file))
    assert (result.exit_code, result.output) == (0, "")
    records = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [record["number"] for record in records] == ["1", "2"]
    assert records[1]["hash"] == row["hash"]
    assert command("export", "--tenant", "robles", "--from", "ayer").exit_code == 1
    assert command("export", "--tenant", "nobody").exit_code == 1


def test_the_command_forgets(command: Any, house: House) -> None:
    house.time = utc_now() - 31 * DAY
    add(house, 2)
    result = command("prune")
    assert result.exit_code == 0, result.output
    assert "robles: rows forgotten: ledger 2" in result.output
    assert "nothing to forget" in command("prune").output
    assert command("verify").exit_code == 0


def test_the_command_forgets_records_of_calls_by_their_own_setting(
    command: Any, house: House
) -> None:
    for age in (89, 91):  # records.keep_days is 90, registry.keep_days 30
        call = CallRecord(f"c{age}", "robles", utc_now() - age * DAY)
        house.work(records.save, call, RecordSettings())
    add(house)
    assert "robles: rows forgotten: calls 1" in command("prune").output
    assert [it.call_id for it in house.read(records.find, limit=9)] == ["c89"]

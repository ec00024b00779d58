"""`portero pin`, as an administrator meets it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portero.registry import Registry, pins
from portero.registry.importfile import read_import
from portero.registry.importing import put_rows
from portero.registry.pincommands import pin
from portero.registry.pins import PinFound
from portero.registry.store import utc_now

PEOPLE = "residents: [{name: Ana Ruiz, unit: '12'}, {name: Eva Ruiz, unit: '12'}]"


class Office:
    """A settings file with one tenant, and who runs the command beside it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/r.db"
        self.config = folder / "config.yaml"
        self.config.write_text(
            f"language: en\nregistry: {{url: '{self.url}'}}\n"
            "tenants: [{id: robles, extensions: ['100'], tools: [find_resident], gates: "
            "{main_gate: {driver: webhook, url: 'http://127.0.0.1/'}}}]\n"
            "realtime: {api_key: x}\nasterisk: {ami: {username: u, password: p}}\n"
        )
        self.registry = Registry(self.url)
        self.registry.upgrade()
        rows = read_import(PEOPLE, ".yaml")
        self.registry.work(put_rows, "robles", rows, replace=False)

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(pin, [*arguments, "-c", str(self.config)], input=typed)

    def check(self, digits: str) -> PinFound | str:
        return self.registry.work(
            pins.check, "robles", "100", "c", digits, attempts=9, lockout_seconds=9, now=utc_now()
        )


@pytest.fixture
def office(tmp_path: Path) -> Any:
    office = Office(tmp_path)
    yield office
    office.registry.close()


def shown(result: Result) -> str:
    """The PIN that was shown."""
    assert result.exit_code == 0, result.output
    (digits,) = re.findall(r"The PIN is (\d+)\.", result.output)
    return str(digits)


def found(answer: PinFound | str) -> PinFound:
    assert isinstance(answer, PinFound), answer
    return answer


def test_a_pin_is_made_up_shown_once_and_works(office: Office) -> None:
    digits = shown(office.run("add", "--label", "Jardinero"))
    assert found(office.check(digits)).label == "Jardinero"
    listed = office.run("list")
    assert "Jardinero" in listed.output
    assert "of the house" in listed.output
    assert digits not in listed.output


@pytest.mark.parametrize("who", ["Ana Ruiz", "Ana Ruiz/12", "ana/casa 12"])
def test_a_residents_pin_is_typed_with_the_unit(office: Office, who: str) -> None:
    result = office.run(
        "add", "--label", "Tía", "--resident", who, "--once", "--gates", "main_gate"
    )
    assert "12, *, PIN, then #" in result.output
    pin_found = found(office.check(f"12*{shown(result)}"))
    assert (pin_found.uses, pin_found.gates) == (1, ("main_gate",))
    assert pin_found.resident_id


def test_a_pin_can_be_read_from_the_standard_input_or_a_prompt(office: Office) -> None:
    result = office.run("add", "--label", "A", "--stdin", typed="471190\n")
    assert result.exit_code == 0, result.output
    assert found(office.check("471190")).label == "A"
    asked = office.run("add", "--label", "B", "--ask", typed="582301\n582301\n")
    assert asked.exit_code == 0, asked.output
    assert found(office.check("582301")).label == "B"
    assert not re.search("471190|582301", result.output + asked.output)


def test_two_that_differ_are_not_kept(office: Office) -> None:
    result = office.run("add", "--label", "B", "--ask", typed="582301\n582302\n")
    assert result.exit_code == 1
    assert "the two differ" in result.output
    assert office.check("582301") == "wrong"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--stdin",), "too easy to guess"),
        (("--resident", "12"), "Ana Ruiz/12, Eva Ruiz/12"),
        (("--resident", "Nadie"), "nobody has that name"),
        (("--gates", "main_gate,side"), "no gate side"),
        (("--until", "mañana"), "no date"),
        (("--until", "2020-01-01"), "must come after"),
        (("--from", "2099-01-02", "--until", "2099-01-01"), "must come after"),
        (("--tenant", "encinos"), "robles"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_kept(
    office: Office, arguments: tuple[str, ...], says: str
) -> None:
    result = office.run("add", "--label", "X", *arguments, typed="1234\n")
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert "Traceback" not in result.output
    assert "there are no PINs" in office.run("list").output


def test_digits_are_never_taken_from_the_command_line(office: Office) -> None:
    assert office.run("add", "--label", "X", "471190").exit_code == 2
    assert office.run("add", "--label", "X", "--pin", "471190").exit_code == 2


def test_a_pin_counts_in_the_tenants_own_time(office: Office) -> None:
    assert office.run("add", "--label", "X", "--until", "2099-01-01 10:00").exit_code == 0
    (row,) = office.registry.work(pins.listed, "robles", utc_now())
    assert row["valid_until"].hour == 16  # America/Mexico_City is six hours behind
    assert "2099-01-01 10:00" in office.run("list").output


def test_a_pin_is_taken_back_by_its_id(office: Office) -> None:
    digits = shown(office.run("add", "--label", "X"))
    (row,) = office.registry.work(pins.listed, "robles", utc_now())
    assert office.run("revoke", row["id"]).exit_code == 0
    assert office.check(digits) == "wrong"
    assert "no PIN in use" in office.run("revoke", row["id"]).output

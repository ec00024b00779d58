"""Authorisations for some gates only, and for so many times only; residents' extensions."""

from __future__ import annotations

from typing import Any

import pytest
from house import NOW, Client, House

from portero.limits import AUTHORIZATION_USES_MAX
from portero.registry import claims
from portero.registry.importfile import BadImport, read_import

HOUSEHOLD = """
residents: [{name: Ana, unit: 5, extension: 105}]
authorizations:
  - {name: Leo Gas, unit: 5, plate: GAS-1, gates: [service_gate, main_gate], uses: 2}
  - {name: Eva Luz, unit: 5, plate: LUZ-2}
  - {name: Old Car, unit: 5, plate: OLD-3, valid_until: 2026-01-01}
  - {name: No Car, unit: 5}
"""


@pytest.fixture
def house(database: str) -> Any:
    house = House(database)
    house.put("t", HOUSEHOLD)
    yield house
    house.close()


def check(house: House, tenant: str = "t", **said: str) -> Any:
    return Client(house, tenant).ask("GET", "/access/visitors/check", **said)[1]


def use(house: House, subject: str, key: str, tenant: str = "t") -> bool:
    return house.work(claims.claim, tenant, subject, 2, key, NOW)


def test_a_visitor_is_told_with_gates_and_uses(house: House) -> None:
    known = check(house, name="Leo Gas")["visitor"]
    assert (known["gates"], known["uses"]) == (["service_gate", "main_gate"], 2)
    free = check(house, name="Eva Luz")["visitor"]
    assert (free["gates"], free["uses"]) == (None, None)


def test_what_is_used_up_authorises_nobody_until_it_is_given_back(house: House) -> None:
    subject = f"authorization:{check(house, name='Leo Gas')['visitor']['id']}"
    assert use(house, subject, "a", tenant="other")
    assert use(house, subject, "a")
    assert check(house, name="Leo Gas")["authorized"] is True
    assert use(house, subject, "b")
    assert check(house, name="Leo Gas") == {
        "authorized": False,
        "reason": "not_expected",
        "visitor": None,
    }
    assert check(house, plate="GAS 1")["authorized"] is False
    house.put("t", HOUSEHOLD)  # the same file again gives nobody another use
    assert check(house, name="Leo Gas")["authorized"] is False
    house.work(claims.release, "t", subject, "b")
    assert check(house, name="Leo Gas")["authorized"] is True


def test_a_plate_tells_whose_visit_it_is(house: House) -> None:
    known = check(house, plate="GAS-1")["visitor"]
    assert (known["name"], known["gates"]) == ("Leo Gas", ["service_gate", "main_gate"])
    assert check(house, "other", plate="GAS-1")["authorized"] is False
    house.put("t", "residents: []", replace=True)
    assert check(house, plate="GAS-1")["authorized"] is False


def test_a_resident_is_found_by_id_with_the_extension(house: House) -> None:
    client = Client(house, "t")
    (ana,) = client.ask("GET", "/residents/")[1]
    assert ana["extension"] == "105"
    assert client.ask("GET", f"/residents/{ana['id']}") == (200, ana)
    assert client.ask("GET", "/residents/nobody")[0] == 404
    assert Client(house, "other").ask("GET", f"/residents/{ana['id']}")[0] == 404


def test_csv_says_the_same(house: House) -> None:
    house.put(
        "t",
        "kind,name,unit,extension,plate,gates,uses\r\n"
        "resident,Ana,5,105,,,\r\n"
        "authorization,Leo Gas,5,,GAS-1,service_gate | main_gate,2\r\n",
        suffix=".csv",
        replace=True,
    )
    known = check(house, name="Leo Gas")["visitor"]
    assert (known["gates"], known["uses"]) == (["service_gate", "main_gate"], 2)
    assert Client(house, "t").ask("GET", "/residents/")[1][0]["extension"] == "105"


@pytest.mark.parametrize(
    "field",
    [
        "gates: []",
        "gates:",
        "gates: [{a: b}]",
        "gates: [Main Gate]",
        "gates: {a: b}",
        "uses: 0",
        "uses: -1",
        "uses: many",
        f"uses: {AUTHORIZATION_USES_MAX + 1}",
    ],
)
def test_gates_and_uses_that_mean_nothing_are_told(field: str) -> None:
    with pytest.raises(BadImport) as caught:
        read_import(f"authorizations:\n- name: Ana\n  unit: 5\n  {field}\n", ".yaml")
    assert {mistake.line for mistake in caught.value.mistakes} == {4}


def test_an_extension_can_not_be_a_dial_string() -> None:
    with pytest.raises(
        BadImport, match="line 1: extension: SIP/1&SIP/2: an extension has only digits"
    ):
        read_import("residents: [{name: Ana, unit: 5, extension: 'SIP/1&SIP/2'}]", ".yaml")


def test_the_most_uses_are_taken() -> None:
    (row,) = read_import(
        f"authorizations: [{{name: Ana, unit: 5, uses: {AUTHORIZATION_USES_MAX}}}]", ".yaml"
    )
    assert row.row.model_dump()["uses"] == AUTHORIZATION_USES_MAX

"""The embedded backend, asked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from house import NOW, SAMPLE, TOKEN, Client, House
from sqlalchemy import text

from portero.limits import (
    PLATES_MINUTES,
    REGISTRY_BODY_BYTES,
    REGISTRY_CANDIDATES,
    REGISTRY_FIELD_CHARS,
    REGISTRY_ROWS,
)
from portero.registry import RegistryError


@pytest.fixture
def house(database: str) -> Any:
    house = House(database)
    house.put("robles", SAMPLE.read_text("utf-8"))
    house.put("encinos", "residents: [{name: María López Díaz, unit: '5'}]")
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Client:
    return Client(house)


def residents(client: Client, **query: str) -> list[str]:
    status, found = client.ask("GET", "/residents/", **query)
    assert status == 200
    return [resident["name"] for resident in found]


def resident_id(client: Client, **query: str) -> str:
    _, (resident,) = client.ask("GET", "/residents/", **query)
    return str(resident["id"])


def check(client: Client, **said: str) -> Any:
    status, answer = client.ask("GET", "/access/visitors/check", **said)
    assert status == 200
    return answer


def test_residents_are_found_as_people_say_their_names(client: Client) -> None:
    assert residents(client, name="maria lopez") == ["María López Hernández"]
    assert residents(client, unit="casa 5") == residents(client, unit="5")
    assert residents(client, name="Muñoz", unit="8") == ["José Ángel Muñoz"]
    assert residents(client, name="Muñoz", unit="5") == []
    assert residents(client, name="%") == residents(client, name="???") == []


def test_a_resident_is_told_with_unit_and_building(client: Client) -> None:
    _, (resident,) = client.ask("GET", "/residents/", unit="a101")
    assert (resident["unit"], resident["building"]) == ("A-101", "Torre Encino")


def test_a_visitor_who_is_expected_is_authorised(client: Client) -> None:
    answer = check(client, name="juan perez", plate="abc123d")
    assert answer["authorized"] is True
    assert answer["visitor"]["name"] == "Juan Pérez García"
    assert answer["visitor"]["resident_id"] == resident_id(client, unit="5")
    assert check(client, plate="ABC123D")["authorized"] is True
    assert check(client, id_number="carr-800101 hdf")["authorized"] is True


def test_a_visitor_who_is_not_is_not(client: Client) -> None:
    expected = {"authorized": False, "reason": "not_expected", "visitor": None}
    assert check(client, name="Pedro Infante") == expected
    assert check(client, name="Juan Pérez", plate="ZZZ-1") == expected
    assert check(client, name="María López") == expected  # who lives there, but visits nobody


def test_validity_follows_the_clock(client: Client, house: House) -> None:
    assert check(client, name="Lucía Núñez")["authorized"] is True
    house.time = NOW + timedelta(days=4000)
    assert check(client, name="Lucía Núñez")["reason"] == "outside_hours"


def test_a_plate_is_found_among_many_who_gave_none(client: Client, house: House) -> None:
    many = "".join(f"\n  - {{name: Visita {n}, unit: '1'}}" for n in range(200))
    house.put("robles", f"residents: [{{name: Eva, unit: '1'}}]\nauthorizations:{many}")
    assert check(client, plate="ABC-123-D")["authorized"] is True


def test_many_who_are_not_expected_any_more_do_not_hide_the_one_who_is(
    client: Client, house: House
) -> None:
    of = "unit: 8, resident: José Ángel Muñoz"
    over = [f"- {{name: Rosa Luna {n}, {of}, valid_until: 2026-01-01}}" for n in range(99)]
    visitors = [*over[:REGISTRY_CANDIDATES], f"- {{name: Rosa Luna, {of}}}"]
    house.put("robles", "\n".join(["authorizations:", *visitors]))
    assert check(client, name="Rosa Luna")["authorized"] is True


def test_many_who_come_to_others_do_not_hide_the_one_who_comes_here(
    client: Client, house: House
) -> None:
    of = "unit: 8, resident: José Ángel Muñoz, valid_until: 2050-01-01"
    others = [f"- {{name: Rosa Luna {n}, {of}}}" for n in range(REGISTRY_CANDIDATES)]
    mine = "- {name: Rosa Sol, unit: 5, valid_until: 2049-01-01}"
    house.put("robles", "\n".join(["authorizations:", *others, mine]))
    here = resident_id(client, unit="5")
    assert check(client, name="Rosa", resident_id=here)["authorized"] is True


def test_registering_a_visitor_authorises_nobody(client: Client) -> None:
    visitor = {"name": "Pedro Infante", "resident_id": resident_id(client, unit="5"),
               "status": "approved", "authorized_by": "model"}  # fmt: skip
    status, added = client.ask("POST", "/visitors/", visitor)
    assert (status, added["status"]) == (201, "pending")
    assert check(client, name="Pedro Infante")["authorized"] is False


def test_tenants_see_nothing_of_each_other(client: Client, house: House) -> None:
    other = Client(house, "encinos")
    assert residents(other, name="lopez") == ["María López Díaz"]
    assert check(other, name="Juan Pérez")["authorized"] is False
    theirs = resident_id(client, unit="5")
    for path in ("/visitors/", "/notifications/"):
        assert other.ask("POST", path, {"name": "A", "resident_id": theirs})[0] == 404
    _, entry = client.ask("POST", "/access/logs", {"event_type": "entry"})
    assert other.ask("PATCH", f"/access/logs/{entry['id']}", {"metadata": {"a": 1}})[0] == 404
    assert other.ask("GET", "/access/logs") == (200, [])
    client.ask("POST", "/camera-events/", {"plate": "XYZ"})
    assert other.ask("GET", "/camera-events/") == (200, [])


def test_an_entry_of_the_log_gets_its_outcome_later(client: Client) -> None:
    entry = {"event_type": "gate_opened", "visitor_name": "Ana", "gate_id": "main_gate",
             "direction": "in", "metadata": {"state": "ordered", "call_id": "c1"}}  # fmt: skip
    status, written = client.ask("POST", "/access/logs", entry)
    assert status == 201
    path = f"/access/logs/{written['id']}"
    status, _ = client.ask("PATCH", path, {"metadata": {"state": "failed"}, "visitor_name": "Eva"})
    assert status == 200
    _, (read,) = client.ask("GET", "/access/logs")
    assert read["metadata"] == {"state": "failed", "call_id": "c1"}
    assert read["visitor_name"] == "Ana"


def test_the_log_is_read_newest_first_and_in_parts(client: Client, house: House) -> None:
    for name in ("uno", "dos", "tres"):
        house.time += timedelta(seconds=1)
        client.ask("POST", "/access/logs", {"event_type": "entry", "visitor_name": name})
    _, rows = client.ask("GET", "/access/logs", skip="1", limit="1")
    assert [row["visitor_name"] for row in rows] == ["dos"]
    assert client.ask("GET", "/access/logs", access_type="denied") == (200, [])
    assert client.ask("GET", "/access/logs", limit=str(REGISTRY_ROWS + 1))[0] == 422


@pytest.mark.parametrize("path", ["/access/logs", "/visitors/", "/notifications/"])
def test_the_same_key_does_the_same_thing_once(client: Client, house: House, path: str) -> None:
    row = {"event_type": "entry", "name": "A", "resident_id": resident_id(client, unit="5")}
    key = {"Idempotency-Key": "c1-1"}
    first = client.ask("POST", path, row, headers=key)
    assert client.ask("POST", path, row, headers=key) == first
    assert client.ask("POST", path, row)[1]["id"] != first[1]["id"]
    other = Client(house, "encinos")
    if path == "/access/logs":
        assert other.ask("POST", path, row, headers=key)[1]["id"] != first[1]["id"]


def test_recent_plates_are_those_of_the_last_minutes(client: Client, house: House) -> None:
    client.ask("POST", "/camera-events/", {"plate": "old-1"})
    house.time += timedelta(minutes=5, seconds=1)
    client.ask("POST", "/camera-events/", {"plate": "xyz 9876", "confidence": 0.9, "camera": "c"})
    status, (seen,) = client.ask("GET", "/camera-events/", event_type="plate", minutes="5")
    assert (status, seen["plate"], seen["confidence"]) == (200, "xyz 9876", 0.9)
    assert seen["matched_resident_id"] == resident_id(client, unit="5")
    assert seen["seen_at"] == house.time.isoformat()
    assert client.ask("GET", "/camera-events/", minutes=str(PLATES_MINUTES + 1))[0] == 422


def test_plates_are_told_as_the_first_backend_tells_them(client: Client, house: House) -> None:
    client.ask("POST", "/camera-events/", {"plate": "old-1"})
    house.time += timedelta(minutes=5, seconds=1)
    client.ask("POST", "/camera-events/", {"plate": "xyz 9876", "camera": "norte"})
    seen = {"plate": "xyz 9876", "timestamp": house.time.isoformat(), "camera_id": "norte"}
    assert client.ask("GET", "/camera-events/plates/recent") == (200, {"plates": [seen]})
    path = "/camera-events/plates/recent"
    assert client.ask("GET", path, minutes="0")[0] == 422
    assert Client(house, "encinos").ask("GET", path) == (200, {"plates": []})


def test_an_arrival_is_noted_and_not_said_to_be_delivered(client: Client, house: House) -> None:
    visitor = {"resident_id": resident_id(client, unit="5"), "visitor_name": "Ana"}
    path, key = "/notifications/visitor-arrival", {"Idempotency-Key": "c1-1"}
    status, answer = client.ask("POST", path, headers=key, **visitor)
    assert (status, answer["sent"], answer["status"]) == (200, False, "pending")
    again = client.ask("POST", path, headers=key, **visitor)
    assert again[1]["notification_id"] == answer["notification_id"]
    assert client.ask("POST", path, visitor_name="Ana")[0] == 422
    assert Client(house, "encinos").ask("POST", path, **visitor)[0] == 404
    assert client.ask("POST", path, headers={"Authorization": ""}, **visitor)[0] == 401


def test_the_embedded_backend_opens_no_gate_and_says_why(client: Client) -> None:
    status, answer = client.ask("POST", "/gates/open", {"gate_id": "main_gate"})
    assert (status, answer["success"]) == (200, False)
    assert "webhook" in answer["error"]


@pytest.mark.parametrize(
    "authorization", ["", TOKEN[:-1], f"Bearer {TOKEN}x", "Bearer ", "Basic x"]
)
def test_without_the_token_nothing_is_told(client: Client, authorization: str) -> None:
    headers = {"Authorization": authorization}
    for method, path in (("GET", "/residents/"), ("POST", "/gates/open"), ("GET", "/access/logs")):
        assert client.ask(method, path, headers=headers)[0] == 401


def test_health_needs_no_token(client: Client) -> None:
    assert client.ask("GET", "/health", headers={"Authorization": "", "X-Tenant-ID": ""})[0] == 200


@pytest.mark.parametrize("tenant", ["", "a/b", "x" * 65, "robles' OR '1'='1", "ñ"])
def test_without_a_tenant_nothing_is_told(client: Client, tenant: str) -> None:
    status, answer = client.ask("GET", "/residents/", headers={"X-Tenant-ID": tenant})
    assert (status, "X-Tenant-ID" in answer["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 20_000, 400),
        (b"[]", 422),
        ({}, 422),
        ({"event_type": "party"}, 422),
        ({"event_type": "entry", "visitor_name": "x" * (REGISTRY_FIELD_CHARS + 1)}, 422),
        ({"event_type": "entry", "visitor_name": {"$gt": ""}}, 422),
        ({"event_type": "entry", "visitor_name": "a\u0000b"}, 422),
        ({"event_type": "entry", "visitor_name": "\ud800"}, 422),
        ({"event_type": "entry", "metadata": "x"}, 422),
        (b'{"event_type": "entry"}' + b" " * REGISTRY_BODY_BYTES, 413),
    ],
)
def test_a_bad_body_is_explained_and_writes_nothing(client: Client, body: Any, status: int) -> None:
    got, answer = client.ask("POST", "/access/logs", body)
    assert got == status
    assert 0 < len(answer["detail"]) < 1000
    assert client.ask("GET", "/access/logs") == (200, [])


def test_the_longest_texts_and_bodies_are_taken(client: Client) -> None:
    entry = {"event_type": "entry", "visitor_name": "x" * REGISTRY_FIELD_CHARS}
    assert client.ask("POST", "/access/logs", entry)[0] == 201
    body = b'{"event_type": "entry"}'
    assert client.ask("POST", "/access/logs", body.ljust(REGISTRY_BODY_BYTES))[0] == 201


def test_sql_is_only_text(client: Client, house: House) -> None:
    attack = "x'; DROP TABLE residents; --"
    assert residents(client, name=attack) == []
    assert check(client, name=attack, plate=attack, id_number=attack)["authorized"] is False
    client.ask("POST", "/access/logs", {"event_type": "entry", "visitor_name": attack})
    _, (entry,) = client.ask("GET", "/access/logs")
    assert entry["visitor_name"] == attack
    assert residents(client, unit="5")


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("DELETE", "/access/logs")])
def test_what_is_not_there_is_answered_in_json(client: Client, method: str, path: str) -> None:
    status, answer = client.ask(method, path)
    assert status in (404, 405)
    assert answer["detail"]


def test_a_check_needs_something_to_check(client: Client) -> None:
    assert client.ask("GET", "/access/visitors/check")[0] == 400
    assert client.ask("GET", "/access/visitors/check", resident_id="r1")[0] == 400


def test_foreign_keys_hold_in_the_database(house: House) -> None:
    def cross(connection: Any) -> None:
        unit = connection.execute(text("SELECT id FROM units WHERE tenant = 'robles'")).scalar()
        connection.execute(
            text("UPDATE residents SET unit_id = :unit WHERE tenant = 'encinos'"), {"unit": unit}
        )

    with pytest.raises(RegistryError, match=r"(?i)foreign key"):
        house.work(cross)

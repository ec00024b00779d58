"""PINs: what is kept of them, who may type which, and what guessing comes to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from house import NOW, House
from sqlalchemy import insert, select

from portero import limits
from portero.registry import pins
from portero.registry.pinrules import is_weak, make_pin
from portero.registry.pins import PinFound, PinRefused
from portero.registry.tables import claims, residents
from portero.registry.tables import pins as table

LOCKOUT = 900.0
ATTEMPTS = 3
PEOPLE = "residents: [{name: Ana, unit: Casa 101}, {name: Eva, unit: B-202}, {name: Luz, unit: 7}]"


@pytest.fixture
def house(database: str) -> Any:
    house = House(database)
    house.put("t", PEOPLE)
    yield house
    house.close()


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing, for tests of how many there are."""
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(1, 8, 1))
    pins._nobodys.cache_clear()


def add(house: House, digits: str = "471190", tenant: str = "t", **fields: Any) -> str:
    given = {"label": "Jardinero", "now": house.time, **fields}
    return house.work(pins.add, tenant, digits=digits, **given)


def resident(house: House, name: str) -> str:
    query = select(residents.c.id).where(residents.c.name == name)
    return str(house.work(lambda connection: connection.execute(query).scalar_one()))


def check(
    house: House, digits: str, caller: str = "100", tenant: str = "t", call: str = "c1"
) -> PinFound | str:
    return house.work(pins.check, tenant, caller, call, digits, ATTEMPTS, LOCKOUT, house.time)


def found(answer: PinFound | str) -> str:
    assert isinstance(answer, PinFound), answer
    return answer.pin_id


def tried(house: House, monkeypatch: pytest.MonkeyPatch, digits: str) -> int:
    """How many hashes it takes to check that."""
    count = 0
    real = pins._is

    def counting(secret: str, typed: str) -> bool:
        nonlocal count
        count += 1
        return real(secret, typed)

    with monkeypatch.context() as patch:
        patch.setattr(pins, "_is", counting)
        check(house, digits, caller=str(uuid4()))
    return count


def test_a_pin_of_the_house_is_found(house: House) -> None:
    pin_id = add(house, gates=["service"], uses=1)
    assert check(house, "471190") == PinFound(pin_id, "Jardinero", None, ("service",), 1)
    assert check(house, "471191") == "wrong"


def test_only_a_hash_is_kept_and_no_list_shows_it(house: House) -> None:
    add(house)
    secret = house.work(lambda c: c.execute(select(table.c.secret)).scalar_one())
    assert secret.startswith(
        f"$argon2id$v=19$m={limits.PIN_MEMORY_KIB},t={limits.PIN_PASSES},p={limits.PIN_LANES}$"
    )
    (row,) = house.work(pins.listed, "t", NOW)
    assert row["label"] == "Jardinero"
    assert "secret" not in row
    assert secret not in repr(row)


def test_another_tenants_pin_is_wrong(house: House) -> None:
    pin_id = add(house)
    assert check(house, "471190", tenant="other") == "wrong"
    assert house.work(pins.revoke, "other", pin_id) is False
    assert found(check(house, "471190")) == pin_id


@pytest.mark.parametrize("typed", ["101*471190", "0101*471190", "471190"])
def test_a_residents_pin_is_typed_with_the_unit_or_alone_where_there_are_few(
    house: House, typed: str
) -> None:
    ana = resident(house, "Ana")
    pin_id = add(house, resident_id=ana)
    answer = check(house, typed)
    assert answer == PinFound(pin_id, "Jardinero", ana, None, None)


@pytest.mark.parametrize("typed", ["7*471190", "*471190", "101*", "10*1471190", "1*01*471190", ""])
def test_with_another_unit_it_is_wrong(house: House, typed: str) -> None:
    add(house, resident_id=resident(house, "Ana"))
    assert check(house, typed) == "wrong"


def test_letters_of_a_unit_are_not_typed(house: House) -> None:
    pin_id = add(house, resident_id=resident(house, "Eva"))
    assert found(check(house, "202*471190")) == pin_id


def test_a_pin_of_the_house_is_typed_without_a_unit(house: House) -> None:
    add(house)
    assert check(house, "101*471190") == "wrong"


def test_when_there_are_many_residents_need_their_unit(
    house: House, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, eva = resident(house, "Ana"), resident(house, "Eva")
    mine = add(house, "471190", resident_id=ana)
    ours = add(house, "471191")
    for number in range(limits.PINS_TRIED - 2):
        add(house, f"83{number:02}05", resident_id=eva)
    assert not house.work(pins.needs_unit, "t", NOW)
    assert found(check(house, "471190")) == mine
    assert tried(house, monkeypatch, "999999") == limits.PINS_TRIED
    add(house, "602714", resident_id=resident(house, "Luz"))
    assert house.work(pins.needs_unit, "t", NOW)
    assert check(house, "471190") == "wrong"
    assert found(check(house, "101*471190")) == mine
    assert found(check(house, "471191")) == ours
    assert tried(house, monkeypatch, "202*999999") == limits.PINS_TRIED - 2


def test_no_more_are_kept_than_can_be_tried(house: House, cheap: None) -> None:
    for number in range(limits.PINS_TRIED):
        add(house, f"83{number:02}05")
    with pytest.raises(PinRefused, match="too many"):
        add(house, "471190")
    assert add(house, "471190", resident_id=resident(house, "Ana"))


def test_a_tenant_has_so_many_pins_and_no_more(
    house: House, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "PINS_KEPT", 2)
    add(house, "471190", resident_id=resident(house, "Ana"))
    add(house, "471191", resident_id=resident(house, "Eva"))
    with pytest.raises(PinRefused, match="too many"):
        add(house, "471192")
    add(house, "471192", tenant="other")


def test_time_does_not_tell_which_units_have_pins(
    house: House, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(house, "471190", resident_id=resident(house, "Ana"))
    add(house, "471191", resident_id=resident(house, "Eva"))
    typed = ["101*471190", "101*555123", "202*1", "303*471190", "471190", "*"]
    assert {tried(house, monkeypatch, digits) for digits in typed} == {limits.PINS_TRIED_MIN}


def test_the_same_pin_is_not_kept_twice_where_it_would_be_tried_twice(house: House) -> None:
    add(house, resident_id=resident(house, "Ana"))
    with pytest.raises(PinRefused, match="can't be used"):
        add(house)
    assert add(house, tenant="other")


def test_a_pin_of_a_resident_whom_only_the_backend_knows_is_typed_alone(house: House) -> None:
    pin_id = add(house, resident_id="backend-7")
    assert check(house, "471190") == PinFound(pin_id, "Jardinero", "backend-7", None, None)


def test_who_has_moved_out_lets_nobody_in(house: House) -> None:
    add(house, resident_id=resident(house, "Ana"))
    house.put("t", "residents: [{name: Eva, unit: B-202}]", replace=True)
    assert check(house, "101*471190") == "wrong"
    assert check(house, "471190") == "wrong"


@pytest.mark.parametrize(
    ("begins", "ends", "works"),
    [(-1, 1, True), (0, 1, True), (1, 2, False), (-2, 0, False), (-2, -1, False)],
)
def test_a_pin_counts_from_its_first_moment_until_its_last(
    house: House, begins: int, ends: int, works: bool
) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in (begins, ends)]
    add(house, valid_from=hours[0], valid_until=hours[1])
    assert isinstance(check(house, "471190"), PinFound) == works


def test_a_pin_that_was_taken_back_is_wrong(house: House) -> None:
    pin_id = add(house)
    assert house.work(pins.revoke, "t", pin_id) is True
    assert house.work(pins.revoke, "t", pin_id) is False
    assert check(house, "471190") == "wrong"
    assert house.work(pins.listed, "t", NOW) == []


def use(house: House, pin_id: str, number: int = 0, tenant: str = "t") -> None:
    row = {
        "id": str(uuid4()),
        "tenant": tenant,
        "subject": f"pin:{pin_id}",
        "number": number,
        "key": str(uuid4()),
        "created_at": NOW,
    }
    house.work(lambda connection: connection.execute(insert(claims).values(**row)))


def test_a_pin_is_found_until_its_uses_are_claimed(house: House) -> None:
    pin_id = add(house, uses=2)
    use(house, pin_id, tenant="other")
    use(house, "another-pin")
    assert found(check(house, "471190")) == pin_id
    use(house, pin_id, 0)
    assert found(check(house, "471190")) == pin_id
    use(house, pin_id, 1)
    assert check(house, "471190") == "wrong"


def guess(house: House, times: int, caller: str = "100", tenant: str = "t") -> list[Any]:
    return [check(house, "999123", caller, tenant) for _ in range(times)]


def test_wrong_ones_lock_the_caller_out_and_the_right_one_no_longer_works(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(house)
    assert guess(house, ATTEMPTS + 1) == ["wrong"] * ATTEMPTS + ["locked"]
    monkeypatch.setattr(pins, "_is", None)  # nothing is tried
    assert check(house, "471190") == "locked"
    assert check(house, "471190", call="another call") == "locked"


def test_a_lockout_is_of_one_caller_and_one_tenant(house: House) -> None:
    add(house)
    guess(house, ATTEMPTS)
    assert isinstance(check(house, "471190", caller="101"), PinFound)
    add(house, tenant="other")
    assert isinstance(check(house, "471190", tenant="other"), PinFound)


def test_callers_without_a_number_are_one_caller(house: House) -> None:
    add(house)
    assert guess(house, ATTEMPTS, caller="") == ["wrong"] * ATTEMPTS
    assert check(house, "471190", caller="", call="c2") == "locked"


def test_a_lockout_ends_when_its_wrong_ones_are_old(house: House) -> None:
    add(house)
    guess(house, ATTEMPTS)
    house.time = NOW + timedelta(seconds=LOCKOUT - 1)
    assert check(house, "471190") == "locked"
    house.time = NOW + timedelta(seconds=LOCKOUT)
    assert isinstance(check(house, "471190"), PinFound)


def test_a_right_pin_takes_no_wrong_one_back(house: House) -> None:
    add(house)
    guess(house, ATTEMPTS - 1)
    assert isinstance(check(house, "471190"), PinFound)
    assert guess(house, 2) == ["wrong", "locked"]


def test_who_changes_his_number_is_stopped_too(house: House, cheap: None) -> None:
    add(house)
    most = ATTEMPTS * limits.PIN_LOCKED_CALLERS
    answers = [check(house, "999123", caller=str(number)) for number in range(most + 1)]
    assert answers == ["wrong"] * most + ["locked"]
    assert check(house, "471190", caller="100") == "locked"


def test_another_daemon_knows_of_the_lockout(house: House, database: str) -> None:
    add(house)
    guess(house, ATTEMPTS)
    other = House(database)
    assert check(other, "471190") == "locked"
    other.close()


def test_daemons_that_check_at_once_give_no_attempt_more(house: House, database: str) -> None:
    add(house)
    daemons = [House(database) for _ in range(2 * ATTEMPTS)]
    with ThreadPoolExecutor(len(daemons)) as threads:
        answers = list(threads.map(lambda daemon: check(daemon, "999123"), daemons))
    for daemon in daemons:
        daemon.close()
    assert sorted(answers) == ["locked"] * ATTEMPTS + ["wrong"] * ATTEMPTS


WEAK = (
    "1234 0123456789 7890 9876 43210 0000 111111 4747 123123 1987 2026 2580 471 4711904711901 47a1"
)


@pytest.mark.parametrize("digits", [*WEAK.split(), "", "47 11", "٤٧١١", "4711\n"])
def test_weak_pins_are_refused(house: House, digits: str) -> None:
    with pytest.raises(PinRefused, match="too easy"):
        add(house, digits)


@pytest.mark.parametrize("digits", ["4711", "1243", "471190471191", "0007", "19871"])
def test_others_are_not(digits: str) -> None:
    assert not is_weak(digits)


def test_the_bounds_of_a_pins_length() -> None:
    assert not is_weak("4711903852604"[: limits.PIN_DIGITS_MAX])
    assert is_weak("4711903852604"[: limits.PIN_DIGITS_MAX + 1])
    assert is_weak("4711"[: limits.PIN_DIGITS_MIN - 1])


def test_a_pin_that_is_made_up_is_long_and_not_weak() -> None:
    made = {make_pin() for _ in range(500)}
    assert len(made) > 490
    assert {len(digits) for digits in made} == {limits.PIN_DIGITS_MADE}
    assert not any(map(is_weak, made))


def test_a_refusal_says_no_digits() -> None:
    for word in ("pin_weak", "pin_taken", "pin_too_many"):
        assert "{" not in str(PinRefused(word))


def test_a_hash_that_is_damaged_is_no_ones_pin(house: House) -> None:
    add(house)
    house.work(lambda connection: connection.execute(table.update().values(secret="x")))
    assert check(house, "471190") == "wrong"

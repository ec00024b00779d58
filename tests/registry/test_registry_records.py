"""Records of calls in a database: kept, found, counted, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from house import NOW, House
from hypothesis import given, settings
from hypothesis import strategies as st

from portero.config.operations import RecordSettings
from portero.limits import REGISTRY_FIELD_CHARS
from portero.records import CallRecord, Quality, ToolUse, Utterance
from portero.registry import RegistryError, records, retention

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FULL = RecordSettings()


@pytest.fixture
def house(database: str) -> Iterator[House]:
    house = House(database)
    yield house
    house.close()


def a_call(call_id: str = "c1", *, began: datetime = NOW, **more: Any) -> CallRecord:
    values: dict[str, Any] = {
        "tenant": "robles",
        "caller_number": "5512345678",
        "ended_at": began + timedelta(seconds=42.5),
        "status": "COMPLETED",
        "reason": "agent_said_goodbye",
    }
    return CallRecord(call_id=call_id, started_at=began, **(values | more))


def save(house: House, *calls: CallRecord, kept: RecordSettings = FULL) -> None:
    for call in calls:
        house.work(records.save, call, kept)


def ids(found: list[CallRecord]) -> list[str]:
    return [record.call_id for record in found]


def test_what_is_kept_is_read_as_it_was(house: House) -> None:
    call = a_call(
        caller_name="Peña, Ñusta",
        transcript=(Utterance(1.5, "visitor", "Vengo a la casa 12"), Utterance(3, "agent", "Sí")),
        tools=(ToolUse(2, "find_resident", {"name": "Peña", "in": [1, None]}, "done", 0.2),),
        opened=("main_gate",),
        guard_answered=True,
        cost_usd=0.0123,
        usage={"audio_in": 100.0},
        quality=Quality(frames_in=10, jitter_ms=1.5, first_sound_ms=800),
        recording="/var/spool/asterisk/monitor/c1.wav",
    )
    save(house, call)
    assert house.read(records.get, "c1") == call
    assert house.read(records.find, limit=10) == [call]


def test_the_newest_come_first_and_as_many_as_are_asked_for(house: House) -> None:
    save(house, *(a_call(f"c{n}", began=NOW + n * SECOND) for n in range(4)))
    assert ids(house.read(records.find, limit=3)) == ["c3", "c2", "c1"]


def test_they_are_found_by_tenant_and_by_when_they_began(house: House) -> None:
    save(house, *(a_call(f"c{n}", began=NOW + n * DAY) for n in range(4)))
    save(house, a_call("other", tenant="lomas", began=NOW + DAY))
    found = lambda **by: ids(house.read(records.find, limit=10, **by))  # noqa: E731
    assert found(tenant="robles") == ["c3", "c2", "c1", "c0"]
    assert found(tenant="robles", since=NOW + DAY, until=NOW + 3 * DAY) == ["c2", "c1"]
    assert found(since=NOW + DAY + SECOND) == ["c3", "c2"]
    assert found(tenant="nobody") == []


def test_an_export_has_them_all_the_oldest_first(house: House) -> None:
    save(house, *(a_call(f"c{n}", began=NOW + n * SECOND) for n in range(3)))
    save(house, a_call("other", tenant="lomas"))
    read = house.read(lambda c: ids(list(records.read(c, tenant="robles", since=NOW + SECOND))))
    assert read == ["c1", "c2"]


def test_a_beginning_of_an_id_is_enough_where_one_fits(house: House) -> None:
    save(house, a_call("ab12"), a_call("ab34"), a_call("ab3"))
    got = lambda beginning: house.read(records.get, beginning)  # noqa: E731
    assert got("ab1").call_id == "ab12"
    assert got("AB1").call_id == "ab12"
    assert got("ab3").call_id == "ab3"  # the whole id, although another begins like it
    for none in ("ab", "", "b12", "%", "a_1", "ab123"):
        assert got(none) is None


def test_what_today_cost_is_what_began_today_and_has_a_price(house: House) -> None:
    save(
        house,
        a_call("before", began=NOW - SECOND, cost_usd=100),
        a_call("first", began=NOW, cost_usd=0.25),
        a_call("second", began=NOW + DAY, cost_usd=0.5),
        a_call("unknown", began=NOW, cost_usd=None),
        a_call("other", tenant="lomas", cost_usd=7),
    )
    assert house.read(records.spent, "robles", NOW) == 0.75
    assert house.read(records.spent, "nobody", NOW) == 0.0


def test_two_daemons_on_one_database_count_together(database: str) -> None:
    one, two = House(database), House(database)
    save(one, a_call("c1", cost_usd=1.0))
    save(two, a_call("c2", cost_usd=2.0))
    assert one.read(records.spent, "robles", NOW) == two.read(records.spent, "robles", NOW) == 3.0
    assert ids(one.read(records.find, limit=5)) == ids(two.read(records.find, limit=5))
    one.close()
    two.close()


def test_a_call_is_kept_once(house: House) -> None:
    save(house, a_call())
    save(house, a_call(reason="again"))  # as after a COMMIT whose answer got lost
    assert house.read(records.find, limit=5) == [a_call()]
    with pytest.raises(RegistryError):
        save(house, a_call(tenant="lomas"))


def test_they_are_forgotten_after_their_own_time(house: House) -> None:
    save(house, a_call("old"), a_call("new", began=NOW + DAY), a_call("other", tenant="lomas"))
    prune = lambda now: house.work(  # noqa: E731
        retention.prune, "robles", now, 365, records_days=30
    )
    assert prune(NOW + 30 * DAY) == {}
    assert prune(NOW + 30 * DAY + SECOND) == {"calls": 1}
    assert sorted(ids(house.read(records.find, limit=9))) == ["new", "other"]


def test_without_a_time_of_their_own_they_stay_as_long_as_the_ledger(house: House) -> None:
    save(house, a_call())
    assert house.work(retention.prune, "robles", NOW + 30 * DAY + SECOND, 30) == {"calls": 1}


def test_what_must_not_stay_is_not_in_the_database(house: House, tmp_path: Any) -> None:
    said = "Soy Luis Peña, mi placa es ABC-123-D"
    use = ToolUse(1, "find_resident", {"name": "Luis Peña"}, "done")
    call = a_call(transcript=(Utterance(1, "visitor", said),), tools=(use,), caller_name="Luis")
    save(house, call, kept=RecordSettings(transcript="redacted", callers="masked"))
    row = str(house.read(lambda c: c.execute(records.calls.select()).all()))
    assert "COMPLETED" in row
    for word in ("Luis", "Pe\\u00f1a", "Peña", "ABC", "123", "5512345678"):
        assert word not in row


def test_whatever_was_said_is_read_as_it_was(house: House) -> None:
    numbers = count()

    @settings(max_examples=60)
    @given(
        text=st.text(st.characters(exclude_categories=()), max_size=50),
        number=st.text(max_size=REGISTRY_FIELD_CHARS + 20),
        cost=st.none() | st.floats(0, 1e6),
    )
    def round_trip(text: str, number: str, cost: float | None) -> None:
        call_id = f"h{next(numbers)}"
        call = a_call(
            call_id,
            caller_number=number,
            cost_usd=cost,
            transcript=(Utterance(0, "visitor", text),),
            tools=(ToolUse(0, "x", {"name": text}),),
        )
        save(house, call)
        assert house.read(records.get, call_id) == call

    round_trip()


def test_a_caller_whose_phone_sends_bytes_of_no_text_is_kept_too(house: House) -> None:
    save(house, a_call("c1", caller_number="55\udcff", caller_name="\udcff", reason="\udcfe"))
    assert house.work(records.get, "c1") is not None


def test_the_calls_of_a_tenant_that_is_no_more_are_forgotten_too(house: House) -> None:
    for number, (tenant, began) in enumerate(
        [("gone", NOW), ("gone", NOW + 2 * DAY), ("robles", NOW)]
    ):
        house.work(records.save, a_call(f"c{number}", began=began, tenant=tenant), FULL)
    assert house.work(records.forget_strangers, ["robles"], NOW + DAY) == 1
    assert {it.call_id for it in house.work(records.find, limit=9)} == {"c1", "c2"}

"""Whatever is done to a ledger's rows is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.registry.chain import START, Head, Row, canonical, check, link, row_hash

BODIES = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=3
)
LENGTH = 8


def chain(length: int = LENGTH) -> tuple[list[Row], Head]:
    rows: list[Row] = []
    head = Head()
    for n in range(length):
        row = link(
            head,
            tenant="robles",
            at=f"2026-11-22T18:00:0{n}.000000+00:00",
            kind="verdict",
            call_id=f"c{n % 3}",
            body={"n": n, "name": "Peña"},
        )
        rows.append(row)
        head = replace(head, number=row.number, hash=row.hash)
    return rows, head


ROWS, HEAD = chain()
PLACES = st.integers(0, LENGTH - 1)


def found(rows: list[Row], head: Head = HEAD) -> list[tuple[int, str]]:
    return [(flaw.number, flaw.word) for flaw in check(rows, head)]


def test_a_chain_is_whole() -> None:
    assert found(ROWS) == []
    assert found([], Head()) == []


def test_the_hash_is_sha_256_over_all_fields_in_order() -> None:
    """printf '%s' '["t", 1, "a", "k", "c", "{}", "0"]' | sha256sum"""
    expected = "88850d1417707c3eaf14d0d1f6ad6755ae513e41062124e6378d8e5c78af2045"
    assert row_hash("t", 1, "a", "k", "c", "{}", "0") == expected


@given(PLACES, st.sampled_from(["tenant", "at", "kind", "call_id", "body", "previous", "hash"]))
def test_a_changed_field_is_found_where_it_is(place: int, field: str) -> None:
    rows = list(ROWS)
    value = str(getattr(rows[place], field))
    rows[place] = replace(rows[place], **{field: value[:-1] + chr(ord(value[-1]) ^ 1)})
    assert ROWS[place].number in [number for number, _ in found(rows)]


@given(PLACES, st.text(max_size=5), st.text(max_size=5))
def test_text_that_moves_from_one_field_to_the_next_is_found(place: int, a: str, b: str) -> None:
    row = replace(ROWS[place], kind=a + b, call_id="")
    other = replace(row, kind=a, call_id=b)
    if row == other:
        return
    hashes = {
        row_hash(r.tenant, r.number, r.at, r.kind, r.call_id, r.body, r.previous)
        for r in (row, other)
    }
    assert len(hashes) == 2


@given(PLACES)
def test_a_row_that_is_gone_is_found_where_it_was(place: int) -> None:
    rows = [row for row in ROWS if row is not ROWS[place]]
    assert found(rows)[0][0] == ROWS[place].number


@given(PLACES)
def test_a_tail_that_was_cut_off_is_found(place: int) -> None:
    assert found(ROWS[:place]) == [(place + 1, "ledger_cut_off")]


@given(PLACES, PLACES)
def test_rows_that_changed_places_are_found(one: int, other: int) -> None:
    rows = list(ROWS)
    rows[one], rows[other] = rows[other], rows[one]
    assert bool(found(rows)) == (one != other)


@given(PLACES, PLACES)
def test_rows_that_changed_places_and_numbers_are_found(one: int, other: int) -> None:
    rows = list(ROWS)
    rows[one], rows[other] = (
        replace(rows[other], number=rows[one].number),
        replace(rows[one], number=rows[other].number),
    )
    assert bool(found(rows)) == (one != other)


@given(st.integers(0, LENGTH), BODIES)
def test_a_row_that_was_put_in_is_found(place: int, body: dict[str, object]) -> None:
    before = Head(place, ROWS[place - 1].hash if place else START)
    forged = link(before, tenant="robles", at="a", kind="verdict", call_id="c", body=body)
    rows = list(ROWS)
    rows.insert(place, forged)
    assert found(rows)
    pushed = [replace(row, number=n) for n, row in enumerate(rows, 1)]
    assert found(pushed)


@given(PLACES, BODIES)
def test_a_row_that_was_changed_with_its_hash_breaks_the_next(
    place: int, body: dict[str, object]
) -> None:
    rows = list(ROWS)
    head = Head(place, ROWS[place].previous)
    row = ROWS[place]
    rows[place] = link(head, tenant="robles", at=row.at, kind="no", call_id="c", body=body)
    number, word = found(rows)[0]
    last = place == LENGTH - 1
    assert (number, word) == (LENGTH, "ledger_not_head") if last else (place + 2, "ledger_broken")


@given(st.integers(1, LENGTH))
def test_the_rest_of_a_chain_that_was_cut_is_whole(cut: int) -> None:
    head = replace(HEAD, cut_number=cut, cut_hash=ROWS[cut - 1].hash)
    assert found(ROWS[cut:], head) == []
    assert found(ROWS[cut + 1 :], head) or cut == LENGTH


@given(BODIES)
def test_a_body_has_one_text(body: dict[str, object]) -> None:
    shuffled = dict(reversed(list(body.items())))
    assert canonical(shuffled) == canonical(body)
    assert canonical(body).isascii()


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"at": float("nan")})

"""Plates that open: those that a camera surely saw, of an authorised visit, and no others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from doorway import EPOCH, FOUND, NOT_FOUND, ROBLES, Visit, logged, output
from hypothesis import given
from hypothesis import strategies as st
from wire import Running, Wire

from portero.config.rules import PolicySettings, RuleSettings
from portero.doorman.backend import BackendClient
from portero.doorman.facts import Plate
from portero.doorman.platefacts import PlateFacts
from portero.limits import PLATES_JUDGED

RULES = PolicySettings(rules=(RuleSettings(name="plate", plate_within=120, plate_confidence=0.8),))
TENANT = ROBLES.model_copy(update={"policy": RULES})
VISIT = {"authorized": True, "visitor": {**FOUND["visitor"], "plate": "ABC123D"}}  # type: ignore[dict-item]


def seen(plate: str = "ABC-123-D", ago: float = 10, **more: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(EPOCH - ago, UTC).isoformat()
    return {"plate": plate, "timestamp": at, "camera_id": "cam1", "confidence": 0.9, **more}


def ask(visit: Visit, *rows: Any, visits: Any = None, name: str = "Juan Pérez") -> Running:
    """open_gate, where a camera saw `rows`; visits: answers to the checks of their plates."""
    opening = visit.open(name)
    recent = visit.wire.accept()
    assert b"GET /api/v1/camera-events/plates/recent?minutes=2 " in recent.received
    recent.answer(200, json.dumps({"plates": rows}).encode())
    for answer in [VISIT] if visits is None else visits:
        check = visit.answer(answer)
        assert b"GET /api/v1/access/visitors/check?plate=" in check.received
    return opening


@pytest.fixture
def visit() -> Any:
    visit = Visit(TENANT)
    yield visit
    visit.wire.assert_nothing_left()


def test_a_plate_that_was_surely_seen_opens_for_its_visit(visit: Visit) -> None:
    opening = ask(visit, seen())
    visit.opens()
    assert opening.result.verdict.rule == "plate"


@pytest.mark.parametrize(
    "confidence", [None, 0.79, -1, 1.01, 5, 95, True, "0.9", [0.9], float("nan")]
)
def test_a_reading_without_a_sure_confidence_opens_nothing(visit: Visit, confidence: Any) -> None:
    opening = ask(visit, seen(confidence=confidence))
    assert opening.result.verdict.allowed is False


@pytest.mark.parametrize("plate", ["A8C123D", "ABC1230", "ABC123", "BC123D"])
def test_a_plate_that_only_looks_like_it_opens_nothing(visit: Visit, plate: str) -> None:
    assert ask(visit, seen(plate)).result.verdict.allowed is False


@pytest.mark.parametrize("ago", [121, 3600, -60])
def test_a_plate_of_another_time_opens_nothing(visit: Visit, ago: float) -> None:
    opening = ask(visit, seen(ago=ago), visits=[VISIT] if ago < 0 else [])
    assert opening.result.verdict.allowed is False


def test_the_plate_of_another_visit_opens_nothing(visit: Visit) -> None:
    assert ask(visit, seen(), name="Pedro Gómez").result.verdict.allowed is False


def test_a_plate_of_nobody_opens_nothing(visit: Visit) -> None:
    assert ask(visit, seen(), visits=[NOT_FOUND]).result.verdict.allowed is False


@pytest.mark.parametrize("step", ["seen", "expected"])
@pytest.mark.parametrize("how", ["401", "404", "<html>"])
def test_a_backend_that_is_away_opens_nothing(visit: Visit, step: str, how: str) -> None:
    with logged() as lines:
        opening = visit.open()
        if step == "expected":
            visit.answer({"plates": [seen()]})
        status, body = (200, b"<html>") if how == "<html>" else (int(how), b"{}")
        visit.wire.accept().answer(status, body)
    assert opening.result.verdict.allowed is False
    assert output(opening)["message"]
    assert [line for line in lines if line.startswith("No plates to judge by")]


def test_no_camera_is_asked_where_no_rule_wants_to_know() -> None:
    visit = Visit()
    assert visit.open().result.verdict.rule == "not_checked"
    visit.wire.assert_nothing_left()


def test_only_so_many_cars_are_judged_the_latest_first(visit: Visit) -> None:
    cars = [seen(f"AAA100{n}", ago=100 - n) for n in range(PLATES_JUDGED + 1)]
    opening = visit.open()
    visit.answer({"plates": cars})
    asked = [visit.answer(NOT_FOUND).received for _ in range(PLATES_JUDGED)]
    assert f"plate=AAA100{PLATES_JUDGED}".encode() in asked[0]
    assert not [request for request in asked if b"AAA1000" in request]
    assert opening.result.verdict.allowed is False


def test_a_car_that_was_seen_often_is_asked_for_once(visit: Visit) -> None:
    ask(visit, *[seen(ago=n) for n in range(1, 20)])
    visit.opens()


def test_a_one_time_visit_is_used_up_by_its_plate() -> None:
    once = {"authorized": True, "visitor": {**VISIT["visitor"], "uses": 1}}  # type: ignore[dict-item]
    visit = Visit(TENANT)
    ask(visit, seen(), visits=[once])
    visit.opens()
    other = Visit(TENANT, shelf=visit.shelf, wire=visit.wire, call_id="c2")
    assert ask(other, seen(), visits=[once]).result.verdict.allowed is False


class Camera:
    """One that portero asks itself."""

    def recent(self, since: float) -> list[Plate]:
        return [Plate("XYZ987", EPOCH - 5, 0.95, "own"), Plate("OLD111", EPOCH - 500, 0.95)]


def test_own_cameras_and_the_backends_are_one_list_newest_first() -> None:
    wire = Wire()
    backend = BackendClient("http://backend:80", None, reactor=wire.reactor, http=wire.http)
    facts = PlateFacts("robles", backend, [Camera()], now=lambda: EPOCH)
    running = Running(facts.seen(60))
    wire.accept().answer(200, json.dumps([seen(ago=1), seen("AAA111", ago=30)]).encode())
    assert [plate.text for plate in running.result] == ["ABC-123-D", "XYZ987", "AAA111"]


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
rows = st.dictionaries(
    st.sampled_from(["plate", "timestamp", "seen_at", "confidence", "camera_id"]),
    values | st.datetimes().map(str),
)


@given(st.lists(values | rows, max_size=6) | values | rows)
def test_strange_answers_about_plates_break_nothing(answer: Any) -> None:
    visit = Visit(TENANT, wire=Wire(), shelf=SHELF.shelf)
    with logged():
        opening = visit.open()
        visit.wire.accept().answer(200, json.dumps(answer).encode())
        while visit.wire.waiting:
            visit.answer(NOT_FOUND)
    assert opening.result.verdict.allowed is False


SHELF = Visit(TENANT)

"""Draining: who is inside has time, and the process ends once."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from portero.service.stopping import Draining
from portero.service.supervisor import Supervisor


class Desk:
    """A front desk with visitors inside."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.turned_away = 0
        self._empty: Deferred[None] = Deferred()

    def turn_away(self) -> Deferred[None]:
        self.turned_away += 1
        if not self.calls:
            self._empty.callback(None)
        return self._empty

    def leave(self) -> None:
        self.calls = 0
        self._empty.callback(None)


class House:
    def __init__(self, calls: int) -> None:
        self.clock = Clock()
        self.desk = Desk(calls)
        self.ended = 0
        self.draining = Draining(
            self.desk,  # type: ignore[arg-type]
            Supervisor({}, self.clock),
            seconds=lambda: 60.0,
            clock=self.clock,
            end=self._end,
        )

    def _end(self) -> None:
        self.ended += 1


def test_with_nobody_inside_it_ends_at_once() -> None:
    house = House(calls=0)
    house.draining.begin()
    assert house.ended == 1


def test_it_ends_when_the_last_visitor_has_left() -> None:
    house = House(calls=2)
    house.draining.begin()
    house.clock.advance(59)
    assert (house.desk.turned_away, house.ended) == (1, 0)
    house.desk.leave()
    assert house.ended == 1
    house.clock.advance(60)
    assert house.ended == 1
    assert house.clock.getDelayedCalls() == []


def test_it_ends_when_their_time_is_up() -> None:
    house = House(calls=2)
    house.draining.begin()
    house.clock.advance(59.9)
    assert house.ended == 0
    house.clock.advance(0.2)
    assert house.ended == 1


def test_asked_twice_it_ends_at_once_and_only_once() -> None:
    house = House(calls=2)
    house.draining.begin()
    house.draining.begin()
    assert (house.desk.turned_away, house.ended) == (1, 1)
    house.draining.begin()
    house.desk.leave()
    assert house.ended == 1


def test_a_process_that_somebody_else_has_ended_is_not_ended_again() -> None:
    house = House(calls=1)
    house.draining.over()
    house.draining.begin()
    assert (house.draining.begun, house.ended) == (True, 0)


def test_who_drains_when_the_process_ends_does_not_end_it_again() -> None:
    house = House(calls=1)
    house.draining.begin()
    house.draining.over()
    house.desk.leave()
    assert house.ended == 0

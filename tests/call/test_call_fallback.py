"""The keypad without the model: what keys do, and how each visit ends."""

from __future__ import annotations

from typing import Any

import pytest
from call.handset import Exchange, Handset, stock_prompts

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from portero.call.fallback import Door, Fallback
from portero.call.outcome import Broken, Goodbye, VisitorGone
from portero.doorman.keys import Typed
from portero.limits import FALLBACK_KEY_SECONDS

PAUSE = 6.0


class Menu:
    """One visitor before the menu; doors answer when the test says so."""

    def __init__(self, tries: int = 3) -> None:
        self.clock, self.exchange, self.handset = Clock(), Exchange(), Handset()
        self.asked: list[str] = []
        self.door: Deferred[Door] = Deferred()
        self.ending: list[Any] = []
        running = Deferred.fromCoroutine(
            Fallback(
                self.handset,  # type: ignore[arg-type]
                self.exchange,  # type: ignore[arg-type]
                self,
                stock_prompts(),
                unique_id="7.1",
                clock=self.clock,
                language="es-MX",
                tries=tries,
                pause=PAUSE,
                reason="realtime_lost",
            ).run()
        )
        running.addBoth(self.ending.append)

    async def open_by_pin(self, typed: Typed) -> Door:
        self.asked.append(f"pin {typed.digits}")
        return await self._answer()

    async def call_unit(self, unit: str) -> Door:
        self.asked.append(f"unit {unit}")
        return await self._answer()

    def answers(self, door: Door) -> None:
        self.door.callback(door)

    def over(self) -> Any:
        """How it ended; nothing listens or waits any longer."""
        assert self.exchange.handlers == []
        assert self.clock.getDelayedCalls() == []
        (ending,) = self.ending
        return ending

    async def _answer(self) -> Door:
        self.door = Deferred()
        return await self.door


def test_a_right_pin_ends_the_visit() -> None:
    menu = Menu()

    menu.exchange.keys("4712#")
    menu.answers("gate_ordered")

    assert menu.asked == ["pin 4712"]
    assert menu.over() == Goodbye("keypad")
    assert menu.handset.heard[-2:] == ["auth-thankyou", "vm-goodbye"]


def test_keys_of_other_channels_and_sent_keys_do_not_count() -> None:
    menu = Menu()

    menu.exchange.keys("4712#", "8.1")
    menu.exchange.keys("4712#", direction="Sent")

    assert menu.asked == []


def test_each_wrong_pin_is_a_try_and_then_the_guard_is_called() -> None:
    menu = Menu(tries=2)

    for _ in range(2):
        menu.exchange.keys("1234#")
        menu.answers("pin_wrong")

    assert menu.asked == ["pin 1234"] * 2
    assert menu.over() == Broken("realtime_lost")
    assert menu.handset.heard[-2:] == ["vm-incorrect", "pbx-transfer"]


def test_a_visitor_who_presses_nothing_reaches_the_guard() -> None:
    menu = Menu(tries=2)

    menu.clock.advance(PAUSE)
    assert menu.ending == []
    menu.clock.advance(PAUSE)

    assert menu.over() == Broken("realtime_lost")


@pytest.mark.parametrize("typed", ["0", "0#"])
def test_zero_is_the_guard(typed: str) -> None:
    menu = Menu()

    menu.exchange.keys(typed)
    menu.clock.advance(FALLBACK_KEY_SECONDS)

    assert menu.asked == []
    assert menu.over() == Broken("realtime_lost")


def test_a_pin_may_begin_with_zero() -> None:
    menu = Menu()

    menu.exchange.keys("0")
    menu.clock.advance(FALLBACK_KEY_SECONDS - 0.1)
    menu.exchange.keys("471#")

    assert menu.asked == ["pin 0471"]


def test_a_house_is_called_while_the_visitor_hears_it_ring() -> None:
    menu = Menu()

    menu.exchange.keys("12*#")
    assert menu.handset.heard[-1] == "(Playtones)"
    menu.answers("gate_ordered")

    assert menu.asked == ["unit 12"]
    assert menu.over() == Goodbye("keypad")


def test_a_unit_with_a_pin_is_a_pin() -> None:
    menu = Menu()

    menu.exchange.keys("12*4712#")

    assert menu.asked == ["pin 12*4712"]


def test_what_is_typed_while_a_pin_is_checked_is_forgotten() -> None:
    menu = Menu()
    menu.exchange.keys("1234#")

    menu.exchange.keys("5678#")
    menu.answers("pin_wrong")

    assert menu.asked == ["pin 1234"]


def test_a_visitor_who_leaves_at_the_menu_is_gone() -> None:
    menu = Menu()

    menu.handset.leave()

    assert menu.over() == VisitorGone()


def test_a_gate_that_is_being_ordered_is_not_taken_back_by_a_hangup() -> None:
    menu = Menu()
    menu.exchange.keys("4712#")

    menu.handset.leave()
    assert menu.ending == []
    menu.answers("gate_ordered")

    assert menu.over() == VisitorGone()


def test_a_house_where_nobody_answers_leaves_the_other_tries() -> None:
    menu = Menu()
    menu.exchange.keys("12*#")

    menu.answers("no_answer")
    menu.clock.advance(PAUSE)
    menu.clock.advance(PAUSE)

    assert menu.over() == Broken("realtime_lost")

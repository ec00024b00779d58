"""Calls of our own: what Asterisk is asked for, and how they end."""

from __future__ import annotations

from typing import Any

import pytest
from call.handset import Exchange, Handset, stock_prompts

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from portero.asterisk.error import AMICommandFailure
from portero.call.phone import ManagerPhone, own_url
from portero.config.settings import FastAGISettings
from portero.doorman.actions import ResidentCall
from portero.limits import (
    ALERT_RING_SECONDS,
    ALERT_ROUNDS,
    ORIGINATED_SECONDS,
    RESIDENT_HANGUP_SECONDS,
    RESIDENT_KEY_SECONDS,
    RESIDENT_MENU_ROUNDS,
    RESIDENT_STRAY_SECONDS,
    TALK_SECONDS,
)

CALL = ResidentCall("q", "lomas", "5", "residents", "100", 20.0, "Juan", "es-MX")


class Actions:
    """The visitor's call."""

    def __init__(self) -> None:
        self.talks: list[str] = []
        self.talk: Deferred[bool] = Deferred()

    async def talk_with(self, channel: str) -> bool:
        self.talks.append(channel)
        return await self.talk


class Ringing:
    """One call to a resident."""

    def __init__(self, **how: Any) -> None:
        self.clock, self.exchange, self.actions = Clock(), Exchange(), Actions()
        self.phone = ManagerPhone(self.exchange, stock_prompts(), clock=self.clock, **how)  # type: ignore[arg-type]
        self.results: list[Any] = []
        self.asking = Deferred.fromCoroutine(self.phone.ask(CALL, self.actions))  # type: ignore[arg-type]
        self.asking.addBoth(self.results.append)
        (self.order,) = self.exchange.originated
        self.exchange.tell("Newchannel", self.order["channelid"], Channel="Local/5-1;1")

    def picks_up(self, handset: Handset) -> None:
        self.exchange.answer.callback(None)
        handset.variables["agi_uniqueid"] = self.order["channelid"]
        handset.variables["agi_arg_1"] = self.order["variable"]["PORTERO_QUESTION"]
        Deferred.fromCoroutine(self.phone.answered(handset))  # type: ignore[arg-type]

    def nothing_is_left(self) -> None:
        self.exchange.tell("Hangup", self.order["channelid"])
        assert self.exchange.handlers == []
        assert self.clock.getDelayedCalls() == []


@pytest.mark.parametrize(("key", "answer"), [("1", "approve"), ("2", "refuse")])
def test_a_key_answers(key: str, answer: str) -> None:
    ringing, handset = Ringing(), Handset()
    handset.presses["followme/options"] = key

    ringing.picks_up(handset)

    assert ringing.results == [answer]
    assert handset.heard[-1] == "(hung up)"
    ringing.nothing_is_left()


def test_only_a_token_is_told_to_asterisk() -> None:
    order = Ringing().order

    assert set(order["variable"]) == {"PORTERO_QUESTION"}
    assert "Juan" not in str(order)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("10.0.0.11", "agi://10.0.0.11:4574/portero-resident"),
        ("fd00::11", "agi://[fd00::11]:4574/portero-resident"),
    ],
)
def test_behind_a_balancer_residents_answer_to_the_daemon_that_has_called(
    address: str, url: str
) -> None:
    order = Ringing(answers_at=own_url(FastAGISettings(own_address=address))).order
    assert order["variable"]["PORTERO_RESIDENT_URL"] == url


def test_a_machine_hears_the_menu_and_presses_nothing() -> None:
    ringing, handset = Ringing(), Handset()

    ringing.picks_up(handset)

    assert ringing.results == [None]
    assert handset.heard.count("followme/options") == RESIDENT_MENU_ROUNDS


@pytest.mark.parametrize(("late", "answer"), [(-0.1, "approve"), (0.1, None)])
def test_a_resident_has_some_time_to_press_a_key(late: float, answer: str | None) -> None:
    ringing, handset = Ringing(), Handset()
    handset.digit, handset.thinks = ord("1"), RESIDENT_KEY_SECONDS + late

    ringing.picks_up(handset)

    assert ringing.results == [answer]


def test_who_can_not_be_hung_up_yet_is_hung_up_again_and_again() -> None:
    ringing, handset = Ringing(), Handset()
    handset.presses["followme/options"] = "3"
    ringing.picks_up(handset)
    ringing.exchange.keys("1", ringing.order["channelid"])
    hung_up = ringing.exchange.hung_up
    assert len(hung_up) == 1
    ringing.clock.advance(RESIDENT_HANGUP_SECONDS - 0.1)
    assert len(hung_up) == 1
    ringing.clock.advance(0.1)
    assert len(hung_up) == 2
    ringing.actions.talk.callback(True)
    assert ringing.results == ["approve"]
    ringing.nothing_is_left()


def test_a_key_of_the_resident_ends_the_talk() -> None:
    ringing, handset = Ringing(), Handset()
    handset.presses["followme/options"] = "3"
    ringing.picks_up(handset)
    channel = ringing.order["channelid"]
    assert ringing.actions.talks == [handset.variables["agi_channel"]]

    ringing.exchange.keys("1", "17.1")  # the visitor's own
    ringing.exchange.keys("1", channel, "Sent")
    ringing.exchange.keys("3", channel)
    assert ringing.exchange.hung_up == []
    ringing.exchange.keys("1", channel)
    assert ringing.exchange.hung_up == [handset.variables["agi_channel"]]
    ringing.actions.talk.callback(True)

    assert ringing.results == ["approve"]
    ringing.nothing_is_left()


def test_a_talk_without_end_is_ended_and_decides_nothing() -> None:
    ringing, handset = Ringing(), Handset()
    handset.presses["followme/options"] = "3"
    ringing.picks_up(handset)

    ringing.clock.advance(TALK_SECONDS - 0.1)
    assert ringing.exchange.hung_up == []
    ringing.clock.advance(0.1)
    assert ringing.exchange.hung_up != []
    ringing.actions.talk.callback(True)

    assert ringing.results == ["talk"]


def test_nobody_is_rung_any_longer_for_a_visitor_who_has_left() -> None:
    ringing = Ringing()

    ringing.asking.cancel()

    assert ringing.exchange.hung_up == ["Local/5-1;1"]
    assert ringing.results[0].check(CancelledError)


def test_a_channel_that_is_made_too_late_is_hung_up() -> None:
    exchange, clock = Exchange(), Clock()
    phone = ManagerPhone(exchange, stock_prompts(), clock=clock)  # type: ignore[arg-type]
    asking = Deferred.fromCoroutine(phone.ask(CALL, Actions()))  # type: ignore[arg-type]
    asking.addErrback(lambda _: None)
    asking.cancel()
    clock.advance(RESIDENT_STRAY_SECONDS - 1)

    exchange.tell("Newchannel", exchange.originated[0]["channelid"], Channel="Local/5-2;1")

    assert exchange.hung_up == ["Local/5-2;1"]
    assert exchange.handlers == []
    assert clock.getDelayedCalls() == []


def test_a_channel_that_never_comes_is_not_looked_for_for_ever() -> None:
    exchange, clock = Exchange(), Clock()
    phone = ManagerPhone(exchange, stock_prompts(), clock=clock)  # type: ignore[arg-type]
    asking = Deferred.fromCoroutine(phone.ask(CALL, Actions()))  # type: ignore[arg-type]
    asking.addErrback(lambda _: None)
    asking.cancel()
    clock.advance(RESIDENT_STRAY_SECONDS - 0.1)
    assert exchange.handlers != []
    clock.advance(0.1)
    assert exchange.handlers == []
    assert clock.getDelayedCalls() == []


def test_a_refused_call_is_no_answer() -> None:
    ringing = Ringing()

    ringing.exchange.answer.errback(AMICommandFailure("not answered (reason 5)"))

    assert ringing.results == [None]


class Alerting:
    """A silent alert to a guard."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.phone = ManagerPhone(self.exchange, stock_prompts(), clock=Clock())  # type: ignore[arg-type]
        self.results: list[bool] = []
        alerting = Deferred.fromCoroutine(self.phone.alert("100", "guards", language="es"))
        alerting.addCallback(self.results.append)
        (self.order,) = self.exchange.originated

    def picks_up(self, handset: Handset) -> None:
        self.exchange.answer.callback(None)
        handset.variables["agi_arg_1"] = self.order["variable"]["PORTERO_QUESTION"]
        Deferred.fromCoroutine(self.phone.answered(handset))  # type: ignore[arg-type]


def test_an_alert_is_said_more_than_once() -> None:
    alerting, handset = Alerting(), Handset()
    alerting.picks_up(handset)
    assert alerting.results == [True]
    assert handset.heard.count("tt-somethingwrong") == ALERT_ROUNDS
    assert handset.heard[-1] == "(hung up)"


def test_a_key_ends_the_alert() -> None:
    alerting, handset = Alerting(), Handset()
    alerting.picks_up(handset)
    again, hasty = Alerting(), Handset()
    hasty.presses[handset.heard[0]] = "5"
    again.picks_up(hasty)
    assert again.results == [True]
    assert hasty.heard == [handset.heard[0], "(hung up)"]


def test_a_guard_is_rung_for_so_long_and_was_not_alerted() -> None:
    alerting = Alerting()
    assert alerting.order["timeout"] == ALERT_RING_SECONDS
    alerting.exchange.answer.errback(AMICommandFailure("not answered (reason 3)"))
    assert alerting.results == [False]


def test_our_half_of_a_call_to_an_extension_ends_by_itself() -> None:
    exchange = Exchange()
    phone = ManagerPhone(exchange, stock_prompts(), clock=Clock())  # type: ignore[arg-type]
    calling = Deferred.fromCoroutine(phone.originate("700", "gates", ring_seconds=9.0))
    (order,) = exchange.originated
    assert (order["application"], order["data"]) == ("Wait", str(int(ORIGINATED_SECONDS)))
    assert order["timeout"] == 9.0
    exchange.answer.callback(None)
    assert SynchronousTestCase().successResultOf(calling) is True


def test_an_old_token_opens_nothing() -> None:
    ringing, handset = Ringing(), Handset()
    handset.presses["followme/options"] = "1"
    handset.variables["agi_arg_1"] = "0" * 32

    Deferred.fromCoroutine(ringing.phone.answered(handset))  # type: ignore[arg-type]

    assert ringing.results == []
    assert handset.heard == ["vm-goodbye", "(hung up)"]

"""Keys, duress, tools that wait for people, other people than the guard, and the keypad's menu."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from call.stage import TENANT, Stage

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from portero.call import Status
from portero.config.keypad import FallbackSettings, KeypadSettings
from portero.doorman.keyed import Keyed
from portero.limits import PROGRESS_SECONDS
from portero.messages import text
from portero.realtime.errors import Unreachable

BY_KEYPAD = TENANT.model_copy(
    update={"fallback": FallbackSettings(mode="keypad", tries=1, reconnects=0)}
)
PIN = "482917"


@pytest.fixture
def make_stage() -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(**options: object) -> Stage:
        stages.append(Stage(**options))  # type: ignore[arg-type]
        return stages[-1]

    yield make
    for stage in stages:
        if stage.outcome is None:
            stage.channel.hang_up_by_visitor()
        stage.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage()


# -- the visitor's keys, while the agent is there


def test_a_pin_goes_to_the_doorman_and_the_agent_learns_only_what_came_of_it(stage: Stage) -> None:
    stage.greeted()
    with capturedLogs() as logged:
        stage.press(f"{PIN}#")
    assert stage.doorman.typed_pins == [PIN]
    (told,) = stage.told("pin")
    assert stage.doorman.keyed.sentence in told
    assert PIN not in json.dumps(stage.line.sent)
    assert PIN not in str([event.get("log_format", "") + str(event) for event in logged])


def test_a_wrong_pin_is_told_too(stage: Stage) -> None:
    stage.doorman.keyed = Keyed("wrong", text("pin_wrong", "es"))
    stage.greeted()
    stage.press("111222#")
    assert text("pin_wrong", "es") in stage.told("pin")[0]


def test_a_keypad_that_is_switched_off_is_not_listened_to(
    make_stage: Callable[..., Stage],
) -> None:
    deaf = TENANT.model_copy(update={"keypad": KeypadSettings(enabled=False)})
    stage = make_stage(tenant=deaf)
    stage.greeted()
    stage.press(f"{PIN}#")
    assert stage.doorman.typed_pins == []


def test_keys_that_are_pressed_while_the_guard_rings_open_nothing(stage: Stage) -> None:
    stage.greeted()
    stage.turn("t")
    stage.speak("t")
    stage.calls("t", "transfer_to_guard")
    stage.done("t")
    stage.play()
    assert stage.channel.dials[-1].destination.startswith("Local/100@guards")
    stage.press(f"{PIN}#")
    assert stage.doorman.typed_pins == []


# -- what only the guard may know


def test_a_duress_word_is_in_no_log(stage: Stage) -> None:
    stage.doorman.duress = "girasol"
    stage.greeted()
    with capturedLogs() as logged:
        stage.call.said("visitor", "Vengo por el girasol de mi tía")
        stage.call.said("visitor", "Vengo a ver a mi tía")
    said = [event["text"] for event in logged if "User said" in event.get("log_format", "")]
    assert said == ["[...]", "Vengo a ver a mi tía"]


# -- tools


def asks_for(stage: Stage, response: str, tool: str) -> None:
    """The agent calls a tool without a word, and its response is over."""
    stage.turn(response)
    stage.calls(response, tool)
    stage.done(response)


def test_a_tool_that_takes_long_is_bridged_with_a_word(stage: Stage) -> None:
    stage.doorman.answers["check_visitor"] = Deferred()
    stage.greeted()
    asks_for(stage, "t", "check_visitor")
    stage.play(PROGRESS_SECONDS - 0.1)
    assert stage.told("one_moment") == []
    stage.play(0.2)
    assert len(stage.told("one_moment")) == 1


def test_who_is_asked_by_phone_holds_up_no_other_tool(stage: Stage) -> None:
    stage.doorman.slow.add("notify_resident")
    stage.doorman.answers["notify_resident"] = answer = Deferred[str]()
    stage.greeted()
    asks_for(stage, "a", "notify_resident")
    asks_for(stage, "b", "check_visitor")
    assert stage.tool_outputs().keys() == {"call_check_visitor"}
    answer.callback('{"answer": "approved"}')
    assert stage.tool_outputs()["call_notify_resident"] == {"answer": "approved"}


def test_nobody_is_asked_any_longer_when_the_visitor_has_left(stage: Stage) -> None:
    cancelled = []
    stage.doorman.slow.add("notify_resident")
    stage.doorman.answers["notify_resident"] = Deferred(cancelled.append)
    stage.greeted()
    asks_for(stage, "a", "notify_resident")
    stage.channel.hang_up_by_visitor()
    assert len(cancelled) == 1
    assert stage.doorman.closed
    assert stage.outcome is not None
    assert stage.outcome.status is Status.HANGUP


def test_an_extension_of_the_settings_that_does_not_answer_gives_the_visitor_back(
    stage: Stage,
) -> None:
    stage.greeted()
    stage.turn("t")
    stage.speak("t")
    stage.done("t")
    assert stage.doorman.actions is not None
    handed = Deferred.fromCoroutine(stage.doorman.actions.transfer("300", "office", 20))
    stage.play()
    office = stage.channel.dials[-1]
    assert (office.destination, office.seconds) == ("Local/300@office/n", 20)
    stage.channel.set["DIALSTATUS"] = "NOANSWER"
    office.ended.callback("0")
    assert json.loads(handed.result)["transferred"] is False
    assert stage.channel.dials[-1].destination.startswith("UnicastRTP/")


def test_a_visitor_who_has_talked_to_a_resident_is_back_with_the_agent(stage: Stage) -> None:
    stage.greeted()
    assert stage.doorman.actions is not None
    talking = Deferred.fromCoroutine(stage.doorman.actions.talk_with("Local/5@residents-1;1"))
    ((channel, bridged),) = stage.channel.bridged
    assert channel == "Local/5@residents-1;1"
    assert stage.manager.hung_up[-1].startswith("UnicastRTP/"), "the leg has made room"
    stage.channel.set["BRIDGERESULT"] = "SUCCESS"
    bridged.callback("0")
    assert talking.result is True
    assert stage.channel.dials[-1].destination.startswith("UnicastRTP/")


def test_two_ways_out_at_once_are_one(stage: Stage) -> None:
    stage.greeted()
    actions = stage.doorman.actions
    assert actions is not None
    first = Deferred.fromCoroutine(actions.talk_with("Local/5@residents-1;1"))
    second = Deferred.fromCoroutine(actions.talk_with("Local/6@residents-1;1"))
    assert second.result is False
    assert not first.called
    stage.channel.bridged[0][1].callback("0")
    assert len(stage.channel.bridged) == 1


# -- without the model


def test_without_the_model_the_menu_is_played_and_then_the_guard_is_called(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(tenant=BY_KEYPAD)
    stage.start()
    stage.leg_up()
    stage.connecting.errback(Unreachable("api.example", "refused"))
    assert stage.channel.heard, "the visitor hears something at once"
    stage.clock.pump([0.5] * 60)
    assert stage.channel.dials[-1].destination == "Local/100@guards/n"
    assert ("fallback", {"mode": "keypad", "reason": "realtime_unreachable"}) in stage.doorman.notes
    stage.channel.set["DIALSTATUS"] = "ANSWER"
    stage.channel.dials[-1].ended.callback("0")
    assert stage.outcome is not None
    assert stage.outcome.status is Status.TRANSFERRED


def test_without_the_model_a_pin_opens(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(tenant=BY_KEYPAD)
    stage.start()
    stage.leg_up()
    stage.connecting.errback(Unreachable("api.example", "refused"))
    stage.press(f"{PIN}#")
    assert stage.doorman.typed_pins == [PIN], "counted once, by one listener"
    assert stage.outcome is not None
    assert (stage.outcome.status, stage.outcome.reason) == (Status.COMPLETED, "keypad")


def test_a_daemon_that_stops_gives_back_a_visitor_at_the_menu(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(tenant=BY_KEYPAD)
    stage.start()
    stage.leg_up()
    stage.connecting.errback(Unreachable("api.example", "refused"))
    stage.call.stop()
    assert stage.outcome is not None
    assert (stage.outcome.status, stage.outcome.reason) == (Status.FAILED, "shutdown")


def test_a_call_that_is_too_long_goes_to_the_guard_and_not_to_the_menu(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(tenant=BY_KEYPAD, max_call_seconds=10)
    stage.greeted()
    stage.play(10)
    assert stage.channel.heard == []
    assert stage.channel.dials[-1].destination == "Local/100@guards/n"

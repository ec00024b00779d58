"""How calls go and how they end: every ending leads somewhere, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from call.stage import TENANT, Stage

from twisted.internet.defer import Deferred, fail
from twisted.logger import capturedLogs

from portero.asterisk.error import AGICommandFailure, AGIDisconnected
from portero.call import Outcome, Status
from portero.limits import (
    AGENT_SILENCE_SECONDS,
    DIAL_SECONDS,
    FIRST_SOUND_SECONDS,
    LAST_WORD_SECONDS,
    LEG_GRACE_SECONDS,
    LEG_SECONDS,
    TOOL_CALLS_WAITING,
    TURN_SECONDS,
)
from portero.realtime.errors import Unreachable


@pytest.fixture
def stage() -> Iterator[Stage]:
    staged = Stage()
    yield staged
    staged.close()


def ended(stage: Stage) -> tuple[str, str]:
    """Status and reason, which the dialplan must have been told too."""
    assert stage.outcome is not None, "the call has not ended"
    assert stage.channel.set["PORTERO_STATUS"] == stage.outcome.status.value
    assert stage.channel.set["PORTERO_REASON"] == stage.outcome.reason
    assert stage.channel.finished
    return stage.outcome.status, stage.outcome.reason


def test_the_call_id_is_known_to_the_dialplan_from_the_start(stage: Stage) -> None:
    stage.start()
    assert stage.channel.set["PORTERO_CALL_ID"] == "c1"
    stage.channel.hang_up_by_visitor()


def test_the_leg_is_bounded_by_asterisk_and_does_not_take_the_visitor_with_it(stage: Stage) -> None:
    stage.start()
    (dialled,) = stage.channel.dials
    assert dialled.destination == "UnicastRTP/127.0.0.1:32000/c(slin16)"
    assert dialled.seconds == DIAL_SECONDS
    assert dialled.options == f"gS({600 + LEG_GRACE_SECONDS})"  # 600: max_call_seconds
    stage.channel.hang_up_by_visitor()


def test_a_visitor_who_hangs_up(stage: Stage) -> None:
    stage.greeted()
    stage.channel.hang_up_by_visitor()
    assert ended(stage) == (Status.HANGUP, "visitor_hung_up")
    assert stage.line.closed
    assert stage.channel.commands == ["answer"]


def test_a_visitor_who_hangs_up_before_the_realtime_session_is_there(stage: Stage) -> None:
    stage.start()
    stage.channel.hang_up_by_visitor()
    assert ended(stage) == (Status.HANGUP, "visitor_hung_up")
    assert stage.connecting.called  # given up


def test_a_visitor_who_hung_up_before_the_answer(stage: Stage) -> None:
    stage.channel.gone = True
    stage.start()
    assert ended(stage) == (Status.HANGUP, "channel_gone")


def test_sound_of_the_visitor_flows_once_the_session_is_set_up(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.play(0.2)
    assert stage.line.appended == 0
    stage.realtime_up()
    stage.play(0.2)
    assert abs(stage.line.appended - 200 * 48) <= 20 * 48
    stage.channel.hang_up_by_visitor()


def test_a_greeting_that_comes_before_the_channel_is_answered_waits_for_it(stage: Stage) -> None:
    """ANSWER takes up to 500 ms, and a Realtime server may be quicker."""
    stage.channel.answering = answering = Deferred()
    stage.start()
    stage.realtime_up()
    stage.speak("greeting")
    stage.done("greeting")
    stage.play(1.0)
    answering.callback(0)
    stage.leg_up()
    stage.play(0.16)
    stage.speech_starts()
    (cut,) = [event for event in stage.line.sent if event["type"] == "conversation.item.truncate"]
    assert 40 <= cut["audio_end_ms"] <= 160  # of 200 ms, after the prebuffer
    stage.channel.hang_up_by_visitor()


def test_a_visitor_who_hangs_up_while_he_is_answered(stage: Stage) -> None:
    stage.channel.answering = answering = Deferred()
    stage.manager.knows_legs = False
    stage.start()
    answering.errback(AGICommandFailure(-1, "ANSWER: the result is -1"))
    assert ended(stage) == (Status.HANGUP, "channel_gone")


def test_a_call_that_breaks_while_it_is_answered_needs_no_leg(stage: Stage) -> None:
    stage.channel.answering = answering = Deferred()
    stage.manager.knows_legs = False
    stage.start()
    stage.call.stop()
    answering.callback(0)
    assert ended(stage) == (Status.FAILED, "shutdown")
    assert not any("UnicastRTP" in dialled.destination for dialled in stage.channel.dials)


def test_a_daemon_that_stops_leaves_the_visitor_to_the_guard_and_does_not_wait(
    stage: Stage,
) -> None:
    stage.greeted()
    stage.call.stop()
    guard = stage.channel.dials[-1]
    assert TENANT.guard is not None
    assert guard.destination == f"Local/{TENANT.guard.extension}@{TENANT.guard.context}/n"
    assert guard.options == "r"  # no `g`: the two who have talked are done
    assert not guard.ended.called
    # Set before: nobody is there any more to say that nobody has answered.
    assert ended(stage) == (Status.FAILED, "shutdown")


@pytest.mark.parametrize(
    ("answers", "status"), [(False, Status.FAILED), (True, Status.TRANSFERRED)]
)
def test_a_daemon_that_stops_leaves_a_visitor_with_the_guard_who_is_rung_or_talks(
    stage: Stage, answers: bool, status: Status
) -> None:
    stage.greeted()
    stage.call.agent_failed("realtime_lost")
    guard = stage.channel.dials[-1]
    if answers:
        stage.manager.tell("DialEnd", DialStatus="ANSWER")
    stage.call.stop()
    assert (stage.outcome, stage.channel.finished) == (Outcome(status, "shutdown"), True)
    assert stage.channel.dials[-1] is guard
    # Dial keeps the AGI session: what the dialplan shall know afterwards goes another way.
    assert stage.manager.set == {
        "PJSIP/gate-1 PORTERO_STATUS": status.value,
        "PJSIP/gate-1 PORTERO_REASON": "shutdown",
    }
    assert "PORTERO_STATUS" not in stage.channel.set
    assert (stage.kept[0].status, stage.kept[0].guard_answered) == (status.value, answers)
    assert [note["answered"] for kind, note in stage.doorman.notes if kind == "transfer"] == [
        answers
    ]


def test_a_daemon_that_stops_without_the_ami_leaves_the_guard_ringing(stage: Stage) -> None:
    stage.greeted()
    stage.call.agent_failed("realtime_lost")
    stage.manager.connected = False
    stage.call.stop()
    assert stage.channel.finished
    assert stage.kept[0].reason == "shutdown"


def test_a_session_that_the_daemon_itself_ends_is_no_visitor_who_hung_up(stage: Stage) -> None:
    over = AGIDisconnected(-1, "SET VARIABLE: the AGI session ended")
    asked: Deferred[int] = Deferred()
    stage.channel.setVariable = lambda *_: asked  # type: ignore[method-assign]
    stage.start()
    stage.call.stop()
    stage.channel.setVariable = lambda *_: fail(over)  # type: ignore[method-assign]
    asked.errback(over)
    assert stage.outcome == Outcome(Status.FAILED, "shutdown")


def test_the_goodbye_is_played_before_the_agent_hangs_up(stage: Stage) -> None:
    stage.greeted()
    stage.turn("bye")
    stage.speak("bye")
    stage.calls("bye", "end_call")
    stage.done("bye")
    assert stage.outcome is None
    stage.play(0.1)
    assert stage.outcome is None  # 200 ms and the prebuffer are not over
    stage.play(0.4)
    assert ended(stage) == (Status.COMPLETED, "agent_said_goodbye")
    assert stage.channel.commands == ["answer", "hangup"]


def test_an_agent_that_hangs_up_without_a_word_is_told_to_say_goodbye(stage: Stage) -> None:
    stage.greeted()
    stage.turn("mute")
    stage.calls("mute", "end_call")
    stage.done("mute")
    assert stage.outcome is None
    stage.response("bye")
    stage.speak("bye")
    stage.done("bye")
    stage.play()
    assert ended(stage) == (Status.COMPLETED, "agent_said_goodbye")


def test_a_visitor_who_speaks_into_the_goodbye_is_not_hung_up_on(stage: Stage) -> None:
    stage.greeted()
    stage.turn("bye")
    stage.speak("bye")
    stage.calls("bye", "end_call")
    stage.done("bye")
    stage.play(0.06)
    stage.speech_starts()
    stage.play()
    assert stage.outcome is None
    assert stage.tool_outputs()["call_end_call"]["ended"] is False
    stage.channel.hang_up_by_visitor()


def test_a_goodbye_that_never_ends_is_cut_off(stage: Stage) -> None:
    stage.greeted()
    stage.turn("bye")
    stage.speak("bye")
    stage.calls("bye", "end_call")  # and response.done does not come
    stage.play(LAST_WORD_SECONDS + 1)
    assert ended(stage) == (Status.COMPLETED, "agent_said_goodbye")


def to_the_guard(stage: Stage) -> None:
    stage.greeted()
    stage.turn("guard")
    stage.speak("guard")
    stage.calls("guard", "transfer_to_guard")
    stage.done("guard")
    assert len(stage.channel.dials) == 1, "not before the agent has finished speaking"
    stage.play()


def test_a_transfer_that_is_answered(stage: Stage) -> None:
    to_the_guard(stage)
    guard = stage.channel.dials[1]
    assert (guard.destination, guard.options) == ("Local/100@guards/n", "gr")
    assert stage.manager.hung_up == ["UnicastRTP/127.0.0.1:32000-0x1"]
    assert not stage.line.closed
    stage.manager.tell("DialEnd", DialStatus="ANSWER")
    assert stage.line.closed  # the model's part is over: it costs no more
    stage.channel.set["DIALSTATUS"] = "ANSWER"
    guard.ended.callback("0")
    assert ended(stage) == (Status.TRANSFERRED, "agent_asked")


def test_a_guard_who_does_not_answer_gives_the_visitor_back_to_the_agent(stage: Stage) -> None:
    to_the_guard(stage)
    stage.channel.set["DIALSTATUS"] = "NOANSWER"
    stage.channel.dials[1].ended.callback("0")
    assert stage.outcome is None
    assert stage.channel.dials[2].destination.startswith("UnicastRTP/127.0.0.1:32002/")
    assert stage.tool_outputs()["call_transfer_to_guard"]["transferred"] is False
    stage.leg_up()
    stage.response("sorry")
    stage.speak("sorry")
    stage.done("sorry")
    before = stage.line.appended
    stage.play()
    assert stage.line.appended > before  # heard again
    stage.channel.hang_up_by_visitor()
    assert ended(stage) == (Status.HANGUP, "visitor_hung_up")


def test_a_visitor_who_hangs_up_while_the_guard_rings(stage: Stage) -> None:
    to_the_guard(stage)
    stage.channel.hang_up_by_visitor()
    assert ended(stage)[0] is Status.HANGUP


def test_the_model_is_lost_while_the_guard_rings_in_vain(stage: Stage) -> None:
    to_the_guard(stage)
    stage.lose_realtime()
    stage.channel.set["DIALSTATUS"] = "NOANSWER"
    stage.channel.dials[1].ended.callback("0")
    # No agent to come back to: the guard is rung once more, then the dialplan decides.
    stage.channel.dials[-1].ended.callback("0")
    assert ended(stage) == (Status.FAILED, "realtime_lost")


def broken(stage: Stage, reason: str) -> None:
    """The visitor is with the guard, who does not answer: the dialplan learns why."""
    assert stage.channel.dials[-1].destination == "Local/100@guards/n"
    assert stage.outcome is None
    stage.channel.set["DIALSTATUS"] = "NOANSWER"
    stage.channel.dials[-1].ended.callback("0")
    assert ended(stage) == (Status.FAILED, reason)


def test_no_realtime_server(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.connecting.errback(Unreachable("api.example", "refused"))
    broken(stage, "realtime_unreachable")


def test_a_defect_on_the_way_to_the_realtime_server(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    with capturedLogs() as logged:
        stage.connecting.errback(RuntimeError("nobody has thought of this"))
    assert [event["log_failure"].type for event in logged if "log_failure" in event] == [
        RuntimeError
    ]
    broken(stage, "realtime_unreachable")


def test_the_realtime_server_is_lost_mid_word(stage: Stage) -> None:
    stage.greeted()
    stage.turn("word")
    stage.speak("word")
    stage.lose_realtime()
    broken(stage, "realtime_lost")


@pytest.mark.parametrize("lost", [False, True])
def test_sound_that_the_agent_never_got_is_told_once(stage: Stage, lost: bool) -> None:
    stage.greeted()
    stage.line.dropped_bytes = 4800
    with capturedLogs() as logged:
        if lost:
            stage.lose_realtime()
        stage.channel.hang_up_by_visitor()
    assert [event["n"] for event in logged if "never reached" in event["log_format"]] == [4800]


def test_a_session_that_is_refused(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.connecting.callback(stage.line)
    error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": "no"}
    stage.hear({"type": "error", "error": error})
    broken(stage, "realtime_invalid_api_key")


def test_no_word_of_the_server_reaches_the_dialplan(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.connecting.callback(stage.line)
    error = {"type": "x", "code": "a,b)${SHELL(id)}", "message": "no"}
    stage.hear({"type": "error", "error": error})
    broken(stage, "realtime_failed")


def test_an_agent_that_never_says_a_first_word(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.realtime_up()
    stage.play(FIRST_SOUND_SECONDS - 1)
    assert len(stage.channel.dials) == 1
    stage.play(2)
    broken(stage, "no_first_sound")


def test_a_server_that_takes_us_and_never_sets_the_session_up(stage: Stage) -> None:
    stage.start()
    stage.leg_up()
    stage.connecting.callback(stage.line)
    stage.play(FIRST_SOUND_SECONDS + 1)
    broken(stage, "no_first_sound")


def test_the_first_word_is_waited_for_from_when_it_can_be_heard(stage: Stage) -> None:
    stage.manager.knows_legs = False
    stage.start()
    stage.realtime_up()
    stage.play(LEG_SECONDS - 1)
    stage.leg_up()
    stage.play(FIRST_SOUND_SECONDS - 1)
    assert len(stage.channel.dials) == 1
    stage.speak("greeting")
    stage.done("greeting")
    stage.play(AGENT_SILENCE_SECONDS)
    assert stage.outcome is None
    assert len(stage.channel.dials) == 1
    stage.channel.hang_up_by_visitor()


def test_an_agent_that_stays_silent_after_the_visitor_has_spoken(stage: Stage) -> None:
    stage.greeted()
    stage.turn("nothing")
    stage.play(AGENT_SILENCE_SECONDS + 1)
    broken(stage, "agent_silent")


def test_a_visitor_may_think_for_long(stage: Stage) -> None:
    stage.greeted()
    stage.play(3 * AGENT_SILENCE_SECONDS)
    assert stage.outcome is None
    assert len(stage.channel.dials) == 1
    stage.channel.hang_up_by_visitor()


def test_a_tool_may_take_its_time(stage: Stage) -> None:
    stage.greeted()
    slow: Deferred[str] = Deferred()
    stage.doorman.answers["find_resident"] = slow
    stage.turn("look")
    stage.calls("look", "find_resident")
    stage.done("look")
    stage.play(AGENT_SILENCE_SECONDS + 1)
    assert len(stage.channel.dials) == 1
    slow.callback('{"found": true}')
    assert stage.tool_outputs()["call_find_resident"] == {"found": True}
    stage.channel.hang_up_by_visitor()


def test_a_server_that_has_no_more_to_say_after_a_quick_tool(stage: Stage) -> None:
    stage.greeted()
    stage.turn("look")
    stage.calls("look", "find_resident")  # is answered before the response has ended
    stage.done("look")
    assert stage.line.types()[-1] == "response.create"
    stage.play(AGENT_SILENCE_SECONDS + 1)
    broken(stage, "agent_silent")


def test_a_guard_may_ring_longer_than_an_agent_may_be_silent(stage: Stage) -> None:
    to_the_guard(stage)
    stage.turn("late")  # what was on its way when the visitor's sound was taken away
    stage.play(AGENT_SILENCE_SECONDS + 1)
    stage.channel.dials[1].ended.callback("0")
    assert stage.outcome is None
    assert stage.channel.dials[2].destination.startswith("UnicastRTP/")  # back with the agent
    stage.channel.hang_up_by_visitor()


def test_asterisk_does_not_tell_where_it_listens(stage: Stage) -> None:
    stage.start()
    stage.realtime_up()
    stage.play(LEG_SECONDS + 1)
    assert stage.manager.hung_up == ["UnicastRTP/127.0.0.1:32000-0x1"]  # found by its address
    broken(stage, "no_media_leg")


def test_a_call_that_is_too_long() -> None:
    stage = Stage(max_call_seconds=60)
    stage.greeted()
    stage.play(60)
    broken(stage, "too_long")
    stage.close()


def test_a_leg_that_somebody_else_hangs_up(stage: Stage) -> None:
    stage.greeted()
    stage.channel.dials[0].ended.callback("0")
    broken(stage, "leg_ended")


def test_a_failure_with_a_guard_who_answers_is_a_transfer(stage: Stage) -> None:
    stage.greeted()
    stage.lose_realtime()
    stage.channel.set["DIALSTATUS"] = "ANSWER"
    stage.channel.dials[-1].ended.callback("0")
    assert ended(stage) == (Status.TRANSFERRED, "realtime_lost")


def test_without_a_guard_a_failure_goes_straight_to_the_dialplan() -> None:
    stage = Stage(tenant=TENANT.model_copy(update={"guard": None}))
    stage.greeted()
    stage.lose_realtime()
    assert ended(stage) == (Status.FAILED, "realtime_lost")
    stage.close()


def test_without_a_free_port_the_visitor_goes_to_the_guard(stage: Stage) -> None:
    streams = [stage.media.open(lambda _: None) for _ in range(50)]
    stage.start()
    broken(stage, "no_media_port")
    for stream in streams:
        stream.close()


def test_tools_run_one_after_the_other(stage: Stage) -> None:
    first: Deferred[str] = Deferred()
    stage.doorman.answers["check_visitor"] = first
    stage.greeted()
    stage.turn("both")
    stage.calls("both", "check_visitor")
    stage.calls("both", "open_gate")
    stage.done("both")
    assert [name for name, _ in stage.doorman.runs] == ["check_visitor"]
    first.callback('{"authorized": true}')
    assert [name for name, _ in stage.doorman.runs] == ["check_visitor", "open_gate"]
    assert stage.line.types().count("response.create") == 2  # greeting, and one for both answers
    stage.channel.hang_up_by_visitor()


def test_a_tool_that_waits_when_the_call_ends_is_not_run(stage: Stage) -> None:
    first: Deferred[str] = Deferred()
    stage.doorman.answers["check_visitor"] = first
    stage.greeted()
    stage.turn("both")
    stage.calls("both", "check_visitor")
    stage.calls("both", "open_gate")
    stage.channel.hang_up_by_visitor()
    first.callback('{"authorized": true}')
    assert [name for name, _ in stage.doorman.runs] == ["check_visitor"]


def test_a_model_that_asks_for_everything_at_once_loses_the_call_to_the_guard(
    stage: Stage,
) -> None:
    """Calls that are done in a row, each from the end of the last, would fill Python's stack."""
    stage.doorman.answers["tool_0"] = Deferred()
    stage.greeted()
    stage.turn("all")
    for n in range(TOOL_CALLS_WAITING + 1):  # one runs, the others wait
        stage.calls("all", f"tool_{n}")
    assert len(stage.channel.dials) == 1
    stage.calls("all", "one_too_many")
    broken(stage, "too_many_tools")


def test_a_tool_that_breaks_is_answered_and_ends_nothing(stage: Stage) -> None:
    stage.doorman.answers["find_resident"] = RuntimeError("a defect")
    stage.greeted()
    stage.turn("look")
    stage.calls("look", "find_resident")
    stage.done("look")
    assert stage.tool_outputs()["call_find_resident"]["done"] is False
    assert stage.outcome is None
    stage.channel.hang_up_by_visitor()


def test_a_tool_that_ends_after_the_call_is_not_answered(stage: Stage) -> None:
    late: Deferred[str] = Deferred()
    stage.doorman.answers["open_gate"] = late
    stage.greeted()
    stage.turn("open")
    stage.calls("open", "open_gate")
    stage.channel.hang_up_by_visitor()
    late.callback("{}")
    assert stage.tool_outputs() == {}


def test_the_visitor_interrupts_and_the_model_learns_what_was_heard(stage: Stage) -> None:
    stage.greeted()
    stage.turn("long")
    stage.speak("long", b"\x01\x00" * 24_000)  # 1 s
    stage.play(0.5)
    stage.speech_starts()
    (truncation,) = [
        event for event in stage.line.sent if event["type"] == "conversation.item.truncate"
    ]
    assert truncation["item_id"] == "item_long"
    # 25 beats, less those of the prebuffer.
    assert 400 <= truncation["audio_end_ms"] <= 500
    assert truncation["audio_end_ms"] % 20 == 0
    stage.channel.hang_up_by_visitor()


def test_an_engine_that_counts_as_speech_does_not_keep_the_visitor_for_ever(stage: Stage) -> None:
    stage.greeted()
    stage.speech_starts()  # and it never stops
    stage.play(TURN_SECONDS - 1)
    assert len(stage.channel.dials) == 1
    stage.play(2)
    broken(stage, "agent_silent")


def test_what_a_transfer_cuts_off_was_not_heard(stage: Stage) -> None:
    stage.greeted()
    stage.turn("long")
    stage.speak("long", b"\x01\x00" * 24_000)  # 1 s
    stage.play(0.5)
    stage.call.stop()
    truncations = [e for e in stage.line.sent if e["type"] == "conversation.item.truncate"]
    assert [event["item_id"] for event in truncations] == ["item_long"]


def test_a_visitor_whom_an_operator_redirects(stage: Stage) -> None:
    stage.greeted()
    stage.channel.gone = True  # for us: the dialplan goes on with the visitor elsewhere
    stage.channel.dials[0].ended.callback("0")
    assert ended(stage) == (Status.HANGUP, "visitor_hung_up")
    assert len(stage.channel.dials) == 1  # nobody is rung for a visitor who is not there


def test_a_leg_that_comes_up_after_the_call_has_failed_is_hung_up(stage: Stage) -> None:
    stage.start()
    stage.manager.knows_legs = False
    stage.connecting.errback(Unreachable("api.example", "refused"))
    assert stage.manager.hung_up == []
    stage.leg_up()
    assert stage.manager.hung_up == ["UnicastRTP/127.0.0.1:32000-0x1"]
    broken(stage, "realtime_unreachable")

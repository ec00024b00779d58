"""A Realtime session that breaks in mid-call: the agent stays, or fails in time."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from stage import Line

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from portero.call.agent import Agent
from portero.call.calllog import CallLog
from portero.config.settings import MediaSettings
from portero.limits import AGENT_AWAY_SECONDS, REALTIME_BACKOFF_SECONDS, REALTIME_RECONNECT_SECONDS
from portero.media import MediaService, MediaStream
from portero.realtime.client import Lost
from portero.realtime.conversation import Conversation
from portero.realtime.errors import UpgradeRefused
from portero.realtime.session import Setup

SETUP = Setup(model="gpt-realtime-2.1", instructions="Eres el portero.")
DROPPED = Lost.by(1006, "gone")


class House:
    """An agent, its call, and the server."""

    def __init__(self, reconnects: int = 2) -> None:
        self.clock = Clock()
        self.failures: list[str] = []
        self.tools: list[str] = []
        self.dials: list[tuple[Any, Deferred[Any]]] = []
        self.agent = Agent(
            lambda resume: Conversation(SETUP, resume=resume),
            self,
            connect=self._connect,
            reconnects=reconnects,
            clock=self.clock,
            log=CallLog("c1", "lomas"),
        )
        self.agent.start()
        self.line = self.accept()

    def _connect(self, listener: Any) -> Deferred[Any]:
        self.dials.append((listener, Deferred()))
        return self.dials[-1][1]

    def with_a_visitor(self) -> MediaStream:
        """The media leg stands, and its sound goes nowhere but `heard`."""
        self.media = MediaService(MediaSettings(ports=(32000, 32099)), reactor=self.clock)
        self.media.startService()
        stream = self.media.open(self.agent.append)
        stream.set_remote("127.0.0.1", 9)
        self.agent.attach(stream)
        return stream

    def heard(self, stream: MediaStream, seconds: float) -> int:
        """How many frames of any sound the visitor hears in the next seconds."""
        sent: list[bytes | None] = []
        next_frame = stream.next_frame

        def listen() -> bytes | None:
            sent.append(next_frame())
            return sent[-1]

        stream.next_frame = listen  # type: ignore[method-assign]
        self.clock.pump([0.02] * round(seconds / 0.02))
        stream.next_frame = next_frame  # type: ignore[method-assign]
        return sum(frame is not None for frame in sent)

    def call_tool(self, call_id: str, name: str, arguments: str) -> None:
        self.tools.append(call_id)

    def agent_failed(self, reason: str) -> None:
        self.failures.append(reason)

    def said(self, who: str, text: str) -> None: ...

    def accept(self) -> Line:
        """The server takes the newest connection, and sets the session up."""
        line = Line()
        self.dials[-1][1].callback(line)
        self.hear({"type": "session.created", "session": {}})
        self.hear({"type": "session.updated", "session": {}})
        for event in list(line.sent):
            if event["type"] == "conversation.item.create":
                self.hear({"type": "conversation.item.done", "item": event["item"]})
        return line

    def hear(self, event: dict[str, Any], dial: int = -1) -> None:
        self.dials[dial][0].event_received(event)

    def lose(self, lost: Lost = DROPPED) -> None:
        self.dials[-1][0].connection_lost(lost)
        self.clock.advance(0)

    def visitor_says(self, text: str) -> None:
        self.hear({"type": "input_audio_buffer.committed", "item_id": "u"})
        kind = "conversation.item.input_audio_transcription.completed"
        self.hear({"type": kind, "item_id": "u", "transcript": text})


def test_a_dropped_connection_is_replaced_at_once_and_told_what_was_said() -> None:
    house = House()
    house.visitor_says("Busco a la familia Ruiz.")
    house.lose()
    line = house.accept()
    assert "Ruiz" in str(line.sent)
    assert house.failures == []


def test_a_running_tool_answers_to_the_new_session() -> None:
    house = House()
    call = {"call_id": "call_1", "name": "check_visitor", "arguments": "{}", "response_id": "r"}
    house.hear({"type": "response.function_call_arguments.done", "item_id": "i", **call})
    house.lose()
    line = house.accept()
    house.agent.tool_output("call_1", "yes")
    assert house.tools == ["call_1"]
    assert line.sent[-2]["item"]["output"] == "yes"
    assert line.types()[-1] == "response.create"


def test_a_key_that_is_refused_is_not_tried_again() -> None:
    house = House()
    house.lose(Lost.by(3000, "invalid_request_error.invalid_api_key"))
    assert (house.failures, len(house.dials)) == (["realtime_lost"], 1)


def test_a_session_at_its_end_is_replaced_and_heard_no_more() -> None:
    house = House()
    house.hear({"type": "error", "error": {"code": "session_expired", "message": "60 minutes"}})
    house.clock.advance(0)
    assert house.line.closed
    house.accept()
    house.hear({"type": "error", "error": {"code": "insufficient_quota", "message": ""}}, dial=0)
    assert house.failures == []


def test_the_tries_are_counted_and_spaced() -> None:
    house = House(reconnects=2)
    house.lose()
    house.dials[-1][1].errback(UpgradeRefused("server", 503))
    assert len(house.dials) == 2
    house.clock.advance(REALTIME_BACKOFF_SECONDS)
    assert len(house.dials) == 3
    house.dials[-1][1].errback(UpgradeRefused("server", 503))
    assert house.failures == ["realtime_unreachable"]
    house.agent.close()
    assert house.clock.getDelayedCalls() == []


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_that_lasts_ends_the_tries(status: int) -> None:
    house = House()
    house.lose()
    house.dials[-1][1].errback(UpgradeRefused("server", status))
    assert house.failures == ["realtime_unreachable"]


def test_a_server_that_does_not_answer_is_waited_for_only_so_long() -> None:
    house = House()
    house.lose()
    house.clock.advance(REALTIME_RECONNECT_SECONDS)
    assert house.failures == ["realtime_lost"]
    house.agent.close()
    assert house.clock.getDelayedCalls() == []


def test_no_sound_of_the_visitor_before_the_session_knows_the_conversation() -> None:
    house = House()
    house.lose()
    line = Line()
    house.dials[-1][1].callback(line)
    house.agent.append(bytes(960))
    assert line.appended == 0


def test_a_gap_is_not_silent_for_long_and_the_tone_ends_with_it() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.lose()
    assert house.heard(stream, AGENT_AWAY_SECONDS - 0.1) == 0
    assert house.heard(stream, 0.5) > 0
    house.accept()
    assert house.heard(stream, 3.0) == 0
    house.media.stopService()


def test_a_short_gap_is_not_heard() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.lose()
    house.heard(stream, AGENT_AWAY_SECONDS / 2)
    house.accept()
    assert house.heard(stream, 3.0) == 0
    house.media.stopService()


def test_the_tone_goes_on_until_an_answer_that_is_owed_is_heard() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.visitor_says("Busco a la familia Ruiz.")
    house.hear({"type": "response.created", "response": {"id": "r"}})
    house.lose()
    house.heard(stream, AGENT_AWAY_SECONDS)
    house.accept()
    assert house.heard(stream, 3.0) > 0
    sound = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i"}
    house.hear({**sound, "delta": base64.b64encode(bytes(960)).decode()})
    house.hear({"type": "response.output_audio.done", "response_id": "r", "item_id": "i"})
    assert house.heard(stream, 3.0) == 1
    house.media.stopService()


def test_what_was_cut_off_by_the_loss_is_played_to_its_end() -> None:
    house = House()
    stream = house.with_a_visitor()
    house.hear({"type": "response.created", "response": {"id": "r"}})
    sound = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i"}
    house.hear({**sound, "delta": base64.b64encode(bytes(960 * 10 + 100)).decode()})
    house.lose()
    assert house.heard(stream, 1.0) == 11
    assert not stream.playing
    house.agent.close()
    house.media.stopService()


def test_a_call_that_is_over_dials_no_more() -> None:
    house = House()
    house.lose()
    house.agent.close()
    house.clock.advance(REALTIME_RECONNECT_SECONDS)
    assert (len(house.dials), house.failures) == (2, [])

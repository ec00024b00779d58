"""The doctor's call: who makes it, how long it is waited for, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from call.stage import Channel

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock

from portero.asterisk.error import AMICommandFailure, AMIPermissionDenied
from portero.call.echo import SCRIPT, EchoResult, EchoTest
from portero.config.settings import MediaSettings
from portero.limits import ECHO_CALL_SECONDS, ECHO_LISTEN_SECONDS, ECHO_TONE_SECONDS
from portero.media import MediaService
from portero.media.echo import CHIRP_SECONDS


class Manager:
    """Originates as it is told, and knows no legs."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: AMICommandFailure | None = None

    def originate(self, channel: str, **how: Any) -> Deferred[object]:
        self.calls.append((channel, how))
        return succeed(None) if self.refuses is None else fail(self.refuses)

    def registerEvent(self, *_: object) -> None: ...

    def deregisterEvent(self, *_: object) -> None: ...

    async def coreShowChannels(self) -> list[Any]:
        return []

    async def hangup(self, channel: str) -> None: ...


class House:
    def __init__(self) -> None:
        self.clock = Clock()
        self.manager = Manager()
        self.media = MediaService(MediaSettings(ports=(23200, 23219)), reactor=self.clock)
        self.test = EchoTest(self.manager, self.media, clock=self.clock)  # type: ignore[arg-type]

    def run(self) -> list[EchoResult]:
        """What comes of it, once it has."""
        came: list[EchoResult] = []
        Deferred.fromCoroutine(self.test.run()).addCallback(came.append)
        return came

    def arrives(self) -> Channel:
        """Asterisk has made the call: its session."""
        channel = Channel()
        Deferred.fromCoroutine(self.test.answered(channel))  # type: ignore[arg-type]
        return channel


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.media.stopService()
    assert made.clock.getDelayedCalls() == []


def test_asterisk_is_asked_to_call_one_half_and_join_it_with_the_other(house: House) -> None:
    house.run()
    ((channel, how),) = house.manager.calls
    assert channel == f"Local/test@{SCRIPT}/n"
    assert (how["context"], how["exten"]) == (SCRIPT, "echo")
    house.clock.advance(ECHO_CALL_SECONDS)


def test_a_call_that_does_not_come_is_waited_for_so_long(house: House) -> None:
    came = house.run()
    house.clock.advance(ECHO_CALL_SECONDS - 0.1)
    assert came == []
    house.clock.advance(0.2)
    assert [result.outcome for result in came] == ["no_call"]


def test_without_the_right_somebody_else_may_make_the_call(house: House) -> None:
    house.manager.refuses = AMIPermissionDenied("Permission denied")
    came = house.run()
    assert came == []
    house.clock.advance(ECHO_CALL_SECONDS)
    assert [(result.outcome, result.originated) for result in came] == [("no_call", "nobody")]


def test_what_asterisk_refuses_is_told_at_once(house: House) -> None:
    house.manager.refuses = AMICommandFailure("Extension does not exist")
    (result,) = house.run()
    assert (result.outcome, result.why) == ("failed", "Extension does not exist")
    (again,) = house.run()
    assert again.outcome == "failed"  # not busy: another may be tried


def test_one_at_a_time(house: House) -> None:
    house.run()
    (second,) = house.run()
    assert second.outcome == "busy"
    house.clock.advance(ECHO_CALL_SECONDS)


def test_a_call_that_nobody_asked_for_is_hung_up(house: House) -> None:
    channel = house.arrives()
    assert channel.commands == ["hangup"]
    assert channel.finished


def test_a_leg_that_does_not_come_up_is_told(house: House) -> None:
    came = house.run()
    channel = house.arrives()
    house.clock.pump([1.0] * 6)
    channel.hang_up_by_visitor()
    assert [result.outcome for result in came] == ["no_leg"]
    assert channel.finished


def test_the_sound_is_listened_for_until_it_must_have_come(house: House) -> None:
    came = house.run()
    channel = house.arrives()
    (dialled,) = channel.dials
    stream = next(iter(house.media._beat.streams))
    stream.set_remote("127.0.0.1", 9)
    house.clock.advance(CHIRP_SECONDS + ECHO_LISTEN_SECONDS)
    house.clock.advance(ECHO_TONE_SECONDS - 0.1)
    assert came == []
    house.clock.advance(0.2)
    dialled.ended.callback("0")
    (result,) = came
    assert result.outcome == "done"
    assert not result.sound.heard
    assert result.as_json()["sound"]["heard"] is False


def test_no_port_is_left(house: House) -> None:
    taken = [house.media.open(lambda _: None) for _ in range(10)]
    came = house.run()
    house.arrives()
    assert [result.outcome for result in came] == ["no_port"]
    for stream in taken:
        stream.close()


def test_who_asks_and_hangs_up_at_once_does_not_keep_others_from_asking(house: House) -> None:
    def originate(channel: str, **how: Any) -> Deferred[object]:
        return Deferred()  # Asterisk does not answer

    house.manager.originate = originate  # type: ignore[method-assign]
    asking = Deferred.fromCoroutine(house.test.run())
    asking.addErrback(lambda failure: failure.trap(CancelledError))
    asking.cancel()
    del house.manager.originate
    came = house.run()
    assert came == []  # waits, and is not busy
    house.clock.advance(ECHO_CALL_SECONDS)
    assert [result.outcome for result in came] == ["no_call"]

"""A camera that is watched: which plates are believed, and when it is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hikvision_bench import NOW, Bench

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from portero.config.settings import CameraSettings
from portero.doorman.cameras import PlateWatcher
from portero.limits import (
    CAMERA_CLOCK_SECONDS,
    CAMERA_RETRY_SECONDS_MAX,
    CAMERA_SILENCE_SECONDS,
    DEVICE_LOCK_SECONDS,
    PLATE_AGE_SECONDS,
    PLATES_KEPT,
)
from portero.simulator.hikvision import DeviceMood

STREAM = "GET /ISAPI/Event/notification/alertStream"
CLOCK = "GET /ISAPI/System/time"
PLATES = "POST /ISAPI/Traffic/channels/1/vehicleDetect/plates"


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("camera"):
            events.append(event)

    observer: Any = observe
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


class Watch(Bench):
    """A watched camera; without `stream` it has none, as most."""

    def __init__(self, *, stream: bool = False, clock_error: float = 0.0, **more: Any) -> None:
        super().__init__(**more)
        self.server.clock_error = clock_error
        self.server.streams = stream
        settings = CameraSettings(url="http://192.0.2.20", username="portero", every=5)
        self.watcher = PlateWatcher(
            "entrada", settings, self.device, clock=self.clock, now=self.now
        )
        self.watcher.startService()
        self.flush()

    @property
    def seen(self) -> list[str]:
        return [plate.text for plate in self.watcher.recent(NOW - 3600)]

    def asked(self, line: str) -> int:
        return self.server.requests.count(line)

    def stop(self) -> None:
        stopped: list[object] = []
        self.watcher.stopService().addCallback(stopped.append)
        self.flush()
        assert stopped
        self.server.stream.drop()
        assert [call for call in self.clock.getDelayedCalls() if call.active()] == []


@pytest.mark.parametrize("clock_error", [0.0, 3600.0, -86400.0])
def test_a_plate_is_seen_once_and_dated_by_our_clock(clock_error: float) -> None:
    watch = Watch(clock_error=clock_error)
    watch.pass_time(7)
    watch.server.see("ABC-123-D")
    watch.pass_time(20)
    (plate,) = watch.watcher.recent(NOW)
    assert (plate.text, plate.confidence, plate.camera) == ("ABC123D", None, "entrada")
    assert plate.at == pytest.approx(NOW + 7, abs=1.1)  # the camera tells whole seconds
    watch.stop()


def test_the_clocks_are_compared_again_before_one_can_drift_much() -> None:
    watch = Watch()
    watch.clock.advance(CAMERA_CLOCK_SECONDS - 0.1)
    watch.flush()
    before = watch.asked(CLOCK)
    watch.server.clock_error = -3600.0
    watch.pass_time(6)
    assert watch.asked(CLOCK) == before + 1
    watch.server.see("ABC-123-D")
    watch.pass_time(6)
    (plate,) = watch.watcher.recent(NOW)
    assert plate.at == pytest.approx(watch.now() - 6, abs=1.1)
    assert watch.asked(CLOCK) == before + 1
    watch.stop()


def test_what_was_seen_before_is_not_what_is_at_the_gate_now() -> None:
    watch = Watch()
    watch.server.see("OLD1", ago=PLATE_AGE_SECONDS + 2)
    watch.server.see("NEW1", ago=PLATE_AGE_SECONDS - 8)
    watch.pass_time(6)
    assert watch.seen == ["NEW1"]
    watch.stop()


def test_an_old_plate_that_is_listed_again_as_the_last_is_not_seen_again() -> None:
    watch = Watch()
    watch.server.relists = True
    watch.server.junk = b"\x00\r\n"
    watch.server.see("FIRST1")
    watch.pass_time(6)
    for number in range(4):
        watch.server.see(f"NEXT{number}")
        watch.pass_time(5)
    assert watch.seen == ["NEXT3", "NEXT2", "NEXT1", "NEXT0", "FIRST1"]
    watch.stop()


def test_a_plate_that_is_listed_again_when_the_clock_was_set_is_not_another_car() -> None:
    watch = Watch()
    watch.server.relists = True
    watch.pass_time(598)
    watch.server.see("ABC1")
    watch.pass_time(3)
    watch.server.clock_error = 5
    watch.pass_time(15)
    assert watch.seen == ["ABC1"]
    watch.stop()


def test_only_what_is_newer_than_asked_for_is_told() -> None:
    watch = Watch()
    watch.server.see("ABC1")
    watch.pass_time(6)
    assert [plate.text for plate in watch.watcher.recent(NOW + 3)] == []
    assert watch.seen == ["ABC1"]
    watch.stop()


def test_a_clock_that_was_set_back_stops_nothing_for_long() -> None:
    watch = Watch()
    watch.server.see("BEFORE1")
    watch.pass_time(6)
    watch.server.clock_error = -3600
    watch.pass_time(610, step=1)  # until the clocks are compared again
    watch.server.see("AFTER1")
    watch.pass_time(6)
    assert watch.seen == ["AFTER1", "BEFORE1"]
    watch.stop()


def test_no_more_plates_are_kept_than_that() -> None:
    watch = Watch()
    for number in range(PLATES_KEPT + 1):
        watch.server.see(f"P{number}")
    watch.pass_time(6)
    assert len(watch.seen) == PLATES_KEPT
    watch.stop()


# -- failures


def test_a_failing_camera_is_told_once_asked_less_often_and_comes_back(
    logged: list[dict[str, Any]],
) -> None:
    watch = Watch()
    watch.pass_time(1)
    watch.server.mood = DeviceMood.BROKEN
    before = watch.asked(PLATES)
    watch.pass_time(300, step=1)
    assert watch.asked(PLATES) - before <= 3 + 300 / CAMERA_RETRY_SECONDS_MAX
    watch.server.mood = DeviceMood.WELL
    watch.pass_time(61, step=1)
    watch.server.see("BACK1")
    watch.pass_time(6)
    assert watch.seen == ["BACK1"]
    texts = [event.get("what") or str(event["why"]) for event in logged]
    assert texts == ["answers", "HTTP 500, no ResponseStatus", "answers"]
    watch.stop()


@pytest.mark.parametrize("mood", [DeviceMood.HTML, DeviceMood.HANGING, DeviceMood.BUSY])
def test_no_answer_is_no_plate(mood: DeviceMood, logged: list[dict[str, Any]]) -> None:
    watch = Watch()
    watch.server.mood, watch.server.mood_for = mood, "plates"
    watch.pass_time(12)
    assert watch.seen == []
    assert len([event for event in logged if "why" in event]) == 1
    watch.stop()


def test_a_wrong_password_makes_no_storm() -> None:
    watch = Watch(password="wrong-one")
    watch.pass_time(DEVICE_LOCK_SECONDS - 5, step=5)
    assert watch.server.guard.wrong == 1
    watch.server.guard.password = "wrong-one"
    watch.server.see("LATER1")
    watch.pass_time(20)
    assert watch.seen == ["LATER1"]
    watch.stop()


def test_stopping_breaks_off_a_question() -> None:
    watch = Watch()
    watch.server.mood = DeviceMood.HANGING
    watch.pass_time(6)
    watch.stop()


class Connecting:
    """A device that is being connected to; giving up is an error of the connection's own."""

    def ask(self, *_: object, **__: object) -> Deferred[object]:
        return Deferred(lambda it: it.errback(ConnectingCancelledError(None)))

    stream = ask


def test_stopping_breaks_off_a_connection_that_is_being_made(logged: list[dict[str, Any]]) -> None:
    settings = CameraSettings(url="http://192.0.2.20", username="portero", every=5)
    clock = Clock()
    watcher = PlateWatcher("entrada", settings, Connecting(), clock=clock, now=lambda: NOW)  # type: ignore[arg-type]
    watcher.startService()
    watcher.stopService()
    assert logged == []
    assert clock.getDelayedCalls() == []


# -- the stream


def test_the_stream_tells_how_sure_the_camera_is_and_spares_the_questions() -> None:
    watch = Watch(stream=True)
    watch.pass_time(11)
    before = watch.asked(PLATES)
    watch.server.see("ABC123D", confidence=91)
    watch.server.see("LATE123", ago=3)  # buffered, and sent afterwards
    watch.pass_time(30)
    (plate,) = watch.watcher.recent(NOW)
    assert (plate.text, plate.confidence) == ("ABC123D", 0.91)
    assert watch.asked(PLATES) == before
    watch.stop()


def test_a_stream_that_falls_silent_is_opened_again_and_questions_go_on(
    logged: list[dict[str, Any]],
) -> None:
    watch = Watch(stream=True)
    watch.pass_time(2)
    watch.server.stream.silent = True
    opened, asked = watch.asked(STREAM), watch.asked(PLATES)
    watch.pass_time(CAMERA_SILENCE_SECONDS + 12)
    assert watch.asked(STREAM) == opened + 1
    assert watch.asked(PLATES) > asked
    watch.server.see("ABC123D")
    watch.pass_time(6)
    assert watch.seen == ["ABC123D"]
    watch.stop()


def test_a_stream_that_ends_is_opened_again() -> None:
    watch = Watch(stream=True)
    watch.pass_time(2)
    opened = watch.asked(STREAM)
    watch.server.stream.drop()
    watch.pass_time(6)
    assert watch.asked(STREAM) == opened + 1
    watch.server.see("ABC123D", confidence=50)
    watch.flush()
    assert [plate.confidence for plate in watch.watcher.recent(NOW)] == [0.5]
    watch.stop()


def test_a_car_that_is_told_twice_is_one_car() -> None:
    watch = Watch(stream=True)
    watch.pass_time(2)
    watch.server.see("ABC123D")
    watch.server.see("ABC123D")
    watch.flush()
    assert watch.seen == ["ABC123D"]
    watch.stop()

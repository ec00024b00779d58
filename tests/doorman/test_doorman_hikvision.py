"""Hikvision gates against the stand-in device: what opened, what was said, what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hikvision_bench import ORDER, Bench
from pydantic import SecretStr
from wire import Running, Wire

from twisted.logger import LogLevel, globalLogPublisher

from portero.doorman.devices import Devices
from portero.doorman.failures import RequestFailed
from portero.doorman.gates import Outcome
from portero.doorman.locks import DeviceLocked
from portero.limits import (
    DEVICE_ANSWER_BYTES,
    DEVICE_BUSY_SECONDS,
    DEVICE_CAPABILITIES_SECONDS,
    DEVICE_FIRST_LOOK_SECONDS,
    DEVICE_KEEPALIVE_SECONDS,
    DEVICE_LOCK_SECONDS,
    DEVICE_LOOK_SECONDS,
    DEVICE_REFUSAL_BYTES,
)
from portero.simulator.hikvision import DeviceMood
from portero.simulator.hikvision_digest import TRIES

DOOR = "PUT /ISAPI/AccessControl/RemoteControl/door/1"
STATE = "GET /ISAPI/AccessControl/AcsWorkStatus?format=json"


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.assert_nothing_left()


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    observer: Any = events.append
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


def words(bench: Bench) -> list[tuple[str, int, str]]:
    return [(order.what, order.number, order.word) for order in bench.server.orders]


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256",), ("MD5", "SHA-256")])
def test_a_door_is_opened_once_and_acknowledged_when_its_lock_is_seen_open(
    algorithms: tuple[str, ...],
) -> None:
    bench = Bench(algorithms=algorithms)
    said = bench.open(bench.gate(door=2))
    assert (said.outcome, said.detail) == (Outcome.ACKNOWLEDGED, "open after 0.5 s")
    assert words(bench) == [("door", 2, "open")]
    assert bench.server.guard.wrong == 0


def test_one_challenge_serves_many_orders_and_capabilities_are_asked_once_for_all_gates() -> None:
    bench = Bench()
    for door in (1, 2):
        assert bench.open(bench.gate(door=door)).outcome is Outcome.ACKNOWLEDGED
    assert len([line for line in bench.server.requests if "capabilities" in line]) == 2  # one 401
    assert words(bench) == [("door", 1, "open"), ("door", 2, "open")]


def test_a_barrier_is_acknowledged_when_it_is_up() -> None:
    bench = Bench()
    said = bench.open(bench.gate(kind="barrier"))
    assert (said.outcome, said.detail) == (Outcome.ACKNOWLEDGED, "open after 4 s")
    assert words(bench) == [("barrier", 1, "open")]


def test_a_locked_barrier_says_ok_and_is_not_called_open() -> None:
    bench = Bench()
    bench.server.barrier_locked = True
    said = bench.open(bench.gate(kind="barrier"))
    assert said.outcome is Outcome.UNCONFIRMED
    assert "is the barrier locked?" in said.detail


def test_a_barrier_without_limit_switches_is_never_confirmed() -> None:
    bench = Bench()
    bench.server.barrier_wired = False
    said = bench.open(bench.gate(kind="barrier"))
    assert said.outcome is Outcome.UNCONFIRMED
    assert said.detail == "accepted; the device tells no state"


def test_a_door_that_takes_the_order_and_does_not_move_is_not_called_open() -> None:
    bench = Bench()
    bench.server.mood = DeviceMood.STUCK
    said = bench.open(bench.gate())
    assert (said.outcome, said.detail) == (
        Outcome.UNCONFIRMED,
        "accepted, but the door is still locked",
    )
    assert bench.server.requests.count(STATE) == 2  # 0.5 s and 2 s


def test_a_door_is_looked_at_soon_and_once_more() -> None:
    bench = Bench()
    bench.server.mood = DeviceMood.STUCK
    opening = bench.start(bench.gate().open(ORDER))
    looks = []
    for moment in (DEVICE_FIRST_LOOK_SECONDS, DEVICE_LOOK_SECONDS):
        for at in (moment - 0.01, moment + 0.01):
            bench.pass_time(at - bench.clock.seconds(), at - bench.clock.seconds())
            looks.append(bench.server.requests.count(STATE))
    assert looks == [0, 1, 1, 2]
    assert opening.done


def test_a_barrier_is_looked_at_again_and_again() -> None:
    bench = Bench()
    bench.server.barrier_locked = True
    bench.start(bench.gate(kind="barrier", confirm=3 * DEVICE_LOOK_SECONDS).open(ORDER))
    bench.pass_time(DEVICE_LOOK_SECONDS - 0.05, 0.05)
    looks = []
    for _ in range(4):
        looks.append(len([line for line in bench.server.requests if "barrierGateStatus" in line]))
        bench.pass_time(DEVICE_LOOK_SECONDS, DEVICE_LOOK_SECONDS)
    assert looks == [1, 2, 3, 4]


def test_a_connection_is_let_go_before_the_device_drops_it(wire: Wire) -> None:
    devices = Devices(wire.reactor)
    wire.knows_names()
    device = devices.device("http://192.0.2.20", "portero", SecretStr("x"))
    asked = Running(device.ask("GET", "/ISAPI/System/time", seconds=60))
    there = wire.accept()
    for _ in range(2):
        there.answer(200, b"ok")
        assert asked.result == (200, b"ok")
        wire.reactor.advance(DEVICE_KEEPALIVE_SECONDS - 0.01)
        asked = Running(device.ask("GET", "/ISAPI/System/time", seconds=60))
        assert wire.waiting == 0
    there.answer(200, b"ok")
    wire.reactor.advance(DEVICE_KEEPALIVE_SECONDS)
    assert there.dropped


def test_a_model_without_state_is_asked_for_it_once() -> None:
    bench = Bench()
    bench.server.tells_state = False
    gate = bench.gate()
    assert bench.open(gate).detail == "accepted; the device tells no state"
    said = bench.open(bench.gate())
    assert (said.outcome, said.detail) == (
        Outcome.UNCONFIRMED,
        "accepted; its state is not read",
    )
    assert bench.server.requests.count(STATE) == 1


def test_confirm_0_reads_nothing_back() -> None:
    bench = Bench()
    assert bench.open(bench.gate(confirm=0)).outcome is Outcome.UNCONFIRMED
    assert STATE not in bench.server.requests


def test_an_order_that_the_model_does_not_know_is_refused_here() -> None:
    bench = Bench()
    bench.server.door_words = ("close", "resume")
    said = bench.open(bench.gate())
    assert said.outcome is Outcome.FAILED
    assert not [line for line in bench.server.requests if line.startswith("PUT")]


def test_a_busy_device_is_asked_once_more_and_opens_once() -> None:
    bench = Bench()
    bench.server.mood, bench.server.mood_for = DeviceMood.BUSY, "door/1"
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED
    assert words(bench) == [("door", 1, "open")]
    assert bench.server.requests.count(DOOR) == 2


def test_a_busy_device_is_given_some_time_and_then_let_be() -> None:
    bench = Bench()
    bench.server.mood, bench.server.mood_for = DeviceMood.BUSY, "door/1"
    opening = bench.start(bench.gate().open(ORDER))
    bench.pass_time(DEVICE_BUSY_SECONDS - 0.1)
    assert bench.server.requests.count(DOOR) == 1
    bench.server.mood = DeviceMood.BUSY
    bench.pass_time(0.2)
    assert bench.server.requests.count(DOOR) == 2
    bench.pass_time(5)
    said = opening.result
    assert (said.outcome, said.detail) == (Outcome.FAILED, "HTTP 503, deviceBusy")
    assert bench.server.requests.count(DOOR) == 2


@pytest.mark.parametrize(
    ("mood", "detail"),
    [
        (DeviceMood.BROKEN, "HTTP 500, no ResponseStatus"),
        (DeviceMood.ERROR, "HTTP 500, deviceError"),
        (DeviceMood.HTML, "HTTP 200, an HTML page"),
        (DeviceMood.HANGING, "slow"),
    ],
)
def test_an_answer_that_says_nothing_is_neither_repeated_nor_believed(
    mood: DeviceMood, detail: str
) -> None:
    bench = Bench()
    bench.server.mood, bench.server.mood_for = mood, "door/1"
    said = bench.open(bench.gate())
    assert (said.outcome, said.detail) == (Outcome.UNCONFIRMED, detail)
    assert bench.server.requests.count(DOOR) == 1


def test_a_device_that_hangs_in_everything_costs_no_more_than_both_bounds() -> None:
    bench = Bench()
    bench.server.mood = DeviceMood.HANGING
    said = bench.open(bench.gate(timeout=2), seconds=2 + DEVICE_CAPABILITIES_SECONDS + 0.3)
    assert said.outcome is Outcome.UNCONFIRMED
    assert [line for line in bench.server.requests if line == DOOR] == [DOOR]


def test_an_answer_without_end_is_cut() -> None:
    bench = Bench()
    bench.server.junk = b"x" * DEVICE_ANSWER_BYTES
    said = bench.open(bench.gate())
    assert said.outcome is Outcome.UNCONFIRMED  # taken; its state is more than is read
    assert words(bench) == [("door", 1, "open")]


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_an_answer_may_be_as_long_as_the_bound_and_no_longer(
    wire: Wire, more: int, taken: bool
) -> None:
    wire.knows_names()
    device = Devices(wire.reactor).device("http://192.0.2.20", "portero", SecretStr("x"))
    asked = Running(device.ask("GET", "/ISAPI/System/time", seconds=60))
    wire.accept().answer(200, b"x" * (DEVICE_ANSWER_BYTES + more))
    if taken:
        assert len(asked.result[1]) == DEVICE_ANSWER_BYTES
    else:
        with pytest.raises(RequestFailed):
            asked.result  # noqa: B018
    wire.reactor.advance(DEVICE_KEEPALIVE_SECONDS)


@pytest.mark.parametrize(("more", "read"), [(0, True), (1, False)])
def test_a_refusal_is_read_for_a_lock_up_to_the_bound(wire: Wire, more: int, read: bool) -> None:
    wire.knows_names()
    device = Devices(wire.reactor).device("http://192.0.2.20", "portero", SecretStr("x"))
    asked = Running(device.ask("GET", "/ISAPI/System/time", seconds=60))
    told = b"<userCheck><lockStatus>lock</lockStatus></userCheck>"
    body = told.ljust(DEVICE_REFUSAL_BYTES + more)
    wire.accept().send(
        b"HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=r, nonce=n, qop=auth\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    if read:
        with pytest.raises(DeviceLocked):
            asked.result  # noqa: B018
    else:  # then only the challenge counts, and is answered
        again = wire.accept() if wire.waiting else None
        assert not asked.done
        if again is not None:
            again.answer(200, b"ok")
    wire.reactor.advance(60 + DEVICE_KEEPALIVE_SECONDS)


def test_a_refusal_without_end_is_cut_and_its_challenge_answered() -> None:
    bench = Bench()
    bench.server.refusal_junk = b"\n" * DEVICE_REFUSAL_BYTES
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED


def test_a_slow_device_opens_all_the_same() -> None:
    bench = Bench()
    bench.server.mood, bench.server.mood_for = DeviceMood.SLOW, "door/1"
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED


# -- the password, and the lock that comes of a wrong one


def test_a_wrong_password_is_tried_once_and_then_the_device_is_left_alone(
    logged: list[dict[str, Any]],
) -> None:
    bench = Bench(password="wrong-one")
    gate = bench.gate()
    for _ in range(10):
        said = bench.open(gate)
        assert said.outcome is Outcome.FAILED
    assert bench.server.guard.wrong == 1
    assert len(bench.server.requests) == 2  # without credentials, and with
    assert bench.server.orders == []
    errors = [event for event in logged if event.get("log_level") is LogLevel.error]
    assert len(errors) == 1
    assert "wrong-one" not in repr(logged)
    assert "wrong-one" not in repr([said, gate, bench.device, vars(bench.device)])


def test_many_calls_at_once_do_not_lock_the_device_with_a_wrong_password(
    logged: list[dict[str, Any]],
) -> None:
    bench = Bench(password="wrong-one", latency=0.1)
    gate = bench.gate()
    openings = [Running(gate.open(ORDER)) for _ in range(2 * TRIES)]
    bench.pass_time(1)
    assert {opening.result.outcome for opening in openings} == {Outcome.FAILED}
    assert bench.server.guard.wrong == 1
    assert len([event for event in logged if event.get("log_level") is LogLevel.error]) == 1


def test_orders_of_many_calls_at_once_are_each_given_once() -> None:
    bench = Bench(latency=0.1)
    openings = [Running(bench.gate(door=1 + number % 2).open(ORDER)) for number in range(6)]
    bench.pass_time(3)
    assert [opening.result.outcome for opening in openings] == [Outcome.ACKNOWLEDGED] * 6
    assert len(bench.server.orders) == 6
    assert bench.server.guard.wrong == 0


def test_the_circuit_closes_again_after_half_an_hour() -> None:
    bench = Bench(password="wrong-one")
    gate = bench.gate()
    bench.open(gate)
    bench.server.guard.password = "wrong-one"
    bench.clock.advance(DEVICE_LOCK_SECONDS - 1)
    assert bench.open(gate).outcome is Outcome.FAILED
    bench.clock.advance(1)
    assert bench.open(gate).outcome is Outcome.ACKNOWLEDGED


def test_a_device_that_has_locked_us_out_gets_no_password() -> None:
    bench = Bench()
    bench.server.guard.lock("127.0.0.1")
    said = bench.open(bench.gate())
    assert said.outcome is Outcome.FAILED
    assert "locked" in said.detail
    assert len(bench.server.requests) == 1
    bench.open(bench.gate())
    assert len(bench.server.requests) == 1
    bench.clock.advance(DEVICE_LOCK_SECONDS)
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED


def test_a_nonce_that_has_grown_old_is_renewed_without_a_wrong_try() -> None:
    bench = Bench()
    bench.open(bench.gate())
    bench.clock.advance(3600)
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED
    assert bench.server.guard.wrong == 0


def test_a_device_that_finds_every_nonce_too_old_is_not_a_wrong_password() -> None:
    bench = Bench()
    bench.server.guard.nonce_seconds = -1
    assert bench.open(bench.gate()).outcome is Outcome.FAILED
    bench.server.guard.nonce_seconds = 300
    assert bench.open(bench.gate()).outcome is Outcome.ACKNOWLEDGED


def test_a_password_that_was_changed_on_the_device_stops_at_the_second_401() -> None:
    bench = Bench()
    bench.open(bench.gate())
    bench.server.guard.password = "other"
    before = bench.server.guard.wrong
    assert bench.open(bench.gate()).outcome is Outcome.FAILED
    assert bench.server.guard.wrong - before == 2  # with the old nonce, and with the new
    bench.open(bench.gate())
    assert bench.server.guard.wrong - before == 2

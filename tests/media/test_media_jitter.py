"""Order and time of what comes over RTP."""

from __future__ import annotations

import pytest

from portero.limits import (
    JITTER_AHEAD_PACKETS,
    JITTER_BEHIND_PACKETS,
    JITTER_MIN_FRAMES,
    TRANSIT_STEP_SECONDS,
)
from portero.media.jitter import ArrivalJitter, JitterBuffer
from portero.media.rtp import RtpPacket


def push(jitter: JitterBuffer, *numbers: int, ssrc: int = 1) -> None:
    """Packets whose payload is the low byte of their number."""
    for number in numbers:
        sequence = number & 0xFFFF
        jitter.push(RtpPacket(11, False, sequence, 0, ssrc, bytes([sequence & 0xFF])))


def pop(jitter: JitterBuffer, times: int) -> list[int | None]:
    """The numbers of the next frames."""
    return [None if payload is None else payload[0] for payload in map(_pop, [jitter] * times)]


def _pop(jitter: JitterBuffer) -> bytes | None:
    return jitter.pop()


def losses(jitter: JitterBuffer) -> tuple[int, int, int, int]:
    return jitter.lost, jitter.late, jitter.duplicates, jitter.skipped


def test_sound_in_time_is_not_delayed() -> None:
    jitter = JitterBuffer(3)
    for number in range(10, 20):
        push(jitter, number)
        assert pop(jitter, 1) == [number]
    assert losses(jitter) == (0, 0, 0, 0)


def test_order_is_restored_across_the_wrap() -> None:
    jitter = JitterBuffer(6)
    push(jitter, 65534, 1, 0, 65535, 2)
    assert pop(jitter, 5) == [0xFE, 0xFF, 0, 1, 2]
    assert losses(jitter) == (0, 0, 0, 0)


def test_first_packets_may_be_out_of_order() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 11, 10, 12)
    assert pop(jitter, 3) == [10, 11, 12]


def test_what_is_missing_is_waited_for_until_it_is_given_up() -> None:
    jitter = JitterBuffer(5)
    push(jitter, 1, 4, 5)
    assert pop(jitter, 3) == [1, None, None]
    assert jitter.give_up() == 2
    assert pop(jitter, 3) == [4, 5, None]
    assert losses(jitter) == (2, 0, 0, 0)


def test_a_packet_that_comes_while_it_is_waited_for_is_in_time() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 2) == [1, None]
    push(jitter, 3)
    assert pop(jitter, 1) == [None]
    push(jitter, 2)
    assert pop(jitter, 2) == [2, 3]
    assert losses(jitter) == (0, 0, 0, 0)


def test_a_packet_that_was_given_up_is_late_and_a_second_one_a_duplicate() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1, 3, 3)
    assert pop(jitter, 1) == [1]
    assert jitter.give_up() == 1
    assert pop(jitter, 1) == [3]
    push(jitter, 2, 1, 3)
    assert pop(jitter, 1) == [None]
    assert losses(jitter) == (1, 1, 3, 0)


def test_a_pause_of_the_phone_is_no_loss() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 1) == [1]
    assert [jitter.give_up() for _ in range(500)] == [0] * 500
    push(jitter, 2)
    assert pop(jitter, 1) == [2]
    assert losses(jitter) == (0, 0, 0, 0)


@pytest.mark.parametrize(("frames", "bound"), [(0, JITTER_MIN_FRAMES), (5, 5)])
def test_a_burst_leaves_no_more_delay_than_the_bound(frames: int, bound: int) -> None:
    jitter = JitterBuffer(frames)
    push(jitter, *range(40))
    jitter.trim()
    assert len(jitter) == bound
    assert jitter.skipped == 40 - bound
    assert pop(jitter, 1) == [40 - bound]
    assert jitter.lost == 0


def test_a_sender_with_a_faster_clock_does_not_fall_behind_for_ever() -> None:
    jitter = JitterBuffer(3)
    for number in range(0, 200, 2):  # twice as fast
        push(jitter, number, number + 1)
        pop(jitter, 1)
        jitter.trim()
        assert len(jitter) <= 3
    assert jitter.skipped == 100 - 3


def test_another_ssrc_starts_anew() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 5, 6)
    push(jitter, 40000, ssrc=2)
    assert pop(jitter, 2) == [40000 & 0xFF, None]


@pytest.mark.parametrize("jump", [JITTER_AHEAD_PACKETS, -JITTER_BEHIND_PACKETS - 1, 20000])
def test_one_stray_packet_changes_nothing(jump: int) -> None:
    jitter = JitterBuffer(3)
    push(jitter, 300)
    assert pop(jitter, 1) == [300 & 0xFF]
    push(jitter, 301 + jump)
    push(jitter, 301)
    assert pop(jitter, 1) == [301 & 0xFF]
    assert losses(jitter) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("jump", "goes_on"),
    [
        (JITTER_AHEAD_PACKETS, True),
        (-JITTER_BEHIND_PACKETS - 2, True),
        (-JITTER_BEHIND_PACKETS, False),
    ],
)
def test_two_packets_from_that_far_are_another_stream(jump: int, goes_on: bool) -> None:
    jitter = JitterBuffer(3)
    push(jitter, 300)
    pop(jitter, 1)
    push(jitter, 301 + jump, 302 + jump)
    assert pop(jitter, 1) == [(302 + jump) & 0xFF if goes_on else None]


def test_a_stream_that_jumps_goes_on_from_there() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    pop(jitter, 1)
    push(jitter, 9000, 9001, 9002)
    assert pop(jitter, 2) == [9001 & 0xFF, 9002 & 0xFF]
    assert jitter.lost == 0


def test_memory_is_bounded_whatever_comes() -> None:
    jitter = JitterBuffer(3)
    push(jitter, *range(5000))
    assert len(jitter) <= JITTER_AHEAD_PACKETS


# -- how irregularly they come


def more_arrivals(
    jitter: ArrivalJitter, *came_ms: float, start: int = 0, ssrc: int = 1, step: int = 160
) -> None:
    """Packets of 20 ms that came at these times; the first says `start`."""
    for number, came in enumerate(came_ms):
        timestamp = (start + number * step) & 0xFFFFFFFF
        jitter.push(RtpPacket(11, False, number, timestamp, ssrc, b""), round(came * 1e6))


def arrivals(*came_ms: float, start: int = 0) -> ArrivalJitter:
    jitter = ArrivalJitter(8000)
    more_arrivals(jitter, *came_ms, start=start)
    return jitter


def test_a_regular_stream_has_no_jitter_across_the_wrap_of_its_timestamps() -> None:
    jitter = arrivals(*(20.0 * n for n in range(50)), start=0xFFFFFFFF - 1000)
    assert jitter.worst_ms == pytest.approx(0.0)


def test_one_packet_tells_nothing() -> None:
    assert arrivals(5.0).worst_ms is None


def test_jitter_is_a_sixteenth_of_each_difference_and_the_worst_stays() -> None:
    jitter = arrivals(0, 20, 48, 60)  # 8 ms late, then in time: differences of 0, 8 and 8
    worst = 8 / 16 + (8 - 8 / 16) / 16
    assert jitter.worst_ms == pytest.approx(worst)
    more_arrivals(jitter, *(80 + 20.0 * n for n in range(50)), start=640)
    assert jitter.worst_ms == pytest.approx(worst)


def test_a_pause_is_no_jitter_when_the_timestamps_count_it() -> None:
    jitter = arrivals(0, 20)
    more_arrivals(jitter, 3020.0, 3040.0, start=151 * 160)
    assert jitter.worst_ms == pytest.approx(0.0)


def test_another_stream_and_another_count_of_time_are_no_jitter() -> None:
    jitter = arrivals(0, 20)
    more_arrivals(jitter, 400.0, 420.0, start=7, ssrc=2)
    beyond = 440.0 + TRANSIT_STEP_SECONDS * 1000 + 1
    more_arrivals(jitter, beyond, beyond + 20, start=7 + 320, ssrc=2)
    assert jitter.worst_ms == pytest.approx(0.0)
    at_most = beyond + 40 + TRANSIT_STEP_SECONDS * 1000
    more_arrivals(jitter, at_most, start=7 + 640, ssrc=2)
    assert jitter.worst_ms == pytest.approx(TRANSIT_STEP_SECONDS * 1000 / 16)

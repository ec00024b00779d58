"""Order and time of what comes over RTP."""

from __future__ import annotations

import pytest

from portero.limits import (
    JITTER_AHEAD_PACKETS,
    JITTER_BEHIND_PACKETS,
    JITTER_CALM_BEATS,
    JITTER_GUARD_FRAMES,
    JITTER_MIN_FRAMES,
)
from portero.media.jitter import JitterBuffer
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


def test_a_lost_packet_is_one_gap_and_no_delay() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 1) == [1]
    push(jitter, 3)
    assert pop(jitter, 1) == [None]
    push(jitter, 4)
    assert pop(jitter, 2) == [3, 4]
    assert losses(jitter) == (1, 0, 0, 0)


def test_packets_lost_one_after_the_other_take_the_time_they_would_have_taken() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 4) == [1, None, None, None]  # 2, 3 and 4 never come
    push(jitter, 5)
    assert pop(jitter, 1) == [5]
    assert losses(jitter) == (3, 0, 0, 0)


def test_a_gap_lasts_as_long_as_what_is_missing() -> None:
    jitter = JitterBuffer(5)
    push(jitter, 1, 4, 5)
    assert pop(jitter, 5) == [1, None, None, 4, 5]
    assert losses(jitter) == (2, 0, 0, 0)


def test_a_packet_that_comes_one_beat_late_is_still_played() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 1) == [1]
    push(jitter, 3)
    assert pop(jitter, 1) == [None]
    push(jitter, 2)
    assert pop(jitter, 2) == [2, 3]
    assert losses(jitter) == (0, 0, 0, 0)


def test_a_packet_whose_turn_has_passed_is_late_and_a_second_one_a_duplicate() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1, 3, 3)
    assert pop(jitter, 3) == [1, None, 3]
    push(jitter, 2, 1, 3)
    assert pop(jitter, 1) == [None]
    assert losses(jitter) == (1, 1, 3, 0)


def test_a_pause_of_the_phone_is_no_loss() -> None:
    jitter = JitterBuffer(3)
    push(jitter, 1)
    assert pop(jitter, 500)[0] == 1
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


def beat(jitter: JitterBuffer, *numbers: int) -> list[int | None]:
    """One beat: packets come, one frame is taken."""
    push(jitter, *numbers)
    played = pop(jitter, 1)
    jitter.trim()
    return played


def test_delay_that_nobody_needs_any_more_goes_frame_by_frame() -> None:
    jitter = JitterBuffer(3)
    beat(jitter, 0, 1, 2, 3)  # a burst
    for number in range(4, 3 * JITTER_CALM_BEATS):
        beat(jitter, number)
    newest = 3 * JITTER_CALM_BEATS
    assert beat(jitter, newest) == [newest - JITTER_GUARD_FRAMES & 0xFF]
    assert losses(jitter) == (0, 0, 0, 3 - JITTER_GUARD_FRAMES)


def test_delay_that_hides_jitter_stays() -> None:
    jitter = JitterBuffer(3)
    beat(jitter, 0, 1)
    for number in range(2, 4 * JITTER_CALM_BEATS, 2):  # by turns none and two
        assert beat(jitter) == [number - 1 & 0xFF]
        assert beat(jitter, number, number + 1) == [number & 0xFF]
    assert losses(jitter) == (0, 0, 0, 0)


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

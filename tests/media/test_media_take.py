"""What is appended when: the visitor's sound whole and in order, silence only where none came."""

from __future__ import annotations

from itertools import chain
from random import Random

import pytest

from portero.limits import AHEAD_FRAMES
from portero.media.jitter import JitterBuffer
from portero.media.playout import Playout
from portero.media.rtp import RtpPacket
from portero.media.stream import MediaStream

PATIENCE = 3


class Wire:
    """A leg whose packets come when the test says; numbers stand for sound."""

    def __init__(self) -> None:
        self.jitter = JitterBuffer(PATIENCE)
        self.pop = self.jitter.pop
        self.give_up = self.jitter.give_up

    def comes(self, *numbers: int) -> None:
        for number in numbers:
            packet = RtpPacket(118, False, number, 0, 1, bytes([number & 0xFF]))
            self.jitter.push(packet)


class Ear:
    """A stream with its wire, beat by beat."""

    def __init__(self) -> None:
        self.wire = Wire()
        self._stream = MediaStream(
            self.wire,  # type: ignore[arg-type]
            Playout(48, b"\0", 1, 50),
            append_ms=20,
            patience=PATIENCE,
            hold_cycle=(),
            on_append=lambda _: None,
            on_cut=None,
            on_close=lambda _: None,
        )
        self._stream.start_uplink()

    def beat(self, *numbers: int, owed: int = 1) -> list[int | None]:
        """Packets come, and a beat passes: what is appended."""
        self.wire.comes(*numbers)
        frames = self._stream.take(owed)
        self.wire.jitter.trim()
        return [None if frame is None else frame[0] for frame in frames]


def test_sound_in_time_is_appended_in_its_beat() -> None:
    ear = Ear()
    assert [ear.beat(number) for number in range(5)] == [[0], [1], [2], [3], [4]]


def test_a_late_packet_makes_no_hole_and_no_delay_that_stays() -> None:
    ear = Ear()
    heard = [ear.beat(1), ear.beat(), ear.beat(2, 3), ear.beat(4), ear.beat(5)]
    assert heard == [[1], [], [2, 3], [4], [5]]


@pytest.mark.parametrize("late_by", range(1, PATIENCE + 1))
def test_a_packet_may_be_late_by_the_patience(late_by: int) -> None:
    ear = Ear()
    ear.beat(0)
    for _ in range(late_by):
        assert ear.beat() == []
    numbers = range(1, late_by + 2)
    assert ear.beat(*numbers) == list(numbers)


def test_one_that_comes_after_its_successors_is_put_before_them() -> None:
    ear = Ear()
    assert [ear.beat(1), ear.beat(3), ear.beat(2, 4)] == [[1], [], [2, 3, 4]]


def test_a_lost_packet_is_as_much_silence_as_it_was_sound() -> None:
    ear = Ear()
    heard = [ear.beat(1), ear.beat(3), ear.beat(4), ear.beat(5), ear.beat(6), ear.beat(7)]
    assert list(chain(*heard)) == [1, None, 3, 4, 5, 6, 7]


def test_a_pause_is_silence_by_our_clock() -> None:
    ear = Ear()
    ear.beat(1)
    heard = [ear.beat() for _ in range(10)]
    assert heard == [[]] * PATIENCE + [[None] * (PATIENCE + 1)] + [[None]] * (9 - PATIENCE)
    assert [ear.beat(2), ear.beat(3)] == [[2], [3]]


def test_silence_of_a_pause_stands_for_what_was_lost_in_it() -> None:
    ear = Ear()
    ear.beat(1)
    for _ in range(10):
        ear.beat()
    assert ear.beat(9) == [9]  # 2 to 8 never came
    assert ear.wire.jitter.lost == 7


def test_after_a_pause_packets_may_be_late_again() -> None:
    ear = Ear()
    ear.beat(1)
    for _ in range(10):
        ear.beat()
    assert [ear.beat(2), ear.beat(), ear.beat(3, 4)] == [[2], [], [3, 4]]


def test_nothing_has_to_be_waited_for_before_the_first_sound() -> None:
    ear = Ear()
    assert [ear.beat(), ear.beat(), ear.beat(7)] == [[None], [None], [7]]


def test_a_beat_that_comes_late_takes_all_that_it_owes() -> None:
    ear = Ear()
    ear.beat(0)
    assert ear.beat(1, 2, 3, owed=3) == [1, 2, 3]
    assert ear.beat(owed=8) == [None] * 8


def test_a_burst_runs_ahead_by_a_bound_and_is_made_up_for_in_the_next_pause() -> None:
    ear = Ear()
    burst = ear.beat(*range(AHEAD_FRAMES + 1))
    assert burst == list(range(AHEAD_FRAMES + 1))
    quiet = [ear.beat() for _ in range(AHEAD_FRAMES + PATIENCE + 1)]
    assert list(chain(*quiet)) == [None] * (PATIENCE + 1)


def test_over_a_minute_of_jitter_every_word_arrives_once_and_in_order() -> None:
    """3,000 packets, each up to 60 ms late, many out of order, none lost."""
    dice = Random(1)
    arrivals: dict[int, list[int]] = {}
    for number in range(3000):
        arrivals.setdefault(number + dice.randrange(PATIENCE + 1), []).append(number)
    ear = Ear()
    heard = [ear.beat(*arrivals.get(now, ())) for now in range(3000 + PATIENCE)]
    sound = list(chain(*heard))
    began = sound.index(0)  # until then there was nothing to wait for
    assert sound[:began] == [None] * began
    assert sound[began:] == [number & 0xFF for number in range(3000)]

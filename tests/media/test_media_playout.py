"""What is sent of the agent's voice, and what is told of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portero.media.playout import Heard, Playout

FRAME = 960


def make(prebuffer: int = 1, queue: int = 100) -> Playout:
    return Playout(48, b"\x00", prebuffer, queue)


def drain(playout: Playout) -> bytes:
    """All that is left, until nothing is playing; silence inside is left out."""
    frames = []
    while playout.playing:
        frames.append(playout.pop() or b"")
    return b"".join(frames)


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=20))
def test_deltas_of_any_size_come_out_whole_and_in_order(deltas: list[bytes]) -> None:
    playout = make(queue=1000)
    for delta in deltas:
        assert playout.play("a", delta) == 0
    playout.end_item("a")
    sound = drain(playout)
    said = b"".join(deltas)
    assert sound[: len(said)] == said
    assert not any(sound[len(said) :])
    assert len(sound) % FRAME == 0
    assert len(sound) - len(said) < FRAME


def test_padding_is_the_silence_of_the_format() -> None:
    playout = Playout(8, b"\xd5", 1, 100)
    playout.play("a", b"\x01" * 100)
    playout.end_item("a")
    assert playout.pop() == b"\x01" * 100 + b"\xd5" * 60


def test_a_spurt_waits_for_the_prebuffer() -> None:
    playout = make(prebuffer=3)
    playout.play("a", b"x" * FRAME * 2)
    assert playout.pop() is None
    playout.play("a", b"x" * FRAME)
    assert [playout.pop() is not None for _ in range(3)] == [True, True, True]


def test_a_short_item_does_not_wait_once_it_has_ended() -> None:
    playout = make(prebuffer=3)
    playout.play("a", b"x" * FRAME)
    playout.end_item("a")
    assert playout.pop() == b"x" * FRAME


def test_sound_never_waits_longer_than_the_prebuffer_lasts() -> None:
    playout = make(prebuffer=3)
    playout.play("a", b"x" * 100)
    assert [playout.pop() for _ in range(3)] == [None] * 3
    assert playout.pop() == (b"x" * 100).ljust(FRAME, b"\x00")
    assert not playout.playing


def test_a_voice_that_breaks_off_is_one_underrun_and_fills_the_prebuffer_again() -> None:
    playout = make(prebuffer=2)
    playout.play("a", b"x" * FRAME * 2)
    assert [playout.pop() is None for _ in range(5)] == [False, False, True, True, True]
    assert playout.underruns == 1
    playout.play("a", b"x" * FRAME)
    assert playout.pop() is None
    playout.play("a", b"x" * FRAME)
    assert playout.pop() is not None


def test_the_end_of_an_item_is_no_underrun() -> None:
    playout = make()
    playout.play("a", b"x" * FRAME)
    playout.end_item("a")
    assert [playout.pop() is None for _ in range(3)] == [False, True, True]
    assert playout.underruns == 0


def test_flush_tells_of_each_item_what_was_sent() -> None:
    playout = make()
    for item, frames in (("done", 1), ("current", 3), ("next", 2)):
        playout.play(item, b"x" * FRAME * frames)
        playout.end_item(item)
    assert all(playout.pop() for _ in range(3))
    assert playout.flush() == [Heard("current", 40, 20), Heard("next", 0, 40)]
    assert not playout.playing
    assert playout.pop() is None
    assert playout.flush() == []


def test_played_counts_sound_not_padding_and_rounds_down() -> None:
    playout = make()
    playout.play("a", b"x" * (48 * 7 + 47))
    for _ in range(2):
        playout.pop()
    assert playout.flush() == [Heard("a", 7, 0)]


def test_an_item_that_has_not_ended_is_told_even_when_all_of_it_was_sent() -> None:
    playout = make()
    playout.play("a", b"x" * FRAME)
    playout.pop()
    assert playout.flush() == [Heard("a", 20, 0)]


def test_a_frame_holds_sound_of_one_item_only() -> None:
    playout = make()
    playout.play("a", b"a" * 100)
    playout.play("b", b"b" * FRAME)
    assert playout.pop() == (b"a" * 100).ljust(FRAME, b"\x00")
    assert playout.pop() == b"b" * FRAME


def test_a_full_queue_cuts_the_rest_of_the_item_and_says_how_much() -> None:
    playout = make(queue=2)
    assert playout.play("a", b"x" * FRAME * 2 + b"y" * 48) == 48
    assert playout.play("a", b"z" * 480) == 480
    assert playout.pop() == b"x" * FRAME
    assert playout.play("a", b"z" * 480) == 480  # no hole inside a sentence
    playout.end_item("a")
    assert playout.overflow_ms == 21
    assert playout.take_finished_cut() == []
    assert playout.pop() == b"x" * FRAME
    assert playout.take_finished_cut() == [Heard("a", 40, 0)]
    assert playout.take_finished_cut() == []
    assert playout.play("b", b"b" * FRAME) == 0


def test_an_item_that_does_not_fit_at_all_was_heard_for_0_ms() -> None:
    playout = make(queue=1)
    playout.play("a", b"a" * FRAME)
    assert playout.play("b", b"b" * FRAME) == FRAME
    playout.end_item("a")
    playout.end_item("b")
    drain(playout)
    assert playout.take_finished_cut() == [Heard("b", 0, 0)]

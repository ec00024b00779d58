"""Who waits for something with others is not touched by what the others do."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from portero.waiting import Happening, Waiters


def note(waiting: Deferred[None], told: list[str], name: str) -> None:
    waiting.addCallbacks(
        lambda _: told.append(name),
        lambda failure: told.append(f"{name} {failure.trap(CancelledError).__name__}"),
    )


def test_each_has_a_deferred_of_its_own_and_all_are_told_in_order() -> None:
    waiters, told = Waiters(), list[str]()
    for name in "abc":
        note(waiters.wait(), told, name)
    assert waiters
    waiters.fire()
    assert told == ["a", "b", "c"]
    assert not waiters


def test_who_comes_while_the_others_are_told_waits_for_the_next_time() -> None:
    waiters, told = Waiters(), list[str]()

    def wait_again(_: None) -> None:
        note(waiters.wait(), told, "next")

    waiters.wait().addCallback(wait_again)
    waiters.fire()
    assert told == []
    waiters.fire()
    assert told == ["next"]


def test_who_cancels_is_forgotten_and_the_others_still_wait() -> None:
    waiters, told = Waiters(), list[str]()
    impatient, patient = waiters.wait(), waiters.wait()
    note(impatient, told, "impatient")
    note(patient, told, "patient")
    impatient.cancel()
    assert told == ["impatient CancelledError"]
    waiters.fire()
    assert told == ["impatient CancelledError", "patient"]


def test_one_who_is_told_may_cancel_another() -> None:
    waiters, told = Waiters(), list[str]()
    first, second, third = waiters.wait(), waiters.wait(), waiters.wait()
    first.addCallback(lambda _: second.cancel())
    note(second, told, "second")
    note(third, told, "third")
    waiters.fire()
    assert told == ["second CancelledError", "third"]


def test_what_has_happened_needs_no_waiting_and_happens_once() -> None:
    happening, told = Happening(), list[str]()
    note(happening.wait(), told, "early")
    assert not happening.happened
    happening.fire()
    note(happening.wait(), told, "late")
    happening.fire()
    assert told == ["early", "late"]
    assert happening.happened

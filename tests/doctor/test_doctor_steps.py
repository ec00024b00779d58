"""How steps are run: in order, within their time, and never with a traceback for the installer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from told import told

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from portero.asterisk.error import AMIDisconnected, AMIPermissionDenied
from portero.doctor.around import Look
from portero.doctor.findings import Finding, Level
from portero.doctor.plan import STEPS
from portero.doctor.steps import choose, run_steps


class Bench:
    """All that the runner itself needs of one."""

    def __init__(self) -> None:
        self.reactor = Clock()


def step(
    name: str,
    look: Callable[[Any], Awaitable[list[Finding]]] | None = None,
    *needs: str,
    level: Level = Level.GREEN,
) -> Look:
    async def one(_: Any) -> list[Finding]:
        cure = "" if level is Level.GREEN else "doctor_cure_restart"
        return [Finding(name, level, "doctor_all_well", {}, cure)]

    return Look(name, look or one, needs, 10.0)


def run(*steps: Look, bench: Bench | None = None) -> list[Finding]:
    running = Deferred.fromCoroutine(
        run_steps(steps, bench or Bench(), tell=lambda _: None)  # type: ignore[arg-type]
    )
    return SynchronousTestCase().successResultOf(running)


def test_each_finding_is_told_as_soon_as_its_step_is_over() -> None:
    seen: list[str] = []
    slow: Deferred[list[Finding]] = Deferred()

    async def wait(_: Any) -> list[Finding]:
        return await slow

    running = Deferred.fromCoroutine(
        run_steps(
            [step("a"), step("b", wait)],
            Bench(),  # type: ignore[arg-type]
            tell=lambda finding: seen.append(finding.step),
            begin=lambda name: seen.append(f"begin {name}"),
        )
    )
    assert seen == ["begin a", "a", "begin b"]
    slow.callback([Finding("b", Level.GREEN, "doctor_all_well")])
    assert seen[-1] == "b"
    assert running.called


def test_who_needs_a_step_that_failed_is_skipped_and_says_why() -> None:
    findings = run(
        step("a", level=Level.RED), step("b", None, "a"), step("c", None, "b"), step("d")
    )
    assert told(findings) == [
        ("a", Level.RED),
        ("b", Level.SKIPPED),
        ("c", Level.SKIPPED),
        ("d", Level.GREEN),
    ]
    assert [finding.values.get("because") for finding in findings[1:3]] == ["a", "a"]


def test_yellow_is_no_obstacle() -> None:
    findings = run(step("a", level=Level.YELLOW), step("b", None, "a"))
    assert [finding.level for finding in findings] == [Level.YELLOW, Level.GREEN]


def test_a_step_has_its_time() -> None:
    bench = Bench()

    async def never(_: Any) -> list[Finding]:
        return await Deferred()

    running = Deferred.fromCoroutine(
        run_steps([step("a", never)], bench, tell=lambda _: None)  # type: ignore[arg-type]
    )
    bench.reactor.advance(9.9)
    assert not running.called
    bench.reactor.advance(0.2)
    findings = SynchronousTestCase().successResultOf(running)
    assert told(findings) == [("a", Level.RED)]
    assert findings[0].word == "doctor_late"


@pytest.mark.parametrize(
    ("error", "word", "level"),
    [
        (ZeroDivisionError("secret"), "doctor_defect", Level.RED),
        (AMIDisconnected("gone"), "doctor_ami_lost", Level.RED),
        (AMIPermissionDenied("Permission denied"), "doctor_skipped", Level.SKIPPED),
    ],
)
def test_a_step_that_breaks_is_a_finding(error: Exception, word: str, level: Level) -> None:
    async def broken(_: Any) -> list[Finding]:
        raise error

    findings = run(step("a", broken), step("b"))
    assert told(findings, secret="secret") == [("a", level), ("b", Level.GREEN)]
    assert findings[0].word == word


def test_a_defect_is_logged_for_who_wants_to_see_it() -> None:
    events: list[Any] = []

    async def broken(_: Any) -> list[Finding]:
        raise ZeroDivisionError

    globalLogPublisher.addObserver(events.append)
    try:
        run(step("a", broken))
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["log_failure"].type for event in events] == [ZeroDivisionError]


def test_only_brings_what_is_needed() -> None:
    steps = [step("a"), step("b.x", None, "a"), step("b.y"), step("c", None, "b.x")]
    assert [it.name for it in choose(steps, [])] == ["a", "b.x", "b.y", "c"]
    assert [it.name for it in choose(steps, ["b.y"])] == ["b.y"]
    assert [it.name for it in choose(steps, ["b"])] == ["a", "b.x", "b.y"]
    assert [it.name for it in choose(steps, ["c"])] == ["a", "b.x", "c"]
    with pytest.raises(KeyError, match="bx"):
        choose(steps, ["bx"])


def test_every_step_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for one in STEPS:
        assert set(one.needs) <= seen, one.name
        assert one.name not in seen
        seen.add(one.name)

"""Runs the doctor's steps: one after the other, each with what it needs and a limit of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.logger import Logger

from portero.asterisk.error import AMICommandFailure, AMIPermissionDenied
from portero.config.problems import printable
from portero.doctor.around import Look
from portero.doctor.bench import Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.rights import RIGHTS

log = Logger()

Tell = Callable[[Finding], None]
Begin = Callable[[str], None]


async def run_steps(
    steps: Iterable[Look], bench: Bench, *, tell: Tell, begin: Begin = lambda name: None
) -> list[Finding]:
    """All findings, in order; `tell` gets each as soon as its step is over.

    A step that needs one that has failed, or was skipped itself, is skipped and says which. One
    that takes too long, or breaks, is a red finding. `begin` gets the name of each before that.
    """
    findings: list[Finding] = []
    failed: dict[str, str] = {}  # a step to the one that is the reason
    for step in steps:
        cause = next((failed[need] for need in step.needs if need in failed), None)
        if cause is None:
            begin(step.name)
            found = await _run(step, bench)
            if any(finding.level is Level.RED for finding in found):
                failed[step.name] = step.name
        else:
            failed[step.name] = cause
            found = [Finding(step.name, Level.SKIPPED, "doctor_skipped", {"because": cause})]
        for finding in found:
            tell(finding)
        findings += found
    return findings


def choose(steps: Sequence[Look], wanted: Sequence[str]) -> list[Look]:
    """The steps that are wanted, by name or by its beginning (`ami`), and all that they need.

    Raises KeyError with a name that no step has.
    """
    if not wanted:
        return list(steps)
    chosen: set[str] = set()
    for name in wanted:
        named = {it.name for it in steps if it.name == name or it.name.startswith(f"{name}.")}
        if not named:
            raise KeyError(name)
        chosen |= named
    for step in reversed(steps):  # who is needed comes before who needs it
        if step.name in chosen:
            chosen.update(step.needs)
    return [step for step in steps if step.name in chosen]


async def _run(step: Look, bench: Bench) -> list[Finding]:
    looking = Deferred.fromCoroutine(_look(step, bench))
    try:
        return await looking.addTimeout(step.seconds, bench.reactor)
    except PatienceLost:
        values = {"step": step.name, "seconds": f"{step.seconds:g}"}
        return [Finding(step.name, Level.RED, "doctor_late", values, "doctor_cure_late")]
    except AMIPermissionDenied:
        return [Finding(step.name, Level.SKIPPED, "doctor_skipped", {"because": RIGHTS})]
    except AMICommandFailure as error:
        values = {"why": printable(error)}
        return [Finding(step.name, Level.RED, "doctor_ami_lost", values, "doctor_cure_ami_lost")]
    except Exception as error:
        log.failure("the step {step} broke", step=step.name)
        values = {"step": step.name, "why": type(error).__name__}
        return [Finding(step.name, Level.RED, "doctor_defect", values, "doctor_cure_defect")]


async def _look(step: Look, bench: Bench) -> list[Finding]:
    return await step.look(bench)

"""The transaction that judges and claims: several daemons on one database, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Barrier

import pytest

from portero.config.rules import LimitSettings, PolicySettings, RuleSettings
from portero.doorman.deciding import Case, decide, give_back
from portero.doorman.facts import Check, Facts, Pin, Request, Verdict
from portero.registry import Registry, claims, ledger

DAEMONS = 6
NOW = 1_795_370_400.0
ONCE = Check(True, "Juan Pérez", "Juan Pérez", "res-7", "a1", uses=1)
PIN = Pin("p1", "jardinero", None, NOW, uses=1)


def case(
    number: int, *, pin: bool = False, gate: str = "main_gate", caller: str = "", **limits: float
) -> Case:
    """A request of a call of its own; without `pin` for whom check_visitor has found."""
    request = Request(
        "robles",
        gate,
        f"c{number}",
        caller or str(number),
        f"c{number}-1",
        "" if pin else "Juan Pérez",
        by="pin" if pin else "model",
    )
    facts = Facts(
        NOW,
        frozenset({"main_gate", "service"}),
        checks=() if pin else (ONCE,),
        pins=(PIN,) if pin else (),
    )
    policy = PolicySettings(limits=LimitSettings(**{"cooldown": 0, **limits}))  # type: ignore[arg-type]
    return Case(request, facts, policy, "es", "America/Mexico_City", duress_opens=False)


@pytest.fixture
def daemons(database: str) -> Iterator[list[Registry]]:
    """Several daemons' registries, on one database."""
    with ExitStack() as stack:
        registries = [stack.enter_context(closing(Registry(database))) for _ in range(DAEMONS)]
        registries[0].upgrade()
        yield registries


def at_once(daemons: list[Registry], make: Callable[[int], Case]) -> list[Verdict]:
    """What each daemon's request comes to when all of them ask at the same time."""
    start = Barrier(len(daemons))

    def ask(number: int, registry: Registry) -> Verdict:
        start.wait(10)
        return registry.work(decide, make(number))

    with ThreadPoolExecutor(len(daemons)) as pool:
        asking = [pool.submit(ask, number, registry) for number, registry in enumerate(daemons)]
        return [one.result(30) for one in asking]


def allowed(verdicts: list[Verdict]) -> int:
    return sum(verdict.allowed for verdict in verdicts)


def anybody(number: int, **more: str | float) -> Case:
    made = case(number, **more)  # type: ignore[arg-type]
    rule = RuleSettings(name="open_house", anybody=True)
    policy = made.policy.model_copy(update={"rules": (rule,)})
    return Case(made.request, made.facts, policy, "es", "America/Mexico_City", duress_opens=False)


def test_a_one_time_authorisation_opens_once(daemons: list[Registry]) -> None:
    assert allowed(at_once(daemons, case)) == 1
    assert daemons[0].work(claims.used, "robles", "authorization:a1") == 1


def test_a_one_time_pin_opens_once_also_at_different_gates(daemons: list[Registry]) -> None:
    gates = ("main_gate", "service")
    verdicts = at_once(daemons, lambda number: case(number, pin=True, gate=gates[number % 2]))
    assert allowed(verdicts) == 1


@pytest.mark.parametrize(
    "limits", [{"per_hour": 2}, {"per_caller": 2, "caller": "100"}, {"cooldown": 60}]
)
def test_limits_hold_among_daemons(daemons: list[Registry], limits: dict[str, str | float]) -> None:
    verdicts = at_once(daemons, lambda number: anybody(number, **limits))
    assert allowed(verdicts) == (1 if "cooldown" in limits else 2)


def test_the_chain_is_whole_afterwards_and_tells_of_every_request(daemons: list[Registry]) -> None:
    at_once(daemons, case)
    assert daemons[0].read(ledger.verify, "robles") == []
    for number in range(DAEMONS):
        entries = daemons[0].work(ledger.for_call, "robles", f"c{number}")
        assert [entry.kind for entry in entries] == ["request", "verdict"]


def test_what_was_given_back_may_be_used_again(daemons: list[Registry]) -> None:
    first, second = daemons[:2]
    verdict = first.work(decide, case(1))
    assert second.work(decide, case(2)).rule == "not_authorized"
    first.work(give_back, case(1).request, verdict)
    assert second.work(decide, case(3)).allowed


def test_a_transaction_that_is_not_finished_has_decided_nothing(daemons: list[Registry]) -> None:
    class Crash(Exception):
        pass

    def crash(connection: object) -> None:
        assert decide(connection, case(1)).allowed  # type: ignore[arg-type]
        raise Crash

    with pytest.raises(Crash):
        daemons[0].work(crash)
    assert daemons[1].work(ledger.for_call, "robles", "c1") == []
    assert daemons[1].work(decide, case(2)).allowed


def test_another_tenants_openings_and_claims_count_for_nothing(daemons: list[Registry]) -> None:
    registry = daemons[0]
    assert registry.work(decide, case(1)).allowed
    theirs = case(2)
    request = Request("encinos", "main_gate", "c2", "2", "c2-1", "Juan Pérez")
    other = Case(request, theirs.facts, theirs.policy, "es", "UTC", duress_opens=False)
    assert registry.work(decide, other).allowed

"""Who may be let in (pure): judged by facts of this call and of the registry, not by the model.

Closed by default: what no rule allows stays shut, a rule that refuses beats those that allow, and
the limits beat them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from portero.config.rules import LimitSettings, PolicySettings, RuleSettings
from portero.doorman.checking import find_check as find_check
from portero.doorman.checking import learn as learn
from portero.doorman.facts import Check as Check
from portero.doorman.facts import Evidence, Facts, Opening, Request
from portero.doorman.facts import Verdict as Verdict
from portero.doorman.proofs import prove
from portero.doorman.schedule import applies
from portero.doorman.words import Miss, in_words, sentence
from portero.limits import OPENINGS_COUNTED_SECONDS
from portero.messages import text

# Of several things that are missing, the one that a visitor can best do something about.
_ASKED_FOR: Final = {"model": "expected", "pin": "pin", "resident": "approved_within"}


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """Whether a rule applied to a request, and why (not).

    effect: allow, refuse or limit. rule: its name; for what holds without a rule, a word of ours.
    why: in the language that was asked for; words, values: the same for any language, by
    `portero.doorman.words.in_words`.
    """

    rule: str
    effect: str
    applies: bool
    why: str
    words: tuple[str, ...] = ()
    values: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule held against the facts: what is missing, or what it rests on."""

    rule: RuleSettings
    missing: tuple[Miss, ...]
    evidence: Evidence

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(miss.word for miss in self.missing)


def judge(
    request: Request,
    facts: Facts,
    policy: PolicySettings,
    *,
    language: str,
    timezone: str,
    duress_opens: bool,
) -> Verdict:
    """Whether the gate may open; `sentence` tells a visitor nothing that they did not say."""
    stop = next(_stops(request, facts, duress_opens), None)
    if stop is not None:
        return _refusal(stop.word, language)
    weighed = [_weigh(rule, request, facts, timezone) for rule in policy.rules]
    applying = [it for it in weighed if not it.missing]
    for it in applying:
        if it.rule.effect == "refuse":
            return Verdict(False, it.rule.name, sentence("refused_by_rule", language))
    if not applying:
        # Also within a limit: "already ordered" is for those whom the gate would open to.
        return _refusal(_word(request, weighed), language)
    limit = next((miss for _name, miss in _limits(request, facts, policy.limits)), None)
    if limit is not None:
        return _refusal(limit.word, language)
    chosen = applying[0]
    return Verdict(True, chosen.rule.name, text("authorized", language), chosen.evidence)


def weigh(
    request: Request,
    facts: Facts,
    policy: PolicySettings,
    *,
    language: str,
    timezone: str,
    duress_opens: bool,
) -> list[RuleFinding]:
    """Every rule with why it applies or not; besides, each limit and each stop that does."""

    def finding(name: str, effect: str, missing: Sequence[Miss], *, applies: bool) -> RuleFinding:
        words = tuple(miss.word for miss in missing)
        values = {name: value for miss in missing for name, value in miss.values.items()}
        why = in_words(words, values, language, applies=applies)
        return RuleFinding(name, effect, applies, why, words, values)

    found = [
        finding(miss.word, "refuse", [miss], applies=True)
        for miss in _stops(request, facts, duress_opens)
    ]
    for rule in policy.rules:
        missing = _weigh(rule, request, facts, timezone).missing
        found.append(finding(rule.name, rule.effect, missing, applies=not missing))
    for name, miss in _limits(request, facts, policy.limits):
        found.append(finding(name, "limit", [miss], applies=True))
    return found


def _stops(request: Request, facts: Facts, duress_opens: bool) -> Iterator[Miss]:
    """What keeps a gate shut before any rule is asked."""
    if request.gate_id not in facts.gates:
        yield Miss("no_gate")
    if facts.duress and not duress_opens:
        yield Miss("duress")


def _weigh(rule: RuleSettings, request: Request, facts: Facts, timezone: str) -> _Weighed:
    missing = []
    if rule.gates and request.gate_id not in rule.gates:
        missing.append(Miss("not_this_gate"))
    if rule.callers and request.caller not in rule.callers:
        missing.append(Miss("not_this_caller"))
    moment = datetime.fromtimestamp(facts.now, UTC)
    if rule.schedule is not None and not applies(rule.schedule, moment, ZoneInfo(timezone)):
        missing.append(Miss("out_of_hours"))
    proof = prove(rule, request, facts)
    if not isinstance(proof, Evidence):
        missing += proof
    elif not proof.kind and rule.effect == "allow":
        missing.append(Miss("asks_nothing"))
    return _Weighed(rule, tuple(missing), proof if isinstance(proof, Evidence) else Evidence())


def _limits(request: Request, facts: Facts, limits: LimitSettings) -> Iterator[tuple[str, Miss]]:
    """The limits that are reached, by their settings' names.

    An opening "in the future" counts as one in the past does: the clocks of two daemons differ.
    """

    def ago(opening: Opening) -> float:
        return abs(facts.now - opening.at)

    lately = [it for it in facts.openings if ago(it) < OPENINGS_COUNTED_SECONDS]
    same_gate = [it for it in lately if it.gate_id == request.gate_id]
    counts = {
        "per_call": sum(it.call_id == request.call_id for it in facts.openings),
        "per_hour": len(same_gate),
        "per_caller": sum(it.caller == request.caller for it in lately),
    }
    latest = min(map(ago, same_gate), default=OPENINGS_COUNTED_SECONDS)
    if latest < limits.cooldown:
        values = {"age": round(latest, 1), "cooldown": limits.cooldown}
        yield "cooldown", Miss("too_soon", values)
    for name, count in counts.items():
        most = getattr(limits, name)
        if count >= most:
            yield name, Miss("too_often", {"count": count, "limit": most})


def _word(request: Request, weighed: Sequence[_Weighed]) -> str:
    """The word for a request that no rule allows."""
    allowing = [it for it in weighed if it.rule.effect == "allow"]
    near = [it for it in allowing if not {"not_this_gate", "not_this_caller"} & set(it.words)]
    if any(it.words == ("out_of_hours",) for it in near):
        return "out_of_hours"
    asked_for = _ASKED_FOR.get(request.by, "expected")
    best = sorted(near, key=lambda it: not getattr(it.rule, asked_for))
    words = [word for it in best for word in it.words if word != "out_of_hours"]
    return next(iter(words), "no_rule")


def _refusal(word: str, language: str) -> Verdict:
    return Verdict(False, word, sentence(word, language))

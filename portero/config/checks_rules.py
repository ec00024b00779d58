"""What must hold for the rules that open gates (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from portero.config.explain import choice
from portero.config.findings import Finding
from portero.config.problems import KeyPath
from portero.config.rules import RESERVED_NAMES, PolicySettings, RuleSettings
from portero.config.settings import TenantSettings

_NARROWING = ("gates", "schedule", "callers")


def check_rules(tenant: TenantSettings, at: KeyPath) -> Iterator[Finding]:
    """What does not fit in a tenant's rules and those of its gates."""
    yield from _check_policy(tenant, tenant.policy, (*at, "policy"))
    for name, gate in tenant.gates.items():
        if gate.policy is not None:
            yield from _check_policy(tenant, gate.policy, (*at, "gates", name, "policy"))


def _check_policy(tenant: TenantSettings, policy: PolicySettings, at: KeyPath) -> Iterator[Finding]:
    names: set[str] = set()
    for index, rule in enumerate(policy.rules):
        path = (*at, "rules", index)
        if rule.name in names:
            yield Finding((*path, "name"), "rule_twice", {"value": rule.name})
        names.add(rule.name)
        yield from _check_rule(tenant, rule, path)
        yield from _check_against(rule, policy, path)


def _check_rule(tenant: TenantSettings, rule: RuleSettings, path: KeyPath) -> Iterator[Finding]:
    if rule.name in RESERVED_NAMES:
        yield Finding((*path, "name"), "rule_reserved", {"value": rule.name})
    for index, gate in enumerate(rule.gates):
        if gate not in tenant.gates:
            key, values = choice("gate_unknown", gate, list(tenant.gates))
            yield Finding((*path, "gates", index), key, {**values, "tenant": tenant.id})
    if rule.effect == "allow" and not (_proofs(rule) or rule.anybody):
        yield Finding(path, "rule_asks_nothing", {"value": rule.name})
    if rule.anybody and (_proofs(rule) or rule.effect == "refuse"):
        yield Finding((*path, "anybody"), "rule_anybody")
    if _refuses_all(rule):
        yield Finding(path, "rule_refuses_all", {"value": rule.name}, warning=True)


def _check_against(rule: RuleSettings, policy: PolicySettings, path: KeyPath) -> Iterator[Finding]:
    """A rule that allows only what another one refuses never opens anything."""
    if rule.effect != "allow":
        return
    for other in policy.rules:
        if other.effect == "refuse" and not _refuses_all(other) and _covers(other, rule):
            values = {"value": rule.name, "other": other.name}
            yield Finding(path, "rule_never_opens", values, warning=True)
            return


def _proofs(rule: RuleSettings) -> list[str]:
    names = ("expected", "approved_within", "plate_within", "pin")
    return [name for name in names if getattr(rule, name)]


def _refuses_all(rule: RuleSettings) -> bool:
    narrow = any(getattr(rule, name) for name in _NARROWING) or _proofs(rule)
    return rule.effect == "refuse" and not narrow


def _covers(refusing: RuleSettings, allowing: RuleSettings) -> bool:
    """Whether `refusing` applies whenever `allowing` does, as far as their texts tell."""
    for name in ("gates", "callers"):
        wide, narrow = set(getattr(refusing, name)), set(getattr(allowing, name))
        if wide and not (narrow and narrow <= wide):
            return False
    if refusing.schedule not in (None, allowing.schedule):
        return False
    if not set(_proofs(refusing)) <= set(_proofs(allowing)):
        return False
    for name in ("approved_within", "plate_within"):
        if (getattr(refusing, name) or 0) and getattr(refusing, name) < getattr(allowing, name):
            return False
    return not refusing.plate_within or refusing.plate_confidence <= allowing.plate_confidence

"""`portero policy`: why a gate opened or not, and what it would do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError

from portero.config import ConfigError, find_config, load
from portero.config.loader import Loaded
from portero.config.settings import TenantSettings
from portero.config.units import Seconds
from portero.doorman.policy import judge, weigh
from portero.doorman.showing import show, show_answer
from portero.doorman.trying import Trial, facts_of, request_of
from portero.errors import PorteroError
from portero.messages import text
from portero.registry import ledger
from portero.registry.ledger import Entry
from portero.registry.opening import opened
from portero.registry.store import Registry, utc_now

_CONFIG: Final = click.option("-c", "--config", type=click.Path(), help="Settings file.")
_TENANT: Final = click.option(
    "-t", "--tenant", help="The tenant's id; may be left out when there is only one."
)


# Options that are durations.
_AGES: Final = ("approved", "refused", "seen", "opened")


@click.group()
def policy() -> None:
    """Which rules open which gates: `portero policy try --checked`."""


@policy.command("try")
@_CONFIG
@_TENANT
@click.option("-g", "--gate", help="The gate's id; may be left out when there is only one.")
@click.option("--visitor", default="Juan Pérez", show_default=True, help="The visitor's name.")
@click.option("--resident", help="Id of the resident who is visited.")
@click.option("--caller", default="", help="Number of the intercom.")
@click.option("--by", type=click.Choice(["model", "pin", "resident"]), default="model")
@click.option("--checked", is_flag=True, help="check_visitor said: authorised.")
@click.option("--approved", metavar="AGE", help="The resident said yes so long ago.")
@click.option("--refused", metavar="AGE", help="The resident said no so long ago.")
@click.option("--plate", help="Plate of an authorised visit, which a camera saw.")
@click.option("--seen", metavar="AGE", default="0", help="When the camera saw it.")
@click.option("--confidence", type=click.FloatRange(0, 1), default=1.0, help="Of that reading.")
@click.option("--pin", is_flag=True, help="A PIN was typed that is right.")
@click.option("--opened", metavar="AGE", help="The gate was opened so long ago.")
@click.option("--duress", is_flag=True, help="A duress word was said.")
@click.option("--at", help="When: 2026-12-24T18:00, by the tenant's clock; else now.")
def try_(
    config: str | None, tenant: str | None, gate: str | None, at: str | None, **case: Any
) -> None:
    """Judge a made-up case by the tenant's rules.

    Nothing is opened or written down.

    \b
    Examples:
      portero policy try --checked
      portero policy try --gate main_gate --approved 6min --at 2026-12-24T23:30
      portero policy try --plate ABC-123-D --seen 20s --confidence 0.7
    """
    loaded = _settings(config)
    chosen = _tenant(loaded, tenant)
    moment = _moment(at, chosen, loaded.language)
    case |= {name: _age(name, case[name], loaded.language) for name in _AGES}
    trial = Trial(gate=_gate(chosen, gate, loaded.language), now=moment.timestamp(), **case)
    for line in _tried(trial, chosen, loaded.language):
        click.echo(line)


@policy.command()
@click.argument("call")
@_CONFIG
@_TENANT
def explain(call: str, config: str | None, tenant: str | None) -> None:
    """Show why the gates opened or not in CALL, as the ledger has it.

    \b
    CALL is the id that is in the log and in PORTERO_CALL_ID.
    Examples:
      portero policy explain 1795348800.42
    """
    loaded = _settings(config)
    chosen = _tenants(loaded, tenant)
    found = {it.id: (it, entries) for it, entries in _written(loaded, chosen, call) if entries}
    if not found:
        raise click.ClickException(text("policy_no_call", loaded.language, call=call))
    for it, entries in found.values():
        for line in _explained(entries, ZoneInfo(it.timezone), loaded.language):
            click.echo(line)


def _tried(trial: Trial, tenant: TenantSettings, language: str) -> Iterator[str]:
    request, facts = request_of(trial, tenant), facts_of(trial, tenant)
    gate = tenant.gates.get(trial.gate)
    rules = (gate.policy if gate else None) or tenant.policy
    options: dict[str, Any] = {
        "language": language,
        "timezone": tenant.timezone,
        "duress_opens": tenant.duress.open,
    }
    verdict = judge(request, facts, rules, **options)
    body = {
        "gate": trial.gate,
        "visitor": trial.visitor,
        "resident_id": trial.resident,
        "by": trial.by,
        "allowed": verdict.allowed,
        "rule": verdict.rule,
        "findings": [asdict(it) for it in weigh(request, facts, rules, **options)],
    }
    yield from show(body, datetime.fromtimestamp(trial.now, ZoneInfo(tenant.timezone)), language)


def _explained(entries: Sequence[Entry], zone: ZoneInfo, language: str) -> Iterator[str]:
    judged = False
    for entry in entries:
        at = entry.at.astimezone(zone)
        if entry.kind == "verdict":
            if judged:
                yield ""
            judged = True
            yield from show(entry.body, at, language)
        elif entry.kind == "acknowledgement":
            yield show_answer(entry.body, at, language)
    if not judged:
        yield text("policy_no_request", language)


def _written(
    loaded: Loaded, tenants: Sequence[TenantSettings], call: str
) -> Iterator[tuple[TenantSettings, list[Entry]]]:
    with _registry(loaded) as registry:
        for tenant in tenants:
            yield tenant, registry.work(ledger.for_call, tenant.id, call)


@contextmanager
def _registry(loaded: Loaded) -> Iterator[Registry]:
    try:
        with opened(loaded.settings.registry.url, loaded.language) as registry:
            yield registry
    except PorteroError as error:
        raise click.ClickException(str(error)) from None


def _settings(config: str | None) -> Loaded:
    try:
        return load(find_config(config, os.environ), os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def _tenants(loaded: Loaded, asked: str | None) -> Sequence[TenantSettings]:
    return loaded.settings.tenants if asked is None else [_tenant(loaded, asked)]


def _tenant(loaded: Loaded, asked: str | None) -> TenantSettings:
    known = {tenant.id: tenant for tenant in loaded.settings.tenants}
    return known[_chosen("tenant_one_of", asked, list(known), loaded.language)]


def _gate(tenant: TenantSettings, asked: str | None, language: str) -> str:
    """Any gate may be asked for: that a wrong one stays shut is worth a look, too."""
    if asked is not None:
        return asked
    return _chosen("gate_one_of", asked, list(tenant.gates), language)


def _chosen(word: str, asked: str | None, known: list[str], language: str) -> str:
    if asked is None and len(known) == 1:
        return known[0]
    if asked not in known:
        raise click.UsageError(text(word, language, choices=", ".join(known) or "-"))
    return asked


def _age(option: str, written: str | None, language: str) -> float | None:
    """A duration, as in the settings: 90, 90s, 5min."""
    if written is None:
        return None
    try:
        return TypeAdapter(Seconds).validate_python(written)
    except ValidationError:
        why = text("duration", language, value=written)
        raise click.UsageError(f"--{option}: {why}") from None


def _moment(written: str | None, tenant: TenantSettings, language: str) -> datetime:
    if written is None:
        return utc_now()
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        why = text("policy_moment", language, value=written)
        raise click.UsageError(f"--at: {why}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.timezone))

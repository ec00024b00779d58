"""`portero pin`: the PINs of a community from the command line; none is ever taken from there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from portero.config import ConfigError, find_config, load
from portero.config.settings import TenantSettings
from portero.errors import PorteroError
from portero.limits import PIN_DIGITS_MAX, PINS_TRIED, REGISTRY_FIELD_CHARS
from portero.messages import text
from portero.registry import pins
from portero.registry.opening import opened
from portero.registry.pinrules import make_pin
from portero.registry.queries import find_residents
from portero.registry.store import Registry

_TENANT: Final = click.option(
    "-t", "--tenant", help="The tenant's id; may be left out when there is only one."
)
_CONFIG: Final = click.option("-c", "--config", type=click.Path(), help="Settings file.")


@dataclass(frozen=True)
class _Place:
    """One tenant's PINs, and the language of who sits before the screen."""

    registry: Registry
    tenant: TenantSettings
    language: str

    def say(self, word: str, **values: Any) -> None:
        click.echo(text(word, self.language, **values))

    def refuse(self, word: str, **values: Any) -> NoReturn:
        raise click.ClickException(text(word, self.language, **values))


@click.group()
def pin() -> None:
    """PINs for the keypad: `portero pin add --label Jardinero`."""


@pin.command()
@_CONFIG
@_TENANT
@click.option("--label", required=True, help="What people know it by, such as Jardinero.")
@click.option("--resident", help="Whose it is: NAME, UNIT or NAME/UNIT; else it is the house's.")
@click.option("--once", is_flag=True, help="It opens once.")
@click.option("--gates", help="Gates that it is good for: a,b; else all of them.")
@click.option("--from", "begins", help='First moment: 2026-12-24 or "2026-12-24 18:00".')
@click.option("--until", "ends", help="Moment from which on it is no good.")
@click.option("--ask", is_flag=True, help="Ask for the digits, unseen, instead of making them up.")
@click.option("--stdin", is_flag=True, help="Read the digits from the standard input.")
def add(
    config: str | None,
    tenant: str | None,
    label: str,
    resident: str | None,
    once: bool,
    gates: str | None,
    begins: str | None,
    ends: str | None,
    ask: bool,
    stdin: bool,
) -> None:
    """Make a PIN up and show it, this once.

    \b
    Examples:
      portero pin add --label Jardinero --gates service_gate
      portero pin add --label "Fiesta" --resident "Ana López/12" --once --until 2026-12-25
    """
    with _open(config, tenant) as place:
        zone = ZoneInfo(place.tenant.timezone)
        start, end = _moment(place, begins, zone), _moment(place, ends, zone)
        now = place.registry.now()
        if end is not None and end <= max(now, start or now):
            place.refuse("pin_backwards")
        wanted = {
            "label": _label(label),
            "gates": _gates(place, gates),
            "uses": 1 if once else None,
            "valid_from": start,
            "valid_until": end,
            "now": now,
        }
        given = _given(place, ask, stdin)
        found = place.registry.work(_resident, place, resident) if resident else None
        wanted["resident_id"] = found["id"] if found else None
        pin_id, digits = _keep(place, given, wanted)
        place.say("pin_added", tenant=place.tenant.id, id=pin_id, label=wanted["label"])
        unit = pins.unit_digits(found["unit"]) if found else ""
        if unit:
            place.say("pin_typed_with_unit", unit=unit)
        else:
            place.say("pin_typed_alone")
        if given is None:
            place.say("pin_shown_once", digits=digits)
        if place.registry.work(pins.needs_unit, place.tenant.id, now):
            place.say("pin_units_from_now", most=PINS_TRIED)


@pin.command("list")
@_CONFIG
@_TENANT
def list_(config: str | None, tenant: str | None) -> None:
    """Show the PINs that can be used, without their digits.

    \b
    Example:
      portero pin list --tenant robles
    """
    with _open(config, tenant) as place:
        rows = place.registry.work(pins.listed, place.tenant.id, place.registry.now())
        if not rows:
            place.say("pin_none", tenant=place.tenant.id)
        for row in rows:
            click.echo(f"{row['id']}  {row['label']}")
            place.say("pin_listed", **_shown(place, row))


@pin.command()
@_CONFIG
@_TENANT
@click.argument("pin_id")
def revoke(config: str | None, tenant: str | None, pin_id: str) -> None:
    """Take the PIN with this id back.

    \b
    Example:
      portero pin revoke 4f1d
    """
    with _open(config, tenant) as place:
        if not place.registry.work(pins.revoke, place.tenant.id, pin_id):
            place.refuse("pin_unknown")
        place.say("pin_revoked", id=pin_id)


def _keep(place: _Place, given: str | None, wanted: dict[str, Any]) -> tuple[str, str]:
    """The new PIN's id and digits; one that portero makes up may have to be made up again."""
    while True:
        digits = given or make_pin()
        try:
            kept = place.registry.work(pins.add, place.tenant.id, digits=digits, **wanted)
        except pins.PinRefused as error:
            if given is None and error.word == "pin_taken":
                continue
            place.refuse(error.word)
        return kept, digits


def _given(place: _Place, ask: bool, stdin: bool) -> str | None:
    """Digits that somebody has thought of; None to make them up."""
    if stdin:
        return sys.stdin.readline(PIN_DIGITS_MAX + 2).strip()
    if not ask:
        return None
    digits, again = (
        str(click.prompt(text(word, place.language), hide_input=True))
        for word in ("pin_prompt", "pin_prompt_again")
    )
    if digits != again:
        place.refuse("pin_differs")
    return digits


def _resident(connection: Connection, place: _Place, asked: str) -> dict[str, Any]:
    """The one resident whom NAME, UNIT or NAME/UNIT means."""
    name, slash, unit = asked.rpartition("/")
    find: Callable[..., list[dict[str, Any]]] = find_residents
    if slash:
        found = find(connection, place.tenant.id, name=name, unit=unit)
    else:
        by_unit = find(connection, place.tenant.id, unit=asked)
        found = by_unit or find(connection, place.tenant.id, name=asked)
    if not found:
        place.refuse("pin_resident_unknown", value=asked)
    if len(found) > 1:
        choices = ", ".join(f"{one['name']}/{one['unit']}" for one in found)
        place.refuse("pin_resident_several", value=asked, choices=choices)
    return found[0]


def _gates(place: _Place, asked: str | None) -> list[str] | None:
    if asked is None:
        return None
    gates = [gate.strip() for gate in asked.split(",")]
    known = place.tenant.gates
    for gate in gates:
        if gate not in known:
            choices = ", ".join(known) or "-"
            place.refuse("gate_unknown", tenant=place.tenant.id, value=gate, choices=choices)
    return gates


def _moment(place: _Place, asked: str | None, zone: ZoneInfo) -> datetime | None:
    if asked is None:
        return None
    try:
        moment = datetime.fromisoformat(asked)
    except ValueError:
        place.refuse("pin_moment", value=asked)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _label(asked: str) -> str:
    return " ".join(asked.split())[:REGISTRY_FIELD_CHARS]


def _shown(place: _Place, row: dict[str, Any]) -> dict[str, str]:
    """What `pin list` tells of a PIN in its second line; its id fills half of the first."""

    def word(key: str) -> str:
        return text(key, place.language)

    def moment(value: datetime | None, none: str) -> str:
        zone = ZoneInfo(place.tenant.timezone)
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if value else word(none)

    gates = row["gates"]
    return {
        "whose": row["unit"] or row["resident_id"] or word("pin_of_house"),
        "gates": word("pin_all_gates") if gates is None else ", ".join(gates),
        "begins": moment(row["valid_from"], "pin_no_begin"),
        "ends": moment(row["valid_until"], "pin_no_end"),
        "once": word("pin_once") if row["uses"] == 1 else "",
    }


@contextmanager
def _open(config: str | None, asked: str | None) -> Iterator[_Place]:
    """The registry of the settings, brought up to date; what fails is one line."""
    try:
        loaded = load(find_config(config, os.environ), os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    tenants = {tenant.id: tenant for tenant in loaded.settings.tenants}
    if asked is None and len(tenants) == 1:
        asked = next(iter(tenants))
    if asked not in tenants:
        choices = ", ".join(tenants) or "-"
        raise click.UsageError(text("tenant_one_of", loaded.language, choices=choices))
    try:
        with opened(loaded.settings.registry.url, loaded.language) as registry:
            yield _Place(registry, tenants[asked], loaded.language)
    except PorteroError as error:
        raise click.ClickException(str(error)) from None

"""What a shell completes with Tab: tenants and calls. Whatever goes wrong completes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from portero.console import shapes
from portero.errors import PorteroError
from portero.limits import COMPLETED_CALLS
from portero.operator.desk import Desk
from portero.operator.words import clean
from portero.records import CallRecord


def complete_tenant(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Tenants of the settings."""
    try:
        tenants = _desk(ctx).loaded.settings.tenants
    except PorteroError:
        return []
    return [CompletionItem(it.id, help=it.name) for it in tenants if it.id.startswith(incomplete)]


def complete_call(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Calls that stand, and the last that are over."""
    client = _desk(ctx).client
    try:
        told = [client.get("/v1/calls"), client.get("/v1/calls", ended=COMPLETED_CALLS)]
    except PorteroError:
        return []
    records: Iterable[CallRecord] = (it for part in told for it in shapes.calls_from_json(part))
    return [
        CompletionItem(it.call_id, help=clean(f"{it.tenant} {it.caller_number}").strip())
        for it in records
        if it.call_id.startswith(incomplete)
    ]


def _desk(ctx: click.Context) -> Desk:
    return Desk(ctx.params.get("config"), as_json=False)

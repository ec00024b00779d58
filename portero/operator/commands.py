"""`portero status`, `calls`, `show`, `reload` and `stop`: the running daemon, asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from typing import Any, Final

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from portero.console import shapes
from portero.errors import PorteroError
from portero.limits import CONSOLE_LISTED
from portero.operator.client import DaemonAway
from portero.operator.desk import CONFIG, JSON, Desk, command_of_operator, desk_of
from portero.operator.history import History
from portero.operator.showing import call_shown, calls_shown, status_shown
from portero.records import CallRecord, as_json, from_json

_POLL_SECONDS: Final = 0.5


@click.command()
@CONFIG
@JSON
@command_of_operator
def status(config: str | None, as_json: bool | None) -> None:
    """How the running daemon is: `portero status`.

    \b
    The exit status is 0 if it is ready, 1 if it is not, 3 if none runs, and 4
    if you may not ask.
    Examples:
      portero status
      portero status --json | jq .why
    """
    desk = desk_of(config, as_json)
    told = desk.client.get("/v1/status")
    house = shapes.status_from_json(told)
    if desk.as_json:
        desk.dump(told)
    else:
        desk.screen.print(status_shown(house, datetime.now(UTC), desk.language))
    if house.state != "ready":
        raise SystemExit(1)


@click.command()
@CONFIG
@JSON
@click.option("-t", "--tenant", help="Only this tenant's.")
@click.option(
    "--ended", type=click.IntRange(1, CONSOLE_LISTED), help="The last so many that are over."
)
@click.option("--from", "first", metavar="DAY", help="Over, and begun on 2026-12-24 or later.")
@click.option("--until", "last", metavar="DAY", help="Likewise, that day or before.")
@command_of_operator
def calls(
    config: str | None,
    as_json: bool | None,
    tenant: str | None,
    ended: int | None,
    first: str | None,
    last: str | None,
) -> None:
    """Calls that stand, or are over: `portero calls --ended 20`.

    Those that are over are found too while no daemon runs.

    \b
    Examples:
      portero calls
      portero calls --ended 20 --tenant robles
      portero calls --from 2026-12-24 --until 2026-12-25
    """
    desk = desk_of(config, as_json)
    if first or last:
        since, until = day(desk, first), day(desk, last, days=1)
        found = _over(desk, tenant, ended or CONSOLE_LISTED, since, until)
    elif ended:
        found = _ended(desk, tenant, ended)
    else:
        found = shapes.calls_from_json(desk.client.get("/v1/calls", tenant=tenant))
    if desk.as_json:
        desk.dump(shapes.calls_as_json(found))
    elif found:
        shown = calls_shown(found, datetime.now(UTC), desk.language, desk.screen.width)
        desk.screen.print(shown)
    else:
        standing = not (ended or first or last)
        click.echo(desk.text("operator_no_calls" if standing else "operator_no_ended"))


def _ended(desk: Desk, tenant: str | None, most: int) -> Sequence[CallRecord]:
    try:
        told = desk.client.get("/v1/calls", ended=most, tenant=tenant)
    except DaemonAway:
        _from_registry(desk)
        return _over(desk, tenant, most)
    return shapes.calls_from_json(told)


def _over(
    desk: Desk,
    tenant: str | None,
    most: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[CallRecord]:
    with History.of(desk) as history:
        return history.find(tenant=tenant, since=since, until=until, limit=most)


@click.command()
@CONFIG
@JSON
@click.argument("call")
@command_of_operator
def show(config: str | None, as_json: bool | None, call: str) -> None:
    """A whole call, as a dialogue: `portero show CALL`.

    What was said, the tools with their verdicts, the gates, the cost, how it
    sounded, and why it ended. The beginning of the call's id will do.

    \b
    Examples:
      portero show 5f2c00
      portero show 5f2c00aa11bb --json > call.json
    """
    desk = desk_of(config, as_json)
    tell(desk, record_of(desk, call))


def tell(desk: Desk, record: CallRecord) -> None:
    """A call, on the screen or as JSON."""
    if desk.as_json:
        desk.dump(as_json(record))
    else:
        desk.screen.print(call_shown(record, datetime.now(UTC), desk.language))


def record_of(desk: Desk, call: str) -> CallRecord:
    """A call, from the daemon, or from the registry while none runs.

    Raises:
        PorteroError: there is none, or several begin so.
    """
    try:
        return from_json(desk.client.call(call))
    except DaemonAway:
        _from_registry(desk)
    with History.of(desk) as history:
        record = history.get(call)
    if record is None:
        raise PorteroError(desk.text("console_no_call", call=call))
    return record


@click.command()
@CONFIG
@JSON
@command_of_operator
def reload(config: str | None, as_json: bool | None) -> None:
    """Read the settings again: `portero reload`; for the next calls.

    Calls that stand go on as they began. Settings with a mistake are not
    taken: the old ones stay, and the exit status is 1.

    \b
    Examples:
      portero check && portero reload
      systemctl reload portero
    """
    desk = desk_of(config, as_json)
    told = desk.client.post("/v1/reload")
    done = shapes.reloaded_from_json(told)
    if desk.as_json:
        desk.dump(told)
    else:
        for line in done.warnings:
            click.echo(f"{desk.text('warning')}: {line}", err=True)
        for line in done.errors:
            click.secho(f"{desk.text('error')}: {line}", fg="red", err=True)
        if not done.errors:
            click.secho(desk.text("operator_reloaded"), fg="green")
            for line in done.changed:
                click.echo(desk.text("operator_changed", what=line))
            if not done.changed:
                click.echo(desk.text("operator_reload_same"))
        for line in done.waiting_for_restart:
            click.secho(desk.text("operator_needs_restart", what=line), fg="yellow")
    if done.errors:
        if not desk.as_json:
            click.echo(desk.text("operator_reload_failed", count=len(done.errors)), err=True)
        raise SystemExit(1)


@click.command()
@CONFIG
@click.option("--wait/--no-wait", default=True, help="Until it has stopped; default: wait.")
@command_of_operator
def stop(config: str | None, wait: bool) -> None:
    """Stop the daemon without cutting off anybody: `portero stop`.

    It takes no more calls; those inside may go on for asterisk.drain_seconds,
    then they go to the guard. Ctrl-C leaves it stopping.

    \b
    Examples:
      portero stop
      portero stop --no-wait
    """
    desk = desk_of(config, None)
    desk.client.post("/v1/drain")
    if not wait:
        click.echo(desk.text("operator_still_stopping"))
        return
    try:
        _watch(desk, sleep)
    except KeyboardInterrupt:
        click.echo(f"\n{desk.text('operator_still_stopping')}")
        return
    click.secho(desk.text("operator_stopped"), fg="green")


def _watch(desk: Desk, pause: Callable[[float], None]) -> None:
    """Until nobody answers any more; shows which calls are left."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    words, shown = "", ""
    with Progress(*columns, console=desk.screen, transient=True) as progress:
        task = progress.add_task(desk.text("operator_stopping"), total=None)
        while (left := _left(desk)) is not None:
            words = _left_in_words(desk, left)
            progress.update(task, description=words)
            if words != shown and not sys.stdout.isatty():
                click.echo(words)  # a log reads lines
            shown = words
            pause(_POLL_SECONDS)


def _left(desk: Desk) -> Sequence[CallRecord] | None:
    try:
        return shapes.calls_from_json(desk.client.get("/v1/calls"))
    except DaemonAway:
        return None


def _left_in_words(desk: Desk, left: Sequence[CallRecord]) -> str:
    if not left:
        return desk.text("operator_stopping")
    named = ", ".join(f"{it.call_id} ({it.tenant})" for it in left)
    return f"{desk.text('operator_stopping')}; " + desk.text("operator_calls_left", calls=named)


def day(desk: Desk, given: str | None, days: int = 0) -> datetime | None:
    """Midnight at the start of that day by this machine's clock, or `days` later.

    Raises:
        PorteroError: it is no day.
    """
    if given is None:
        return None
    try:
        wanted: Any = date.fromisoformat(given) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise PorteroError(desk.text("operator_bad_day", value=given)) from None
    return datetime.combine(wanted, time()).astimezone()


def _from_registry(desk: Desk) -> None:
    click.secho(desk.text("operator_from_registry"), fg="yellow", err=True)

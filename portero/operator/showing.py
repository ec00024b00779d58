"""The daemon's status, lists of calls and a whole call, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from portero.console.house import HouseStatus
from portero.messages import text
from portero.operator.quality import GRADES, grade_of, remarks
from portero.operator.words import clean, dollars, ending, length, moment, offset, use
from portero.records import CallRecord

STATES: Final = {
    "starting": ("operator_state_starting", "yellow"),
    "ready": ("operator_state_ready", "green"),
    "degraded": ("operator_state_degraded", "red"),
    "draining": ("operator_state_draining", "yellow"),
}
GRADE_COLOURS: Final = ("green", "yellow", "red")
GATE: Final = "bold magenta"
SPEAKERS: Final = {
    "visitor": ("operator_visitor", "cyan"),
    "agent": ("operator_agent", "green"),
    "tool": ("operator_tool", "yellow"),
    "gate": ("operator_gate", GATE),
    "guard": ("operator_guard", GATE),
    "call": ("operator_call", "bold"),
}
ENDINGS: Final = {"COMPLETED": "green", "TRANSFERRED": "green", "FAILED": "red", "BUSY": "red"}
COLUMNS: Final = {
    "operator_call": 0,
    "operator_began": 0,
    "operator_tenant": 72,
    "operator_caller": 0,
    "operator_took": 0,
    "operator_ended": 0,
    "operator_opened": 72,
    "operator_cost": 100,
    "operator_sound": 100,
}
"""What a list of calls shows on a terminal from this width on; `portero show` tells all."""
WIDE: Final = 130
"""From here on a row has room for names and reasons."""


def status_shown(status: HouseStatus, now: datetime, language: str) -> RenderableType:
    """How the daemon is, what is wrong, and what each tenant spent today."""
    state, colour = STATES[status.state]
    title = text(
        "operator_title",
        language,
        version=status.version,
        state=text(state, language),
        pid=status.pid,
        since=moment(status.started_at),
        age=length((now - status.started_at).total_seconds()),
    )
    read = {"file": status.config_file, "at": moment(status.loaded_at)}
    file = text("operator_read_at", language, **read) if status.config_file else ""
    asterisk = text("operator_ami_yes" if status.ami_connected else "operator_ami_no", language)
    counted = text("operator_calls_of", language, calls=status.calls, most=status.max_calls)
    facts = [
        (text("operator_settings", language), Text(file or text("operator_no_file", language))),
        ("Asterisk", Text(asterisk, "green" if status.ami_connected else "red")),
        (text("operator_calls", language), Text(counted)),
    ]
    if status.waiting_for_restart:
        waiting = Text(", ".join(status.waiting_for_restart), "yellow")
        facts.append((text("operator_waiting", language), waiting))
    return Group(
        Text(title, f"bold {colour}"),
        *(Text(f"! {sentence}", "red") for sentence in status.why),
        _facts(facts),
        "",
        _tenants(status, language),
    )


def _tenants(status: HouseStatus, language: str) -> Table:
    table = _table()
    table.add_column(text("operator_tenant", language))
    for key in ("operator_calls", "operator_today", "operator_limit"):
        table.add_column(text(key, language), justify="right")
    for name, spent in sorted(status.tenants.items()):
        limit = spent.limit_usd
        over = limit is not None and spent.today_usd >= limit
        table.add_row(
            clean(name),
            str(spent.calls),
            Text(f"{spent.today_usd:.2f}", "red" if over else ""),
            "-" if limit is None else f"{limit:.2f}",
        )
    return table


def calls_shown(
    records: Sequence[CallRecord], now: datetime, language: str, width: int
) -> RenderableType:
    """A row for each call; a narrow terminal leaves out what `portero show` tells anyway."""
    wide = width >= WIDE
    table = _table()
    keys = [key for key, least in COLUMNS.items() if width >= least]
    for key in keys:
        table.add_column(
            text(key, language),
            justify="right" if key in ("operator_took", "operator_cost") else "left",
            no_wrap=not wide and key not in ("operator_caller", "operator_opened"),
            overflow="fold",
        )
    for record in records:
        cells = dict(zip(COLUMNS, _row(record, now, language, wide), strict=True))
        table.add_row(*(cells[key] for key in keys))
    return table


def _row(record: CallRecord, now: datetime, language: str, wide: bool) -> Iterator[RenderableType]:
    standing = record.ended_at is None
    seconds = (now - record.started_at).total_seconds() if standing else record.seconds
    yield Text(record.call_id, "bold")
    yield moment(record.started_at) if wide else f"{record.started_at.astimezone():%m-%d %H:%M}"
    yield clean(record.tenant)
    yield clean(f"{record.caller_number} {record.caller_name if wide else ''}".strip() or "-")
    yield length(seconds)
    yield _ending(record, language, wide)
    yield Text(", ".join(map(clean, record.opened)) or "-", GATE)
    yield dollars(record.cost_usd)
    yield "" if standing else _grade(record, language)


def _ending(record: CallRecord, language: str, wide: bool) -> Text:
    if record.ended_at is None:
        return Text(text("operator_standing", language), "cyan")
    words = ending(record.status, record.reason, language) if wide else record.status
    return Text(clean(words), ENDINGS.get(record.status, ""))


def _grade(record: CallRecord, language: str) -> Text:
    grade = grade_of(record.quality)
    return Text(text(GRADES[grade], language), GRADE_COLOURS[grade])


def call_shown(record: CallRecord, now: datetime, language: str) -> RenderableType:
    """A whole call: what is known of it, the dialogue, how it sounded, and why it ended."""
    return Group(
        _facts(_known(record, now, language)),
        "",
        dialogue(record, language),
        "",
        _facts([(text("operator_sound", language), _sound(record, language))]),
    )


def _known(record: CallRecord, now: datetime, language: str) -> Iterable[tuple[str, Text]]:
    standing = record.ended_at is None
    seconds = (now - record.started_at).total_seconds() if standing else record.seconds
    dialled = " ".join(filter(None, (record.extension, record.did and f"DID {record.did}")))
    told = {
        "operator_call": Text(record.call_id, "bold"),
        "operator_tenant": Text(clean(record.tenant)),
        "operator_began": Text(moment(record.started_at)),
        "operator_took": Text(length(seconds)),
        "operator_caller": Text(clean(f"{record.caller_number} {record.caller_name}".strip())),
        "operator_dialled": Text(clean(dialled)),
        "operator_channel": Text(clean(record.channel)),
        "operator_ended": _ending(record, language, wide=True),
        "operator_opened": Text(", ".join(map(clean, record.opened)), GATE),
        "operator_guard": Text(
            text("operator_guard_answered", language) if record.guard_answered else ""
        ),
        "operator_cost": Text("" if record.cost_usd is None else f"{dollars(record.cost_usd)} USD"),
        "operator_recording": Text(clean(record.recording)),
    }
    for key, shown in told.items():
        if shown.plain:
            yield text(key, language), shown


def dialogue(record: CallRecord, language: str) -> RenderableType:
    """Who said what, and the tools between, in their order."""
    told: list[tuple[float, str, str]] = [
        (line.at, line.who, clean(line.text)) for line in record.transcript
    ]
    for tool in record.tools:
        verdict = f" → {clean(tool.verdict)} ({tool.seconds:.1f} s)" if tool.verdict else ""
        told.append((tool.at, "tool", use(tool.name, tool.arguments) + verdict))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for at, who, words in sorted(told, key=lambda line: line[0]):
        grid.add_row(offset(at), speaker(who, language), Text(words))
    return grid


def speaker(who: str, language: str) -> Text:
    """Who speaks or acts (of SPEAKERS), in the colour of that kind."""
    key, colour = SPEAKERS[who]
    return Text(text(key, language), colour)


def _sound(record: CallRecord, language: str) -> Text:
    found = remarks(record.quality, language)
    shown = _grade(record, language)
    for remark in found:
        shown.append("; ", "").append(remark.words, GRADE_COLOURS[remark.grade])
    return shown


def _facts(facts: Iterable[tuple[str, Text]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, shown in facts:
        grid.add_row(name, shown)
    return Padding(grid, (0, 0, 0, 2))


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")

"""`portero tail`: what happens in calls, while it happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.text import Text

from portero.messages import text
from portero.operator.desk import CONFIG, JSON, command_of_operator, desk_of, until_interrupted
from portero.operator.showing import ENDINGS, speaker
from portero.operator.words import clean, dollars, ending, length, use


@click.command()
@CONFIG
@JSON
@click.argument("call", required=False, default="")
@command_of_operator
def tail(config: str | None, as_json: bool | None, call: str) -> None:
    """Watch what happens in calls: `portero tail`; Ctrl-C ends it.

    All calls, or one, by the beginning of its id. JSON is one object a line.

    \b
    Examples:
      portero tail
      portero tail 5f2c00
      portero tail --json | jq -r 'select(.event == "opened")'
    """
    desk = desk_of(config, as_json)
    with until_interrupted():
        events = desk.client.events(call)
        next(events, None)  # it listens from now on
        if not desk.as_json:
            click.echo(desk.text("operator_tail_waits"), err=True)
        for happened in filter(None, events):
            if desk.as_json:
                click.echo(json.dumps(happened, ensure_ascii=False))
            else:
                desk.screen.print(line(happened, desk.language), soft_wrap=True)


def line(happened: Mapping[str, Any], language: str) -> Text:
    """An event as a line: when, which call of whom, who, what."""
    at = datetime.fromisoformat(str(happened["at"])).astimezone()
    who, words = _told(happened, language)
    shown = Text()
    shown.append(f"{at:%H:%M:%S} ", "dim")
    shown.append(f"{clean(happened['call'])[:6]} {clean(happened['tenant'])} ", "dim")
    shown.append_text(who).append(" ").append_text(words)
    return shown


def _told(happened: Mapping[str, Any], language: str) -> tuple[Text, Text]:
    told: dict[str, Any] = dict(happened)
    match told.get("event"):
        case "said":
            return speaker(told["who"], language), Text(clean(told["text"]))
        case "tool":
            return speaker("tool", language), Text(use(told["name"], told["arguments"]))
        case "verdict":
            return speaker("tool", language), Text(
                f"{clean(told['name'])} → {clean(told['verdict'])}"
            )
        case "opened":
            words = text("operator_gate_opened", language, gate=clean(told["gate"]))
            return speaker("gate", language), Text(words, "bold magenta")
        case "guard":
            key = "operator_guard_took" if told["answered"] else "operator_guard_rang"
            return speaker("guard", language), Text(text(key, language, who=clean(told["who"])))
        case "begin":
            who = clean(told.get("who")) or text("operator_nobody", language)
            return speaker("call", language), Text(text("operator_begins", language, who=who))
        case "refused":
            return speaker("call", language), _refused(told, language)
        case "end":
            return speaker("call", language), _end(told, language)
    return Text(clean(told.get("event"))), Text("")


def _refused(told: dict[str, Any], language: str) -> Text:
    status = str(told["status"])
    who = clean(told["who"]) or text("operator_nobody", language)
    words = text(
        "operator_refuses",
        language,
        who=who,
        number=clean(told["did"] or told["extension"]) or "-",
        ending=ending(status, str(told["reason"]), language),
    )
    return Text(words, ENDINGS["FAILED"])


def _end(told: Mapping[str, Any], language: str) -> Text:
    status = str(told["status"])
    words = ending(status, str(told["reason"]), language)
    cost = "" if told.get("cost_usd") is None else f", {dollars(told['cost_usd'])} USD"
    return Text(f"{words} ({length(told['seconds'])}{cost})", ENDINGS.get(status, ""))

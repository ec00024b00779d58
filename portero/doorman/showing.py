"""Verdicts and the rules behind them, laid out for an installer's terminal (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any, Final

from portero.config.problems import printable
from portero.doorman.words import WORDS, in_words, sentence
from portero.messages import text

_COLUMNS: Final = 80
_EFFECTS: Final = {"allow": "policy_allow", "refuse": "policy_refuse", "limit": "policy_limit"}
_ASKED_BY: Final = {
    "model": "policy_by_model",
    "pin": "policy_by_pin",
    "resident": "policy_by_resident",
}


def show(body: Mapping[str, Any], at: datetime, language: str) -> Iterator[str]:
    """The lines of one verdict. body: as in the ledger; at: in the tenant's zone."""
    asked_by = _ASKED_BY.get(str(body.get("by")), "policy_by_model")
    case = text(
        "policy_case",
        language,
        at=f"{at:%Y-%m-%d %H:%M:%S}",
        gate=printable(body.get("gate")),
        visitor=printable(body.get("visitor") or "-"),
        resident=printable(body.get("resident_id") or "-"),
        by=text(asked_by, language),
    )
    yield from wrap(case, _COLUMNS, subsequent_indent="  ")
    findings = body.get("findings") or ()
    width = max((len(str(finding.get("rule"))) for finding in findings), default=0)
    for finding in findings:
        yield from _finding(finding, width, language)
    yield from _verdict(body, language)


def show_answer(body: Mapping[str, Any], at: datetime, language: str) -> str:
    """A line for what the device said to the order."""
    said = " ".join(filter(None, (str(body.get(name) or "") for name in ("outcome", "detail"))))
    return text("policy_answered", language, at=f"{at:%H:%M:%S}", said=printable(said))


def _finding(finding: Mapping[str, Any], width: int, language: str) -> Iterator[str]:
    applies = finding.get("applies") is True
    mark = text("policy_applies" if applies else "policy_applies_not", language)
    effect = text(_EFFECTS.get(str(finding.get("effect")), "policy_allow"), language)
    start = f"  {mark:3} {printable(finding.get('rule')):{width}}  {effect:7}  "
    # A long name has its reasons below.
    indent = " " * (len(start) if len(start) <= _COLUMNS // 2 else 6)
    lines = wrap(_why(finding, language, applies=applies), _COLUMNS - len(indent))
    if len(indent) == len(start):
        yield (start + lines[0]).rstrip()
        lines = lines[1:]
    else:
        yield start.rstrip()
    yield from (indent + line for line in lines)


def _why(finding: Mapping[str, Any], language: str, *, applies: bool) -> str:
    """In the reader's language where the words are known, else as it was written down."""
    words: Sequence[str] = finding.get("words") or ()
    if not all(word in WORDS for word in words) or not (words or applies):
        return printable(finding.get("why") or "-")
    try:
        return in_words(words, finding.get("values") or {}, language, applies=applies)
    except (KeyError, ValueError):  # an older portero's values
        return printable(finding.get("why") or "-")


def _verdict(body: Mapping[str, Any], language: str) -> Iterator[str]:
    rule, allowed = str(body.get("rule")), body.get("allowed") is True
    told = "policy_opens" if allowed else "policy_shut"
    said = text(told, language, rule=printable(rule))
    if rule == "used_up":
        said += f" ({in_words([rule], {}, language, applies=False)})"
    yield from wrap(said, _COLUMNS, subsequent_indent="  ")
    if not allowed:
        heard = sentence(rule if rule in WORDS else "refused_by_rule", language)
        heard = text("policy_heard", language, sentence=heard)
        yield from wrap(heard, _COLUMNS, initial_indent="  ", subsequent_indent="  ")

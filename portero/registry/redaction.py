"""What of a call's record may stay: numbers, plates and names are taken out (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from portero.records import CallRecord, ToolUse, Utterance
from portero.registry.names import plain_words

Transcript = Literal["full", "redacted", "none"]
Callers = Literal["full", "masked"]

HIDDEN: Final = "[...]"
CALLER_DIGITS: Final = 2
"""Digits of a masked caller's number that stay."""

# Arguments whose values are the settings' own words.
_PLAIN: Final = frozenset({"gate_id"})
# Arguments that are sentences: only what has a capital there can be a name.
_SENTENCES: Final = frozenset({"reason", "motivo", "message", "mensaje", "text"})
# Words of a name that tell nobody from another, or that are everywhere.
_COMMON: Final = plain_words(
    "de del la las lo los el y e a en con un una no si me se su mi al por para que es "
    "sr sra srta señor señora don doña casa depto departamento unidad the and of to in is my mr mrs"
)
_ONE: Final = frozenset({"un", "una", "one", "y", "and"})
_NUMBERS: Final = _ONE | plain_words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte veintiun veintiuno veintiuna veintidos "
    "veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve "
    "treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento doscientos "
    "trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos mil "
    "zero oh two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
    "eighty ninety hundred thousand"
)

_WORD: Final = re.compile(r"[^\W_]+")
# A number or a plate: whatever has a digit in it, and short capitals beside it ("ABC 12 34 D").
_DIGITS: Final = re.compile(r"(?:\b[A-Z]{1,4}[\s-]+)?[\w-]*\d[\w-]*(?:[\s-]+[A-Z]{1,4}\b)?")
_HIDDEN_AGAIN: Final = re.compile(r"\[\.\.\.\](?:[\s,.-]*\[\.\.\.\])+")


def redacted(record: CallRecord, transcript: Transcript, callers: Callers) -> CallRecord:
    """The record as it may be kept (`records.transcript`, `records.callers`).

    Names are those that the model gave to a tool: others can't be told from common words.
    """
    if callers == "masked":
        record = _without_caller(record)
    if transcript == "full":
        return record
    if transcript == "none":
        uses = tuple(replace(use, arguments={}) for use in record.tools)
        return replace(record, transcript=(), tools=uses)
    names = frozenset(word for use in record.tools for word in _names(use.arguments))
    return replace(
        record,
        transcript=tuple(_line(line, names) for line in record.transcript),
        tools=tuple(_use(use) for use in record.tools),
    )


def masked_number(number: str) -> str:
    """Only the last digits of a caller's number."""
    return "*" * (len(number) - CALLER_DIGITS) + number[-CALLER_DIGITS:]


def _without_caller(record: CallRecord) -> CallRecord:
    number = record.caller_number
    shown = masked_number(number)
    bare = number.lstrip("+")  # as channels are called: PJSIP/52555…

    def without(text: str) -> str:
        return text.replace(bare, masked_number(bare)) if bare else text

    return replace(
        record,
        caller_number=shown,
        caller_name="",
        channel=without(record.channel),
        recording=without(record.recording),
    )


def _line(line: Utterance, names: frozenset[str]) -> Utterance:
    text = _DIGITS.sub(HIDDEN, unicodedata.normalize("NFC", line.text))
    return replace(line, text=_HIDDEN_AGAIN.sub(HIDDEN, _without_words(text, names)))


def _without_words(text: str, names: frozenset[str]) -> str:
    """Without these words, and without numbers that are written out."""
    found = list(_WORD.finditer(text))
    numbers = [plain_words(word.group()) <= _NUMBERS for word in found]
    parts, at = [], 0
    for index, word in enumerate(found):
        if plain_words(word.group()) & names or _in_number(found, numbers, index):
            parts += [text[at : word.start()], HIDDEN]
            at = word.end()
    return "".join(parts) + text[at:]


def _in_number(found: list[re.Match[str]], numbers: list[bool], index: int) -> bool:
    """Whether a word is part of a number; "un" alone is none."""
    first = last = index
    while first >= 0 and numbers[first]:
        first -= 1
    while last < len(found) and numbers[last]:
        last += 1
    run = frozenset().union(*(plain_words(word.group()) for word in found[first + 1 : last]))
    return bool(run - _ONE)


def _names(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The words of a tool's arguments that may name somebody or something."""
    for name, value in _leaves(arguments):
        if name not in _PLAIN and isinstance(value, str):
            for word in _WORD.findall(unicodedata.normalize("NFC", value)):
                if name not in _SENTENCES or not word.islower():
                    yield from plain_words(word) - _COMMON


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for inner, it in value.items():
            yield from _leaves(it, inner)
    elif isinstance(value, list | tuple):
        for it in value:
            yield from _leaves(it, name)
    else:
        yield name, value


def _use(use: ToolUse) -> ToolUse:
    kept = {name: _value(name, value) for name, value in use.arguments.items()}
    return replace(use, arguments=kept)


def _value(name: str, value: Any) -> Any:
    """A yes, a no and nothing are nobody's; all else goes."""
    return value if name in _PLAIN or value is None or isinstance(value, bool) else HIDDEN

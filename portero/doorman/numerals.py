"""Spanish numbers as people say digits: singly, in pairs, in threes, by the thousand (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from portero.limits import PLATE_CHARS, SPELLINGS


def _count(words: str, start: int, step: int = 1) -> dict[str, int]:
    return {word: start + step * index for index, word in enumerate(words.split())}


_UNITS: Final = _count("cero uno dos tres cuatro cinco seis siete ocho nueve", 0)
_TEENS: Final = _count(
    "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve", 10
) | _count(
    "veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho"
    " veintinueve",
    21,
)
_TENS: Final = _count("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", 20, 10)
_HUNDREDS: Final = {"cien": 100} | _count(
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos"
    " novecientos",
    100,
    100,
)
_NUMBERS: Final[Mapping[str, int]] = _UNITS | _TEENS | _TENS | _HUNDREDS | {"mil": 1000}

_Read = tuple[int, int]  # a number, and the index of the word after it


def is_number(word: str) -> bool:
    """Whether `word` (small letters, no accents) is part of a number."""
    return word in _NUMBERS


def digit_of(word: str) -> str | None:
    """The one digit that `word` is."""
    return str(_UNITS[word]) if word in _UNITS else None


def run_length(words: Sequence[str]) -> int:
    """How many words from the first on are numbers, with the `y` in "treinta y cuatro"."""
    length = 0
    while length < len(words):
        if words[length] in _NUMBERS:
            length += 1
        elif words[length] == "y" and length and _joins(words, length):
            length += 2
        else:
            break
    return length


def readings(words: Sequence[str]) -> tuple[str, ...]:
    """The digits that a run of number words can mean, the likeliest first; at most SPELLINGS.

    "doce treinta y cuatro" is 1234 and nothing else; "veinte cuatro" is 24, or 20 and 4.
    """
    ends: list[list[str]] = [[""], *([] for _ in words)]  # by the words that are read
    for start in range(len(words)):
        for number, after in _numbers(words, start) if ends[start] else ():
            grown = [text + str(number) for text in ends[start]]
            ends[after] += [text for text in grown if len(text) <= PLATE_CHARS]
            ends[after] = list(dict.fromkeys(ends[after]))[:SPELLINGS]
    return tuple(sorted(ends[-1], key=len))


def _numbers(words: Sequence[str], at: int) -> Iterator[_Read]:
    """The numbers that begin with this word."""
    if at < len(words) and words[at] == "mil":
        yield from _thousands(words, 1, at + 1)
        return
    for number, after in _below_1000(words, at):
        if number > 1 and after < len(words) and words[after] == "mil":
            yield from _thousands(words, number, after + 1)
        else:
            yield number, after


def _thousands(words: Sequence[str], thousands: int, at: int) -> Iterator[_Read]:
    rest = [read for read in _below_1000(words, at) if read[0]]
    for number, after in rest or [(0, at)]:
        yield thousands * 1000 + number, after


def _below_1000(words: Sequence[str], at: int) -> Iterator[_Read]:
    hundred = _HUNDREDS.get(words[at]) if at < len(words) else None
    if hundred is None:
        yield from _below_100(words, at)
        return
    rest = [read for read in _below_100(words, at + 1) if read[0]] if words[at] != "cien" else []
    for number, after in rest or [(0, at + 1)]:
        yield hundred + number, after


def _below_100(words: Sequence[str], at: int) -> Iterator[_Read]:
    word = words[at] if at < len(words) else ""
    if word in _UNITS or word in _TEENS:
        yield (_UNITS | _TEENS)[word], at + 1
    elif word in _TENS:
        unit = _UNITS.get(words[at + 1]) if at + 1 < len(words) else None
        if _joins(words, at + 1):
            yield _TENS[word] + _UNITS[words[at + 2]], at + 3
            return
        if unit:
            yield _TENS[word] + unit, at + 2
        yield _TENS[word], at + 1


def _joins(words: Sequence[str], at: int) -> bool:
    """Whether the word there is the `y` between a ten and its unit."""
    around = (*words[at - 1 : at], *words[at : at + 2])
    return (
        len(around) == 3 and around[1] == "y" and around[0] in _TENS and bool(_UNITS.get(around[2]))
    )

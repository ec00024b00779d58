"""Plates as cameras read and people say them (pure; gates-and-notices.md 4).

Only equality of the canonical text opens anything. Whatever else is alike is a suggestion: the
plate to ask the visitor about, or to show to a guard.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from portero.doorman.facts import Plate
from portero.limits import PLATE_CHARS, PLATE_SUFFIX_CHARS

Source = Literal["camera", "ear"]
Kind = Literal["exact", "likely", "suffix"]

# A: a letter, 0: a digit.
FORMS: Final = (
    *("AAA000A", "AAA0000", "AAA000"),  # private cars since 2016, earlier, oldest
    *("000AAA", "A00AAA"),  # Mexico City
    "A000AAA",  # public service
    *("AA00000", "AA0000A", "AA0000"),  # trucks and pickups
    *("00AA0A", "000AA0"),  # federal
)
_KINDS: Final[tuple[Kind, ...]] = ("exact", "likely", "suffix")

# What is taken for each other: by cameras, and by ears on a telephone line of 8 kHz.
_CAMERA: Final = "0OQD 1ILJT 2Z 5S 8B 6GC 4A 7TY UV MNHW EF PR KX"
_EAR: Final = "BV BDEGPTC MN FS KA YG 67"
_ODD: Final = 0.25  # a letter where the known plate has a digit, or the other way: surely misread
_ALIKE: Final = 0.5  # both letters, or both digits
_LIKELY: Final = 0.5  # one swap of the same kind, or two that are surely misread


@dataclass(frozen=True, slots=True)
class Match:
    """A known plate that may be the one that was read or said; cost 0 is the very same text."""

    plate: str
    kind: Kind
    cost: float


def canonical(text: str) -> str:
    """Upper case A-Z and 0-9 only, with O as 0 and I as 1: 'abc-o12-d' -> 'ABC012D'.

    Mexican plates have no I, O, Q or Ñ, so an O can be but a zero and an I but a one that somebody
    wrote so: this folding is safe for equality. Q is not folded: cameras see one in 0 and in D.
    """
    upper = unicodedata.normalize("NFKD", text).upper()
    kept = "".join(c for c in upper if c.isascii() and c.isalnum())
    return kept.replace("O", "0").replace("I", "1")


def slots(text: str) -> tuple[str, ...]:
    """The Mexican forms that a plate has as it stands; none for a foreign or a misread one."""
    shape = _shape(canonical(text))
    return tuple(form for form in FORMS if form == shape)


def rank(said: str, known: Iterable[str], source: Source = "camera") -> list[Match]:
    """The `known` plates that `said` may be, best first.

    exact: the same canonical text. likely: one or two swaps that cameras (or ears) make. suffix:
    at least PLATE_SUFFIX_CHARS last characters of it, as people tell them; ask for the rest.
    """
    read = canonical(said)
    matches = [match for plate in known if (match := _match(read, plate, source))]
    return sorted(matches, key=lambda match: (_KINDS.index(match.kind), match.cost, match.plate))


def usable(
    seen: Sequence[Plate], now: float, *, within: float, confidence: float = 0.0
) -> list[Plate]:
    """Readings of the last `within` seconds, and none from the future, newest first.

    With a `confidence`, only those at least as sure; one that does not say how sure it is is not.
    """
    fresh = [plate for plate in seen if 0 <= now - plate.at <= within and canonical(plate.text)]
    sure = [
        plate
        for plate in fresh
        if confidence <= 0 or (plate.confidence is not None and plate.confidence >= confidence)
    ]
    return sorted(sure, key=lambda plate: -plate.at)


def _match(read: str, plate: str, source: Source) -> Match | None:
    known = canonical(plate)
    if not read or not known or max(len(read), len(known)) > PLATE_CHARS:
        return None
    if read == known:
        return Match(plate, "exact", 0.0)
    cost = _distance(read, known, _PAIRS[source])
    if cost <= _LIKELY:
        return Match(plate, "likely", cost)
    if PLATE_SUFFIX_CHARS <= len(read) < len(known) and known.endswith(read):
        return Match(plate, "suffix", cost)
    return None


def _distance(read: str, known: str, pairs: frozenset[str]) -> float:
    """Edit distance; swaps that are made by mistake cost less than 1, and the more surely less."""
    row = [float(column) for column in range(len(known) + 1)]
    for index, one in enumerate(read):
        above, row = row, [index + 1.0]
        for column, other in enumerate(known):
            swapped = above[column] + _swap(one, other, pairs)
            row.append(min(swapped, above[column + 1] + 1, row[column] + 1))
    return row[-1]


def _swap(one: str, other: str, pairs: frozenset[str]) -> float:
    if one == other:
        return 0.0
    if one + other not in pairs:
        return 1.0
    return _ALIKE if one.isdigit() == other.isdigit() and one != "Q" else _ODD


def _shape(text: str) -> str:
    return "".join("0" if c.isdigit() else "A" for c in text)


def _pairs(groups: str) -> frozenset[str]:
    """Both orders of all pairs of each group, of canonical characters only."""
    folded = [canonical(group) for group in groups.split()]
    return frozenset(a + b for group in folded for a in group for b in group if a != b)


_PAIRS: Final[Mapping[Source, frozenset[str]]] = {
    "camera": _pairs(_CAMERA),
    "ear": _pairs(_EAR),
}

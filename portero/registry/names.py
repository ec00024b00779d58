"""Names, units and plates as people say them, made comparable (pure)."""

from __future__ import annotations

import re
import unicodedata


def _plain(text: str) -> str:
    """Lower case without accents: 'Ñuñoa' -> 'nunoa'."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def plain_words(text: str) -> frozenset[str]:
    """The words of a text, in lower case and without accents."""
    return frozenset(re.findall(r"[^\W_]+", _plain(text)))


def short_name(name: str) -> str:
    """A tenant's id for a community: 'Residencial Los Ámbares' -> 'residencial-los-ambares'.

    Empty where the name has no letter or digit of ASCII.
    """
    return "-".join(re.findall(r"[a-z0-9]+", _plain(name)))


# Said with a name, but not part of it.
_PARTICLES = plain_words("de del la las lo los y")
_TITLES = plain_words("sr sra srta señor señora señorita don doña ing lic dr dra")
_UNIT_WORDS = plain_words(
    "casa depto dpto departamento apto apartamento unidad numero num no lote interior int"
    " torre edificio villa local oficina"
)


def name_words(name: str) -> frozenset[str]:
    """The words that tell a person from another: no accents, case, order, titles or particles."""
    words = plain_words(name)
    return words - _PARTICLES - _TITLES or words


def name_key(name: str) -> str:
    """`name_words` as one text with a space around each word, for LIKE '% word %'."""
    words = sorted(name_words(name))
    return f" {' '.join(words)} " if words else ""


def names_agree(said: str, known: str) -> bool:
    """Whether `said` can be the person written down as `known`: all its words are in the record."""
    words = name_words(said)
    return bool(words) and words <= name_words(known)


def names_identify(said: str, known: str) -> bool:
    """Whether `said` alone is enough to be `known`: two words agree, or the record has but one."""
    return names_agree(said, known) and len(name_words(said)) >= min(2, len(name_words(known)))


def unit_key(unit: str) -> str:
    """'Casa 5', 'casa #05' and '5' -> '5'; 'Depto. A-101' and 'a101' -> 'a-101'."""
    parts = re.findall(r"[^\W\d_]+|\d+", _plain(unit))
    telling = [part for part in parts if part not in _UNIT_WORDS] or parts
    return "-".join(part.lstrip("0") or part for part in telling)


def plate_key(plate: str) -> str:
    """'abc-123-d' -> 'ABC123D'; also for the numbers of identity cards."""
    return re.sub(r"[\W_]", "", _plain(plate)).upper()

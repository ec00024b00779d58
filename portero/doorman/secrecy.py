"""Duress words, and names that were guessed: compared as people say them (pure)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from portero.doorman.plates import canonical
from portero.registry.names import name_key, plate_key, unit_key

_KEYS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": name_key,
    "visitor_name": name_key,
    "unit": unit_key,
    "plate": canonical,
    "vehicle_plate": canonical,
    "visitor_plate": canonical,
    "id_number": plate_key,
}


def hears_duress(text: str, words: Iterable[str]) -> bool:
    """Whether one of `words`, each a word or a phrase, was said: whole, in any part of `text`.

    Accents, case and punctuation do not matter, as nobody says those.
    """
    heard = f" {_spoken(text)} "
    return any(said and f" {said} " in heard for said in map(_spoken, words))


def guess_digest(tool: str, arguments: Mapping[str, Any], salt: str) -> str:
    """64 hex digits that are the same for the same question, however it is spelt.

    Names, units and plates are made comparable first: "Juan Pérez" and "perez juan" are one guess,
    and so are a field that is empty and one that is not there.
    """
    asked = {name: _comparable(name, value) for name, value in arguments.items()}
    telling = {name: value for name, value in asked.items() if value}
    question = json.dumps([tool, telling], sort_keys=True, ensure_ascii=True)
    return hmac.new(salt.encode(), question.encode(), hashlib.sha256).hexdigest()


def _comparable(name: str, value: Any) -> str:
    if value is None:
        return ""
    told = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return _KEYS.get(name, _spoken)(told).strip()


def _spoken(text: str) -> str:
    """Words with one space between them: no case, accents or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))

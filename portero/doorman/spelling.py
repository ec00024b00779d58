"""Plates as they are spelt aloud in Mexico: from words to plates, and back (pure).

Source: gates-and-notices.md 4. What was written rather than spoken ("ABC-123-D") is taken as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from portero.doorman.numerals import digit_of, is_number, readings, run_length
from portero.doorman.plates import canonical, slots
from portero.limits import PLATE_CHARS, SPELLINGS, SPOKEN_CHARS

Question = Literal["ask_b_or_v", "ask_digits", "ask_plate"]


def _table(pairs: str, between: str) -> dict[str, str]:
    parted = (pair.partition("=") for pair in pairs.split(between))
    return {name: means for name, _, means in parted}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMES: Final = _table(
    "a=A ce=C de=D e=E efe=F ge=G hache=H ache=H i=I jota=J ka=K ca=K ele=L eme=M ene=N o=O pe=P"
    " cu=Q erre=R ere=R ese=S te=T u=U uve=V equis=X ye=Y zeta=Z ceta=Z seta=Z",
    " ",
)
_BARE: Final = _words("be ve")  # they sound alike
_BIG: Final = _words("grande larga alta")
_SMALL: Final = _words("chica corta baja pequena")
_TIMES: Final = {"doble": 2, "triple": 3}
_ARTICLES: Final = _words("el la las lo los mi mis su sus tu un una del al")
_FILLERS: Final = _ARTICLES | _words(
    "es son placa placas letra letras numero numeros guion raya menos espacio punto coma luego"
    " despues sigue con y si no por favor gracias eh este pues ok ya que como termina en"
)
_SPOKEN: Final = _table(
    "A=a de avión;B=be de burro;C=ce de casa;D=de de dedo;E=e de elefante;F=efe de foca;"
    "G=ge de gato;H=hache de hotel;J=jota de jirafa;K=ka de kilo;L=ele de luna;M=eme de mano;"
    "N=ene de nido;P=pe de pato;Q=cu de queso;R=erre de rosa;S=ese de sol;T=te de taza;"
    "U=u de uva;V=ve de vaca;W=doble u;X=equis;Y=i griega;Z=zeta de zapato;"
    "0=cero;1=uno;2=dos;3=tres;4=cuatro;5=cinco;6=seis;7=siete;8=ocho;9=nueve",
    ";",
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """What was spelt: canonical texts, the likeliest first; `ask`: a text of `portero.messages`
    that would decide between them, None when there is one."""

    candidates: tuple[str, ...]
    ask: Question | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What some words mean: one of `texts`; `words` of them were read."""

    texts: tuple[str, ...]
    words: int
    ask: Question = "ask_plate"


def parse(text: str) -> Spelled:
    """The plates that `text` spells: "a be de burro ce, ciento veintitrés, de" -> ABC123D.

    Where words leave several, those that have a Mexican form are kept, if any has.
    """
    text = text.strip()[:SPOKEN_CHARS]
    if re.fullmatch(r"\S*[0-9]\S*", text):
        written = canonical(text)
        fits = len(written) <= PLATE_CHARS
        return Spelled((written,), None) if fits else Spelled((), "ask_plate")
    parts = _parts(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text)))
    candidates = [""]
    for part in parts:
        grown = [before + after for before in candidates for after in part.texts]
        candidates = [one for one in grown if len(one) <= PLATE_CHARS][:SPELLINGS]
    told = list(dict.fromkeys(one for one in map(canonical, candidates) if one))
    left = [one for one in told if slots(one)] or told
    return Spelled(tuple(left), _question(left, parts))


def spell(plate: str) -> str:
    """The plate as the agent reads it back: letters with a word, digits one at a time, in groups.

    The groups are those of the plate: letters, digits; `parse` gives the same plate again.
    """
    groups = groupby(canonical(plate), key=str.isdigit)
    return "; ".join(", ".join(_SPOKEN[c] for c in group) for _, group in groups)


def _question(left: Sequence[str], parts: Sequence[_Part]) -> Question | None:
    if len(left) == 1:
        return None
    doubtful = [part for part in parts if len(part.texts) > 1]
    if len({len(one) for one in left}) > 1:
        doubtful = [part for part in doubtful if len({len(one) for one in part.texts}) > 1]
    else:
        doubtful = [part for part in doubtful if part.ask == "ask_b_or_v"] or doubtful
    return doubtful[0].ask if doubtful else "ask_plate"


def _parts(given: Sequence[str]) -> list[_Part]:
    words = [_plain(word) for word in given]
    written = any(c.isdigit() for word in given for c in word)
    parts, at = [], 0
    while at < len(words):
        part = _part(words[at:], given[at], written)
        parts.append(part)
        at += part.words
    return parts


def _part(words: Sequence[str], given: str, written: bool) -> _Part:
    """What the words from the first on mean; `given`: the first as it was written."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    numbers = run_length(words)
    if numbers:
        return _Part(readings(words[:numbers]), numbers, "ask_digits")
    if first in _TIMES and second:
        return _times(first, second)
    if _is_written(given, first, written):
        return _phonetic(words) or _Part((given.upper(),), 1)
    if first in _NAMES or first in _BARE:
        return _letter(words, second)
    return _Part(("",), 1)


def _letter(words: Sequence[str], second: str) -> _Part:
    first = words[0]
    phonetic = _phonetic(words)
    if phonetic:
        return phonetic
    if first == "i" and second in ("griega", "latina"):
        return _Part(("Y" if second == "griega" else "I",), 2)
    if first in _BARE or first == "uve":
        if second == "doble":
            return _double_after(words)
        if second in _BIG | _SMALL:
            return _Part(("B" if second in _BIG else "V",), 2)
    if first in _BARE:
        return _Part(("B", "V") if first == "be" else ("V", "B"), 1, "ask_b_or_v")
    if first in ("a", "e", "o", "de") and (second in _ARTICLES or _is_other(second)):
        return _Part(("",), 1)  # "las placas de mi carro"
    return _Part((_NAMES[first],), 1)


def _double_after(words: Sequence[str]) -> _Part:
    """ "uve doble" is W; but in "uve doble cero" the word may go with what follows."""
    what = words[2] if len(words) > 2 else ""
    one = _one(what)
    if not one:
        return _Part(("W",), 2)
    letters = ("V",) if words[0] == "uve" else ("B", "V")
    return _Part((f"W{one}", *(letter + 2 * one for letter in letters)), 3)


def _phonetic(words: Sequence[str]) -> _Part | None:
    """ "be de burro", "ese como sol": the word decides, whatever the letter sounded like."""
    if len(words) > 2 and words[1] in ("de", "como") and _is_other(words[2]):
        return _Part((words[2][0].upper(),), 3)
    return None


def _times(times: str, what: str) -> _Part:
    """ "doble cero", "triple siete", and "doble u", which is W."""
    if times == "doble" and what in ("u", "ve", "uve"):
        return _Part(("W",), 2)
    if times == "doble" and what == "be":
        return _Part(("W", "BB"), 2)
    if what in _BARE:
        return _Part(("B" * _TIMES[times], "V" * _TIMES[times]), 2, "ask_b_or_v")
    return _Part((_one(what) * _TIMES[times],), 2)


def _one(word: str) -> str:
    """The one letter or digit that a word stands for; "" for none."""
    return digit_of(word) or _NAMES.get(word) or (word.upper() if len(word) == 1 else "")


def _is_written(given: str, plain: str, written: bool) -> bool:
    """Whether this word is letters and digits of the plate, rather than their names."""
    if any(c.isdigit() for c in given) or (len(given) == 1 and given.isupper()):
        return True
    if written and given.isupper() and len(given) <= 3:
        return True
    known = plain in _NAMES or plain in _BARE or plain in _FILLERS
    return not known and (len(given) == 1 or (written and len(given) <= 3))


def _is_other(word: str) -> bool:
    """Whether it is a word of three letters or more that has no meaning in a plate."""
    known = word in _NAMES or word in _BARE or word in _FILLERS or word in _TIMES
    return len(word) > 2 and word.isalpha() and not known and not is_number(word)


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))

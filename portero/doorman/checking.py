"""What `check_visitor` has found out about a visitor (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any

from portero.doorman.facts import Check
from portero.registry.authorization import Said
from portero.registry.names import name_words, names_agree, names_identify, plate_key


def learn(said: Said, answer: Mapping[str, Any], now: float) -> Check:
    """A check from the backend's answer to GET /access/visitors/check.

    The backend is not believed blindly: some match any part of a name ("an" finds "Juana"), find
    by the name although the plate is wrong, and leave `valid_until` to the caller.
    """
    record = answer.get("visitor")
    visitor = record if isinstance(record, Mapping) else {}
    name, until = _text(visitor.get("name")), _end(visitor.get("valid_until"))
    authorization, uses = _text(visitor.get("id")), visitor.get("uses")
    authorized = (
        answer.get("authorized") is True
        and name is not None
        and bool(name_words(name))
        and _is_certain(said, name, visitor)
        and now < until
        and (uses is None or (_is_count(uses) and authorization is not None))
    )
    return Check(
        authorized=authorized,
        asked=said.name,
        visitor=name,
        resident_id=_text(visitor.get("resident_id")),
        authorization_id=authorization,
        until=until,
        plate=_plate(visitor),
        by_plate=authorized and said.name is None and not _agree_ids(said, visitor),
        gates=_gates(visitor.get("gates")),
        uses=uses if _is_count(uses) else None,
    )


def concerns(check: Check, name: str) -> bool:
    """Whether this check was about the visitor called `name`."""
    return any(known is not None and same_person(name, known) for known in _names(check))


def same_person(one: str, other: str) -> bool:
    """Whether two names may be of one person: the words of one are all in the other."""
    return names_agree(one, other) or names_agree(other, one)


def find_check(visitor_name: str, checks: Sequence[Check]) -> Check | None:
    """The latest check about this visitor.

    A plate that was found proves nothing and takes nothing away: it is only had if there is no
    check by name.
    """
    about = [check for check in reversed(checks) if concerns(check, visitor_name)]
    return next((check for check in about if not check.by_plate), about[0] if about else None)


def _names(check: Check) -> tuple[str | None, str | None]:
    return check.asked, check.visitor


def _is_certain(said: Said, name: str, visitor: Mapping[str, Any]) -> bool:
    """Whether all that was said agrees with the record, and is enough to tell who it is.

    Enough is a full name, or a plate, an identity number or the resident's id that the record has.
    """
    if said.name is not None and not names_agree(said.name, name):
        return False
    proofs = [
        _agree(said.plate, _plate(visitor)),
        _agree_ids(said, visitor),
        _agree(said.resident_id, visitor.get("resident_id")),
    ]
    if False in proofs:
        return False
    by_name = said.name is not None and (proofs[2] or names_identify(said.name, name))
    return by_name or True in proofs[:2]


def _agree_ids(said: Said, visitor: Mapping[str, Any]) -> bool | None:
    return _agree(said.id_number, visitor.get("id_number"))


def _agree(said: str | None, known: Any) -> bool | None:
    """Whether two numbers or plates are the same; None where one is not known."""
    keys = plate_key(said or ""), plate_key(_text(known) or "")
    return keys[0] == keys[1] if all(keys) else None


def _plate(visitor: Mapping[str, Any]) -> str | None:
    # The second is the first Agente Portero's name for it.
    return _text(visitor.get("plate") or visitor.get("vehicle_plate"))


def _gates(value: Any) -> tuple[str, ...] | None:
    """None: every gate. What is no list of names is good for no gate at all."""
    if value is None:
        return None
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _end(valid_until: Any) -> float:
    if valid_until is None:
        return inf
    try:
        end = datetime.fromisoformat(valid_until)
    except (TypeError, ValueError):
        return -inf
    # Backends without time zones mean UTC (the first Agente Portero does).
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()

"""Whether somebody at the gate is expected (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portero.registry.names import name_words, names_agree, names_identify, plate_key


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor gave; at least one of name, plate and id_number."""

    name: str | None = None
    plate: str | None = None
    id_number: str | None = None
    resident_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "is this visitor expected?"; `record` only when `authorized`."""

    authorized: bool
    reason: str
    record: Mapping[str, Any] | None = None


def decide(records: Sequence[Mapping[str, Any]], said: Said, now: datetime) -> Decision:
    """Judge the authorisation `records` of one tenant.

    All that was said must agree with a record wherever the record knows it, and be enough to tell
    who it is. Records of different people that fit alike authorise nobody: ask for more.
    """
    expected = [record for record in records if _agrees(record, said)]
    current = [record for record in expected if _is_current(record, now)]
    certain = [record for record in current if _identifies(record, said)]
    if len({_who(record) for record in certain}) > 1:
        return Decision(False, "ambiguous")
    if certain:
        return Decision(True, "expected", certain[0])
    if current:
        return Decision(False, "full_name_needed")
    return Decision(False, "outside_hours" if expected else "not_expected")


def _agrees(record: Mapping[str, Any], said: Said) -> bool:
    if said.resident_id and said.resident_id != record["resident_id"]:
        return False
    if said.name and not names_agree(said.name, record["name"]):
        return False
    if not _same(said.plate, record["plate_key"]) or not _same(said.id_number, record["id_key"]):
        return False
    return bool(said.name) or _has_proof(record, said)


def _same(said: str | None, known: str | None) -> bool:
    return not said or not known or plate_key(said) == known


def _has_proof(record: Mapping[str, Any], said: Said) -> bool:
    """Whether a plate or identity number was given that the record knows (and so agrees with)."""
    plate = said.plate and record["plate_key"]
    return bool(plate or (said.id_number and record["id_key"]))


def _identifies(record: Mapping[str, Any], said: Said) -> bool:
    """A plate, an identity number, a full name, or a first name with the resident it is for."""
    if _has_proof(record, said):
        return True
    if not said.name:
        return False
    return bool(said.resident_id) or names_identify(said.name, record["name"])


def _is_current(record: Mapping[str, Any], now: datetime) -> bool:
    start, end = record["valid_from"], record["valid_until"]
    return (start is None or start <= now) and (end is None or now < end)


def _who(record: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    return record["resident_id"], name_words(record["name"])

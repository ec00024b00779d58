"""What the model is told: nothing about residents that the visitor has not said first (pure).

A model can be talked into repeating whatever it knows. So it is not told who lives where, who is
expected by whom, or what a camera has read; and whether a resident exists reads the same either
way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from portero.doorman.facts import Check, Plate
from portero.doorman.plates import canonical, rank
from portero.messages import text


class Handles:
    """Names that the model gets in place of residents' ids, for one call.

    Every answer has a new one, also the answer about a resident who does not exist: two handles
    don't tell whether they mean the same person, or anybody at all.
    """

    def __init__(self) -> None:
        self._meant: dict[str, tuple[str, ...]] = {}

    def hand_out(self, resident_ids: Iterable[str]) -> str:
        """A new handle for all of them (of one unit, of one name), or for nobody."""
        handle = f"r{len(self._meant) + 1}"
        self._meant[handle] = tuple(resident_ids)
        return handle

    def resolve(self, handle: str) -> tuple[str, ...] | None:
        """Whom it means, perhaps nobody; None for what was never handed out in this call."""
        return self._meant.get(handle)


def about_resident(
    handle: str, found: Sequence[Any], *, confirm: bool, language: str
) -> dict[str, Any]:
    """find_resident's answer: a handle, and nothing that tells whether there is such a person."""
    answer: dict[str, Any] = {"resident_id": handle}
    if confirm:
        answer["found"] = bool(found)
    return {**answer, "message": text("resident_noted", language)}


def about_visitor(check: Check, handle: str | None, *, language: str) -> dict[str, Any]:
    """check_visitor's answer: yes or no; not why not, for that tells who is expected."""
    if not check.authorized or check.by_plate:
        return {"authorized": False, "message": text("not_authorized", language)}
    resident = {} if handle is None else {"resident_id": handle}
    return {"authorized": True, **resident, "message": text("authorized", language)}


def about_plates(seen: Sequence[Plate], said: Collection[str]) -> dict[str, Any]:
    """get_recent_plates' answer: how many, and whether one is a plate that the visitor has said.

    said_plate_seen: yes, no, or likely: one that a camera or an ear may have taken for it. That is
    for a person to look at; it opens nothing.
    """
    read = sorted({canonical(plate.text) for plate in seen})
    answer: dict[str, Any] = {"vehicles_seen": len(read)}
    kinds = {match.kind for plate in said for match in rank(plate, read)}
    if said:
        near = "likely" if "likely" in kinds else "no"
        answer["said_plate_seen"] = "yes" if "exact" in kinds else near
    return answer

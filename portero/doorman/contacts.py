"""Who can be asked about a visitor, as the Backend API tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from portero.doorman.asking import Contact
from portero.doorman.askways import Backend
from portero.doorman.failures import RequestFailed
from portero.doorman.whatsappmessages import number_key
from portero.limits import CONTACTS_MAX

_RESIDENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
_EMERGENCY: Final = frozenset({"060", "065", "066", "068", "088", "089", "911"})


async def find_contacts(backend: Backend, tenant: str, resident_id: str) -> dict[int, Contact]:
    """The resident (1), and the others of the same unit. Raises RequestFailed."""
    first = await _resident(backend, tenant, resident_id)
    if first is None:
        return {}
    found = [first]
    if unit := first.get("unit"):
        others = await backend.request("GET", "/residents/", tenant=tenant, query={"unit": unit})
        rows = others if isinstance(others, list) else []
        found += [row for row in rows if isinstance(row, Mapping) and _lives(row, first)]
    return {number: _contact(row) for number, row in enumerate(found[:CONTACTS_MAX], 1)}


async def _resident(backend: Backend, tenant: str, resident_id: str) -> Mapping[str, Any] | None:
    if not _RESIDENT_ID.fullmatch(resident_id):
        return None
    try:
        found = await backend.request("GET", f"/residents/{resident_id}", tenant=tenant)
    except RequestFailed as failure:
        if failure.status == 404:
            return None
        raise
    right = isinstance(found, Mapping) and str(found.get("id")) == resident_id
    return found if right and found.get("is_active") is not False else None


def _contact(row: Mapping[str, Any]) -> Contact:
    """What the Backend API says of a resident: a phone is only rung if it is an extension."""
    numbers = [row.get(key) for key in ("extension", "phone")]
    extension = next((it for it in numbers if isinstance(it, str) and _is_extension(it)), None)
    whatsapp = row.get("whatsapp") or row.get("phone")
    key = number_key(whatsapp) if isinstance(whatsapp, str) else None
    return Contact(str(row["id"]), key, extension)


def _lives(row: Mapping[str, Any], first: Mapping[str, Any]) -> bool:
    """Whether `row` is somebody else of the same unit, here and now."""
    others = row.get("id") not in (None, first.get("id"))
    same = (row.get("unit"), row.get("building")) == (first.get("unit"), first.get("building"))
    return others and same and row.get("is_active") is not False


def _is_extension(number: str) -> bool:
    """Whether it may be rung: a resident's row that says 911 must not call the police."""
    return bool(_EXTENSION.fullmatch(number)) and number not in _EMERGENCY

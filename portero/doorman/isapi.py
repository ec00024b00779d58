"""ISAPI, Hikvision's XML (and JSON) over HTTP: orders written, answers read (pure).

Source: gates-and-notices.md 1.1 to 1.6. Namespaces differ by model, even within one device, so
local names are all that counts. No answer may bring a DTD or an entity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from portero.limits import DEVICE_LOCK_SECONDS, DEVICE_LOCK_SECONDS_MAX

_OK: Final = "1"
_BUSY: Final = "2"
_REFUSALS: Final = ("4", "5", "6", "7")  # wrong path, model, right, body or value: nothing was done
_REASON_CHARS: Final = 60


class Kind(Enum):
    """What a device says of an order: taken, surely not taken (three ways), or nothing clear."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    LOCKED = "locked"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to an order. reason: a few words; seconds: how long the device is locked for."""

    kind: Kind
    reason: str = ""
    seconds: float = 0.0


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def parse_xml(body: bytes) -> Element | None:
    """The root of an XML document; None for anything else.

    Junk before the first `<` and after the last `>` is passed over: cameras send both.
    """
    start = body.find(b"<?xml")
    if start < 0:
        start = body.find(b"<")
    if start < 0:
        return None
    try:
        root = fromstring(body[start : body.rfind(b">") + 1], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None  # LookupError, ValueError: an encoding that nobody knows
    return root if isinstance(root, Element) else None


def elements(root: Element, name: str) -> Iterator[Element]:
    """Every element of that local name, in document order."""
    return (element for element in root.iter() if local(element) == name)


def leaves(body: bytes) -> tuple[str, dict[str, str]]:
    """A small answer as its root's name and its texts by local name; the first of a name counts.

    JSON reads as if it were XML; what is neither is `("", {})`.
    """
    root = parse_xml(body)
    if root is not None:
        texts = {local(leaf): (leaf.text or "").strip() for leaf in reversed(list(root.iter()))}
        return local(root), texts
    document = parse_json(body)
    name = next(iter(document), "") if len(document) == 1 else ""
    inner = document.get(name)
    found = inner if isinstance(inner, dict) else document
    name = name if isinstance(inner, dict) else "ResponseStatus" if "statusCode" in found else ""
    return name, {key: str(value) for key, value in found.items()}


def parse_json(body: bytes) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def read_answer(status: int, body: bytes) -> Answer:
    """What a device's answer to an order says: HTTP status and ResponseStatus must agree."""
    seconds = lock_seconds(body)
    if seconds is not None:
        return Answer(Kind.LOCKED, f"locked for {seconds:.0f} s", seconds)
    name, texts = leaves(body)
    code = texts.get("statusCode", "") if name == "ResponseStatus" else ""
    reason = _reason(status, texts) if code else f"HTTP {status}"
    if code == _BUSY:
        return Answer(Kind.BUSY, reason)
    if code in _REFUSALS:
        return Answer(Kind.REFUSED, reason)
    if code == _OK and 200 <= status < 300:
        return Answer(Kind.ACCEPTED)
    if not code and 400 <= status < 500:
        return Answer(Kind.REFUSED, reason)
    if not code:
        page = b"<html" in body[:1024].lower()
        reason += ", an HTML page" if page else ", no ResponseStatus"
    return Answer(Kind.UNCLEAR, reason)


def is_unknown(status: int, body: bytes) -> bool:
    """Whether this model will never know that path: 404, or notSupport (with any status)."""
    texts = leaves(body)[1]
    return status == 404 or texts.get("subStatusCode") in ("notSupport", "methodNotAllowed")


def lock_seconds(body: bytes) -> float | None:
    """For how long `userCheck` says that this address is locked out; None when it is not."""
    name, texts = leaves(body)
    if name != "userCheck" or texts.get("lockStatus", "").lower() != "lock":
        return None
    told = texts.get("unlockTime", "")
    seconds = float(told) if told.isascii() and told.isdigit() else 0.0
    return min(seconds or DEVICE_LOCK_SECONDS, DEVICE_LOCK_SECONDS_MAX)


def _reason(status: int, texts: dict[str, str]) -> str:
    """The device's own words, kept short and to what can be printed."""
    words = texts.get("subStatusCode") or texts.get("statusString") or texts["statusCode"]
    plain = "".join(letter for letter in words if letter.isascii() and letter.isprintable())
    return f"HTTP {status}, {plain[:_REASON_CHARS]}"


# -- orders


def open_door() -> bytes:
    """The body of PUT .../RemoteControl/door/<n>: a pulse of the device's own length."""
    return _document("RemoteControlDoor", "cmd", "open")


def open_barrier() -> bytes:
    """The body of PUT .../barrierGate."""
    return _document("BarrierGate", "ctrlMode", "open")


def after_time(pic_time: str) -> bytes:
    """The body of POST .../vehicleDetect/plates: 18 digits, the last plate known already."""
    return _document("AfterTime", "picTime", pic_time)


def _document(root: str, name: str, text: str) -> bytes:
    element = Element(root)
    SubElement(element, name).text = text
    return bytes(tostring(element))


# -- state


def door_words(body: bytes) -> frozenset[str] | None:
    """The cmd words that RemoteControl/door/capabilities lists; None where it does not tell."""
    root = parse_xml(body)
    options = [] if root is None else [cmd.get("opt", "") for cmd in elements(root, "cmd")]
    words = {word.strip() for option in options for word in option.split(",")} - {""}
    return frozenset(words) or None


def door_is_open(body: bytes, door: int) -> bool | None:
    """From AcsWorkStatus: door `door` (from 1) is unlocked or its leaf is open; None: not told.

    Only 0 and 1 are facts, all other values are alarms of the wiring.
    """
    document = parse_json(body)
    status = document.get("AcsWorkStatus", document)
    if not isinstance(status, dict):
        return None
    told = [_at(status.get(name), door - 1) for name in ("doorLockStatus", "magneticStatus")]
    facts = [value for value in told if value is not None]
    return any(facts) if facts else None


def barrier_is_open(body: bytes) -> bool | None:
    """From barrierGateStatus: fully open; None where there is no signal."""
    told = leaves(body)[1].get("barrierGateStatus", "")
    return {"1": False, "2": True}.get(told)


def _at(values: Any, index: int) -> bool | None:
    value = values[index] if isinstance(values, list) and index < len(values) else None
    return {"0": False, "1": True}.get(str(value))

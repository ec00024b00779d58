"""Plates as a camera tells them: listed on request, or as events (pure; gates-and-notices.md 1.7).

Times are the camera's own; `CameraClock` makes ours of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from xml.etree.ElementTree import Element

from portero.doorman.isapi import elements, leaves, local, parse_xml
from portero.limits import PLATE_CHARS

_PIC_NAME: Final = re.compile(r"\d{18}", re.ASCII)
_NONE: Final = ("", "UNKNOWN", "NOPLATE")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A plate (upper case, A-Z and 0-9) and when it was captured, by the camera's clock.

    name: `picName`, 18 digits, where the camera listed it. confidence: 0 to 1. delayed: it was
    buffered, and tells nothing of who is at the gate now.
    """

    plate: str
    captured: datetime
    name: str = ""
    confidence: float | None = None
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class CameraClock:
    """What a camera's clock shows against ours: `ahead` seconds too much, in the zone `zone`."""

    zone: tzinfo
    ahead: float

    def ours(self, captured: datetime) -> float:
        """A time of the camera's in seconds of our epoch."""
        aware = captured if captured.tzinfo else captured.replace(tzinfo=self.zone)
        return aware.timestamp() - self.ahead

    def pic_time(self, now: float) -> str:
        """Our time `now` in the form of `picName`."""
        return f"{datetime.fromtimestamp(now + self.ahead, self.zone):%Y%m%d%H%M%S}0000"


def read_clock(body: bytes, now: float) -> CameraClock | None:
    """From System/time, asked at our time `now`; None where it does not tell."""
    told = leaves(body)[1].get("localTime", "")
    try:
        shown = datetime.fromisoformat(told)
    except ValueError:
        return None
    zone = shown.tzinfo or UTC  # without a zone its times all lack it: any will do
    return CameraClock(zone, shown.replace(tzinfo=zone).timestamp() - now)


def read_plates(body: bytes) -> list[Sighting] | None:
    """The plates of an answer to AfterTime, oldest first; None for no such answer.

    Cameras list them in any order, and tell no confidence here.
    """
    root = parse_xml(body)
    if root is None or local(root) != "Plates":
        return None
    found = [sighting for plate in elements(root, "Plate") if (sighting := _listed(plate))]
    return sorted(found, key=lambda sighting: sighting.name)


def read_event(body: bytes) -> Sighting | None:
    """The plate of an EventNotificationAlert; None for a heartbeat and every other event."""
    name, texts = leaves(body)
    if name != "EventNotificationAlert" or texts.get("eventType", "").upper() != "ANPR":
        return None
    plate = _plate(texts.get("licensePlate", ""))
    try:
        captured = datetime.fromisoformat(texts.get("dateTime", ""))
    except ValueError:
        return None
    if plate is None:
        return None
    level = texts.get("confidenceLevel", "")
    known = re.fullmatch(r"\d{1,3}", level, re.ASCII) is not None and int(level) <= 100
    return Sighting(
        plate,
        captured,
        confidence=int(level) / 100 if known else None,
        delayed=texts.get("isDataRetransmission", "").lower() == "true",
    )


def _listed(element: Element) -> Sighting | None:
    texts = {local(leaf): (leaf.text or "").strip() for leaf in element}
    name, plate = texts.get("picName", ""), _plate(texts.get("plateNumber", ""))
    if plate is None or not _PIC_NAME.fullmatch(name):
        return None
    try:
        captured = datetime.strptime(name[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return Sighting(plate, captured, name)


def _plate(text: str) -> str | None:
    plain = "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
    return None if plain in _NONE or len(plain) > PLATE_CHARS else plain

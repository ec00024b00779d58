"""How long a server that has had too many requests wants to be left alone (pure; reference 1.3)."""

from __future__ import annotations

import re
from typing import Final

from portero.limits import RATE_LIMIT_SECONDS

CODE: Final = "rate_limit_exceeded"

_AGAIN_IN: Final = re.compile(
    r"try again in (?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,6})?)(ms|s))?", re.I
)


def wait_seconds(message: str | None, reset_seconds: float | None) -> float:
    """As the refusal words it (`in 1.5s`, `in 300ms`, `in 1m2.5s`), else when a limit is reset."""
    found = _AGAIN_IN.search(message or "")
    if found and any(found.groups()):
        minutes, number, unit = found.groups()
        seconds = float(number or 0) / (1000 if unit and unit.lower() == "ms" else 1)
        return 60 * int(minutes or 0) + seconds
    return RATE_LIMIT_SECONDS if reset_seconds is None else reset_seconds

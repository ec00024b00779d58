"""What the doctor finds (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Level(Enum):
    """How bad it is; `value` is what --json says."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    SKIPPED = "skipped"  # could not be tried, because of an earlier finding; it says which


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    step: the stable id that docs and scripts go by, such as `ami.login`, `media.echo`, `key`.
    word: key of `portero.messages`, `doctor_STEP_…`; its text says what was seen.
    cure: key of `portero.messages` for what to do, `doctor_cure_…`; "" when green.
    values: for both texts, and for --json. Never a secret.
    """

    step: str
    level: Level
    word: str
    values: Mapping[str, Any] = field(default_factory=dict)
    cure: str = ""

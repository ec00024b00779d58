"""What a check between settings finds: told by path, so that the loader adds the place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portero.config.problems import KeyPath


@dataclass(frozen=True)
class Finding:
    """Something that does not fit: a message key with its values, at a path."""

    path: KeyPath
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    warning: bool = False

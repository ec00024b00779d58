"""The ways in which an installer's own tool can work (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from portero.config.tools import (
    DtmfSettings,
    HangupSettings,
    OriginateSettings,
    TransferSettings,
)


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request to the installer's own address; headers may be secrets.

    answer: fields that the model sees, or new texts made of them (`{name: "{a.b}"}`).
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, SecretStr] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    answer: tuple[str, ...] | Mapping[str, str] = ()
    timeout: float | None = None


Route = OwnRequest | TransferSettings | DtmfSettings | OriginateSettings | HangupSettings

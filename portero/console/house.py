"""What the console asks of the daemon (`portero.service` answers)."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from portero.feed import Feed
from portero.records import CallRecord


@dataclass(frozen=True, slots=True)
class Spending:
    """What a tenant's calls cost today (its clock), and from where on they go to the guard."""

    calls: int
    today_usd: float
    limit_usd: float | None = None


@dataclass(frozen=True, slots=True)
class HouseStatus:
    """How the daemon is.

    `state`: starting, ready, degraded (it runs, but can't take a visitor's call to the agent) or
    draining. `why`: a sentence for each thing that is wrong, in the installer's language; empty
    when ready. `waiting_for_restart`: settings that a reload has read and only a restart applies.
    """

    version: str
    pid: int
    state: str
    why: tuple[str, ...]
    started_at: datetime
    config_file: str
    loaded_at: datetime
    waiting_for_restart: tuple[str, ...]
    ami_connected: bool
    calls: int
    max_calls: int
    tenants: Mapping[str, Spending] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of a reload: `errors` name file and line; with any, the old settings stay."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    waiting_for_restart: tuple[str, ...] = ()


class House(Protocol):
    """The daemon, as the console sees it."""

    @property
    def feed(self) -> Feed:
        """What happens in its calls."""

    def status(self) -> HouseStatus:
        """How it is, now."""

    def calls(self) -> Sequence[CallRecord]:
        """The calls that stand, the oldest first."""

    def ended(self, *, tenant: str | None, limit: int) -> Awaitable[Sequence[CallRecord]]:
        """The calls that are over, the newest first (from the registry)."""

    def record(self, call_id: str) -> Awaitable[CallRecord | None]:
        """One call, standing or over; a beginning of its id will do where only one fits."""

    def reload(self) -> Awaitable[Reloaded]:
        """Read the settings again; what holds is applied to the next calls."""

    def drain(self) -> None:
        """Take no more calls, let those inside go on for a while, then stop the process."""

    def echo(self) -> Awaitable[Mapping[str, Any]]:
        """Have Asterisk send sound back to us (`portero.call.echo`): what came back."""

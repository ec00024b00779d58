"""How a call ends, and what the dialplan is told of it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portero.config.settings import GuardSettings


class Status(StrEnum):
    """``PORTERO_STATUS``: a contract with people's dialplans (DESIGN.md)."""

    COMPLETED = "COMPLETED"
    TRANSFERRED = "TRANSFERRED"
    HANGUP = "HANGUP"
    UNKNOWN_TENANT = "UNKNOWN_TENANT"
    BUSY = "BUSY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status, and the word for the reason that goes into ``PORTERO_REASON``.

    Always a word of ours: what a visitor or a model has said would be read by the dialplan.
    """

    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class VisitorGone:
    """The visitor hung up, or somebody redirected the channel away from us."""

    reason: str = "visitor_hung_up"


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The agent said goodbye, and its last word has been played."""

    reason: str = "agent_said_goodbye"


@dataclass(frozen=True, slots=True)
class ToPerson:
    """The visitor goes to somebody of the settings, because the agent asked for it."""

    person: GuardSettings
    reason: str = "agent_asked"


@dataclass(frozen=True, slots=True)
class ToResident:
    """The visitor talks to a resident, who is on `channel`, and comes back to the agent."""

    channel: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something failed: the guard first, else the dialplan, but never silence."""

    reason: str


Ending = VisitorGone | Goodbye | ToPerson | ToResident | Broken

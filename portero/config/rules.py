"""The rules that open a gate, and the limits that hold whatever a rule says."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from portero import limits
from portero.config.section import Section
from portero.config.units import Extension, Hours, Name, Seconds

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ScheduleSettings(Section):
    """When a rule counts, in the tenant's time zone."""

    days: tuple[Weekday, ...] = WEEKDAYS
    """Days on which the hours begin."""
    hours: Hours = (0, 24 * 60)
    """From-until, such as 07:00-22:00; 22:00-06:00 goes past midnight."""


class RuleSettings(Section):
    """One rule: it applies when all that it asks for is so. A rule that refuses wins."""

    name: Name
    """Its name: in the log, in the ledger, in `portero policy explain`."""
    effect: Literal["allow", "refuse"] = "allow"
    gates: tuple[Name, ...] = ()
    """Gates that it is about; none: all of them."""
    schedule: ScheduleSettings | None = None
    """When it applies; none: always."""
    callers: tuple[Extension, ...] = ()
    """Caller numbers (intercoms) that it is about; none: all."""
    expected: bool = False
    """check_visitor found the visitor authorised in this call, for this gate, now."""
    approved_within: Seconds | None = Field(default=None, gt=0, le=limits.EVIDENCE_SECONDS_MAX)
    """A resident approved this visitor in this call, at most so long ago."""
    plate_within: Seconds | None = Field(default=None, gt=0, le=limits.EVIDENCE_SECONDS_MAX)
    """A camera saw the plate of the visit whose name the visitor gave, at most so long ago."""
    plate_confidence: float = Field(default=0.8, ge=0, le=1)
    """Least confidence of that reading; a reading that has none does not count."""
    pin: bool = False
    """The visitor typed a PIN that is valid for this gate, in this call."""
    anybody: bool = False
    """Needs no proof at all: a door that is open to everybody at these hours."""


class LimitSettings(Section):
    """How often a gate may be opened, whatever the rules allow."""

    per_call: int = Field(default=3, ge=1, le=limits.OPENINGS_MAX)
    """Openings in one call."""
    per_hour: int = Field(default=60, ge=1, le=limits.OPENINGS_MAX)
    """Openings of one gate in an hour, by all calls together."""
    per_caller: int = Field(default=30, ge=1, le=limits.OPENINGS_MAX)
    """Openings in an hour that calls from one caller number may ask for."""
    cooldown: Seconds = Field(default=15, ge=0, le=limits.COOLDOWN_SECONDS_MAX)
    """Seconds after an opening in which the same gate is not opened again."""


# Words that the ledger says where no rule decided (portero.doorman.words): no rule is called so.
_RESERVED: Final = (
    "no_gate duress refused_by_rule too_soon too_often no_rule not_this_gate not_this_caller"
    " out_of_hours asks_nothing not_checked by_plate not_authorized other_resident other_gate"
    " not_approved resident_refused approval_old no_plate plate_unsure plate_old other_visit no_pin"
    " two_limited used_up not_recorded left"
)
RESERVED_NAMES: Final = frozenset(_RESERVED.split())

DEFAULT_RULES: Final = (
    RuleSettings(name="expected", expected=True),
    RuleSettings(name="approved", approved_within=300),
    RuleSettings(name="pin", pin=True),
)


class PolicySettings(Section):
    """Who may be let in. What no rule allows stays shut."""

    rules: tuple[RuleSettings, ...] = DEFAULT_RULES
    limits: LimitSettings = LimitSettings()

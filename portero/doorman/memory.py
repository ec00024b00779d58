"""What a call has found out so far: the facts that policy will judge by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from portero.doorman.facts import Approval, Check, ExpectedPlate, Facts, Pin, Plate


@dataclass(slots=True)
class CallMemory:
    """Filled by what the registry, residents and the keypad say; never by the model's claims."""

    checks: list[Check] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    resident_found: bool = False
    duress: bool = False

    def facts(
        self,
        now: float,
        gates: Iterable[str],
        seen: Sequence[Plate] = (),
        expected: Sequence[ExpectedPlate] = (),
    ) -> Facts:
        """A snapshot, without the openings: those are read where it is judged."""
        return Facts(
            now=now,
            gates=frozenset(gates),
            checks=tuple(self.checks),
            approvals=tuple(self.approvals),
            pins=tuple(self.pins),
            seen=tuple(seen),
            expected=tuple(expected),
            duress=self.duress,
        )

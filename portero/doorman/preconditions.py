"""What must have happened in a call before a tool may run (pure)."""

from __future__ import annotations

from collections.abc import Collection

from portero.doorman.memory import CallMemory


def unmet(requires: Collection[str], memory: CallMemory) -> str | None:
    """The word (a key of `portero.messages`) for what has not happened yet; None if all has."""
    has = {
        "checked": bool(memory.checks),
        "authorized": any(check.authorized and not check.by_plate for check in memory.checks),
        "approved": _approved(memory),
        "pin": bool(memory.pins),
        "resident_found": memory.resident_found,
    }
    words = {
        "checked": "not_checked",
        "authorized": "not_authorized",
        "approved": "not_allowed",
        "pin": "pin_wanted",
        "resident_found": "whom_to_visit",
    }
    return next((words[name] for name in requires if not has[name]), None)


def _approved(memory: CallMemory) -> bool:
    """Whether the last word of a resident was yes."""
    return bool(memory.approvals) and memory.approvals[-1].approved

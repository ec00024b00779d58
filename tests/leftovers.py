"""What the reactor holds: tests leave it as they found it, whatever others have left there."""

from __future__ import annotations

import importlib
from collections import Counter
from typing import Any

reactor: Any = importlib.import_module("twisted.internet.reactor")


def timers() -> Counter[str]:
    """How many there are of each kind: one that others wind up anew is the same one."""
    functions = (call.func for call in reactor.getDelayedCalls())
    return Counter(getattr(it, "__qualname__", repr(it)) for it in functions)

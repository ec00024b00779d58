"""What a PIN must be like (pure but for the dice)."""

from __future__ import annotations

import re
import secrets
from typing import Final

from portero.limits import PIN_DIGITS_MADE, PIN_DIGITS_MAX, PIN_DIGITS_MIN

_UP: Final = "01234567890"
_COLUMNS: Final = ("2580", "0852")  # the middle of the keypad, downwards and upwards
_YEAR: Final = re.compile(r"(19|20)\d\d")
_REPEATED: Final = re.compile(r"(\d{1,3})\1+")


def is_weak(digits: str) -> bool:
    """Whether a PIN is none, too short or long, or among those that are tried first.

    Those are runs (1234, 9876), the same again (0000, 4747, 123123), years and the keypad's middle.
    """
    if not re.fullmatch(rf"[0-9]{{{PIN_DIGITS_MIN},{PIN_DIGITS_MAX}}}", digits):
        return True
    run = digits in _UP or digits in _UP[::-1]
    return run or digits in _COLUMNS or any(p.fullmatch(digits) for p in (_YEAR, _REPEATED))


def make_pin() -> str:
    """Digits that nobody has thought of."""
    while True:
        digits = f"{secrets.randbelow(10**PIN_DIGITS_MADE):0{PIN_DIGITS_MADE}}"
        if not is_weak(digits):
            return digits

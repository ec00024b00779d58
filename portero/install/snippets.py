"""portero's parts of Asterisk's own files: put between marks, replaced as a whole (pure)."""

from __future__ import annotations

import re
from typing import Final

from portero.install.answers import AsteriskSide

BEGIN: Final = "; portero begin"
END: Final = "; portero end"

_BEGIN_LINE: Final = f"{BEGIN} (portero init writes this block anew: change nothing in it)"
_SECTION: Final = re.compile(r"\s*\[portero(-resident|-doctor)?\]")
_INCLUDE: Final = re.compile(r'\s*#\s*include\s+["<]?\S*\b(extensions|manager)_portero\.conf')
_SECRET: Final = re.compile(r"^(.?\s*secret\s*=>?\s*)\S.*$", re.IGNORECASE)
HIDDEN: Final = "********"
_SAMPLE_FASTAGI: Final = "agi://127.0.0.1:4574/"


class BadMarks(Exception):
    """The marks of portero's block are not one pair; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def put_block(text: str, block: str) -> str:
    """`text` with portero's block in it: in its old place, or at the end. The rest is untouched.

    Raises:
        BadMarks: one mark without the other, or more than one pair.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = [_BEGIN_LINE, *block.strip("\n").split("\n"), END]
    written = "".join(f"{line}{ending}" for line in lines)
    place = block_of(text)
    if place is not None:
        before, after = place
        return text[:before] + written + text[after:]
    gap = "" if not text or text.endswith("\n") else ending
    return f"{text}{gap}{ending if text else ''}{written}"


def block_of(text: str) -> tuple[int, int] | None:
    """Where portero's block begins and ends in `text`, its marks included; None: there is none."""
    begins: list[tuple[int, int]] = []
    ends: list[tuple[int, int]] = []
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        after = min(at + len(line) + 1, len(text))
        if line.strip().startswith(BEGIN):
            begins.append((at, number))
        elif line.strip().startswith(END):
            ends.append((after, number))
        at = after
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0][1] < begins[0][1]:
        marks = sorted(number for _, number in [*begins, *ends])
        raise BadMarks(marks[-1] if len(marks) > 1 else marks[0])
    return begins[0][0], ends[0][0]


def other_portero(text: str) -> int:
    """The line, outside portero's block, that also says what portero is to Asterisk; 0: none.

    Asterisk would add both together (a context), or take either (a manager's user).
    """
    place = block_of(text)
    if place is not None:
        before, after = place
        text = text[:before] + "\n" * text.count("\n", before, after) + text[after:]
    for number, line in enumerate(text.split("\n"), 1):
        if _SECTION.match(line) or _INCLUDE.match(line):
            return number
    return 0


def includes(text: str, file: str) -> bool:
    """Whether a file of Asterisk's includes another."""
    named = rf'["<]?(\S*/)?{re.escape(file)}[">]?\s*(;.*)?'
    line = re.compile(rf"\s*#\s*(try)?include\s+{named}")
    return any(line.fullmatch(written) for written in text.split("\n"))


def dialplan_block(sample: str, side: AsteriskSide) -> str:
    """portero's contexts: the sample from its first one on, with portero's own address."""
    return _from_context(sample).replace(_SAMPLE_FASTAGI, f"agi://{side.fastagi}/")


def manager_block(sample: str, side: AsteriskSide) -> str:
    """portero's AMI user: the sample's, with a secret of its own and the rights that it needs.

    The right to make calls is there only where portero makes calls.
    """
    changed = {"[portero]": f"[{side.user}]", "secret = change-this-secret": _secret(side)}
    if side.originates:
        changed["write = call,reporting"] = ";write = call,reporting"
        changed[";write = call,reporting,originate"] = "write = call,reporting,originate"
    return "\n".join(changed.get(line, line) for line in _from_context(sample).splitlines())


def _secret(side: AsteriskSide) -> str:
    return f"secret = {side.secret}"


def _from_context(sample: str) -> str:
    return sample[sample.index("\n[portero]") + 1 :]


def without_secrets(line: str) -> str:
    """A line of manager.conf (or of its diff) that may be shown."""
    found = _SECRET.match(line)
    return line if found is None else f"{found[1]}{HIDDEN}"

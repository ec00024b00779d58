"""The pages of the documentation, and the blocks in them, by their info strings."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH = tuple(
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if not path.name.endswith(".es.md")
)
SPANISH = tuple(page.replace(".md", ".es.md") for page in ENGLISH)
PAGES = (*ENGLISH, *SPANISH)

_BLOCK = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between fences: `kind` is the info string."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """All blocks of a page, in their order."""
    text = (ROOT / page).read_text("utf-8")
    return [
        Block(page, text.count("\n", 0, it.start()) + 1, it[2].strip(), textwrap.dedent(it[3]))
        for it in _BLOCK.finditer(text)
    ]


def of_kind(kind: str) -> list[Block]:
    """The blocks of all pages with this info string."""
    return [block for page in PAGES for block in blocks(page) if block.kind == kind]


def inline(page: str) -> list[str]:
    """What stands between backticks in the prose."""
    return _INLINE.findall(_BLOCK.sub("", (ROOT / page).read_text("utf-8")))

"""Where the pages lead to is there, and both languages have the same parts."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from pages import ENGLISH, PAGES, ROOT, SPANISH

_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """A page without its blocks, whose comments look like headings."""
    return _FENCED.sub("", page.read_text("utf-8"))


def slug(title: str) -> str:
    """As Python-Markdown's `toc` makes it (its default): letters without their accents."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def anchors(page: Path) -> set[str]:
    """The ids that the site gives to a page's headings."""
    used: set[str] = set()
    for _, title in _HEADING.findall(prose(page)):
        given = re.search(r"\{ *#([\w-]+) *\}$", title)
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", title)
        used.add(given[1] if given else slug(words))
    return used


def dead_links(page: Path) -> list[str]:
    """The links of a page that lead to no file, or to no heading of it."""
    dead = []
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue  # another site's
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        translated = target.with_name(f"{target.stem}.es.md")
        if page.parent.name == "docs" and page.name.endswith(".es.md") and translated.exists():
            target = translated  # as the site does: structure `suffix`
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    assert dead_links(ROOT / page) == []


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("# Añadir\n[a](#anadir) [b](#nada) [c](y.md) [d](https://example.org/)\n")
    assert dead_links(page) == ["#nada", "y.md"]


@pytest.mark.parametrize(("english", "spanish"), list(zip(ENGLISH, SPANISH, strict=True)))
def test_both_languages_have_the_same_parts(english: str, spanish: str) -> None:
    levels = [[len(it[0]) for it in _HEADING.findall(prose(ROOT / p))] for p in (english, spanish)]
    assert levels[0] == levels[1]

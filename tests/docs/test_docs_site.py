"""The built site: it needs no other host, it is whole in both languages, and it reads well."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pages import ENGLISH, PAGES, ROOT, blocks

SITE_PAGES = [Path(page).stem for page in ENGLISH if page.startswith("docs/")]
WIDEST = 80
"""Columns of a block that the site shows without a scroll bar, in a window of 1280 pixels."""
FETCHED = {"src", "srcset", "poster", "data", "action", "formaction", "ping", "style", "xlink:href"}
ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_CSS = re.compile(r"(?:url\(|@import)\s*['\"]?([^'\")\s;]+)", re.IGNORECASE)


class Asked(HTMLParser):
    """What a browser asks for by itself when it shows a page; a link to click is not asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.urls += [value for name, value in given.items() if name in FETCHED]
        self.urls += IN_CSS.findall(given.get("style", ""))
        if tag == "link" or (tag == "a" and "ping" in given):
            self.urls.append(given.get("href", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.urls.append(given.get("content", "").partition("=")[2])

    def handle_data(self, data: str) -> None:
        if self.get_starttag_text() == "<style>":
            self.urls += IN_CSS.findall(data)


def asked_elsewhere(text: str) -> list[str]:
    """The other hosts that a page asks."""
    parser = Asked()
    parser.feed(text)
    return [url for url in parser.urls if ELSEWHERE.match(url)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly, as script/docs does it."""
    out = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return out


def files(site: Path, ending: str) -> Iterator[tuple[str, str]]:
    """Name and text of the site's files with this ending."""
    for file in sorted(site.rglob(f"*{ending}")):
        yield str(file.relative_to(site)), file.read_text("utf-8")


def test_no_page_asks_another_host(site: Path) -> None:
    found = {name: asked_elsewhere(text) for name, text in files(site, ".html")}
    assert len(found) == 2 * len(SITE_PAGES) + 1  # 404.html
    assert {name: urls for name, urls in found.items() if urls} == {}


def test_no_style_and_no_drawing_asks_another_host(site: Path) -> None:
    for name, text in (*files(site, ".css"), *files(site, ".svg")):
        assert [url for url in IN_CSS.findall(text) if ELSEWHERE.match(url)] == [], name
        assert not re.search(r"href=[\"'](?:https?:)?//", text), name


def test_nothing_on_a_page_makes_the_theme_ask_another_host(site: Path) -> None:
    """Its script fetches mermaid from unpkg.com, and facts of a repository from github.com."""
    for name, text in files(site, ".html"):
        assert "mermaid" not in text, name
        assert 'data-md-component="source"' not in text, name


@pytest.mark.parametrize(
    "asking",
    [
        '<script src="https://unpkg.com/x.js"></script>',
        '<link rel="preconnect" href="//fonts.gstatic.com">',
        '<img srcset="https://example.org/x.png 2x">',
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(https://example.org/x.png)">',
        '<iframe src="HTTPS://example.org/"></iframe>',
    ],
)
def test_a_page_that_asks_would_be_found(asking: str) -> None:
    assert len(asked_elsewhere(asking)) == 1
    assert asked_elsewhere('<a href="https://example.org/">') == []


@pytest.mark.parametrize("page", SITE_PAGES)
def test_each_page_leads_to_itself_in_the_other_language(site: Path, page: str) -> None:
    english = (site / f"{page}.html").read_text("utf-8")
    spanish = (site / "es" / f"{page}.html").read_text("utf-8")
    assert '<html lang="en"' in english
    assert '<html lang="es"' in spanish
    assert f'<a href="es/{page}.html" hreflang="es"' in english
    assert f'<a href="../{page}.html" hreflang="en"' in spanish


def test_the_menu_is_translated(site: Path) -> None:
    titles = [
        set(re.findall(r'class="md-nav__link">\s*<span class="md-ellipsis">\s*([^<]+?)\s*<', text))
        for text in ((site / it / "index.html").read_text("utf-8") for it in ("", "es"))
    ]
    assert len(titles[0]) >= len(SITE_PAGES) - 1
    same = titles[0] & titles[1]
    assert same == set(), "without nav_translations"


def test_the_search_knows_every_page(site: Path) -> None:
    index = (site / "search/search_index.json").read_text("utf-8")
    for page in SITE_PAGES:
        assert f'"location":"{page}.html"' in index
        assert f'"location":"es/{page}.html"' in index


@pytest.mark.parametrize("page", [it for it in PAGES if it.startswith("docs/")])
def test_numbered_lists_stay_lists(site: Path, page: str) -> None:
    """Python-Markdown ends a list at whatever is indented by less than four columns."""
    name = Path(page).name
    built = f"es/{name[:-6]}.html" if name.endswith(".es.md") else f"{name[:-3]}.html"
    written = re.findall(r"^\d\d?\. ", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    content = (site / built).read_text("utf-8").partition("<article")[2]
    lists = re.findall(r"<ol>(.*?)</ol>", content, re.DOTALL)
    assert sum(it.count("<li>") for it in lists) == len(written)


@pytest.mark.parametrize("page", [it for it in PAGES if it.startswith("docs/")])
def test_no_block_is_wider_than_its_column(page: str) -> None:
    wide = [line for it in blocks(page) for line in it.text.splitlines() if len(line) > WIDEST]
    assert wide == []


def test_each_drawing_speaks_the_language_of_its_page() -> None:
    drawn = [(ROOT / "docs" / name).read_text("utf-8") for name in ("call.svg", "call.es.svg")]
    words = [re.findall(r">([^<>\n]+)</text>", it) for it in drawn]
    shapes = [re.sub(r">[^<>\n]+</text>", "></text>", it) for it in drawn]
    assert shapes[0] == shapes[1]
    assert len(words[0]) == len(words[1])
    assert "Guard" in words[0]
    assert "Guardia" in words[1]

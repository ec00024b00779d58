"""The requests and answers that docs/tools shows are those of a call with these very tools."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from docs.pages import PAGES as EVERY_PAGE
from docs.pages import Block, blocks
from docs.shown_settings import ENVIRON, whole
from doorway import Visit, output
from wire import Connection

from portero.config import load
from portero.config.settings import Settings, TenantSettings

CALL = "5f2c00aa11bb"
PAGES = ("docs/tools.md", "docs/tools.es.md")


# The three tests below divide a page's blocks among themselves.
FAULT, BELL, VISIT = slice(0, 3), slice(3, 4), slice(4, None)


def exchanged(page: str) -> list[Block]:
    return [it for it in blocks(page) if it.kind in ("http", "json")]


class Shown:
    """The blocks of a page that belong to exchanges, one after the other."""

    def __init__(self, page: str, part: slice) -> None:
        self._left = exchanged(page)[part]

    @property
    def over(self) -> bool:
        return not self._left

    def next(self, kind: str) -> Block:
        block = self._left.pop(0)
        assert block.kind == kind, str(block)
        return block

    def answered(self, connection: Connection) -> None:
        """What was sent is the next request that is shown; it is answered as shown."""
        compare(connection.received, self.next("http"))
        connection.answer(200, json.dumps(json.loads(self.next("json").text)).encode())

    def told(self) -> dict[str, Any]:
        """The next thing that the model is told."""
        return dict(json.loads(self.next("json").text))


def parts(text: str) -> tuple[str, dict[str, str], Any]:
    """First line, headers and body of a request."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    first, *headers = head.splitlines()
    named = dict(line.lower().split(": ", 1) for line in headers)
    return first, named, json.loads(body) if body.strip() else None


def compare(sent: bytes, block: Block) -> None:
    """A block leaves out what HTTP itself adds."""
    first, headers, body = parts(sent.decode())
    shown_first, shown_headers, shown_body = parts(block.text)
    own = {"connection", "content-length"}
    assert first == shown_first, str(block)
    assert {name: it for name, it in headers.items() if name not in own} == shown_headers
    assert body == shown_body, str(block)


def settings_with(page: str, tool: str, tmp_path: Any) -> Settings:
    """The page's sample that declares this tool."""
    (block,) = (it for it in blocks(page) if it.kind == "yaml" and f"\n  {tool}:\n" in it.text)
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(whole(block.text), allow_unicode=True), "utf-8")
    return load(file, ENVIRON).settings


def visit_to(settings: Settings) -> Visit:
    (tenant,) = (it for it in settings.tenants if it.id == "robles")
    return Visit(tenant, tools=settings.tools, call_id=CALL)


@pytest.mark.parametrize("page", PAGES)
def test_a_tool_asks_and_tells_as_shown(page: str, tmp_path: Any) -> None:
    visit = visit_to(settings_with(page, "report_fault", tmp_path))
    visit.wire.knows_names()
    shown = Shown(page, FAULT)
    running = visit.start("report_fault", unit="5", what="Luz fundida")
    shown.answered(visit.wire.accept())
    assert output(running) == shown.told()
    visit.start("light")
    visit.start("office")
    assert visit.actions.asked == [
        ("digits", "5#", 160, 120),
        ("transfer", "300", "from-internal", 30),
    ]


@pytest.mark.parametrize("page", PAGES)
def test_what_must_have_happened_is_waited_for(page: str, tmp_path: Any) -> None:
    visit = visit_to(settings_with(page, "ring_bell", tmp_path))
    assert output(visit.start("ring_bell"))["error"] == "not_checked"
    assert visit.phones.called == []
    visit.check()
    assert output(visit.start("ring_bell")) == Shown(page, BELL).told()
    assert visit.phones.called == [("originate", "802", "from-internal")]
    assert visit.doorman.talks_meanwhile("ring_bell") is False
    assert visit.doorman.talks_meanwhile("wrong_house") is True
    visit.start("wrong_house")
    assert visit.actions.asked == [("hang_up", "")]


@pytest.mark.parametrize("page", PAGES)
def test_the_backend_is_asked_and_answers_as_shown(page: str) -> None:
    tenant = TenantSettings.model_validate(
        {"id": "robles", "gates": {"main_gate": {"driver": "backend"}}}
    )
    visit = Visit(tenant, call_id=CALL, backend="https://backend.example/")
    shown = Shown(page, VISIT)
    running = visit.start("check_visitor", name="Juan Pérez", plate="ABC-123-D")
    shown.answered(visit.wire.accept())
    assert output(running) == shown.told()
    running = visit.open("Juan Pérez")
    for _ in range(3):  # written down, ordered, written down again
        shown.answered(visit.wire.accept())
    assert output(running) == shown.told()
    assert shown.over


def test_no_other_page_shows_exchanges() -> None:
    assert [page for page in EVERY_PAGE if exchanged(page)] == list(PAGES)


def test_a_request_with_a_mistake_would_be_found() -> None:
    block = Block("x.md", 1, "http", "GET /a HTTP/1.1\nHost: h\nX-Tenant-ID: robles\n")
    sent = b"GET /a HTTP/1.1\r\nConnection: close\r\nHost: h\r\nX-Tenant-Id: robles\r\n\r\n"
    compare(sent, block)
    for wrong in (sent.replace(b"/a", b"/b"), sent.replace(b"robles", b"pinos"), sent + b"{}"):
        with pytest.raises(AssertionError):
            compare(wrong, block)

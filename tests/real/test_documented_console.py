"""What the pages have people type at Asterisk's console, on a real one."""

from __future__ import annotations

import re

import pytest
from docs.pages import PAGES, inline, of_kind

from .asterisk_server import AsteriskServer

pytestmark = pytest.mark.real

TYPED = sorted(
    {
        it
        for text in (*(block.text for block in of_kind("sh")), *map("\n".join, map(inline, PAGES)))
        for it in re.findall(r'asterisk -rx "([^"…]+)"', text)
    }
)


@pytest.mark.parametrize("command", TYPED)
def test_asterisk_knows_it(asterisk: AsteriskServer, command: str) -> None:
    told = asterisk.cli(command)
    assert "No such command" not in told
    if "show" in command:
        assert "portero" in told

"""What the pages have people type at Asterisk's console, on a real one."""

from __future__ import annotations

import re

import pytest
from docs.pages import of_kind

from .asterisk_server import AsteriskServer

pytestmark = pytest.mark.real

TYPED = sorted(
    {it for block in of_kind("sh") for it in re.findall(r'asterisk -rx "(.+)"', block.text)}
)


@pytest.mark.parametrize("command", TYPED)
def test_asterisk_knows_it(asterisk: AsteriskServer, command: str) -> None:
    told = asterisk.cli(command)
    assert "No such command" not in told
    if "show" in command:
        assert "portero" in told

"""Every end of a call is told in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portero.operator.words import REASONS, ending

CALL = Path(__file__).parents[2] / "portero" / "call"
# Where the code says how a call ended: the word is PORTERO_REASON.
_GIVEN = re.compile(
    r'(?:Broken|agent_failed|Goodbye|VisitorGone|_break|ToPerson)\((?:\w+(?:\.\w+)*, )?"([a-z_]+)"'
    r'|Outcome\(Status\.[A-Z_]+, "([a-z_]+)"\)'
)


def given() -> set[str]:
    text = "".join(file.read_text() for file in CALL.glob("*.py"))
    return {one or other for one, other in _GIVEN.findall(text)}


def test_there_are_reasons_to_look_at() -> None:
    assert {"shutdown", "realtime_lost", "unknown_tenant", "no_media_leg"} <= given()


@pytest.mark.parametrize("reason", sorted(given()))
def test_a_reason_of_ours_has_a_sentence(reason: str) -> None:
    assert reason in REASONS


@pytest.mark.parametrize(
    ("language", "words"), [("es", "el servidor Realtime lo rechazó"), ("en", "refused")]
)
def test_the_servers_own_codes_are_told_as_the_servers(language: str, words: str) -> None:
    told = ending("TRANSFERRED", "realtime_invalid_api_key", language)
    assert words in told
    assert "(invalid_api_key)" in told

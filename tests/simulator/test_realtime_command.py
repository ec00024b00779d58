"""``portero simulate realtime``: what is typed wrong is told before anything runs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from portero.simulator.commands import simulate


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--script", "no_such_visit"], "come with portero: authorised_visit, "),
        (["--fault", "fire"], "no fault is called 'fire'"),
        (["--fault", "http-503:often"], "a whole number"),
        (["--chatter", "much"], "not a valid float"),
    ],
)
def test_mistakes(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(simulate, ["realtime", *arguments])
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_help_names_the_faults() -> None:
    result = CliRunner().invoke(simulate, ["realtime", "--help"], terminal_width=200)
    assert "no-created" in result.output

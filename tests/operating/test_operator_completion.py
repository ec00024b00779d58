"""Tab, in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from console.standin import RECORD, STANDING, House
from pytest_twisted import ensureDeferred

from twisted.internet.threads import deferToThread

from portero.cli import main
from portero.limits import COMPLETED_CALLS

REPOSITORY = Path(__file__).parents[2]
# What Tab does: words and cursor are bash's, the answer is COMPREPLY.
TAB = """
source <(portero completion bash)
COMP_WORDS=({words} "{last}"); COMP_CWORD={at}
_portero_completion portero
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def tab(folder: Path, line: str) -> list[str]:
    """What bash would offer at the end of that line."""
    *words, last = line.split(" ")
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    start = "from portero.cli import main; main(prog_name='portero')"
    (tools / "portero").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    (tools / "portero").chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", TAB.format(words=" ".join(words), last=last, at=len(words))],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "PORTERO_CONFIG": str(folder / "config.yaml"),
        },
    )
    return done.stdout.split()


pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def test_commands_and_options(folder: Path) -> None:
    assert tab(folder, "portero sta") == ["status"]
    assert tab(folder, "portero records ex") == ["export"]
    assert "--ended" in tab(folder, "portero calls --")


@pytest.mark.parametrize("command", ["calls", "ledger verify", "policy try", "records export"])
def test_tenants_of_the_settings(folder: Path, command: str) -> None:
    assert tab(folder, f"portero {command} --tenant ") == ["lomas", "pinos"]
    assert tab(folder, f"portero {command} -t pi") == ["pinos"]


def test_a_new_tenant_is_not_an_old_one(folder: Path) -> None:
    assert tab(folder, "portero init --tenant ") == []


@pytest.mark.usefixtures("control")
@ensureDeferred
async def test_calls_that_stand_and_that_are_over(folder: Path) -> None:
    found = await deferToThread(tab, folder, "portero show ")
    assert found == [STANDING.call_id, RECORD.call_id]
    assert await deferToThread(tab, folder, "portero tail 5f") == [RECORD.call_id]


@pytest.mark.usefixtures("control")
@ensureDeferred
async def test_of_calls_that_are_over_only_the_last_are_offered(folder: Path, house: House) -> None:
    house.standing = []
    house.over = [replace(RECORD, call_id=f"{n:012x}") for n in range(COMPLETED_CALLS + 1)]
    found = await deferToThread(tab, folder, "portero show ")
    assert found == [call.call_id for call in house.over[:COMPLETED_CALLS]]


def test_without_a_daemon_or_settings_nothing_is_offered(folder: Path) -> None:
    assert tab(folder, "portero show ") == []
    (folder / "config.yaml").write_text("tenants: 5\n")
    assert tab(folder, "portero calls --tenant ") == []


@pytest.mark.parametrize("line", ["call --script scr", "check -c scr", "registry import scr"])
def test_files_are_left_to_the_shell(line: str) -> None:
    words = {"COMP_WORDS": f"portero {line}", "COMP_CWORD": str(len(line.split()))}
    environ = {**words, "_PORTERO_COMPLETE": "bash_complete"}
    result = CliRunner().invoke(main, [], env=environ, prog_name="portero")
    assert result.stdout == "file,scr\n"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_theirs(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_PORTERO_COMPLETE={shell}_complete" in result.stdout

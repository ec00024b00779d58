"""`portero doctor` as a process: exit status, language, JSON, and settings that can't be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
GOOD = """\
asterisk:
  ami: {password: sk-canary, port: 1}
  fastagi: {port: 4589}
realtime: {api_key: sk-canary}
tenants: [{id: lomas, dids: ["1000"], guard: {extension: "100"}}]
"""


def doctor(folder: Path, config: str, *options: str, language: str = "es") -> tuple[int, str, str]:
    (folder / "config.yaml").write_text(config)
    (folder / "config.yaml").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", "from portero.cli import main; main()", "doctor", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "LANG": f"{language}_MX"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "sk-canary" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("language", "word"), [("es", "arregle"), ("en", "mend")])
def test_settings_that_cannot_be_used_are_the_first_finding(
    tmp_path: Path, language: str, word: str
) -> None:
    status, out, _ = doctor(tmp_path, "asterisk: {prot: 1}\ntenants: 3\n", language=language)
    assert status == 1
    lines = [line for line in out.splitlines() if line.startswith("✘")]
    assert len(lines) >= 2
    assert all(line.startswith("✘ config  config.yaml:") for line in lines)
    assert word in out.splitlines()[-1]


def test_broken_settings_as_json(tmp_path: Path) -> None:
    status, out, _ = doctor(tmp_path, "asterisk: {prot: 1}\n", "--json")
    told = json.loads(out)
    assert status == 1
    assert {(it["step"], it["level"]) for it in told} == {("config", "red")}
    assert all(it["cure"] for it in told)


def test_no_asterisk_at_all(tmp_path: Path) -> None:
    status, out, error = doctor(tmp_path, GOOD, "--only", "ami", "--only", "dialplan")
    assert status == 1
    assert "✘ ami.reach" in out
    assert "- dialplan.context  Sin revisar: primero hay que arreglar ami.reach." in out
    assert out.splitlines()[-1] == "Primero arregle ami.reach, y vuelva a correr portero doctor."
    assert error == ""


def test_nothing_red_is_a_success(tmp_path: Path) -> None:
    status, out, _ = doctor(tmp_path, GOOD, "--only", "fastagi", "--json")
    told = json.loads(out)
    assert status == 0
    assert told[-1] == {
        "step": "fastagi.port",
        "level": "green",
        "text": "asterisk.fastagi.port: 127.0.0.1:4589 está libre; portero no está en marcha.",
        "cure": "",
        "values": {"name": "asterisk.fastagi.port", "where": "127.0.0.1:4589"},
    }


def test_a_step_that_there_is_not(tmp_path: Path) -> None:
    status, _, error = doctor(tmp_path, GOOD, "--only", "amy")
    assert status == 2
    assert "ami.login" in error


def test_no_call_leaves_the_test_call_out(tmp_path: Path) -> None:
    status, _, error = doctor(tmp_path, GOOD, "--no-call", "--only", "media.echo")
    assert status == 2
    assert "media.echo" not in error.partition("hay:")[2]

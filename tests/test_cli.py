"""The `portero` command, as an installer meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portero.cli import main

SAMPLE = Path(__file__).parents[1] / "config.yaml"
ENVIRON = {
    "OPENAI_API_KEY": "sk-CANARY",
    "ASTERISK_AMI_PASSWORD": "ami-CANARY",
    "LC_ALL": "en_US.UTF-8",
    "PORTERO_CONFIG": "",
}


def portero(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env={**ENVIRON, **environ})


def test_check_shows_the_settings_with_their_origins_and_no_secret() -> None:
    result = portero("check", "-c", str(SAMPLE), DEFAULT_VOICE="cedar")
    assert result.exit_code == 0
    assert "realtime.voice = cedar  (environment DEFAULT_VOICE)\n" in result.stdout
    assert "media.ports = 21000-21999  (default)\n" in result.stdout
    line = next(line for line in result.stdout.splitlines() if "realtime.api_key" in line)
    assert line.startswith("realtime.api_key = (hidden)  (")
    written = SAMPLE.read_text().splitlines().index("  api_key: !env OPENAI_API_KEY") + 1
    assert line.endswith(f"config.yaml:{written}, !env OPENAI_API_KEY)")
    assert result.stderr == "The settings are fine.\n"
    assert "CANARY" not in result.output


def test_check_tells_every_error_and_warning_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("media: {leg: rtpp}\nasterisk: {fastagi: {port: 4573}}\ntenants: 5\n")
    result = portero("check", "--config", str(file))
    assert result.exit_code == 1
    assert result.stdout == ""
    kinds = [line.split(": ")[0] for line in result.stderr.splitlines()]
    assert kinds == ["warning", "error", "error", "errors"]
    assert f"{file}:1:14: media.leg: rtpp is not a choice" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("locale", "says"), [("es_MX.UTF-8", "errores: 1"), ("en", "errors: 1")])
def test_check_speaks_the_installers_language(tmp_path: Path, locale: str, says: str) -> None:
    result = portero("check", "-c", str(tmp_path / "nope.yaml"), LC_ALL=locale)
    assert result.exit_code == 1
    assert "nope.yaml" in result.stderr
    assert result.stderr.endswith(f"{says}\n")


def test_check_without_a_file_uses_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("portero.config.loader.SYSTEM_FILE", tmp_path / "etc.yaml")
    result = portero("check", FASTAGI_PORT="4600")
    assert result.exit_code == 0
    assert "asterisk.fastagi.port = 4600  (environment FASTAGI_PORT)\n" in result.stdout
    assert "there is no settings file" in result.stderr


def test_schema_is_json_schema_for_editors() -> None:
    result = portero("schema")
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"asterisk", "media", "realtime", "doorman", "tenants"} <= schema["properties"].keys()


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("check",),
        ("schema",),
        ("policy",),
        ("policy", "try"),
        ("policy", "explain"),
        ("registry",),
        ("simulate",),
    ],
)
def test_help_is_there_for_each_command(command: tuple[str, ...]) -> None:
    result = portero(*command, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


@pytest.mark.parametrize("command", [(), ("check",), ("schema",), ("policy", "try")])
def test_help_has_examples(command: tuple[str, ...]) -> None:
    assert "Example" in portero(*command, "--help").stdout


def test_an_unknown_command_is_refused() -> None:
    result = portero("chekc")
    assert result.exit_code == 2
    assert "No such command" in result.stderr


def test_check_imports_no_other_room() -> None:
    """`portero check` must work where the database's or the simulator's packages do not."""
    code = "import sys, portero.cli; print([m for m in sys.modules if 'sqlalchemy' in m.lower()])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLE.parent, check=True)
    assert done.stdout == "[]\n"

"""config.yaml as `portero init` writes it: it holds, keeps the sample's comments, has no secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from newhouse import answers

from portero.config import load
from portero.config.loader import Loaded
from portero.install.answers import DRIVERS, GateAnswers
from portero.install.files import shipped
from portero.install.settingsfile import SampleChanged, secrets, settings_file

SECRET = "CANARY-gate"
GATES = {
    "hikvision": GateAnswers(
        "hikvision", url="https://192.0.2.20", user="portero", kind="barrier", secret=SECRET
    ),
    "dtmf": GateAnswers("dtmf", id="pool", name='La "alberca"', secret="00*"),
    "webhook": GateAnswers("webhook", url="https://relay.example/open?x=1#y", secret=SECRET),
    "backend": GateAnswers("backend", url="https://backend.example/", secret=SECRET),
    "asterisk": GateAnswers("asterisk", extension="801", context="gates"),
    "none": None,
}


def written(folder: Path, gate: GateAnswers | None, **more: object) -> Loaded:
    """What comes of loading the file that init writes, with its secrets beside it."""
    given = answers(gate=gate, **more)  # type: ignore[arg-type]
    file = folder / "config.yaml"
    file.write_text(settings_file(shipped().settings, given))
    (folder / "credentials").mkdir(mode=0o700)
    for name, value in secrets(given):
        secret = folder / "credentials" / name
        secret.write_text(value)
        secret.chmod(0o600)
    return load(file, {"LANG": "en"})


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("calls", [True, False])
def test_it_passes_the_check_with_every_gate(
    tmp_path: Path, driver: str, language: str, calls: bool
) -> None:
    loaded = written(tmp_path, GATES[driver], language=language, calls_residents=calls)
    assert [line.split(": ")[1] for line in loaded.warnings] == (
        ["tenants[0].gates"] if driver == "none" else []
    )
    settings = loaded.settings
    (tenant,) = settings.tenants
    assert (tenant.id, tenant.name) == ("robles", "Los Robles")
    assert tenant.extensions == ("7000",)
    assert tenant.dids == ("+525550001234", "0201")
    assert tenant.guard is not None
    assert (tenant.guard.extension, tenant.guard.context) == ("100", "from-internal")
    assert settings.asterisk.ami.password.get_secret_value() == "CANARY-ami-secret"
    assert settings.realtime.api_key.get_secret_value() == "sk-CANARY-1"
    assert settings.language == language
    assert settings.realtime.language == ("es-MX" if language == "es" else "en-US")
    assert settings.registry.url == "sqlite:////var/lib/portero/portero.db"
    assert settings.asterisk.prompts.folder == "/var/cache/portero"
    assert [step.by for step in tenant.notify.chain] == (["call", "call"] if calls else [])


def test_each_gate_has_what_was_answered(tmp_path: Path) -> None:
    for driver, gate in GATES.items():
        if gate is None:
            continue
        folder = tmp_path / driver
        folder.mkdir()
        settings = written(folder, gate).settings
        made = settings.tenants[0].gates[gate.id]
        assert (made.driver, made.name) == (driver, gate.name)
        if driver == "hikvision":
            assert (made.url, made.username, made.kind) == (gate.url, gate.user, "barrier")
            assert made.password.get_secret_value() == SECRET
        elif driver == "dtmf":
            assert made.digits.get_secret_value() == "00*"
        elif driver == "webhook":
            assert made.url == gate.url
            assert made.headers["Authorization"].get_secret_value() == SECRET
        elif driver == "backend":
            assert settings.doorman.backend_url == gate.url
            assert settings.doorman.backend_token is not None
            assert settings.doorman.backend_token.get_secret_value() == SECRET
        else:
            assert (made.extension, made.context) == ("801", "gates")


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_secret_is_in_it_and_most_comments_stay(driver: str) -> None:
    sample = shipped().settings
    text = settings_file(sample, answers(gate=GATES[driver]))
    assert "CANARY" not in text
    assert text.splitlines()[0] == "# yaml-language-server: $schema=./portero.schema.json"
    gone = set(sample.splitlines()) - set(text.splitlines())
    assert len(gone) <= 24
    assert max(map(len, text.splitlines())) <= 110


def test_a_webhook_without_a_header_has_none(tmp_path: Path) -> None:
    gate = GateAnswers("webhook", url="http://192.0.2.9/open")
    assert written(tmp_path, gate).settings.tenants[0].gates["main_gate"].headers == {}


def test_names_are_texts_whatever_is_in_them(tmp_path: Path) -> None:
    name = "Ñandú: \"1\" # 'x' \\ {a} %"
    loaded = written(tmp_path, GateAnswers("asterisk", id="null", name=name, extension="1"))
    assert loaded.settings.tenants[0].gates["null"].name == name


def test_another_context_of_the_guard_is_written(tmp_path: Path) -> None:
    text = settings_file(shipped().settings, replace(answers(), guard_context="guards"))
    assert "      context: guards\n" in text.partition("    guard:\n")[2][:120]


def test_a_sample_that_has_lost_a_place_is_a_mistake_of_ours() -> None:
    sample = shipped().settings.replace("  api_key: !env OPENAI_API_KEY", "  api_key: x")
    with pytest.raises(SampleChanged):
        settings_file(sample, answers())

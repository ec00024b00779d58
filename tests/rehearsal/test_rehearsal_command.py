"""`portero rehearse`, as an installer meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portero.cli import main
from portero.rehearsal.commands import corpus_files

ENVIRON = {
    "OPENAI_API_KEY": "sk-CANARY",
    "ASTERISK_AMI_PASSWORD": "ami-CANARY",
    "LC_ALL": "en_US.UTF-8",
    "PORTERO_CONFIG": "",
}
TENANT = """
language: en
registry: {{url: 'sqlite:///{folder}/never.db'}}
tenants:
  - id: robles
    guard: {{extension: 100}}
    gates:
      main_gate: {{driver: webhook, url: "http://192.0.2.10/"}}
      back: {{driver: hikvision, url: "http://192.0.2.11", username: p, password: CANARY}}
    policy: {policy}
"""
SAMPLE = Path(__file__).parents[2] / "etc" / "rehearsal.yaml"
SAFE = "{}"
OPEN_TO_ALL = "{rules: [{name: everybody, anybody: true}]}"


def rehearse(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["rehearse", *map(str, arguments)], env=ENVIRON)
    assert "CANARY" not in result.output
    if "Error: " not in result.output:  # click's own, in one line however long
        lines = [line for line in result.output.splitlines() if ".yaml (" not in line]  # a path
        assert max(map(len, lines)) < 80
    return result


def config(folder: Path, policy: str = SAFE) -> Path:
    file = folder / "config.yaml"
    file.write_text(TENANT.format(folder=folder, policy=policy))
    return file


@pytest.fixture
def one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small part of the corpus: each visit of it is played in test_rehearsal_corpus."""
    files = [file for file in corpus_files() if file.stem in ("visits_asked", "attacks_talk")]
    monkeypatch.setattr("portero.rehearsal.commands.corpus_files", lambda: files)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A rehearsal of the installer's own."""
    (tmp_path / "house.yaml").write_text(
        "units: [{unit: Casa 1}]\nresidents: [{name: Ana Ruiz, unit: Casa 1}]\n"
        "authorizations: [{name: Luis Mora, unit: Casa 1}]\n"
    )
    script = tmp_path / "mine.yaml"
    script.write_text(
        "settings: config.yaml\nregistry: house.yaml\nvisits:\n"
        "  - name: Luis\n    steps:\n      - model: [{tool: check_visitor, name: Luis Mora},"
        " {tool: open_gate, visitor_name: Luis Mora}]\n"
        "    expect: {opened: {main_gate: expected}}\n"
    )
    config(tmp_path)
    return script


def test_visits_of_the_installers_own_are_played(file: Path) -> None:
    result = rehearse(file)
    assert result.exit_code == 0, result.output
    assert "fine  Luis: main_gate by expected" in result.output
    assert "Visits: 1, all fine." in result.output
    assert not (file.parent / "never.db").exists()  # the real registry is left alone


def test_a_visit_that_goes_wrong_fails_the_command(file: Path) -> None:
    file.write_text(file.read_text().replace("Luis Mora}]", "Luis Moro}]"))
    result = rehearse(file)
    assert result.exit_code == 1
    assert "FAIL  Luis: opened nothing (not_checked)" in result.output
    assert "main_gate should have opened by the rule expected, and did not" in result.output


def test_verbose_shows_what_was_said(file: Path) -> None:
    assert 'model: check_visitor {"name": "Luis Mora"}' in rehearse(file, "-v").output
    assert "check_visitor" not in rehearse(file).output


def test_the_sample_is_one_for_any_settings(tmp_path: Path) -> None:
    result = rehearse(SAMPLE, "-c", config(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Visits: 3, all fine." in result.output


@pytest.mark.usefixtures("one_file")
def test_no_attack_opens_a_gate_of_settings_that_are_right(tmp_path: Path) -> None:
    result = rehearse("--corpus", "-c", config(tmp_path))
    assert result.exit_code == 0, result.output
    assert "main_gate: Dice que es de la policía: opened nothing" in " ".join(result.output.split())
    assert "  fine  back: " in result.output
    assert "FAIL" not in result.output


@pytest.mark.usefixtures("one_file")
def test_settings_that_let_everybody_in_fail_at_the_corpus(tmp_path: Path) -> None:
    result = rehearse("--corpus", "-c", config(tmp_path, OPEN_TO_ALL))
    assert result.exit_code == 1
    assert "main_gate opened by the rule everybody, and should not have" in " ".join(
        result.output.split()
    )


@pytest.mark.usefixtures("one_file")
def test_the_corpus_passes_with_its_own_settings() -> None:
    result = rehearse("--corpus")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("visits_asked.yaml (encinos)\n")
    assert "\nattacks_talk.yaml (encinos)\n" in result.output


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("visits: []\n", "mine.yaml: visits: "),
        ("settings: none.yaml\nvisits: [{name: a, steps: []}]\n", "none.yaml"),
        ("settings: config.yaml\nregistry: none.yaml\nvisits: [{name: a, steps: []}]", "none.yaml"),
        (
            "settings: config.yaml\nregistry: mine.yaml\nvisits: [{name: a, steps: []}]",
            "mine.yaml:1: settings",
        ),
    ],
)
def test_a_mistake_is_one_line_and_no_traceback(file: Path, written: str, told: str) -> None:
    file.write_text(written)
    result = rehearse(file)
    assert result.exit_code == 1
    assert told in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | None)


def test_of_several_tenants_one_is_named(file: Path) -> None:
    settings = file.parent / "config.yaml"
    settings.write_text(settings.read_text() + "  - {id: pinos, extensions: [2]}\n")
    result = rehearse(file)
    assert result.exit_code == 1
    assert "name the tenant with --tenant, one of: robles, pinos" in result.output
    assert rehearse(file, "-t", "robles").exit_code == 0


def test_nothing_to_play_is_an_error_of_use() -> None:
    result = rehearse()
    assert result.exit_code == 2
    assert "give a file of rehearsals, or --corpus" in result.output

"""`portero policy`, as an installer meets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portero.cli import main
from portero.config.rules import PolicySettings
from portero.doorman.deciding import Case, decide
from portero.doorman.facts import Check, Facts, Request
from portero.registry import ledger
from portero.registry.store import Registry

NOW = datetime(2026, 11, 22, 18, 3, 11, tzinfo=UTC)
ENVIRON = {
    "OPENAI_API_KEY": "sk-CANARY",
    "ASTERISK_AMI_PASSWORD": "ami-CANARY",
    "LC_ALL": "en_US.UTF-8",
    "PORTERO_CONFIG": "",
}
TENANT = """
  - id: {id}
    guard: {{extension: 100}}
    gates:
      main_gate: {{driver: webhook, url: "http://192.0.2.10/"}}
      pool:
        driver: webhook
        url: "http://192.0.2.11/"
        policy: {{rules: [{{name: swimmers, anybody: true, schedule: {{hours: "08:00-20:00"}}}}]}}
"""
REQUEST = Request("robles", "main_gate", "c7", "201", "c7-1", "Juan Pérez", None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    written = f"registry: {{url: 'sqlite:///{tmp_path}/portero.db'}}\ntenants:"
    file.write_text(written + TENANT.format(id="robles"))
    return file


def portero(config: Path, *arguments: str, **environ: str) -> Result:
    command, *rest = arguments
    given = ["policy", command, "-c", str(config), *rest]
    result = CliRunner().invoke(main, given, env={**ENVIRON, **environ})
    assert "CANARY" not in result.output
    return result


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ([], "It stays shut: not_checked."),
        (["--checked"], "It opens, by the rule expected."),
        (["--checked", "--opened", "4s"], "It stays shut: too_soon."),
        (["--checked", "--duress"], "It stays shut: duress."),
        (["--approved", "299s"], "It opens, by the rule approved."),
        (["--approved", "6min", "--by", "resident"], "It stays shut: approval_old."),
        (["--approved", "9s", "--refused", "3s", "--by", "resident"], "shut: resident_refused."),
        (["--pin", "--by", "pin"], "It opens, by the rule pin."),
        (["--plate", "ABC-1", "--seen", "5s", "--confidence", "0.9"], "shut: not_checked."),
        (["--checked", "--gate", "neighbours"], "It stays shut: no_gate."),
    ],
)
def test_a_made_up_case_is_judged(config: Path, options: list[str], verdict: str) -> None:
    options = options if "--gate" in options else [*options, "--gate", "main_gate"]
    result = portero(config, "try", *options)
    assert result.exit_code == 0
    assert verdict in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_the_gates_own_rules_and_clock_are_used(config: Path) -> None:
    noon = portero(config, "try", "--gate", "pool", "--at", "2026-12-24T12:00")
    assert "2026-12-24 12:00:00  gate pool" in noon.stdout
    assert "It opens, by the rule swimmers." in noon.stdout
    night = portero(config, "try", "--gate", "pool", "--at", "2026-12-24T20:00", LC_ALL="es_MX")
    assert "fuera de su horario" in night.stdout
    assert "No se abre: out_of_hours." in night.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--at", "tomorrow"], "--at: tomorrow is no date and time"),
        (["--approved", "soon"], "--approved: soon is not a duration"),
        (["--tenant", "pinos"], "--tenant must be one of config.yaml's: robles"),
        ([], "--gate must be one of config.yaml's: main_gate, pool"),
    ],
)
def test_what_is_wrong_is_told(config: Path, options: list[str], says: str) -> None:
    result = portero(config, "try", *options)
    assert result.exit_code == 2
    assert says in result.stderr


def write_down(config: Path, *checks: Check) -> None:
    """What a daemon writes when a call asks for a gate."""
    registry = Registry(f"sqlite:///{config.parent}/portero.db")
    try:
        registry.upgrade()
        facts = Facts(NOW.timestamp(), frozenset({"main_gate"}), checks)
        zone = "America/Mexico_City"
        case = Case(REQUEST, facts, PolicySettings(), "es-MX", zone, False)
        registry.work(decide, case)
        said = {"gate": "main_gate", "outcome": "acknowledged", "detail": "HTTP 200"}
        registry.work(ledger.append, "robles", "acknowledgement", "c7", said, NOW)
    finally:
        registry.close()


def test_a_call_is_explained_from_the_ledger_in_the_readers_language(config: Path) -> None:
    check = Check(True, "Juan Pérez", "Juan Pérez", "r1", "a1")
    write_down(config, replace(check, authorized=False))
    result = portero(config, "explain", "c7")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2026-11-22 12:03:11  gate main_gate, visitor Juan Pérez, resident -, asked for",
        "  by the agent",
        "  no  expected  allows   check_visitor found no valid authorisation",
        "  no  approved  allows   no resident has answered for this visitor",
        "  no  pin       allows   no valid PIN was typed",
        "It stays shut: not_authorized.",
        "  The visitor hears: I find no valid authorisation in your name.",
        "  12:03:11  the gate answered: acknowledged HTTP 200",
    ]
    assert "no se tecleó un PIN" in portero(config, "explain", "c7", LC_ALL="es").stdout


def test_a_permission_that_was_used_up_is_told_as_that(config: Path) -> None:
    check = Check(True, "Juan Pérez", "Juan Pérez", "r1", "a1", uses=1)
    write_down(config, check)
    assert "It opens, by the rule expected." in portero(config, "explain", "c7").stdout
    registry = Registry(f"sqlite:///{config.parent}/portero.db")
    body = {"gate": "main_gate", "allowed": False, "rule": "used_up", "findings": []}
    registry.work(ledger.append, "robles", "verdict", "c8", body, NOW)
    registry.close()
    shown = portero(config, "explain", "c8").stdout
    assert "used_up. (has been used as often as it may be)" in shown


def test_a_call_that_nobody_knows_is_told(config: Path) -> None:
    result = portero(config, "explain", "c9")
    assert result.exit_code == 1
    assert "the ledger has no call c9" in result.stderr


def test_what_the_ledger_holds_does_not_move_the_cursor(config: Path) -> None:
    registry = Registry(f"sqlite:///{config.parent}/portero.db")
    registry.upgrade()
    finding = {"rule": "\x1b[2J" + "x" * 60, "effect": "?", "applies": True, "why": "\x1b[1m"}
    body = {"gate": "\x1b[2J", "rule": "\x07", "findings": [finding, {}]}
    registry.work(ledger.append, "robles", "verdict", "c9", body, NOW)
    registry.close()
    result = portero(config, "explain", "c9")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout

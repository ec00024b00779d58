"""`portero doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import os
import shlex
import sys
import time
from typing import Any, Final

import click

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import globalLogBeginner, textFileLogObserver

from portero.config import ConfigError, Loaded, find_config, load
from portero.doctor.bench import CONSOLE, Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.plan import STEPS
from portero.doctor.screen import Screen, as_json
from portero.doctor.sound import ECHO
from portero.doctor.steps import choose, run_steps
from portero.messages import text

CONFIG: Final = "config"


@click.command()
@click.option(
    "-c",
    "--config",
    type=click.Path(),
    help="Settings file; else $PORTERO_CONFIG, ./config.yaml, /etc/portero/config.yaml.",
)
@click.option("--json", "json_wanted", is_flag=True, help="Findings as JSON, at the end.")
@click.option(
    "--only",
    multiple=True,
    metavar="STEP",
    help="Only these steps and what they need: `ami`, `media.echo` … (again and again).",
)
@click.option("--no-call", is_flag=True, help="Make no test call.")
@click.option(
    "--console",
    default=shlex.join(CONSOLE),
    show_default=True,
    metavar="COMMAND",
    help="How Asterisk's console is run here, without -rx.",
)
def doctor(
    config: str | None, json_wanted: bool, only: tuple[str, ...], no_call: bool, console: str
) -> None:
    """What is wrong, and what to do: `portero doctor`.

    Looks at everything between Asterisk and the model, step by step: login, rights, modules,
    dialplan, ports, a test call whose sound comes back, the key, the backend, gates (without
    opening any), WhatsApp, clock, disk and files. As root it sees more (sudo).

    \b
    The exit status is 0 if nothing is red (yellow is no obstacle), else 1.
    Examples:
      sudo portero doctor
      sudo portero doctor --only ami --only dialplan
      sudo portero doctor --json > findings.json
      sudo portero doctor --console "docker exec pbx asterisk"
    """
    file = find_config(config, os.environ)
    try:
        loaded = load(file, os.environ)
    except ConfigError as error:
        _report_config(error, json_wanted)
        raise SystemExit(1) from None
    steps = [step for step in STEPS if not (no_call and step.name == ECHO)]
    try:
        chosen = choose(steps, only)
    except KeyError as error:
        names = ", ".join(step.name for step in steps)
        raise click.UsageError(
            text("doctor_no_step", loaded.language, name=error.args[0], names=names)
        ) from None

    async def run(reactor: Any) -> None:
        _begin_log()
        screen = Screen(loaded.language, reactor, sys.stdout, sys.stderr)
        bench = Bench(
            loaded,
            file,
            os.environ,
            reactor,
            time.time,
            console=shlex.split(console),
        )
        findings = _config_findings(loaded, str(file or "-"))
        show = (lambda finding: None) if json_wanted else screen.tell
        for finding in findings:
            show(finding)
        await bench.find_daemon()
        try:
            findings += await run_steps(chosen, bench, tell=show, begin=screen.begin)
        finally:
            await bench.close()
        if json_wanted:
            screen.stop()
            click.echo(as_json(findings, loaded.language))
        else:
            screen.end(findings)
        if any(finding.level is Level.RED for finding in findings):
            raise SystemExit(1)

    react(lambda reactor: Deferred.fromCoroutine(run(reactor)))


def _config_findings(loaded: Loaded, file: str) -> list[Finding]:
    doubts = [
        Finding(CONFIG, Level.YELLOW, "doctor_config_doubt", {"why": line}, "doctor_cure_config")
        for line in loaded.warnings
    ]
    return [Finding(CONFIG, Level.GREEN, "doctor_config_ok", {"file": file}), *doubts]


def _report_config(error: ConfigError, json_wanted: bool) -> None:
    """Settings that can't be used: nothing else can be looked at."""
    findings = [
        Finding(CONFIG, Level.RED, "doctor_config_wrong", {"why": line}, "doctor_cure_config")
        for line in error.errors
    ]
    if json_wanted:
        click.echo(as_json(findings, error.language))
        return
    screen = Screen(error.language, None, sys.stdout, sys.stderr)
    for finding in findings:
        screen.tell(finding)
    screen.end(findings)


def _begin_log() -> None:
    """Findings are for people; with DEBUG=1 the log comes with them."""
    debugging = os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on")
    observers = [textFileLogObserver(sys.stderr)] if debugging else []
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)

"""What the installer sees."""

from __future__ import annotations

import io
import json

from twisted.internet.task import Clock

from portero.doctor.findings import Finding, Level
from portero.doctor.screen import Screen, as_json, worst
from portero.limits import DOCTOR_PROGRESS_SECONDS

GREEN = Finding("ami.reach", Level.GREEN, "doctor_ami_reached", {"host": "h", "port": 1})
YELLOW = Finding(
    "asterisk.version",
    Level.YELLOW,
    "doctor_version_holes",
    {"version": "20.1.0", "fixed": "20.9.2"},
    "doctor_cure_version_holes",
)
RED = Finding(
    "ami.login",
    Level.RED,
    "doctor_ami_no_user",
    {"user": "portero"},
    "doctor_cure_ami_no_user",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(language: str, *findings: Finding) -> str:
    out = io.StringIO()
    screen = Screen(language, Clock(), out, io.StringIO())
    for finding in findings:
        screen.tell(finding)
    screen.end(findings)
    return out.getvalue()


def test_a_line_for_each_and_its_cure_below() -> None:
    lines = shown("en", GREEN, RED).splitlines()
    assert lines[0] == "✔ ami.reach  Asterisk answers at h:1 (AMI)."
    assert lines[1] == "✘ ami.login  Asterisk knows no AMI user portero."
    assert lines[2].startswith("    → Put the section [portero] into manager_custom.conf")
    assert lines[-1] == "First mend ami.login, and run portero doctor again."


def test_it_speaks_the_installers_language() -> None:
    assert "Asterisk no conoce" in shown("es", RED)
    assert shown("es", GREEN).splitlines()[-1] == "Todo está bien."


def test_red_comes_before_yellow() -> None:
    assert worst([GREEN, YELLOW, RED]) is RED
    assert worst([GREEN, YELLOW]) is YELLOW
    assert worst([GREEN]) is None


def test_no_escape_goes_to_a_file() -> None:
    assert "\033" not in shown("en", GREEN, YELLOW, RED)


def test_json_has_all_of_it() -> None:
    told = json.loads(as_json([GREEN, RED], "en"))
    assert told[0] == {
        "step": "ami.reach",
        "level": "green",
        "text": "Asterisk answers at h:1 (AMI).",
        "cure": "",
        "values": {"host": "h", "port": 1},
    }
    assert told[1]["cure"].startswith("Put the section")


def test_what_takes_long_is_shown_and_wiped() -> None:
    clock, progress = Clock(), Terminal()
    screen = Screen("en", clock, io.StringIO(), progress)
    screen.begin("media.echo")
    for _ in range(DOCTOR_PROGRESS_SECONDS - 1):
        clock.advance(1)
    assert progress.getvalue() == ""
    clock.advance(1)
    assert f"media.echo: {DOCTOR_PROGRESS_SECONDS} s" in progress.getvalue()
    screen.tell(GREEN)
    assert progress.getvalue().endswith("\r\033[K")
    screen.end([GREEN])
    assert not clock.getDelayedCalls()


def test_a_pipe_gets_no_progress() -> None:
    clock, progress = Clock(), io.StringIO()
    screen = Screen("en", clock, io.StringIO(), progress)
    screen.begin("media.echo")
    clock.pump([1.0] * 5)
    assert progress.getvalue() == ""

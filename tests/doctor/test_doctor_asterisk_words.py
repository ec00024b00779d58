"""What versions, users and test calls mean (without an Asterisk)."""

from __future__ import annotations

from typing import Any

import pytest
from told import told

from portero import limits
from portero.doctor.findings import Level
from portero.doctor.manageruser import read_user
from portero.doctor.modules import judge_version
from portero.doctor.sound import judge

# `manager show user portero` of Asterisk 22.10.1.
SHOWN = """
          username: portero
            secret: <Set>
               ACL: yes
         read perm: call,dtmf
        write perm: call,reporting
   displayconnects: yes
allowmultiplelogin: yes
         Variables:
ACL: (unnamed)
---------------------------------------------
  0:  deny - 0.0.0.0/0.0.0.0
  1: allow - 127.0.0.1/255.255.255.255
"""


@pytest.mark.parametrize(
    ("version", "leg", "word"),
    [
        ("22.10.1~dfsg+~cs6.17", "rtp", "doctor_version_ok"),
        ("22.10.0", "rtp", "doctor_version_holes"),
        ("18.24.2", "rtp", "doctor_version_ok"),
        ("20.9.1", "rtp", "doctor_version_holes"),
        ("23.0.0", "rtp", "doctor_version_ok"),
        ("16.28.0~dfsg-0+deb11u4", "rtp", "doctor_version_old"),
        ("certified/20.7-cert2", "rtp", "doctor_version_ok"),
        ("GIT-master-9c1b2a", "rtp", "doctor_version_unknown"),
        ("", "rtp", "doctor_version_unknown"),
        ("20.17.0", "audiosocket", "doctor_version_ok"),
        ("20.16.0", "audiosocket", "doctor_version_leg"),
        ("21.12.1", "audiosocket", "doctor_version_leg"),
        ("24.0.0", "audiosocket", "doctor_version_ok"),
    ],
)
def test_versions(version: str, leg: str, word: str) -> None:
    findings = list(judge_version(version, leg))
    told(findings)
    assert [finding.word for finding in findings] == [word]


def test_a_version_can_be_wrong_in_two_ways() -> None:
    findings = list(judge_version("22.6.0", "audiosocket"))
    assert [it.word for it in findings] == ["doctor_version_leg", "doctor_version_holes"]


def test_a_user_as_the_console_shows_him() -> None:
    user = read_user(SHOWN)
    assert user is not None
    assert (user.read, user.write) == ({"call", "dtmf"}, {"call", "reporting"})
    assert user.admits("127.0.0.1")
    assert not user.admits("192.0.2.1")


def test_the_last_rule_that_fits_counts() -> None:
    user = read_user("username: x\n  0: allow - 10.0.0.0/255.0.0.0\n  1:  deny - 10.1.0.0/16\n")
    assert user is not None
    assert user.admits("10.2.0.1")
    assert not user.admits("10.1.0.1")
    assert user.admits("192.0.2.1")  # who has only `permit` lines elsewhere is not refused here


def test_a_user_who_is_not_there() -> None:
    assert read_user("There is no manager called nobody\n") is None


def result(outcome: str = "done", frames_in: int = 150, **sound: Any) -> dict[str, Any]:
    good = {"heard": True, "likeness": 0.99, "level_db": 0.0, "delay_ms": 40.0, "lost": 0.0}
    return {"outcome": outcome, "why": "", "frames_in": frames_in, "sound": good | sound}


@pytest.mark.parametrize(
    ("told_of", "words"),
    [
        (result(), ["doctor_echo_ok"]),
        (result("no_call"), ["doctor_echo_no_call"]),
        (result("failed"), ["doctor_echo_failed"]),
        (result("no_port"), ["doctor_echo_no_port"]),
        (result("no_leg"), ["doctor_echo_no_leg"]),
        (result("busy"), ["doctor_echo_busy"]),
        (result("of a newer portero"), ["doctor_echo_failed"]),
        (result(heard=False, frames_in=0), ["doctor_echo_nothing"]),
        (result(heard=False), ["doctor_echo_silent"]),
        (result(likeness=0.1), ["doctor_echo_garbled"]),
        (result(level_db=-12.0), ["doctor_echo_level"]),
        (result(level_db=12.0), ["doctor_echo_level"]),
        (result(delay_ms=500.0), ["doctor_echo_delay"]),
        (result(lost=0.03), ["doctor_echo_lost"]),
        (result(lost=0.5, likeness=0.4), ["doctor_echo_lost"]),
        (result(lost=0.03, delay_ms=900.0), ["doctor_echo_delay", "doctor_echo_lost"]),
    ],
)
def test_what_came_back(told_of: dict[str, Any], words: list[str]) -> None:
    findings = judge(told_of)
    told(findings)
    assert [finding.word for finding in findings] == words


@pytest.mark.parametrize(
    ("name", "bound", "above", "below"),
    [
        ("delay_ms", limits.DOCTOR_ECHO_DELAY_YELLOW_MS, Level.YELLOW, Level.GREEN),
        ("delay_ms", limits.DOCTOR_ECHO_DELAY_RED_MS, Level.RED, Level.YELLOW),
        ("lost", limits.DOCTOR_ECHO_LOST_YELLOW, Level.YELLOW, Level.GREEN),
        ("lost", limits.DOCTOR_ECHO_LOST_RED, Level.RED, Level.YELLOW),
        ("level_db", limits.DOCTOR_ECHO_LEVEL_DB, Level.YELLOW, Level.GREEN),
        ("likeness", limits.DOCTOR_ECHO_LIKENESS, Level.GREEN, Level.RED),
    ],
)
def test_bounds(name: str, bound: float, above: Level, below: Level) -> None:
    assert judge(result(**{name: bound * 1.01}))[0].level is above
    assert judge(result(**{name: bound * 0.99}))[0].level is below

"""After the files are written: `portero init` reloads what it may, and says what remains."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from newhouse import answers

from portero.install import finishing
from portero.install.planning import FileChange, Folders, Owner

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may reload anything")

UNIT = FileChange("/etc/systemd/system/portero.service", "x", None, Owner.ROOT, 0o644)


class Programs:
    """Stand-ins of `asterisk` and `systemctl` that write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        for name in ("asterisk", "systemctl"):
            self.put(name, "exit 0")

    def put(self, name: str, does: str) -> None:
        file = self.folder / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >>{shlex.quote(str(self.calls))}\n{does}\n')
        file.chmod(0o755)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Programs(tmp_path)


def finish(
    may: Callable[[str], bool] = lambda command: True,
    root: Path = Path("/"),
    folders: Folders | None = None,
) -> None:
    finishing.finish(answers(), [UNIT], folders or Folders(), root, "en", may)


def test_all_is_reloaded_and_four_steps_are_left(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    finish()
    assert programs.called() == [
        "systemctl daemon-reload",
        "asterisk -rx dialplan reload",
        "asterisk -rx manager reload",
    ]
    steps = capsys.readouterr().out.partition("What remains:\n")[2].splitlines()
    assert [step.split()[0] for step in steps] == ["1.", "2.", "3.", "4."]
    assert "portero,s,1(robles)" in steps[0]
    assert steps[3].endswith("portero doctor")


def test_what_the_installer_refuses_stays_a_step(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    finish(lambda command: "manager" not in command)
    assert "asterisk -rx manager reload" not in programs.called()
    assert "1. Run: asterisk -rx 'manager reload'" in capsys.readouterr().out


def test_what_fails_is_told_and_stays_a_step(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.put("asterisk", "echo 'Unable to connect to remote asterisk' >&2; exit 1")
    finish()
    told = capsys.readouterr()
    assert "failed (Unable to connect to remote asterisk): asterisk -rx 'dialplan" in told.err
    assert "Run: asterisk -rx 'dialplan reload'" in told.out


def test_a_program_that_hangs_is_given_up(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portero.limits.INSTALL_COMMAND_SECONDS", 0.1)
    programs.put("asterisk", "exec sleep 5")
    finish()
    assert "failed (TimeoutExpired): asterisk -rx 'dialplan reload'" in capsys.readouterr().err


def test_nothing_is_run_for_another_root_or_without_the_programs(
    programs: Programs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finish(root=tmp_path)
    (programs.folder / "asterisk").unlink()
    (programs.folder / "systemctl").unlink()
    finish(lambda command: pytest.fail(f"asked for {command}") if "asterisk" in command else False)
    assert programs.called() == []
    assert capsys.readouterr().out.count("Run: asterisk -rx 'dialplan reload'") == 2


def test_settings_elsewhere_are_named_to_the_doctor(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    finish(folders=Folders(settings="/srv/portero"))
    assert "portero doctor -c /srv/portero/config.yaml" in capsys.readouterr().out

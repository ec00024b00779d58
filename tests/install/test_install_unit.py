"""The systemd unit, judged by systemd itself; these run wherever `systemd-analyze` is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portero import limits
from portero.config.sockets import SERVICE
from portero.install.files import shipped
from portero.install.settingsfile import DATABASE, PROMPTS
from portero.install.unit import PROGRAM, unit_file

REPOSITORY = Path(__file__).parents[2]
EXPOSURE_MOST = 20  # tenths: 2.0, "OK"; Synapse's, which this follows, has 1.6 (freepbx.md 6)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as `portero init` writes it here: with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is missing: apt-get install systemd")
    file = tmp_path / "portero.service"
    twistd = Path(sys.executable).parent / "twistd"
    file.write_text(unit_file(shipped().unit, str(twistd), "/etc/portero"))
    return file


def setting(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", shipped().unit, re.M)


def test_systemd_has_nothing_to_say_about_it(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_would_tell_a_mistake(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=mixd"))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert "mixd" in done.stderr


def test_its_exposure_is_ok(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MOST}"]
    done = subprocess.run([*command, unit], capture_output=True, text=True)
    assert re.search(r"Overall exposure level for portero.service: 1\.\d OK", done.stdout)
    assert done.returncode == 0


def test_a_service_without_a_sandbox_would_not_be_ok(unit: Path) -> None:
    unit.write_text(unit.read_text().partition("# Nothing but")[0].replace("User=portero\n", ""))
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MOST}"]
    assert subprocess.run([*command, unit], capture_output=True).returncode != 0


def test_draining_has_the_time_that_it_may_take() -> None:
    (seconds,) = setting("TimeoutStopSec")
    assert int(seconds) > limits.DRAIN_SECONDS_MAX
    assert setting("KillMode") == ["mixed"]


def test_freepbx_is_waited_for_and_never_required() -> None:
    (after,) = setting("After")
    assert {"network-online.target", "freepbx.service"} <= set(after.split())
    assert setting("Requires") == []
    assert setting("BindsTo") == []


def test_the_control_socket_lies_where_commands_seek_it() -> None:
    assert [f"/run/{name}" for name in setting("RuntimeDirectory")] == [str(SERVICE.parent)]


def test_the_folders_of_the_settings_are_those_of_the_unit() -> None:
    (state,), (cache,) = setting("StateDirectory"), setting("CacheDirectory")
    assert DATABASE.startswith(f"/var/lib/{state}/")
    assert f"/var/cache/{cache}" == PROMPTS


def test_the_start_needs_no_secret() -> None:
    """systemd.exec(5): SetCredential= of the same name stands in where there is nothing to load."""
    assert setting("LoadCredential") == ["portero:/etc/portero/credentials"]
    (fallback,) = setting("SetCredential")
    assert fallback.startswith("portero:")
    assert fallback != "portero:"


def test_other_paths_are_put_in() -> None:
    text = unit_file(shipped().unit, "/opt/po rtero/100%/twistd", "/srv/portero")
    assert r"ExecStart=/opt/po\x20rtero/100%%/twistd -n " in text
    assert text.count(" -c /srv/portero/config.yaml\n") == 2
    assert "LoadCredential=portero:/srv/portero/credentials\n" in text
    assert r"ExecReload=/opt/po\x20rtero/100%%/portero reload " in text
    assert str(Path(PROGRAM).parent) not in text
    assert unit_file(shipped().unit, PROGRAM, "/etc/portero") == shipped().unit


def test_the_user_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = REPOSITORY / "etc/systemd/sysusers.d/portero.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", file], check=True)
    (line,) = (tmp_path / "etc/passwd").read_text().splitlines()
    assert line.startswith("portero:x:")
    assert line.endswith(":/var/lib/portero:/usr/sbin/nologin")

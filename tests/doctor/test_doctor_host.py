"""The look at this machine: clock, disks, memory, files, permissions, the systemd service."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from told import GREEN, RED, YELLOW, told

from twisted.internet import reactor

from portero.config.loader import load
from portero.config.settings import Settings
from portero.doctor import host
from portero.doctor.clock import look_at_clock
from portero.doctor.findings import Level
from portero.doctor.host import (
    folders,
    look_at_disks,
    look_at_host,
    look_at_memory,
    look_at_open_files,
)
from portero.doctor.permissions import look_at_files, may
from portero.doctor.unit import ask_in_thread, look_at_unit, open_files
from portero.limits import (
    DOCTOR_CLOCK_RED_SECONDS,
    DOCTOR_CLOCK_YELLOW_SECONDS,
    DOCTOR_DISK_RED_BYTES,
    DOCTOR_DISK_YELLOW_BYTES,
    DOCTOR_FILES_BASE,
    DOCTOR_FILES_PER_CALL,
    DOCTOR_MEMORY_BASE_BYTES,
    DOCTOR_MEMORY_PER_CALL_BYTES,
)

SECRET = "s3cret-word"
NOBODY = "nobody"
ENVIRON = {"OPENAI_API_KEY": SECRET, "ASTERISK_AMI_PASSWORD": SECRET, "KEY": SECRET}

# -- the clock


def test_a_clock_that_agrees_with_all() -> None:
    found = look_at_clock({"api.openai.com:443": 0.4, "Asterisk": -2.0, "backend": None})
    assert told(found) == [("host.clock", GREEN)]
    assert found[0].values["names"] == "api.openai.com:443, Asterisk"


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        (DOCTOR_CLOCK_YELLOW_SECONDS + 1, YELLOW),
        (-DOCTOR_CLOCK_RED_SECONDS - 1, RED),
        (3600.0, RED),
    ],
)
def test_a_clock_that_does_not(ahead: float, level: Level) -> None:
    found = look_at_clock({"api.openai.com:443": ahead, "Asterisk": 0.0})
    assert told(found) == [("host.clock", level)]
    assert found[0].values["seconds"] == round(abs(ahead))
    assert found[0].values["direction"] == ("<" if ahead > 0 else ">")  # ours against theirs


def test_nobody_to_ask_for_the_time() -> None:
    assert told(look_at_clock({"backend": None})) == [("host.clock", Level.SKIPPED)]


# -- disks, memory, files


def test_a_disk_that_fills_up_and_one_that_is_read_only(disk: Any, tmp_path: Path) -> None:
    # The disk of the tests is small: what it has to say about room is always red.
    (disk.folder / "below").mkdir()
    found = look_at_disks([disk.folder])
    assert told(found) == [("host.disk", RED)]
    assert found[0].values == {"folder": str(disk.folder), "free": 1}
    disk.fill()
    assert look_at_disks([disk.folder])[0].values["free"] == 0
    disk.read_only()
    found = look_at_disks([disk.folder, disk.folder / "below"])
    assert told(found) == [("host.disk", RED)]  # once for each disk
    assert found[0].word == "doctor_disk_read_only"


class _Stat:
    f_flag = 0
    f_frsize = 1
    f_files = 100
    f_favail = 100

    def __init__(self, free: int, inodes: int = 100) -> None:
        self.f_bavail = free
        self.f_favail = inodes


@pytest.mark.parametrize(
    ("free", "inodes", "level"),
    [
        (DOCTOR_DISK_RED_BYTES - 1, 100, RED),
        (DOCTOR_DISK_RED_BYTES, 100, YELLOW),
        (DOCTOR_DISK_YELLOW_BYTES - 1, 100, YELLOW),
        (DOCTOR_DISK_YELLOW_BYTES, 100, GREEN),
        (DOCTOR_DISK_YELLOW_BYTES, 0, RED),
    ],
)
def test_how_much_room_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, inodes: int, level: Level
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: _Stat(free, inodes))
    assert told(look_at_disks([tmp_path, tmp_path / "none"])) == [("host.disk", level)]


def test_where_portero_and_asterisk_write() -> None:
    settings = Settings.model_validate(
        {
            "registry": {"url": "sqlite:////var/lib/portero/portero.db"},
            "asterisk": {"prompts": {"folder": "/var/lib/asterisk/sounds/portero"}},
            "tenants": [
                {"id": "a", "extensions": ["1"], "recording": {"enabled": True}},
                {"id": "b", "extensions": ["2"], "recording": {"folder": "/srv/b"}},
            ],
        }
    )
    assert [str(it) for it in folders(settings)] == [
        "/var/log",
        "/var/lib/portero",
        "/var/lib/asterisk/sounds/portero",
        "/var/spool/asterisk/monitor",
    ]
    assert len(folders(Settings.model_validate({"registry": {"url": "postgresql://x/y"}}))) == 1


@pytest.mark.parametrize(("missing", "level"), [(0, GREEN), (1024, YELLOW)])
def test_memory_for_all_calls(tmp_path: Path, missing: int, level: Level) -> None:
    need = DOCTOR_MEMORY_BASE_BYTES + 100 * DOCTOR_MEMORY_PER_CALL_BYTES
    meminfo = tmp_path / "meminfo"
    kilobytes = -(-need // 1024) - missing // 1024
    meminfo.write_text(f"MemTotal: 1 kB\nMemAvailable:   {kilobytes} kB\n")
    assert told(look_at_memory(100, meminfo)) == [("host.memory", level)]


def test_a_kernel_that_tells_nothing_of_memory(tmp_path: Path) -> None:
    assert look_at_memory(100, tmp_path / "none") == []
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    assert look_at_memory(100, tmp_path / "meminfo") == []


def test_open_files_for_all_calls() -> None:
    need = DOCTOR_FILES_BASE + 100 * DOCTOR_FILES_PER_CALL
    assert told([look_at_open_files(100, need)]) == [("host.files", GREEN)]
    assert told([look_at_open_files(100, need - 1)]) == [("host.files", RED)]
    assert told([look_at_open_files(100, -1)]) == [("host.files", GREEN)]


def test_the_whole_look(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look_at_host(Settings.model_validate({}), open_files=8192)
    steps = [step for step, _ in told(found)]
    assert steps[-2:] == ["host.files", "host.versions"]
    assert "OpenSSL" in found[-1].values["openssl"]
    monkeypatch.setattr(host.resource, "getrlimit", lambda _: (64, 64))
    assert ("host.files", RED) in told(look_at_host(Settings.model_validate({})))


# -- permissions


def files(folder: Path, config: str, mode: int = 0o640, key: int = 0o600) -> Any:
    """What is found in a folder with this config.yaml, and a secret in the file `key`."""
    file = folder / "config.yaml"
    (folder / "key").write_text(SECRET)
    (folder / "key").chmod(key)
    file.write_text(config + "registry: {url: 'sqlite://'}\n")
    file.chmod(mode)
    found = look_at_files(load(file, ENVIRON), file)
    return found, told(found, secret=SECRET)


WRITTEN = f"realtime: {{api_key: {SECRET}}}\n"
NAMED = "realtime: {api_key: !file key}\n"


@pytest.mark.parametrize(
    ("mode", "level"),
    [(0o600, GREEN), (0o640, GREEN), (0o644, RED), (0o660, RED), (0o602, RED)],
)
def test_settings_with_a_secret_in_them(tmp_path: Path, mode: int, level: Level) -> None:
    found, levels = files(tmp_path, WRITTEN, mode)
    assert levels == [("files.secrets", level)]
    if level is RED:
        file = f"{tmp_path}/config.yaml"
        command = f"chmod 640 {file}"
        assert found[0].values == {"file": file, "mode": f"{mode:04o}", "command": command}


@pytest.mark.parametrize(("mode", "level"), [(0o600, GREEN), (0o644, RED)])
def test_a_file_that_the_settings_name(tmp_path: Path, mode: int, level: Level) -> None:
    found, levels = files(tmp_path, NAMED, 0o644, mode)
    assert levels == [("files.secrets", level)]
    if level is RED:
        assert found[0].values["file"] == f"{tmp_path}/key"


def test_settings_without_a_secret_may_be_read(tmp_path: Path) -> None:
    _, levels = files(tmp_path, "realtime: {api_key: !env KEY}\n", 0o644)
    assert levels == []


def test_a_credential_that_others_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "openai").write_text(SECRET)
    (folder / "openai").chmod(0o604)
    found, levels = files(tmp_path, "language: es\n")
    assert levels == [("files.secrets", RED)]
    assert found[0].values["file"].endswith("credentials/openai")
    assert found[0].values["command"] == f"chmod 600 {tmp_path}/credentials/openai"


def test_without_a_settings_file_there_are_no_files() -> None:
    loaded = load(None, ENVIRON)
    assert look_at_files(loaded, None) == []


def test_the_database_belongs_to_the_services_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NO ROOT: files can't be given away")
    config = tmp_path / "config.yaml"
    home = tmp_path / "lib"
    home.mkdir()
    database = home / "portero.db"
    database.touch()
    config.write_text(f"registry: {{url: 'sqlite:///{database}'}}\n")
    found = look_at_files(load(config, ENVIRON), config, user=NOBODY)
    assert told(found) == [("files.database", RED)]
    assert found[0].values["file"] == str(home)
    who = pwd.getpwnam(NOBODY)
    os.chown(home, who.pw_uid, who.pw_gid)
    found = look_at_files(load(config, ENVIRON), config, user=NOBODY)
    assert found[0].values == {"file": str(database), "user": NOBODY, "owner": "root"}
    os.chown(database, who.pw_uid, who.pw_gid)
    found = look_at_files(load(config, ENVIRON), config, user=NOBODY)
    assert told(found) == [("files.database", GREEN)]


def test_settings_that_the_services_user_can_not_read(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(WRITTEN + "registry: {url: 'postgresql://x/y'}\n")
    config.chmod(0o600)
    loaded = load(config, ENVIRON)
    found = look_at_files(loaded, config, user=NOBODY)
    assert told(found, secret=SECRET) == [("files.secrets", GREEN), ("files.config", RED)]
    assert found[1].values["command"] == f"chgrp {NOBODY} {config} && chmod 640 {config}"
    os.chown(config, -1, pwd.getpwnam(NOBODY).pw_gid)
    config.chmod(0o640)
    assert told(look_at_files(loaded, config, user=NOBODY)) == [("files.secrets", GREEN)]


def test_what_a_user_may_do(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.touch()
    assert may(file, "root", stat.S_IWOTH)
    assert not may(file, "no-such-user-here", stat.S_IROTH)
    file.chmod(0o602)
    who = pwd.getpwnam(NOBODY)
    assert may(file, NOBODY, stat.S_IWOTH)
    assert not may(file, NOBODY, stat.S_IROTH)
    os.chown(file, -1, who.pw_gid)
    file.chmod(0o406)  # its group is nobody's, which the others' rights don't help
    assert not may(file, NOBODY, stat.S_IWOTH)
    file.chmod(0o620)
    assert may(file, NOBODY, stat.S_IWOTH)
    os.chown(file, who.pw_uid, -1)
    assert may(file, NOBODY, stat.S_IROTH)
    file.chmod(0o466)
    assert not may(file, NOBODY, stat.S_IWOTH)


# -- systemd

RUNNING = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "Type": "notify",
    "WatchdogUSec": "30s",
    "NRestarts": "0",
    "User": "portero",
    "LimitNOFILE": "8192",
    "Result": "success",
}


def unit(**changes: str) -> list[tuple[str, Level, str]]:
    found = look_at_unit({**RUNNING, **changes})
    return [(step, level, it.word) for (step, level), it in zip(told(found), found, strict=True)]


def test_a_service_that_is_well() -> None:
    assert unit() == [("host.unit", GREEN, "doctor_unit_active")]
    assert open_files(RUNNING) == 8192


@pytest.mark.parametrize(
    ("changes", "level", "word"),
    [
        ({"LoadState": "not-found"}, YELLOW, "doctor_unit_missing"),
        ({"ActiveState": "failed", "Result": "exit-code"}, RED, "doctor_unit_failed"),
        ({"ActiveState": "inactive"}, YELLOW, "doctor_unit_inactive"),
        ({"ActiveState": "activating"}, YELLOW, "doctor_unit_changing"),
        ({"UnitFileState": "disabled"}, YELLOW, "doctor_unit_disabled"),
        ({"Type": "simple"}, YELLOW, "doctor_unit_unwatched"),
        ({"WatchdogUSec": "0"}, YELLOW, "doctor_unit_unwatched"),
        ({"WatchdogUSec": "infinity"}, YELLOW, "doctor_unit_unwatched"),
        ({"NRestarts": "4"}, YELLOW, "doctor_unit_restarts"),
    ],
)
def test_a_service_that_is_not(changes: Mapping[str, str], level: Level, word: str) -> None:
    assert ("host.unit", level, word) in unit(**changes)


def test_without_systemd_or_a_unit_there_is_no_limit_to_read() -> None:
    assert told(look_at_unit(None)) == [("host.unit", Level.SKIPPED)]
    assert open_files(None) is None
    assert open_files({**RUNNING, "LoadState": "not-found"}) is None
    assert open_files({**RUNNING, "LimitNOFILE": "infinity"}) is None


@pytest_twisted.ensureDeferred
async def test_systemd_is_asked_in_a_thread() -> None:
    assert await ask_in_thread(reactor, lambda: RUNNING) == RUNNING

"""What an installer stumbles on: each is a sentence with the thing, the place and the cure.

`portero check` and `portero doctor` say it in the installer's language, the daemon in its log; none
of them shows a traceback.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from disks import Disk
from test_bad_input_start import PATIENCE, REPOSITORY, check, free_port, run, taken_port, write

from portero.cli import main


class Manager:
    """An AMI that greets with `banner`, lets anybody in, and grants `allowed` actions.

    `version`: of its Asterisk.
    """

    def __init__(
        self,
        banner: str = "11.0.0",
        allowed: frozenset[str] = frozenset(),
        version: str = "22.10.1",
    ) -> None:
        self._greeting = f"Asterisk Call Manager/{banner}\r\n".encode()
        self._allowed = allowed | {"Challenge", "Login", "Logoff", "Ping", "ListCommands"}
        self._version = version
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: Any) -> None:
        buffer = b""
        with connection:
            connection.sendall(self._greeting)
            while chunk := _received(connection):
                buffer += chunk
                *actions, buffer = buffer.split(b"\r\n\r\n")
                for action in actions:
                    connection.sendall(self._answer(action.decode()))

    def _answer(self, action: str) -> bytes:
        headers = dict(line.split(": ", 1) for line in action.split("\r\n"))
        name = headers["Action"]
        lines = [f"ActionID: {headers.get('ActionID', '')}"]
        if name not in self._allowed:
            lines = ["Response: Error", *lines, "Message: Permission denied"]
        elif name == "Challenge":
            lines = ["Response: Success", *lines, "Challenge: 1234"]
        elif name == "ListCommands":
            listed = [f"{it}: {it} (Priv: all)" for it in sorted(self._allowed)]
            lines = ["Response: Success", *lines, *listed]
        elif name == "CoreSettings":
            lines = ["Response: Success", *lines, f"AsteriskVersion: {self._version}"]
        else:
            lines = ["Response: Success", *lines, "Message: done"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _received(connection: Any) -> bytes:
    try:
        data: bytes = connection.recv(4096)
    except OSError:
        return b""
    return data


@contextmanager
def manager(**how: Any) -> Iterator[int]:
    made = Manager(**how)
    try:
        yield made.port
    finally:
        made.close()


def at_ami(port: int) -> dict[str, Any]:
    ami = {"password": "secret", "port": port}
    return {"ami": ami, "fastagi": {"port": free_port()}, "drain_seconds": 0}


def logged(config: Path, pattern: str) -> str:
    """The line of a daemon's log that matches; nothing of it is a traceback."""
    code = "import sys; from twisted.scripts.twistd import run; sys.exit(run())"
    arguments = ["-n", "--pidfile=", "portero", "--config", str(config)]
    daemon = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=config.parent,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert daemon.stdout is not None
    deadline = time.monotonic() + PATIENCE
    lines: list[str] = []
    found = ""
    for line in daemon.stdout:
        lines.append(line)
        if not found and re.search(pattern, line):
            found = line
            daemon.send_signal(signal.SIGTERM)
        if time.monotonic() > deadline:
            daemon.kill()
    daemon.wait(PATIENCE)
    assert "Traceback" not in "".join(lines), "".join(lines)
    assert found, "".join(lines)
    return found


def says(line: str, *words: str) -> None:
    assert [word for word in words if word not in line] == [], line


# -- the daemon


def test_no_asterisk_at_all(tmp_path: Path) -> None:
    port = free_port()
    line = logged(write(tmp_path, asterisk=at_ami(port)), "AMI at")
    says(line, f"127.0.0.1:{port}", "refused", "is Asterisk running", "manager.conf")


def test_an_ami_user_without_rights(tmp_path: Path) -> None:
    with manager() as port:
        line = logged(write(tmp_path, asterisk=at_ami(port)), "Permission denied")
    says(line, "CoreShowChannels", "asterisk.ami.username", "write=call,reporting", "manager.conf")


def test_an_asterisk_that_is_too_old(tmp_path: Path) -> None:
    with manager(banner="5.0.4") as port:
        line = logged(write(tmp_path, asterisk=at_ami(port)), "older than")
    says(line, f"127.0.0.1:{port}", "5.0.4", "install Asterisk 18 or newer")


def test_the_webhooks_port_and_that_of_the_console_are_taken(tmp_path: Path) -> None:
    secret = {"phone_number_id": "106540352242922", "token": "t", "app_secret": "s"}
    whatsapp = {**secret, "verify_token": "v"}
    with taken_port() as port:
        doorman = {"whatsapp": whatsapp, "webhook": {"port": port}}
        file = write(tmp_path, doorman=doorman)
        check(run(tmp_path, file), f"127.0.0.1:{port}", "doorman.webhook.port", "ponga otro")
        file = write(tmp_path, console={"port": port})
        check(run(tmp_path, file), f"127.0.0.1:{port}", "console.port", "ponga otro")


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_disk_that_takes_nothing(disk: Disk, tmp_path: Path, fault: str) -> None:
    file = write(tmp_path, registry={"url": f"sqlite:///{disk.folder}/portero.db"})
    if fault == "full":
        disk.fill()
    else:
        disk.read_only()
    place = f"{disk.folder}/portero.db"
    check(run(tmp_path, file), "registry.url", place, "está lleno el disco", "puede este usuario")


def test_a_secret_that_others_can_read_is_told_at_the_start(tmp_path: Path) -> None:
    with taken_port() as port:  # it ends at once
        file = write(tmp_path, asterisk={"ami": {"password": "x"}, "fastagi": {"port": port}})
        file.chmod(0o644)
        _, lines = run(tmp_path, file)
    (line,) = [line for line in lines if "realtime.api_key" in line]
    says(line, f"{file}:", "cualquier usuario puede leer", f"chmod o-r {file}")


# -- portero check


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "cualquier usuario puede leer"), ("en", "every user can read")],
)
def test_check_tells_of_secrets_that_others_can_read(
    tmp_path: Path, language: str, words: str
) -> None:
    (tmp_path / "key").write_text("sk-canary")
    (tmp_path / "key").chmod(0o644)
    file = write(tmp_path, language=language)
    text = file.read_text().replace("api_key: sk-canary", "api_key: !file key")
    file.write_text(text)
    file.chmod(0o644)
    done = CliRunner().invoke(main, ["check", "-c", str(file)])
    lines = [line for line in done.output.splitlines() if words in line]
    assert [name for name in ("asterisk.ami.password", "realtime.api_key") if name in str(lines)]
    for line in lines:
        says(line, f"{file}:", "chmod o-r")
    assert "sk-canary" not in done.output


def test_check_of_half_a_file_and_of_two_tenants_with_one_extension(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "language: en\nasterisk:\n  ami:\n    username: portero\nrealtime: {api_key: k}\n"
        "tenants:\n"
        "  - {id: lomas, extensions: ['1000']}\n"
        "  - {id: palmas, extensions: ['1000']}\n"
    )
    done = CliRunner().invoke(main, ["check", "-c", str(file)])
    lines = [line for line in done.output.splitlines() if line.startswith("error: ")]
    assert done.exit_code == 1
    assert len(lines) == 2
    says(lines[0], f"{file}:4:5", "asterisk.ami.password", "!file")
    says(lines[1], f"{file}:8:", "tenants[1].extensions[0]", "1000", "lomas")


# -- portero doctor


def doctor(config: Path, *only: str) -> list[dict[str, Any]]:
    """What `portero doctor --json` finds in these steps."""
    steps = [word for step in only for word in ("--only", step)]
    code = "from portero.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "-c", str(config), "--json", "--no-call", *steps],
        cwd=config.parent,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert done.returncode == int(any(it["level"] == "red" for it in found))
    return found


def red(found: list[dict[str, Any]], step: str) -> dict[str, Any]:
    """The one red finding of a step; it has a cure."""
    (finding,) = [it for it in found if it["step"] == step and it["level"] == "red"]
    assert finding["cure"]
    return finding


LANGUAGES = pytest.mark.parametrize("language", ["es", "en"])


@LANGUAGES
def test_doctor_no_asterisk_at_all(tmp_path: Path, language: str) -> None:
    port = free_port()
    file = write(tmp_path, asterisk=at_ami(port), language=language)
    found = doctor(file, "ami")
    says(red(found, "ami.reach")["text"], f"127.0.0.1:{port}")
    skipped = [it["step"] for it in found if it["level"] == "skipped"]
    assert skipped == ["ami.login", "ami.rights"]


@LANGUAGES
def test_doctor_an_ami_user_without_rights(tmp_path: Path, language: str) -> None:
    with manager() as port:
        found = doctor(write(tmp_path, asterisk=at_ami(port), language=language), "ami")
    finding = red(found, "ami.rights")
    says(finding["text"], "hangup", "getvar", "coreshowchannels")
    says(finding["cure"], "write", "call,reporting")


@LANGUAGES
def test_doctor_an_asterisk_that_is_too_old(tmp_path: Path, language: str) -> None:
    with manager(allowed=frozenset({"CoreSettings"}), version="16.30.0") as port:
        file = write(tmp_path, asterisk=at_ami(port), language=language)
        found = doctor(file, "asterisk.version")
    says(red(found, "asterisk.version")["text"], "16.30.0", "18")


@LANGUAGES
def test_doctor_a_port_that_somebody_else_has(tmp_path: Path, language: str) -> None:
    with taken_port() as port:
        fastagi = {"ami": {"password": "x"}, "fastagi": {"port": port}}
        found = doctor(write(tmp_path, asterisk=fastagi, language=language), "fastagi")
    says(red(found, "fastagi.port")["text"], str(port))


class Late(BaseHTTPRequestHandler):
    """A server whose clock is an hour ahead of this machine's."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + 3600)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.mark.parametrize(("language", "words"), [("es", "El reloj"), ("en", "clock differs")])
def test_doctor_a_clock_an_hour_off(tmp_path: Path, language: str, words: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    Thread(target=server.serve_forever, daemon=True).start()
    where = f"127.0.0.1:{server.server_address[1]}"
    file = write(
        tmp_path,
        language=language,
        realtime={"api_key": "sk-canary", "url": "ws://127.0.0.1:1"},
        doorman={"backend_url": f"http://{where}"},
    )
    found = doctor(file, "clock")
    server.shutdown()
    server.server_close()
    finding = red(found, "host.clock")
    says(finding["text"], words, where)
    assert 3595 <= finding["values"]["seconds"] <= 3605
    says(finding["cure"], "timedatectl set-ntp true")


@pytest.mark.parametrize(("language", "words"), [("es", "libres"), ("en", "free on the disk")])
def test_doctor_a_full_disk(disk: Disk, tmp_path: Path, language: str, words: str) -> None:
    disk.fill()
    url = f"sqlite:///{disk.folder}/portero.db"
    found = doctor(write(tmp_path, registry={"url": url}, language=language), "host")
    finding = red(found, "host.disk")
    says(finding["text"], str(disk.folder), "0 MB", words)
    says(finding["cure"], f"du -xh {disk.folder}")


@pytest.mark.parametrize(("language", "words"), [("es", "lleva secretos"), ("en", "has secrets")])
def test_doctor_a_secret_that_others_can_read(tmp_path: Path, language: str, words: str) -> None:
    file = write(tmp_path, language=language)
    file.chmod(0o644)
    finding = red(doctor(file, "host"), "files.secrets")
    says(finding["text"], str(file), "0644", words)
    assert finding["cure"] == f"chmod 640 {file}"


@LANGUAGES
def test_doctor_of_settings_that_are_wrong(tmp_path: Path, language: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"language: {language}\nasterisk:\n  fastagi: {{prot: 4574}}\n")
    found = doctor(file)
    assert {(it["step"], it["level"]) for it in found} == {("config", "red")}
    assert any(f"{file}:3:" in it["text"] and "port" in it["text"] for it in found)

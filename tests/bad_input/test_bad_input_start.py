"""``twistd portero`` that can't start: says why, a line for each reason, and ends with status 1."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from portero.tap import EX_CONFIG

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30.0
# twistd's own: when it was, and what it does.
TWISTD_LINES = ("Loading ", "twistd ", "reactor class", "Server Shut Down", "Main loop terminated")


def run(folder: Path, config: Path) -> tuple[int, list[str]]:
    """The exit status, and what was written that is not twistd's own."""
    code = "import sys; from twisted.scripts.twistd import run; sys.exit(run())"
    arguments = ["-n", "--pidfile=", "portero", "--config", str(config)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if not any(w in line for w in TWISTD_LINES)]


def write(folder: Path, **changes: Any) -> Path:
    """Settings that are right, but for the changes."""
    settings = {
        "asterisk": {"ami": {"password": "secret"}, "fastagi": {"port": free_port()}},
        "media": {},
        "realtime": {"api_key": "sk-canary"},
        "registry": {"url": f"sqlite:///{folder}/portero.db"},
        "console": {"port": 0},
        "tenants": [{"id": "lomas", "name": "Las Lomas"}],
    }
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump({**settings, **changes}))
    return file


def free_port() -> int:
    with taken_port() as port:
        return port


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def check(outcome: tuple[int, list[str]], *words: str, exits: int = 1) -> None:
    """That status, one line that has all the words, and no traceback."""
    status, lines = outcome
    assert "Traceback" not in "".join(lines)
    (line,) = [line for line in lines if "no puede arrancar" in line] or lines
    assert [word for word in words if word not in line] == [], lines
    assert status == exits


def test_three_mistakes_are_three_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "asterisk:\n  ami: {password: x}\n  fastagi: {prt: 4574}\n"
        "media:\n  noise_gate: -1\n"
        "realtime:\n  api_key: sk-canary\n  vad: {silence_duration_ms: much}\n"
        "tenants:\n  - {id: lomas, name: Las Lomas}\n"
    )
    status, lines = run(tmp_path, file)
    assert [line.split(" ", 1)[0] for line in lines] == [
        f"{file}:{place}:" for place in ("3:13", "5:15", "8:30")
    ], lines
    for line, words in zip(lines, [("prt", "port"), ("noise_gate",), ("silence",)], strict=True):
        assert [word for word in words if word not in line] == [], line
    assert status == EX_CONFIG


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"{", b"", b"- a\n- b\n"])
def test_a_file_that_is_no_settings(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    status, lines = run(tmp_path, file)
    assert lines
    assert all(str(file) in line for line in lines), lines
    assert status == EX_CONFIG


def test_a_missing_file(tmp_path: Path) -> None:
    check(run(tmp_path, tmp_path / "no-such.yaml"), "no-such.yaml", exits=EX_CONFIG)


def test_the_fastagi_port_is_taken(tmp_path: Path) -> None:
    with taken_port() as port:
        file = write(tmp_path, asterisk={"ami": {"password": "x"}, "fastagi": {"port": port}})
        check(
            run(tmp_path, file),
            f"127.0.0.1:{port}",
            "asterisk.fastagi.port",
            "already in use",
            "ponga otro",
        )


def test_the_audiosocket_port_is_taken(tmp_path: Path) -> None:
    with taken_port() as port:
        media = {"leg": "audiosocket", "format": "slin16", "audiosocket_port": port}
        file = write(tmp_path, media=media)
        check(
            run(tmp_path, file),
            f"127.0.0.1:{port}",
            "media.audiosocket_port",
            "already in use",
            "ponga otro",
        )


@pytest.mark.parametrize("where", ["no/such/folder/portero.db", "a-folder", "config.yaml"])
def test_a_database_that_can_not_be_used(tmp_path: Path, where: str) -> None:
    (tmp_path / "a-folder").mkdir()
    file = write(tmp_path, registry={"url": f"sqlite:///{tmp_path}/{where}"})
    check(run(tmp_path, file), "registry.url", where, "no se puede usar")

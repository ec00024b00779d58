"""The journal's fields, read back by the real journalctl."""

from __future__ import annotations

import io
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.logs import observer

JOURNALD = Path("/lib/systemd/systemd-journald")
STORES = (Path("/run/log/journal"), Path("/var/log/journal"))

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not JOURNALD.exists() or not Path("/etc/machine-id").exists(),
    reason="needs systemd-journald, and root to start it",
)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A journald of our own, beside the machine's."""
    name = f"portero-test-{os.getpid()}"
    folder = Path(f"/run/systemd/journal.{name}")
    folder.parent.mkdir(exist_ok=True)
    daemon = subprocess.Popen([JOURNALD, name])
    try:
        deadline = time.monotonic() + 10
        while not (folder / "socket").exists() and time.monotonic() < deadline:
            select.select([], [], [], 0.02)
        yield name
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)
        for store in STORES:
            for kept in store.glob(f"*.{name}"):
                shutil.rmtree(kept)


def test_journalctl_shows_one_call(namespace: str) -> None:
    write = observer("journal", {}, io.StringIO(), Path(f"/run/systemd/journal.{namespace}/socket"))
    log = Logger("portero.call", observer=write)
    log.info("User said: {words}", words="¿sí?\nPRIORITY=0", call="c1", tenant="lomas")
    log.info("another call", call="c2", tenant="lomas")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        log.failure("the tool broke", Failure(), call="c1")
    records = read(namespace, "PORTERO_CALL=c1", count=2)
    said, broke = records
    assert said["MESSAGE"] == "User said: ¿sí?\nPRIORITY=0"
    assert (said["PRIORITY"], said["PORTERO_TENANT"]) == ("6", "lomas")
    assert said["SYSLOG_IDENTIFIER"] == "portero"
    assert broke["MESSAGE"].startswith("the tool broke\nTraceback")
    assert broke["PRIORITY"] == "2"


def read(namespace: str, match: str, count: int) -> list[dict[str, str]]:
    """What journalctl finds, as soon as it finds so many."""
    deadline = time.monotonic() + 10
    while True:
        shown = subprocess.run(
            ["journalctl", f"--namespace={namespace}", "--output=json", match],
            capture_output=True,
            check=False,
        )
        records = [json.loads(line) for line in shown.stdout.splitlines()]
        if len(records) >= count or time.monotonic() > deadline:
            return records

"""The console as the daemon starts and stops it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from console.socketclient import Client
from console.standin import RECORD, House
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pytest_twisted import ensureDeferred

import treq
from twisted.internet import reactor as real_reactor
from twisted.internet.testing import MemoryReactorClock

from portero.config.settings import Settings
from portero.console.console import Console
from portero.console.metrics import Metrics
from portero.errors import PorteroError
from portero.limits import REACTOR_LAG_SECONDS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make(path: Path, port: int, house: House | None = None, reactor: Any = real_reactor) -> Console:
    settings = Settings.model_validate(
        {"language": "en", "console": {"port": port, "socket": str(path)}}
    )
    return Console(house or House(), lambda: settings, environ={}, reactor=reactor)


@ensureDeferred
async def test_both_places_answer_until_the_end(tmp_path: Path) -> None:
    path, port, house = tmp_path / "control.sock", free_port(), House()
    console = make(path, port, house)
    console.start()
    console.observe(RECORD)
    assert (await Client(real_reactor, path).ask("GET", "/v1/status"))[0] == 200
    health: Any = await treq.get(f"http://127.0.0.1:{port}/health", persistent=False)
    assert json.loads(await health.text())["state"] == "ready"
    metrics: Any = await treq.get(f"http://127.0.0.1:{port}/metrics", persistent=False)
    assert 'portero_calls_total{reason="agent_said_goodbye"' in await metrics.text()
    await console.stop()
    assert not path.exists()
    assert house.feed._listeners == []
    with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
        probe.connect(("127.0.0.1", port))


@ensureDeferred
async def test_the_event_loop_is_watched_until_the_end(tmp_path: Path) -> None:
    reactor: Any = MemoryReactorClock()
    console = make(tmp_path / "control.sock", 1, reactor=reactor)
    console.start()
    reactor.advance(REACTOR_LAG_SECONDS + 0.125)
    registry = console._metrics.registry
    assert registry.get_sample_value("portero_reactor_lag_seconds_sum") == 0.125
    await console.stop()
    assert reactor.getDelayedCalls() == []


@ensureDeferred
async def test_a_port_in_use_is_named_with_its_cure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        console = make(tmp_path / "control.sock", port)
        with pytest.raises(PorteroError, match=rf"console\.port: .*127\.0\.0\.1:{port}.*in use"):
            console.start()
        await console.stop()
    assert not (tmp_path / "control.sock").exists()


@ensureDeferred
async def test_without_a_port_there_is_only_the_socket(tmp_path: Path) -> None:
    console = make(tmp_path / "control.sock", 0)
    console.start()
    assert (await Client(real_reactor, tmp_path / "control.sock").ask("GET", "/v1/status"))[
        0
    ] == 200
    await console.stop()


@ensureDeferred
async def test_two_porteros_do_not_share_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    first, second = make(path, 0), make(path, 0)
    first.start()
    with pytest.raises(PorteroError, match="another portero"):
        second.start()
    await second.stop()
    assert (await Client(real_reactor, path).ask("GET", "/v1/status"))[0] == 200
    await first.stop()


def test_the_names_follow_the_rules_of_prometheus() -> None:
    """https://prometheus.io/docs/practices/naming: base units, and counters end with _total."""
    metrics = Metrics(House(), Settings)
    metrics.observe(RECORD)
    told = generate_latest(metrics.registry)
    for family in text_string_to_metric_families(told.decode()):
        assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", family.name)
        assert family.documentation
        assert not re.search(r"_(ms|milliseconds|minutes|kilobytes|percent|total)$", family.name)
        if family.type == "counter":  # the parser takes the suffix off the family's name
            assert all(it.name.endswith("_total") for it in family.samples)
    if promtool := shutil.which("promtool"):  # of Debian's prometheus: it knows more rules
        done = subprocess.run(
            [promtool, "check", "metrics"], input=told, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")

"""The steps beside Asterisk as the doctor takes them, one after the other, on one machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml
from registry.house import TOKEN, House
from told import GREEN, RED, told

from twisted.internet import reactor

from portero.asterisk.error import AMIDisconnected
from portero.config.loader import load
from portero.doctor.around import LOOKS
from portero.doctor.findings import Finding, Level
from portero.doctor.gates import look_at_gates
from portero.registry.site import make_site
from portero.simulator.realtime import RealtimeServer

where: Any = reactor


class Ground:
    """What the steps stand on, with an Asterisk whose clock is `asterisk_ahead` of ours."""

    def __init__(self, folder: Path, settings: Any, asterisk_ahead: float = 0.0) -> None:
        self.config: Path | None = folder / "config.yaml"
        secrets = {"asterisk": {"ami": {"password": "ami-s3cret"}}}
        text = yaml.safe_dump({**secrets, "registry": {"url": "sqlite://"}, **settings})
        self.config.write_text(text)
        self.config.chmod(0o600)
        self.environ: dict[str, str] = {}
        self.loaded = load(self.config, self.environ)
        self.reactor = reactor
        begun = time.time()
        self.now = lambda: begun  # however long the machine takes
        self.aheads: dict[str, float | None] = {}
        self._ahead = asterisk_ahead

    async def getvar(self, expression: str) -> str:
        if expression == "EPOCH":
            return str(int(self.now() + self._ahead))
        return "1" if expression == "DIALPLAN_EXISTS(gates,700,1)" else "0"


async def look(ground: Ground) -> list[Finding]:
    found: list[Finding] = []
    for step in LOOKS:
        found += await step.look(ground)
    for secret in ("ami-s3cret", "sk-canary", TOKEN):
        told(found, secret=secret)
    return found


@pytest.mark.parametrize(("ahead", "level"), [(0.0, GREEN), (-3600.0, RED)])
@pytest_twisted.ensureDeferred
async def test_all_of_them_and_the_clocks_that_they_hear_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, level: Level
) -> None:
    for slow in ("backend.DOCTOR_ANSWER_SECONDS", "realtime.DOCTOR_SOUND_GREEN_SECONDS"):
        monkeypatch.setattr(f"portero.doctor.{slow}", 30.0)
    house = House()
    site: Any = make_site(house, TOKEN)
    port = where.listenTCP(0, site, interface="127.0.0.1")
    server = RealtimeServer(reactor)
    server.startService()
    backend = f"http://127.0.0.1:{port.getHost().port}"
    tenant = {
        "id": "robles",
        "extensions": ["1"],
        "gates": {"main_gate": {"driver": "asterisk", "extension": "700", "context": "gates"}},
    }
    ground = Ground(
        tmp_path,
        {
            "realtime": {"url": server.url, "api_key": "sk-canary"},
            "doorman": {"backend_url": backend, "backend_token": TOKEN},
            "tenants": [tenant],
        },
        ahead,
    )
    found = await look(ground)
    await server.stopService()
    await port.stopListening()
    house.close()
    levels = told(found)
    for step in ("realtime.sound", "backend.ask", "gate.way", "database.write", "files.secrets"):
        assert (step, GREEN) in levels
    assert levels[-1] == ("host.clock", level)
    assert set(ground.aheads) == {
        server_name(backend),
        server_name(ground.loaded.settings.realtime.url),
        "Asterisk",
    }
    if level is RED:
        assert found[-1].values["name"] == "Asterisk"
        assert 3599 <= found[-1].values["seconds"] <= 3601


def server_name(url: str) -> str:
    return url.partition("//")[2].partition("/")[0]


@pytest_twisted.ensureDeferred
async def test_an_ami_that_is_lost_meanwhile_ends_no_step(tmp_path: Path) -> None:
    async def getvar(_: str) -> str:
        raise AMIDisconnected("gone")

    tenant = {
        "id": "a",
        "extensions": ["1"],
        "gates": {"x": {"driver": "asterisk", "extension": "7"}},
    }
    ground = Ground(tmp_path, {"realtime": {"api_key": "sk-canary"}, "tenants": [tenant]})
    settings = ground.loaded.settings
    found = await look_at_gates(settings, reactor, now=time.time, getvar=getvar)
    assert found[0].level is Level.SKIPPED
    ground.getvar = getvar  # type: ignore[method-assign]
    (clock,) = [step for step in LOOKS if step.name == "clock"]
    assert told(await clock.look(ground)) == [("host.clock", Level.SKIPPED)]


def test_steps_need_steps_before_them() -> None:
    names = [step.name for step in LOOKS]
    assert len(set(names)) == len(names)
    for at, step in enumerate(LOOKS):
        assert set(step.needs) <= set(names[:at])


@pytest_twisted.ensureDeferred
async def test_the_clock_alone_asks_for_the_time_itself(tmp_path: Path) -> None:
    house = House()
    site: Any = make_site(house, TOKEN)
    port = where.listenTCP(0, site, interface="127.0.0.1")
    backend = f"http://127.0.0.1:{port.getHost().port}"
    ground = Ground(
        tmp_path,
        {
            "realtime": {"url": "ws://127.0.0.1:1", "api_key": "sk-canary"},
            "doorman": {"backend_url": backend, "backend_token": TOKEN},
            "tenants": [{"id": "a", "extensions": ["1"]}],
        },
    )
    ground.getvar = None  # type: ignore[method-assign, assignment]
    ground.now = lambda: time.time() - 3600
    (clock,) = [step for step in LOOKS if step.name == "clock"]
    found = await clock.look(ground)
    await port.stopListening()
    house.close()
    assert told(found) == [("host.clock", RED)]
    assert found[0].values["name"] == server_name(backend)

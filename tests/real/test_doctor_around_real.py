"""What the doctor asks of a real Asterisk besides its own: the time, and if an extension exists."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from doctor.told import GREEN, RED, told

from twisted.internet import reactor

from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.config.loader import load
from portero.doctor.around import LOOKS
from portero.doctor.findings import Finding

from .asterisk_server import AsteriskServer

pytestmark = pytest.mark.real

SETTINGS = """
realtime: {api_key: sk-canary, url: "ws://127.0.0.1:1"}
asterisk: {ami: {password: change-this-secret}}
tenants:
  - id: lomas
    extensions: ["1000"]
    gates:
      there: {driver: asterisk, context: portero, extension: s}
      nowhere: {driver: asterisk, context: nobody-here, extension: "7777"}
"""


class Ground:
    """What the steps stand on, with a session that has the sample's rights."""

    def __init__(self, config: Path, ami: AMIProtocol) -> None:
        config.write_text(SETTINGS)
        self.config: Path | None = config
        self.environ: dict[str, str] = {}
        self.loaded = load(config, {})
        self.reactor: Any = reactor
        self.now = time.time
        self.aheads: dict[str, float | None] = {}
        self._ami = ami

    async def getvar(self, expression: str) -> str:
        return str(await self._ami.getVar(None, expression))

    async def look(self, name: str) -> list[Finding]:
        (step,) = [step for step in LOOKS if step.name == name]
        return await step.look(self)


@pytest.mark.usefixtures("ami")
@pytest_twisted.ensureDeferred
async def test_the_gates_extensions_and_the_time(asterisk: AsteriskServer, tmp_path: Path) -> None:
    factory = AMIFactory("portero", "change-this-secret", plaintext_login=False, reactor=reactor)
    session = await factory.login("127.0.0.1", asterisk.ports.ami)
    ground = Ground(tmp_path / "config.yaml", session)
    gates = await ground.look("gates")
    clock = await ground.look("clock")
    ground.now = lambda: time.time() - 3600
    asked = time.time()
    wrong = await ground.look("clock")
    took = time.time() - asked
    await session.close()
    assert told(gates)[:2] == [("gate.way", GREEN), ("gate.way", RED)]
    assert told(clock) == [("host.clock", GREEN)]
    assert told(wrong) == [("host.clock", RED)]
    ahead = ground.aheads["Asterisk"]
    assert ahead is not None
    # Asterisk tells whole seconds, and its answer is on the way for a while.
    assert -0.51 - took < ahead - 3600 < 0.51

"""A Hikvision device in memory, a clock in the test's hand, and portero's side of both."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from pydantic import SecretStr
from wire import Running

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.web.iweb import IAgent, IResponse
from zope.interface import implementer

from portero.config.settings import GateSettings
from portero.doorman.devices import HikvisionDevice
from portero.doorman.gates import Acknowledgement, GateOrder
from portero.doorman.hikvision import HikvisionGate
from portero.simulator.hikvision import HikvisionServer

NOW = 1_795_000_000.0  # a Wednesday in 2026
PASSWORD = "Puerta-2026"
ORDER = GateOrder("robles", "main_gate", "Juan Pérez", "r1", "portero c1", "c1-1")


@implementer(IAgent)
class _Far:
    """An agent whose device is some way off: requests that start together travel together."""

    def __init__(self, agent: IAgent, clock: Clock, seconds: float) -> None:
        self._agent = agent
        self._clock = clock
        self._seconds = seconds

    def request(self, *what: Any) -> Deferred[IResponse]:
        return deferLater(self._clock, self._seconds, self._agent.request, *what)


class Bench:
    """`server` is the device, `device` what portero knows of it."""

    def __init__(self, password: str = PASSWORD, latency: float = 0.0, **kinds: Any) -> None:
        self.clock = Clock()
        self.server = HikvisionServer(self.clock, now=self.now, **kinds)
        make_agent: Any = RequestTraversalAgent
        self.agent = make_agent(self.server.resource)
        self.device = HikvisionDevice(
            _Far(self.agent, self.clock, latency) if latency else self.agent,
            "http://192.0.2.20",
            "portero",
            SecretStr(password),
            clock=self.clock,
        )

    def now(self) -> float:
        """The wall clock of both."""
        return NOW + self.clock.seconds()

    def gate(self, **settings: Any) -> HikvisionGate:
        """A gate of the device."""
        return HikvisionGate(
            GateSettings(driver="hikvision", url="http://192.0.2.20", **settings), self.device
        )

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Running:
        """Start something, and let it go as far as it gets at this moment."""
        running = Running(coroutine)
        self.flush()
        return running

    def flush(self) -> None:
        for _ in range(8):  # a challenge, an answer, and so on: each needs another round
            self.agent.flush()

    def pass_time(self, seconds: float, step: float = 0.1) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.flush()

    def open(self, gate: HikvisionGate, seconds: float = 12.0) -> Acknowledgement:
        """Order it to open; what it says within these seconds."""
        opening = self.start(gate.open(ORDER))
        waited = 0.0
        while not opening.done:
            assert waited < seconds, f"no answer in {seconds} s"
            self.pass_time(0.1)
            waited += 0.1
        said: Acknowledgement = opening.result
        return said

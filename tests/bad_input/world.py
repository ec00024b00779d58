"""The whole daemon on the real reactor, between stand-ins that a test may swap for strangers.

Whatever a test does to it, one call goes on meanwhile, and afterwards nothing may be left: sockets,
timers and files are counted before and after (``Census``).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import socket
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import yaml
from strangers import Stranger

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocol
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher

from portero.config import load
from portero.media.stream import MediaStats
from portero.registry.site import make_site
from portero.registry.store import Registry
from portero.service import PorteroService
from portero.simulator.conversation_script import AgentLine, Script, Step, Tone
from portero.simulator.demo_daemon import free_udp_ports
from portero.simulator.phone import PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_ami import AMIUser
from portero.simulator.phone_leg import Leg
from portero.simulator.phone_visit import Visit
from portero.simulator.realtime import RealtimeConnection, RealtimeFactory, RealtimeServer
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import Manners

reactor: Any = importlib.import_module("twisted.internet.reactor")

PATIENCE = 8.0
LOUD = 1000.0
ENOUGH_FRAMES = 5
SECRET = "canary-of-the-ami"
API_KEY = "sk-canary"
TOKEN = "canary-of-the-backend"
PROMPT = Manners(pace=Pace(first_item=0.02, first_audio=0.02, burst=50.0))
GREETING = AgentLine("Buenas tardes.", Tone(440, 12.0))


async def until(true: Callable[[], object], why_not: Callable[[], object]) -> None:
    """Wait for a condition; AssertionError with the reason when it does not come about."""
    deadline = reactor.seconds() + PATIENCE
    while not true():
        assert reactor.seconds() < deadline, why_not()
        await deferLater(reactor, 0.01)


def free_tcp_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, no two of them the same."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


async def nothing_beyond(before: Counter[str]) -> None:
    """Wait until the process holds no more than it did."""
    await until(lambda: census() <= before, lambda: f"left: {leftovers(before)}")


def census() -> Counter[str]:
    """What the process holds: descriptors (UDP sockets of legs are no readers) and timers."""
    return Counter(
        descriptors=len(os.listdir("/proc/self/fd")),
        readers=len(reactor.getReaders()),
        writers=len(reactor.getWriters()),
        timers=len(reactor.getDelayedCalls()),
    )


def leftovers(before: Counter[str]) -> str:
    """What is there beyond what was."""
    files = [os.readlink(fd) for fd in Path("/proc/self/fd").iterdir() if os.path.lexists(fd)]
    timers = [str(call) for call in reactor.getDelayedCalls()]
    return f"{census() - before} of {files}, {reactor.getReaders()}, {timers}"


class Trouble:
    """The lines of the log that an operator has to look at, with how bad each is."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        globalLogPublisher.addObserver(self._observe)

    def close(self) -> None:
        globalLogPublisher.removeObserver(self._observe)

    def seen(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self.lines)

    async def only(self, pattern: str) -> None:
        """Wait for such a line, and see that it is the only one since the last look."""
        await until(lambda: self.lines, lambda: f"nothing was logged, not {pattern!r}")
        lines, self.lines = self.lines, []
        assert len(lines) == 1, lines
        assert re.search(pattern, lines[0]), f"{lines[0]!r} is not {pattern!r}"
        assert "\n" not in lines[0]
        assert len(lines[0]) < 1000
        assert not any(secret in lines[0] for secret in (SECRET, API_KEY, TOKEN))

    def _observe(self, event: LogEvent) -> None:
        ours = not event.get("log_namespace", "").startswith("portero.simulator")
        if ours and event["log_level"] >= LogLevel.warn:
            self.lines.append(formatEvent(event) or str(event.get("log_failure")))


class Door(Factory):
    """A port where a good server answers, or, as often as it is told, a stranger."""

    noisy = False

    def __init__(self, good: Factory) -> None:
        self._good = good
        self._strangers: deque[Stranger] = deque()
        self.port = reactor.listenTCP(0, self, interface="127.0.0.1")

    @property
    def number(self) -> int:
        return int(self.port.getHost().port)

    def startFactory(self) -> None:
        self._good.doStart()

    def stopFactory(self) -> None:
        self._good.doStop()

    def next_meets(self, *strangers: Stranger) -> None:
        """The next connections are answered by these."""
        self._strangers.extend(strangers)

    def meets_nobody(self) -> None:
        """No more strangers."""
        self._strangers.clear()

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        return self._strangers.popleft() if self._strangers else self._good.buildProtocol(addr)


class Ears:
    """Counts the frames in which a visitor hears the agent."""

    def __init__(self) -> None:
        self.loud = 0

    def hear(self, level: float) -> None:
        self.loud += level > LOUD

    def beat(self, leg: Leg) -> None:
        """Says nothing."""


class World:
    """The daemon, its doors to the stand-ins, and visitors."""

    def __init__(self, folder: Path, *steps: Step, **settings: Any) -> None:
        self.trouble = Trouble()
        self.phones = PhoneSide(reactor, users={"portero": AMIUser(SECRET)}, ami_port=None)
        self.realtime = RealtimeServer(
            reactor, script=Script("", steps or (GREETING,)), manners=PROMPT
        )
        self.ami_door = Door(self.phones.ami)
        self.realtime_door = Door(RealtimeFactory(self.realtime, reactor))
        self.backend = Registry(f"sqlite:///{folder}/backend.db")
        self.backend_door = Door(make_site(self.backend, TOKEN))
        self.agi_port, self.audiosocket_port = free_tcp_ports(2)  # the doors have theirs already
        self._file = folder / "config.yaml"
        self._file.write_text(yaml.safe_dump(self._settings(folder, settings)))
        self.daemon = PorteroService(load(self._file, {}).settings, reactor)
        self._ears: dict[Visit, Ears] = {}
        self._idle = Counter[str]()

    def _settings(self, folder: Path, changes: dict[str, Any]) -> dict[str, Any]:
        ami = {"port": self.ami_door.number, "password": SECRET}
        realtime = f"ws://127.0.0.1:{self.realtime_door.number}/v1/realtime"
        return {
            "asterisk": {
                "ami": ami,
                "fastagi": {"port": self.agi_port, **changes.get("fastagi", {})},
            },
            "media": {
                "ports": free_udp_ports(),
                "audiosocket_port": self.audiosocket_port,
                **changes.get("media", {}),
            },
            "realtime": {"url": realtime, "api_key": API_KEY, **changes.get("realtime", {})},
            "doorman": {
                "backend_url": f"http://127.0.0.1:{self.backend_door.number}",
                "backend_token": TOKEN,
                **changes.get("doorman", {}),
            },
            "registry": {"url": "sqlite://"},
            "console": {"port": 0, "socket": f"{folder}/control.sock"},
            "tenants": [{"id": "lomas", "name": "Las Lomas", "fallback": {"reconnects": 0}}],
        }

    async def start(self, *, logged_in: bool = True) -> None:
        self.backend.start(reactor)
        self.phones.startService()
        self.daemon.startService()
        if logged_in:
            await self.manager_is_back()
        self._idle = census()

    async def stop(self) -> None:
        for visit in self.phones.visits:
            visit.hang_up()
        await self.daemon.stopService()
        await self.phones.stopService()
        await self.realtime.stopService()
        for door in (self.ami_door, self.realtime_door, self.backend_door):
            await door.port.stopListening()
        self.backend.close()
        self.trouble.close()

    def idle_now(self) -> None:
        """From here on this is what the daemon holds when nobody is there."""
        self._idle = census()

    async def manager_is_back(self) -> None:
        """Wait until the daemon is logged in to the AMI."""
        await until(lambda: self.daemon._manager.connected, lambda: "no AMI login came")

    # -- visitors

    def arrives(self) -> Visit:
        """A visitor at the door."""
        visit = self.phones.visit(AgiUrl("127.0.0.1", self.agi_port, "portero?tenant=lomas"))
        visit.person = self._ears[visit] = Ears()
        return visit

    async def visitor(self) -> Visit:
        """A visitor who hears the agent."""
        visit = self.arrives()
        await self.hears(visit)
        return visit

    async def hears(self, visit: Visit) -> None:
        """The visitor hears the agent, from now on."""
        ears = self._ears[visit]
        wanted = ears.loud + ENOUGH_FRAMES
        await until(
            lambda: ears.loud >= wanted,
            lambda: f"nothing was heard: {visit.variables}, {self.trouble.lines}",
        )

    async def leaves(self, visit: Visit) -> None:
        """The visitor hangs up, and the daemon knows why the call is over."""
        visit.hang_up()
        await self.gone(visit, "HANGUP")

    async def gone(self, visit: Visit, status: str, reason: str | None = None) -> None:
        """Wait for the end of a visit, as the dialplan sees it."""
        await visit.done().addTimeout(PATIENCE, reactor)
        assert visit.variables.get("PORTERO_STATUS") == status, visit.variables
        assert reason in (None, visit.variables["PORTERO_REASON"]), visit.variables

    @property
    def newest_session(self) -> RealtimeConnection:
        """The server's end of the Realtime connection that was made last."""
        connection = self.realtime.sessions[-1]._link.wire
        assert isinstance(connection, RealtimeConnection)
        return connection

    def stats(self, number: int) -> MediaStats:
        """The sound figures of the call that came so many calls after the oldest."""
        return self.daemon._media._beat.streams[number].stats

    # -- what may not be left

    async def nothing_is_left(self) -> None:
        """Nobody is there any more: the daemon holds what it held before."""
        await nothing_beyond(self._idle)


@contextlib.asynccontextmanager
async def world(
    folder: Path,
    *steps: Step,
    at_ami: Stranger | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """A world that is gone afterwards, whole; and that logged nothing which a test has not seen.

    ``at_ami``: who answers when the daemon first looks for Asterisk.
    """
    # From its first port on, Twisted keeps a descriptor in reserve for ever.
    await reactor.listenTCP(0, Factory(), interface="127.0.0.1").stopListening()
    before = census()
    made = World(folder, *steps, **settings)
    try:
        if at_ami:
            made.ami_door.next_meets(at_ami)
        await made.start(logged_in=not at_ami)
        yield made
    finally:
        await made.stop()
    await nothing_beyond(before)
    assert made.trouble.lines == [], made.trouble.lines


@contextlib.asynccontextmanager
async def calls_go_on(
    world: World,
) -> AsyncIterator[Visit]:
    """One visitor hears the agent before, during and after; another comes afterwards."""
    visit = await world.visitor()
    yield visit
    await world.hears(visit)
    after = await world.visitor()
    for each in (visit, after):
        await world.leaves(each)
    await world.nothing_is_left()


def lost(stranger: Stranger) -> Deferred[None]:
    """Fires when the stranger's connection is gone."""
    return stranger.lost.addTimeout(PATIENCE, reactor)

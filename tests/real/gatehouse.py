"""A house for whole visits: a real daemon between Asterisk, a Realtime stand-in and a relay."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sound
import yaml
from locked_memory import keep_programs_of
from sqlalchemy import Table

from twisted.internet import reactor
from twisted.internet.task import deferLater

from portero.registry import Registry, queries
from portero.simulator.conversation_script import (
    AgentLine,
    Script,
    Step,
    Tone,
    ToolCall,
    ToolCalls,
    VisitorLine,
)
from portero.simulator.faults import Fault, FaultKind, FaultPlan
from portero.simulator.realtime import RealtimeServer
from portero.simulator.relay import RelayMood, RelayServer
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import Manners, Session

from .ami_probe import AmiProbe, Message
from .asterisk_server import AsteriskServer
from .daemon import PATIENCE, REPOSITORY, Daemon, settings, spawn_daemon
from .visit import RECORD_RATE, Visit, originate_visit

AGENT_HERTZ = 440
AGENT_AGAIN_HERTZ = 520
GREETING_SECONDS = 0.3
WORD_SECONDS = 0.3
# A tone touches frames at its two ends, and at two more where MixMonitor pads a moment's delay.
TONE_SLACK = 0.12
# From the end of the line until he speaks: its sound is under way, and the machine may stand still.
LISTENING_SECONDS = 0.5
TENANTS = {"lomas": "100", "rings": "101", "engaged": "102", "leaves": "103"}
# As the API is, but quick: what is told here is who hears whom, and who goes where.
BRISK = Manners(pace=Pace(first_item=0.02, first_audio=0.02, closing=0.02, transcript=0.02))
# A guard who is called is a Dial inside AGI: what Asterisk says when the gate's side is Local.
HARMLESS: tuple[str, ...] = ()


def agent(seconds: float = GREETING_SECONDS, hertz: float = AGENT_HERTZ) -> AgentLine:
    """A line of the agent: a tone, so that it is known when the visitor hears it."""
    return AgentLine("Buenas tardes.", Tone(hertz, seconds))


def said() -> VisitorLine:
    """The visitor says a word."""
    return VisitorLine("Vengo a ver a María.")


def sent(session: Session, kind: str) -> list[dict[str, Any]]:
    """The events of that kind which the server has sent."""
    return [event for _, event in session.record.sent if event["type"] == kind]


def tool(name: str, expect: Any = None, /, **arguments: Any) -> ToolCalls:
    """The agent calls one tool."""
    return ToolCalls((ToolCall(name, arguments, expect),))


def community(tenant: str, guard: str, did: str, gate_url: str) -> dict[str, Any]:
    return {
        "id": tenant,
        "name": "Las Lomas",
        "dids": [did],
        "extensions": [f"2{did[1:]}"],
        "gates": {"main_gate": {"driver": "webhook", "url": gate_url, "timeout": 1}},
        # The visits of a test file come one upon the other, all from one intercom.
        "policy": {"limits": {"cooldown": 0}},
        "guard": {"extension": guard, "context": "guards", "ring_seconds": 5},
    }


class Gatehouse:
    """Its parts, and what tests ask of them; ``await open()`` before, ``await close()`` after."""

    def __init__(self, asterisk: AsteriskServer, folder: Path) -> None:
        self.asterisk = asterisk
        self.folder = folder
        self.realtime = RealtimeServer(reactor, manners=BRISK)
        self.relay = RelayServer(reactor)
        self.realtime.startService()
        self.relay.startService()
        self.config = settings(asterisk, folder, self.realtime.url)
        self.config["realtime"]["vad"] = {"silence_duration_ms": 200}
        word = sound.tone(1010, WORD_SECONDS, RECORD_RATE)
        asterisk.add_sound("word", sound.to_pcm(word), RECORD_RATE)
        self.config["tenants"] = [
            community(name, guard, str(1000 + number), self.relay.url)
            for number, (name, guard) in enumerate(TENANTS.items())
        ]
        self.daemon = Daemon()
        self._logged = 0

    # -- life

    async def start(self, *, logged_in: bool = True) -> None:
        """Start the daemon (again)."""
        self.daemon = spawn_daemon(self.config, self.folder)
        await self.daemon.logged("portero listens on")
        if logged_in:
            await self.daemon.logged("logged in as portero")
        keep_programs_of(self.pid)

    async def close(self) -> None:
        """Stop what still runs."""
        if self.daemon.transport is not None and not self.daemon.ended.called:
            await self.daemon.stop()
        await self.realtime.stopService()
        await self.relay.stopService()

    def import_registry(self, tenant: str = "lomas") -> None:
        """``portero registry import`` of the sample, as the installer does it."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.config, allow_unicode=True))
        portero = [sys.executable, "-c", "from portero.cli import main; main()", "registry"]
        sample = REPOSITORY / "etc" / "registry.yaml"
        subprocess.run(
            [*portero, "import", "-c", "config.yaml", "-t", tenant, str(sample)],
            check=True,
            capture_output=True,
            cwd=self.folder,
            env={"PYTHONPATH": str(REPOSITORY)},
        )

    # -- before a visit

    def agent_does(self, *steps: Step, faults: tuple[Fault, ...] = ()) -> None:
        """What the agent says and calls in the next visits, and what goes wrong with it."""
        self._logged = len(self.daemon.log)
        self.realtime.script = Script("visit", steps)
        self.realtime.faults = FaultPlan(faults)
        self.realtime.sessions.clear()
        self.relay.mood = RelayMood.WELL
        self.relay.pulses.clear()

    def fault(self, kind: FaultKind, **how: Any) -> None:
        """What goes wrong at the Realtime server, once."""
        self.agent_does(agent(), faults=(Fault(kind, 1, **how),))

    async def visit(self, ami: AmiProbe, destination: str = "1000@gate", **variables: str) -> Visit:
        """Send a silent visitor in; ``variables`` are inherited by the gate's side."""
        inherited = {f"__{name}": value for name, value in variables.items()}
        return await originate_visit(self.asterisk, ami, destination, variables=inherited)

    # -- during a visit

    async def until(self, what: Callable[[], Any], patience: float = PATIENCE) -> None:
        """Wait for something that only looking at it tells."""
        deadline = reactor.seconds() + patience  # type: ignore[attr-defined]
        while not what():
            assert reactor.seconds() < deadline, f"not in {patience} s\n{self.daemon.log[-3000:]}"  # type: ignore[attr-defined]
            await deferLater(reactor, 0.02)  # type: ignore[arg-type]

    async def quiet(self, seconds: float) -> None:
        """Let real time pass, where it is shown that nothing happens in it."""
        await deferLater(reactor, seconds)  # type: ignore[arg-type]

    async def session(self, number: int = 1) -> Session:
        """The Realtime session of the ``number``-th visit since ``agent_does``."""
        await self.until(lambda: len(self.realtime.sessions) >= number)
        return self.realtime.sessions[number - 1]

    async def greeted(self, ami: AmiProbe, visit: Visit) -> Session:
        """The visitor hears the greeting out, and answers it with a word."""
        session = await self.session()
        await self.until(lambda: sent(session, "response.done"))
        await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")  # his leg stands
        await self.listened(ami, visit)
        return session

    async def listened(self, ami: AmiProbe, visit: Visit) -> None:
        """The visitor hears the agent out, and answers with a word."""
        await deferLater(reactor, GREETING_SECONDS + LISTENING_SECONDS)  # type: ignore[arg-type]
        await self.speak(ami, visit)

    async def speak(self, ami: AmiProbe, visit: Visit) -> None:
        """The visitor says a word, and then listens again."""
        await ami.action(
            "Setvar", Channel=visit.channel, Variable="VISITOR_FILE", Value="/mnt/sounds/word"
        )
        await ami.action(
            "Redirect", Channel=visit.channel, Context="visitor", Exten="play", Priority="1"
        )

    # -- after a visit

    async def ended(self, ami: AmiProbe, visit: Visit, patience: float = PATIENCE) -> Message:
        """What the dialplan knew when the visitor's call was over."""
        return await ami.event(
            "UserEvent", UserEvent="Ended", Uniqueid=f"{visit.id}-far", patience=patience
        )

    async def fallback(self, ami: AmiProbe, visit: Visit, patience: float = PATIENCE) -> Message:
        """What the dialplan knew when the visitor reached the guard that is picked in FreePBX."""
        return await ami.event(
            "UserEvent", UserEvent="Fallback", Uniqueid=f"{visit.id}-far", patience=patience
        )

    def access_log(self, tenant: str = "lomas") -> list[dict[str, Any]]:
        """The registry's access log, newest first."""
        return self._ask(queries.list_access, tenant, skip=0, limit=50, event_type=None)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows of a table of the registry."""
        return self._ask(
            lambda rows: [dict(row) for row in rows.execute(table.select()).mappings()]
        )

    def _ask(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        registry = Registry(self.config["registry"]["url"])
        try:
            return registry.work(job, *args, **kwargs)
        finally:
            registry.close()

    @property
    def pid(self) -> int:
        """The daemon's."""
        return int(self.daemon.transport.pid)  # type: ignore[union-attr]

    def sockets(self) -> Counter[str]:
        """The daemon's sockets by what they are for; its talks with its own backend left out."""
        return sockets_of(
            self.pid,
            {
                self.config["asterisk"]["ami"]["port"]: "ami",
                self.asterisk.ports.fastagi: "agi",
                _port(self.config["realtime"]["url"]): "realtime",
                _port(self.relay.url): "relay",
            },
        )

    async def nothing_is_left(self, ami: AmiProbe, *harmless: str) -> None:
        """No channel, no socket, no complaint of Asterisk, no broken rule of the Realtime API."""
        await ami.cli("channel request hangup all")
        await self.until(lambda: "0 active channels" in self.asterisk.cli("core show channels"))
        if self.daemon.transport is not None and not self.daemon.ended.called:
            await self.until(lambda: not self.sockets() - Counter({"ami": 1, "agi listens": 1}))
        complaints = [
            line
            for line in self.asterisk.complaints()
            if not any(known in line for known in (*HARMLESS, *harmless))
        ]
        assert not complaints, complaints
        for session in self.realtime.sessions:
            assert not session.violations, session.violations
            assert not session.unmet, session.unmet
        assert "Traceback" not in self.daemon.log[self._logged :]


def sockets_of(pid: int, names: dict[int, str]) -> Counter[str]:
    """A process's UDP sockets and TCP connections from or to these ports."""
    inodes = socket_inodes(pid)
    found: Counter[str] = Counter()
    for protocol in ("udp", "tcp"):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] not in inodes:
                continue
            ports = {int(address.rpartition(":")[2], 16) for address in fields[1:3]}
            known = [names[port] for port in ports if port in names]
            if protocol == "udp":
                found["udp"] += 1
            elif known:
                found[known[0] + (" listens" if fields[3] == "0A" else "")] += 1
    return found


def socket_inodes(pid: int) -> set[str]:
    """The inodes of a process's open sockets."""
    links = map(_target, Path(f"/proc/{pid}/fd").iterdir())
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _target(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except FileNotFoundError:  # closed while we looked
        return ""


def seconds_of_tone(heard: sound.Samples, hertz: float) -> float:
    """How long that tone is to be heard in all, to 50 ms."""
    size = RECORD_RATE // 20
    frames = heard[: len(heard) // size * size].reshape(-1, size)
    levels = [sound.tone_level_dbfs(frame, hertz, RECORD_RATE) for frame in frames]
    return sum(level > -30 for level in levels) / 20

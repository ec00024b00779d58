"""A whole visit on this machine: a real daemon between stand-ins for Asterisk, OpenAI and a gate.

``python -m portero.simulator.demo [SCRIPT]``; ``script/demo`` makes what it needs first.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.error import CannotListenError
from twisted.internet.task import react

from portero.errors import PorteroError
from portero.registry import Registry
from portero.registry.importing import import_file
from portero.simulator.commands import ScriptParam
from portero.simulator.conversation_script import Script
from portero.simulator.demo_daemon import (
    Daemon,
    DemoError,
    LogLine,
    free_tcp_port,
    free_udp_ports,
    write_settings,
)
from portero.simulator.demo_report import opened
from portero.simulator.demo_screen import Screen
from portero.simulator.phone import Caller, PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_ami import AMIUser
from portero.simulator.phone_person import speak_lines
from portero.simulator.phone_recording import wav
from portero.simulator.phone_visit import Dialled, Guard, Visit
from portero.simulator.realtime import RealtimeServer
from portero.simulator.relay import Pulse, RelayServer
from portero.simulator.voice import Voice

TENANT: Final = "encinos"
GUARD: Final = "9000@guard"
REGISTRY_FILE: Final = Path(__file__).parent / "demo_registry.yaml"
OUTCOME: Final = ("PORTERO_STATUS", "PORTERO_REASON")
VISIT_SECONDS: Final = 90.0
LOGIN_SECONDS: Final = 10.0
VISITOR_PITCH: Final = 0.8


class Stage:
    """Everything around one visit; ``play`` runs it, and leaving the stack ends all of it."""

    def __init__(self, reactor: Any, script: Script, screen: Screen, folder: Path) -> None:
        self._reactor = reactor
        self._script = script
        self._screen = screen
        self._folder = folder
        self._registry = f"sqlite:///{folder / 'registry.db'}"
        self._secret = secrets.token_urlsafe()
        self._ending = ""
        self._agi_port = free_tcp_port()
        self.relay = RelayServer(reactor, when_pulsed=self._pulsed)
        self.realtime = RealtimeServer(reactor, script=script)
        self.phones = PhoneSide(
            reactor,
            users={"portero": AMIUser(self._secret)},
            guards={GUARD: Guard(answers_after=2.0, talks=2.0)},
        )

    async def play(self) -> Visit:
        """The visit, from the ring to the end of the daemon."""
        voice = Voice.in_threads_of(self._reactor, pitch=VISITOR_PITCH)
        clips = await speak_lines(self._script, voice)
        self._fill_registry()
        async with AsyncExitStack() as stack:
            for service in (self.relay, self.realtime, self.phones):
                self._start(service)
                stack.push_async_callback(_stop, service)
            config = write_settings(self._folder, self._settings())
            daemon = await Daemon.start(self._reactor, config, self._heard)
            stack.push_async_callback(daemon.stop)
            await self._manager_login()
            self._screen.start()
            visit = self.phones.visit(
                AgiUrl("127.0.0.1", self._agi_port, f"portero?tenant={TENANT}"),
                caller=Caller(name="Caseta"),
                follow=self._script,
                clips=clips,
                said=lambda line: self._screen.tell("visitor", line.text),
            )
            visit.when_dialled = self._dialled
            try:
                await visit.done().addTimeout(VISIT_SECONDS, self._reactor)
            except PatienceLost:
                raise DemoError(f"the visit was not over after {VISIT_SECONDS:.0f} s") from None
        return visit

    def report(self, visit: Visit) -> None:
        """What was opened, for whom and why, and how it ended."""
        say = self._screen.plain
        say()
        for sentence in opened(self._registry, TENANT):
            say(f"Opened:   {sentence}")
        pulses = len(self.relay.pulses)
        say(
            f"Relay:    {pulses} pulse"
            if pulses
            else "Opened:   nothing; the relay was never asked"
        )
        variables = [f"{name}={visit.variables.get(name)}" for name in OUTCOME]
        say(f"Dialplan: {' '.join(variables)}")
        say(f"Call:     {self._ending}")
        for session in self.realtime.sessions:
            for violation in session.violations:
                say(f"Breach of the Realtime protocol: {violation}")

    def _settings(self) -> dict[str, Any]:
        ami = {"port": self.phones.ami_port, "username": "portero", "password": self._secret}
        gate = {"name": "Entrada principal", "driver": "webhook", "url": self.relay.url}
        number, _, context = GUARD.partition("@")
        return {
            "language": "en",
            "asterisk": {"ami": ami, "fastagi": {"port": self._agi_port}},
            "media": {"ports": free_udp_ports()},
            "realtime": {"url": self.realtime.url, "api_key": "none-needed"},
            "registry": {"url": self._registry},
            "console": {"port": 0},
            "tenants": [
                {
                    "id": TENANT,
                    "name": "Privada Los Encinos",
                    "gates": {"main_gate": gate},
                    "guard": {"extension": number, "context": context, "ring_seconds": 10},
                }
            ],
        }

    def _fill_registry(self) -> None:
        registry = Registry(self._registry)
        try:
            registry.upgrade()
            import_file(registry, TENANT, REGISTRY_FILE)
        finally:
            registry.close()

    def _start(self, service: Service) -> None:
        try:
            service.startService()
        except CannotListenError as error:
            raise DemoError(f"{type(service).__name__} can't listen: {error}") from error

    async def _manager_login(self) -> None:
        """Wait until the daemon has logged in to our AMI: it asks it where to send sound."""
        try:
            await self.phones.ami.someone().addTimeout(LOGIN_SECONDS, self._reactor)
        except PatienceLost:
            raise DemoError(f"no login to the AMI within {LOGIN_SECONDS:.0f} s") from None

    def _heard(self, line: LogLine) -> None:
        if line.call and line.text.startswith("end: "):
            self._ending = line.text.removeprefix("end: ")
        self._screen.log(line)

    def _pulsed(self, pulse: Pulse) -> None:
        self._screen.tell("gate", f"the relay gets {pulse.method} {pulse.path}: the gate opens")

    def _dialled(self, dialled: Dialled) -> None:
        if dialled.destination.startswith("Local/"):
            self._screen.tell("guard", f"{dialled.destination}: {dialled.status.lower()}")


async def _stop(service: Service) -> None:
    await maybeDeferred(service.stopService)


async def show(reactor: Any, script: Script, out: Path, write: Callable[[str], None]) -> None:
    """Play a script and write what the visitor heard; raises PorteroError if a part fails."""
    screen = Screen(write, reactor.seconds, colours=sys.stdout.isatty())
    screen.plain(f"portero demo: {script.title}")
    screen.plain("A real daemon; Asterisk, the speech model and the gate are stand-ins.\n")
    with TemporaryDirectory(prefix="portero-demo-") as folder:
        stage = Stage(reactor, script, screen, Path(folder))
        visit = await stage.play()
        stage.report(visit)
    if visit.recording is None:
        raise DemoError("the visitor heard nothing: there was no media leg")
    out.mkdir(exist_ok=True)
    name = script.path.stem if script.path else "script"
    path = out / f"demo-{name}.wav"
    path.write_bytes(wav(visit.recording.samples(), visit.recording.rate))
    screen.plain(f"Sound:    {path} (what the visitor heard)")


@click.command()
@click.argument("script", type=ScriptParam(), default="demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), help="Where the WAV goes."
)
def main(script: Script, out: Path) -> None:
    """Show a whole visit; SCRIPT is the name of one that comes with portero, or a file."""

    async def run(reactor: Any) -> None:
        try:
            await show(reactor, script, out, click.echo)
        except PorteroError as error:
            click.echo(f"demo: {error}", err=True)
            raise SystemExit(1) from None

    react(lambda reactor: Deferred.fromCoroutine(run(reactor)))


if __name__ == "__main__":
    main()

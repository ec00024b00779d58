"""``portero simulate``: the stand-ins from the command line."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import globalLogBeginner, textFileLogObserver

from portero.errors import PorteroError
from portero.simulator.conversation_script import Script
from portero.simulator.faults import Fault, FaultKind
from portero.simulator.hikvision import DeviceMood, HikvisionServer
from portero.simulator.phone import Caller, PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_ami import AMIUser
from portero.simulator.phone_person import speak_lines
from portero.simulator.phone_recording import wav
from portero.simulator.phone_visit import Guard
from portero.simulator.realtime import RealtimeServer
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import SESSION_SECONDS, Manners
from portero.simulator.script_loader import load_script
from portero.simulator.voice import Voice

SCRIPTS = Path(__file__).parent / "scripts"
DEFAULT_SCRIPT = "authorised_visit"


class ScriptParam(click.ParamType[Script]):
    """The name of a script that comes with portero, or the path of another."""

    name = "script"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Script:
        if isinstance(value, Script):
            return value
        bundled = SCRIPTS / f"{value}.yaml"
        try:
            return load_script(bundled if bundled.is_file() else Path(value))
        except PorteroError as error:
            names = ", ".join(sorted(path.stem for path in SCRIPTS.glob("*.yaml")))
            self.fail(f"{error}\n(scripts that come with portero: {names})", param, context)


class FaultParam(click.ParamType[Fault]):
    """``NAME`` or ``NAME:TIMES``."""

    name = "fault"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Fault:
        if isinstance(value, Fault):
            return value
        try:
            return Fault.parse(value)
        except PorteroError as error:
            self.fail(str(error), param, context)


@click.group()
def simulate() -> None:
    """Try it without a phone, key or device: `portero simulate phone`."""


@simulate.command()
@click.option("--interface", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="TCP port; 0: a free one.")
@click.option("--tls", is_flag=True, help="wss, with a certificate made on the spot.")
@click.option("--certificate", type=click.Path(path_type=Path), help="Write it there, for --tls.")
@click.option("--script", type=ScriptParam(), default=DEFAULT_SCRIPT, show_default=True)
@click.option(
    "--fault",
    "faults",
    type=FaultParam(),
    multiple=True,
    help=f"What goes wrong, NAME or NAME:TIMES: {', '.join(FaultKind)}.",
)
@click.option("--chatter", type=float, help="No script: answers of so many seconds, on and on.")
@click.option("--burst", default=Pace().burst, show_default=True, help="Seconds of sound a second.")
@click.option("--session-seconds", default=SESSION_SECONDS, show_default=True, help="It expires.")
@click.option("--api-key", help="The only key to let in; without it any will do.")
def realtime(
    interface: str,
    port: int,
    tls: bool,
    certificate: Path | None,
    script: Script,
    faults: tuple[Fault, ...],
    chatter: float | None,
    burst: float,
    session_seconds: float,
    api_key: str | None,
) -> None:
    """A Realtime server, in place of OpenAI's.

    Set OPENAI_REALTIME_URL to the URL that it prints.

    \b
    Example:
      portero simulate realtime --port 8765
    """
    manners = Manners(
        pace=Pace(burst=burst),
        session_seconds=session_seconds,
        chatter_seconds=chatter,
        keep=False,
    )

    def run(reactor: Any) -> Deferred[None]:
        globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)])
        server = RealtimeServer(
            reactor,
            script=script,
            faults=faults,
            manners=manners,
            api_key=api_key,
            interface=interface,
            port=port,
            tls=tls,
        )
        server.startService()
        if certificate is not None and server.certificate is not None:
            certificate.write_bytes(server.certificate.dumpPEM())
        reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
        click.echo(f"Realtime stand-in on {server.url}, following {script.title!r}")
        return Deferred()

    react(run)


@simulate.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where portero listens.")
@click.option("--port", default=4574, show_default=True, help="Its FastAGI port.")
@click.option("--path", default="portero", show_default=True, help="Script, with ?tenant=NAME.")
@click.option("--did", default="", help="The number that was dialled.")
@click.option("--caller", default="5551234", show_default=True, help="The caller's number.")
@click.option("--ami-port", default=5038, show_default=True, help="Where our AMI listens.")
@click.option("--ami-user", default="portero", show_default=True, help="Who may log in there.")
@click.option("--ami-secret", required=True, help="That user's secret, as in config.yaml.")
@click.option("--guard", "guards", multiple=True, help="EXTENSION@CONTEXT of one who answers.")
@click.option("--script", type=ScriptParam(), default=DEFAULT_SCRIPT, show_default=True)
@click.option("--wav", "sound", type=click.Path(path_type=Path), help="Write what was heard.")
def phone(
    host: str,
    port: int,
    path: str,
    did: str,
    caller: str,
    ami_port: int,
    ami_user: str,
    ami_secret: str,
    guards: tuple[str, ...],
    script: Script,
    sound: Path | None,
) -> None:
    """One visitor, in Asterisk's place.

    It calls a running portero and follows a script.

    \b
    Example:
      portero simulate phone --did 5550001234 --ami-secret secret
    """

    async def run(reactor: Any) -> None:
        clips = await speak_lines(script, Voice.in_threads_of(reactor))
        side = PhoneSide(
            reactor,
            users={ami_user: AMIUser(ami_secret)},
            ami_port=ami_port,
            guards={number: Guard() for number in guards},
        )
        side.startService()
        try:
            await side.ami.someone()
            visit = side.visit(
                AgiUrl(host, port, path, (did,) if did else ()),
                caller=Caller(number=caller, dnid=did),
                follow=script,
                clips=clips,
                said=lambda line: click.echo(f"visitor: {line.text}"),
            )
            await visit.done()
        finally:
            await side.stopService()
        for name in ("AGISTATUS", "PORTERO_STATUS", "PORTERO_REASON"):
            click.echo(f"{name}={visit.variables.get(name, '')}")
        if sound is not None and visit.recording is not None:
            sound.write_bytes(wav(visit.recording.samples(), visit.recording.rate))

    react(lambda reactor: Deferred.fromCoroutine(run(reactor)))


@simulate.command()
@click.option("--port", default=8081, show_default=True, help="TCP port; 0: a free one.")
@click.option("--username", default="portero", show_default=True)
@click.option("--password", required=True, help="That user's, as in config.yaml.")
@click.option("--mood", type=click.Choice([str(mood) for mood in DeviceMood]), default="well")
def hikvision(port: int, username: str, password: str, mood: str) -> None:
    """A Hikvision device: two doors and a barrier.

    It prints each order that it takes.

    \b
    Example, for a gate with url: http://127.0.0.1:8081, username: portero:
      portero simulate hikvision --password secret --mood slow
    """

    def run(reactor: Any) -> Deferred[None]:
        server = HikvisionServer(
            reactor, port=port, username=username, password=password, now=time.time
        )
        server.mood = DeviceMood(mood)
        server.when_ordered = lambda order: click.echo(f"{order.what} {order.number} {order.word}")
        server.startService()
        reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
        click.echo(f"Hikvision stand-in on {server.url}, user {username}")
        return Deferred()

    react(run)

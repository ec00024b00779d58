"""`portero call`: a simulated visit to the running daemon, with a live transcript."""

from __future__ import annotations

import json
import shlex
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    DeferredQueue,
    FirstError,
)
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react
from twisted.protocols.basic import LineOnlyReceiver

from portero.config.loader import Loaded
from portero.errors import PorteroError
from portero.operator.client import DaemonAway, Refused
from portero.operator.commands import tell
from portero.operator.desk import CONFIG, JSON, Desk, command_of_operator, desk_of
from portero.operator.lines import Line, check_voice, read_script, spoken_to
from portero.operator.originate import Origin, check
from portero.operator.tailing import line as told_line
from portero.operator.visit import Conversation, Happened, Phone, Watch, begin
from portero.operator.visitor import FORMAT, Visitor
from portero.records import CallRecord, as_json
from portero.simulator.sound import read_wav
from portero.simulator.voice import Voice

_DID: Final = "did"  # [portero] in etc/asterisk/extensions_portero.conf takes what follows as DID
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@CONFIG
@JSON
@click.option("-t", "--tenant", help="Call this tenant's first extension, or else its first DID.")
@click.option("--extension", help="Extension to dial.")
@click.option("--did", help="Outside number (DID) to call.")
@click.option("--from", "caller", metavar="NUMBER", default="", help="The caller's number (AMI).")
@click.option("--context", default="portero", show_default=True, help="Where the dialplan begins.")
@click.option("--script", type=_FILE, help="YAML list of what the visitor says.")
@click.option("--wav", "wavs", type=_FILE, multiple=True, help="Recording to play; may repeat.")
@click.option("--record", "record_to", type=_FILE, help="Write what the visitor hears (WAV).")
@click.option(
    "--console",
    "console_command",
    metavar="COMMAND",
    default="asterisk",
    show_default=True,
    help="How Asterisk's console is run here, without -rx.",
)
@command_of_operator
def call(config: str | None, as_json: bool | None, **options: Any) -> None:
    """Visit the running daemon: `portero call`; type what you say.

    Asterisk makes a call whose other end is this command: you type, a voice
    speaks, and you see the transcript while the agent answers. The call is
    real: tools run and gates open.

    \b
    Examples:
      portero call
      portero call --tenant robles --record visit.wav
      portero call --did 5550001234 --script visit.yaml
    """
    desk = desk_of(config, as_json)
    origin = _origin(desk.loaded, options, desk)
    lines = _lines(options, desk.language)
    check_voice(lines, desk.language)
    desk.client.get("/v1/status")  # nothing is dialled where nobody watches
    visit = _Visit(desk, origin, lines, options["record_to"], options["console_command"])
    failed: list[PorteroError] = []

    async def run(reactor: Any) -> None:
        try:
            await visit.run(reactor)
        except PorteroError as error:
            failed.append(error)

    try:
        react(lambda reactor: Deferred.fromCoroutine(run(reactor)))
    except SystemExit as ended:
        if failed:
            raise failed[0] from None
        if ended.code:
            raise


def _origin(loaded: Loaded, options: dict[str, Any], desk: Desk) -> Origin:
    extension, did, wanted = options["extension"], options["did"], options["tenant"]
    if not (extension or did):
        tenants = [it for it in loaded.settings.tenants if wanted in (None, it.id)]
        if not tenants and wanted is not None:
            choices = ", ".join(it.id for it in loaded.settings.tenants) or "-"
            raise PorteroError(desk.text("operator_no_such_tenant", tenant=wanted, choices=choices))
        extension = next((number for it in tenants for number in it.extensions), None)
        did = next((number for it in tenants for number in it.dids), None)
        if extension is None and did is None:
            raise PorteroError(desk.text("visit_no_number"))
    origin = Origin(
        port=0,
        context=options["context"],
        exten=extension or f"{_DID}{did}",
        caller=options["caller"],
    )
    check(origin, desk.language)
    return origin


def _lines(options: dict[str, Any], language: str) -> tuple[Line, ...] | None:
    """What is said; None: what is typed."""
    script = () if options["script"] is None else read_script(options["script"], language)
    return (*script, *(Line(wav=file) for file in options["wavs"])) or None


class _Typed(LineOnlyReceiver):
    """The operator's keyboard, a line at a time."""

    delimiter = b"\n"

    def __init__(self, typed: DeferredQueue[str | None]) -> None:
        self._typed = typed

    def lineReceived(self, line: bytes) -> None:
        words = line.decode("utf-8", "replace").strip()
        if words:
            self._typed.put(words)

    def connectionLost(self, reason: object = None) -> None:
        self._typed.put(None)


@dataclass
class _Visit:
    """One visit, from dialling to its record."""

    desk: Desk
    origin: Origin
    lines: tuple[Line, ...] | None
    record_to: Path | None
    console_command: str

    async def run(self, reactor: Any) -> None:
        desk, settings = self.desk, self.desk.loaded.settings
        visitor = Visitor(reactor, keep=self.record_to is not None)
        port = reactor.listenUDP(0, visitor, interface=self.origin.host)
        origin = replace(self.origin, port=port.getHost().port)
        console = shlex.split(self.console_command)
        phone = Phone(settings.asterisk.ami, console, desk.language, reactor)
        watch = Watch(desk.client, origin, self._show, desk.language)
        await self._listen(watch, reactor)
        number = origin.exten.removeprefix(_DID)
        click.echo(desk.text("visit_calling", number=number), err=True)
        reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: Deferred.fromCoroutine(self._hang_up(phone, watch))
        )
        try:
            visitor.start()
            await begin(phone, watch, reactor, desk.language)
            await self._talk(visitor, watch, reactor)
            await self._hang_up(phone, watch)
            self._over(await watch.record(reactor), visitor)
        finally:
            visitor.stop()
            await self._hang_up(phone, watch)  # or the dialplan goes on to ring the guard
            await phone.close()

    async def _listen(self, watch: Watch, reactor: Any) -> None:
        """Have what happens told, by a thread that reads; returns once it listens."""
        told: DeferredQueue[Happened | None] = DeferredQueue()

        def read() -> None:
            try:
                for event in self.desk.client.events():
                    reactor.callFromThread(told.put, event)
            except (DaemonAway, Refused) as error:
                watch.why_lost = str(error)
            reactor.callFromThread(told.put, None)

        threading.Thread(target=read, daemon=True).start()
        await watch.follow(told)

    async def _talk(self, visitor: Visitor, watch: Watch, reactor: Any) -> None:
        """Until all is said and answered, or the call is over."""
        speaking = Deferred.fromCoroutine(self._speak(visitor, reactor))
        over: Deferred[Any] = DeferredList(
            [speaking, watch.ended], fireOnOneCallback=True, fireOnOneErrback=True
        )
        try:
            await over
        except FirstError as error:
            error.subFailure.raiseException()
        finally:
            speaking.addErrback(lambda failure: failure.trap(CancelledError))
            speaking.cancel()

    async def _speak(self, visitor: Visitor, reactor: Any) -> None:
        number = self.origin.exten
        did = number.removeprefix(_DID) if number.startswith(_DID) else ""
        language = spoken_to(self.desk.loaded.settings, did=did, extension=number)
        voice = Voice.in_threads_of(reactor, language=language)
        talk = Conversation(visitor, reactor)

        async def say(line: Line) -> None:
            if line.wav is not None:
                samples = read_wav(line.wav, FORMAT.rate_out)
            else:
                samples = await voice.render(line.words, rate=FORMAT.rate_out)
            await talk.say(samples)

        if self.lines is not None:
            for line in self.lines:
                await say(line)
        else:
            click.echo(self.desk.text("visit_type"), err=True)
            typed: DeferredQueue[str | None] = DeferredQueue()
            StandardIO(_Typed(typed), reactor=reactor)
            while (words := await typed.get()) is not None:
                await say(Line(words))
        await talk.turn()

    async def _hang_up(self, phone: Phone, watch: Watch) -> None:
        if watch.channel and not watch.ended.called:
            await phone.hang_up(watch.channel)

    def _show(self, event: Any) -> None:
        if self.desk.as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            self.desk.screen.print(told_line(event, self.desk.language), soft_wrap=True)

    def _over(self, record: CallRecord, visitor: Visitor) -> None:
        if self.desk.as_json:
            click.echo(json.dumps({"record": as_json(record)}, ensure_ascii=False))
        else:
            click.echo()
            tell(self.desk, record)
        if self.record_to is not None:
            try:
                visitor.save(self.record_to)
            except OSError as error:
                raise PorteroError(f"{self.record_to}: {error.strerror}") from None
            click.echo(self.desk.text("visit_saved", file=self.record_to), err=True)

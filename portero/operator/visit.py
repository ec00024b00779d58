"""A simulated visit to the running daemon, through the real Asterisk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from twisted.internet.defer import CancelledError, Deferred, DeferredQueue
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from portero.asterisk.amiendpoint import ami_endpoint
from portero.asterisk.error import AMICommandFailure
from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.config.settings import AMISettings
from portero.console import shapes
from portero.errors import PorteroError
from portero.limits import (
    VISIT_BEGIN_SECONDS,
    VISIT_END_SECONDS,
    VISIT_PATIENCE_SECONDS,
    VISIT_PAUSE_SECONDS,
)
from portero.messages import text
from portero.operator.client import Client
from portero.operator.originate import Origin, asterisk_console, console_originate, originate
from portero.operator.visitor import Samples, Visitor
from portero.operator.words import ending
from portero.records import CallRecord, from_json

_TICK: Final = 0.1

Happened = Mapping[str, Any]


class Phone:
    """Has Asterisk make the call, and hang it up: by AMI if its user may, else on the console."""

    def __init__(
        self, ami: AMISettings, console: Sequence[str], language: str, reactor: Any
    ) -> None:
        self._settings = ami
        self._console = console
        self._language = language
        self._reactor = reactor
        self._ami: AMIProtocol | None = None
        self._why = ""

    async def dial(self, origin: Origin) -> None:
        """Returns once the channel is in the dialplan.

        Raises:
            PorteroError: neither way works; with both cures.
        """
        try:
            await originate(await self._log_in(), origin)
            return
        except (AMICommandFailure, ConnectError, OSError) as error:
            self._why = str(error)
        try:
            await deferToThread(console_originate, origin, self._language, command=self._console)
        except PorteroError as error:
            raise self._error("visit_no_way", console=error) from None

    async def hang_up(self, channel: str) -> None:
        """Hang up, if it is still there."""
        if self._ami is not None:
            try:
                await self._ami.hangup(channel)
                return
            except AMICommandFailure:  # it has gone, or the session has
                pass
        try:
            line = f"channel request hangup {channel}"
            await deferToThread(asterisk_console, line, self._language, command=self._console)
        except PorteroError:
            pass

    async def close(self) -> None:
        """Log off."""
        if self._ami is not None:
            self._ami.abort()

    async def _log_in(self) -> AMIProtocol:
        ami = self._settings
        factory = AMIFactory(
            ami.username,
            ami.password.get_secret_value(),
            plaintext_login=ami.plaintext_login,
            reactor=self._reactor,
            events="call",
        )
        kind = "tls" if ami.tls else "tcp"
        way = ami_endpoint(self._reactor, f"{kind}:{ami.host}:{ami.port}")
        session = cast(AMIProtocol, await way.connect(factory))
        self._ami = await session.when_logged_in()
        return self._ami

    def _error(self, key: str, **values: Any) -> PorteroError:
        user = self._settings.username
        return PorteroError(text(key, self._language, user=user, why=self._why, **values))


@dataclass
class Watch:
    """What the daemon tells of our call, among all that happens."""

    client: Client
    origin: Origin
    show: Callable[[Happened], None]
    language: str = "es"
    call_id: str = ""
    channel: str = ""
    why_lost: str = ""
    begun: Deferred[None] = field(default_factory=Deferred)
    ended: Deferred[None] = field(default_factory=Deferred)

    async def follow(self, told: DeferredQueue[Happened | None]) -> None:
        """Go on with what is told until None comes; returns with the first (it is being told)."""
        if await told.get() is None:
            raise PorteroError(self.why_lost)
        Deferred.fromCoroutine(self._follow(told))

    async def _follow(self, told: DeferredQueue[Happened | None]) -> None:
        early: list[Happened] = []
        while (event := await told.get()) is not None:
            if self.call_id:
                self._tell(event)
                continue
            early.append(event)
            if self._is_refusal(event):
                self.channel = str(event["channel"])
                self.begun.errback(self._refusal(event))
                return
            if event.get("event") == "begin" and await self._is_ours(str(event["call"])):
                self.begun.callback(None)
                for one in early:
                    self._tell(one)
        if not self.ended.called:
            self.ended.callback(None)

    def _is_refusal(self, event: Happened) -> bool:
        channel = str(event.get("channel", ""))
        return event.get("event") == "refused" and channel.startswith(self.origin.channel_begins)

    def _refusal(self, event: Happened) -> PorteroError:
        why = ending(str(event["status"]), str(event["reason"]), self.language)
        return PorteroError(text("visit_refused", self.language, ending=why))

    async def _is_ours(self, call_id: str) -> bool:
        try:
            told = await deferToThread(self.client.get, "/v1/calls")
        except PorteroError:  # then the stream of events ends, too
            return False
        for record in shapes.calls_from_json(told):
            if record.call_id == call_id and record.channel.startswith(self.origin.channel_begins):
                self.call_id, self.channel = call_id, record.channel
        return self.call_id == call_id

    def _tell(self, event: Happened) -> None:
        if event.get("call") != self.call_id:
            return
        self.show(event)
        if event.get("event") == "end" and not self.ended.called:
            self.ended.callback(None)

    async def record(self, reactor: Any, seconds: float = VISIT_END_SECONDS) -> CallRecord:
        """The call, once its end has been shown; as it stands when it does not end in time."""
        deadline = reactor.seconds() + seconds
        while True:
            record = from_json(await deferToThread(self.client.call, self.call_id))
            told = record.ended_at is not None and self.ended.called
            if told or reactor.seconds() > deadline:
                return record
            await deferLater(reactor, _TICK)


class Conversation:
    """Says one line after another, each when the agent has finished (or says nothing at all)."""

    def __init__(self, visitor: Visitor, reactor: Any) -> None:
        self._visitor = visitor
        self._reactor = reactor

    async def say(self, samples: Samples) -> None:
        """The next line (8 kHz), when it is its turn."""
        await self.turn()
        await self._visitor.say(samples)
        self._visitor.forget_heard()

    async def turn(self) -> None:
        """Wait until the agent has spoken and is quiet."""
        began = self._reactor.seconds()
        while self._reactor.seconds() - began < VISIT_PATIENCE_SECONDS:
            quiet = self._visitor.quiet_for
            if quiet is not None and quiet >= VISIT_PAUSE_SECONDS:
                return
            await deferLater(self._reactor, _TICK)


async def begin(phone: Phone, watch: Watch, reactor: Any, language: str) -> None:
    """Dial, and wait until the daemon has taken the call.

    Raises:
        PorteroError: Asterisk can't, the call never came to the daemon, or it did not take it.
    """
    await phone.dial(watch.origin)
    late = reactor.callLater(VISIT_BEGIN_SECONDS, watch.begun.cancel)
    try:
        await watch.begun
    except CancelledError:
        seconds = round(VISIT_BEGIN_SECONDS)
        raise PorteroError(text("visit_not_taken", language, seconds=seconds)) from None
    finally:
        if late.active():
            late.cancel()

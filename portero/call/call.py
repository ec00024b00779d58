"""One call, from ring to record: the only place where the rooms of floor 2 meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from portero import messages
from portero.asterisk.error import RESULT_FAILURE, AGICommandFailure, AGIHangup
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.agent import Agent
from portero.call.arrival import Arrival
from portero.call.calllog import CallLog
from portero.call.guard import call_guard
from portero.call.leg import Leg, visitor_there
from portero.call.outcome import (
    Broken,
    Ending,
    Goodbye,
    Outcome,
    Status,
    ToGuard,
    VisitorGone,
)
from portero.call.setup import session_prices, session_setup
from portero.config.settings import Settings, TenantSettings
from portero.doorman import CallFacts, Doorman, ToolResult
from portero.errors import NoRoom, PorteroError
from portero.limits import (
    LAST_WORD_SECONDS,
    LEG_SECONDS,
    SOUND_FIGURES_SECONDS,
    TOOL_ARGUMENTS_CHARS,
    TOOL_CALLS_WAITING,
)
from portero.media import MediaService, MediaStream
from portero.realtime.client import RealtimeConnection, RealtimeListener
from portero.realtime.conversation import Conversation
from portero.realtime.cost import cost_usd


@dataclass(frozen=True, slots=True)
class Parts:
    """What the daemon lends to a call."""

    settings: Settings
    manager: ManagerService
    media: MediaService
    doorman: Doorman
    connect: Callable[[RealtimeListener], Deferred[RealtimeConnection]]
    clock: IReactorTime


class Call:
    """A visitor, an agent, and the way out for both.

    ``run`` goes through one media leg after another until an ending is final: a guard who does not
    answer gives the visitor back to the agent. Whatever fails leads to the guard, and from there
    to the dialplan.
    """

    def __init__(
        self,
        call_id: str,
        agi: FastAGIProtocol,
        arrival: Arrival,
        tenant: TenantSettings,
        parts: Parts,
        log: CallLog,
    ) -> None:
        self.call_id = call_id
        self.tenant = tenant
        self._agi = agi
        self._arrival = arrival
        self._parts = parts
        self._log = log
        self._started = parts.clock.seconds()
        facts = CallFacts(
            call_id=call_id,
            tenant=tenant.id,
            caller_number=arrival.caller_number,
            caller_name=arrival.caller_name,
            channel=arrival.channel,
            did=arrival.did,
        )
        self._doorman = parts.doorman.for_call(tenant, facts, self)
        setup = session_setup(
            parts.settings.realtime, tenant, self._doorman.tools, parts.media.session_format
        )
        self._agent = Agent(Conversation(setup), self, clock=parts.clock, log=log)
        self._tools = DeferredLock()
        self._ending: Ending | None = None
        self._ended: Deferred[None] = Deferred()
        self._over = False
        self._broken: Broken | None = None
        self._guard_away: Deferred[str] | None = None

    # -- from ring to record

    async def run(self) -> Outcome:
        """Take the call to its end, tell the dialplan how it ended, and hand it back."""
        self._log.info(
            "new call from {caller} on {channel} for {tenant}",
            caller=self._arrival.caller_number or "unknown",
            channel=self._arrival.channel,
        )
        connecting = self._parts.connect(self._agent)
        connecting.addCallbacks(self._agent.connected, self._not_connected)
        too_long = self._parts.clock.callLater(
            self._parts.settings.asterisk.max_call_seconds, self._break, "too_long"
        )
        try:
            outcome = await self._to_its_end()
        except AGICommandFailure as error:
            self._log.debug("the channel is gone: {error}", error=error)
            outcome = Outcome(Status.HANGUP, "channel_gone")
            self._end(VisitorGone(outcome.reason))
        finally:
            if too_long.active():
                too_long.cancel()
            self._over = True
            connecting.cancel()
            self._agent.close()
        await self._tell_dialplan(outcome)
        self._log.info(
            "end: {status} ({reason}) after {seconds:.1f} s, {cost}",
            status=outcome.status,
            reason=outcome.reason,
            seconds=self._parts.clock.seconds() - self._started,
            cost=self._cost(),
        )
        return outcome

    def stop(self) -> None:
        """The daemon goes down: give the visitor back to the dialplan."""
        self._break("shutdown")

    def _cost(self) -> str:
        prices = session_prices(self._parts.settings.realtime)
        return (
            "cost unknown" if prices is None else f"{cost_usd(self._agent.usage, prices):.4f} USD"
        )

    async def _to_its_end(self) -> Outcome:
        await self._agi.setVariable("PORTERO_CALL_ID", self.call_id)
        while True:
            match await self._talk():
                case VisitorGone(reason):
                    return Outcome(Status.HANGUP, reason)
                case Goodbye(reason):
                    return Outcome(Status.COMPLETED, reason)
                case ToGuard(reason):
                    if await self._to_guard(reason):
                        return Outcome(Status.TRANSFERRED, reason)
                    self._back_to_agent()
                case Broken("shutdown" as reason):
                    return Outcome(Status.FAILED, reason)
                case Broken(reason):
                    answered = await self._to_guard(reason)
                    status = Status.TRANSFERRED if answered else Status.FAILED
                    return Outcome(status, reason)

    async def _talk(self) -> Ending:
        """One media leg, from Dial to its end."""
        if self._ended.called:  # the agent broke while the guard was ringing
            assert self._ending is not None
            return self._ending
        try:
            stream = self._parts.media.open(self._agent.append, on_cut=self._agent.cut)
        except NoRoom as error:
            self._log.error("no media leg: {error}", error=error)
            return Broken("no_media_port")
        leg = Leg(
            self._agi,
            self._parts.manager,
            stream,
            unique_id=self._arrival.unique_id,
            max_seconds=self._parts.settings.asterisk.max_call_seconds,
            log=self._log,
        )
        stream.lost().addCallback(lambda _: Deferred.fromCoroutine(leg.hang_up()))
        linking = stream.connected().addTimeout(LEG_SECONDS, self._parts.clock)
        linking.addErrback(self._leg_late)
        self._agent.attach(stream)
        dialing = Deferred.fromCoroutine(self._stay_on(leg))
        figures = LoopingCall(self._log_figures, stream)
        figures.clock = self._parts.clock
        figures.start(SOUND_FIGURES_SECONDS, now=False)
        try:
            await self._ended
            linking.cancel()
            self._agent.detach()
            await leg.hang_up()
            await dialing
        finally:
            figures.stop()
            self._log_figures(stream)
            stream.close()
        assert self._ending is not None
        return self._ending

    async def _stay_on(self, leg: Leg) -> None:
        """Until the leg has ended, whoever ended it; if that was nobody here, so has the talk."""
        try:
            visitor_there = await leg.run()
        except AGICommandFailure as error:
            self._log.debug("Dial of the media leg: {error}", error=error)
            self._end(VisitorGone("channel_gone"))
        else:
            self._end(Broken("leg_ended") if visitor_there else VisitorGone())

    def _log_figures(self, stream: MediaStream) -> None:
        self._log.debug(
            "sound: {stats}, {n} barge-ins", stats=stream.stats, n=self._agent.barge_ins
        )

    async def _to_guard(self, reason: str) -> bool:
        """Ring the tenant's guard; True when the guard had answered."""
        guard = self.tenant.guard
        if guard is None:
            return False
        self._log.info(
            "to the guard at {extension}: {reason}", extension=guard.extension, reason=reason
        )
        answered = await call_guard(
            self._agi,
            self._parts.manager,
            guard,
            unique_id=self._arrival.unique_id,
            when_answered=self._agent.close,
        )
        if answered:
            return True
        if not await visitor_there(self._agi):
            raise AGIHangup(RESULT_FAILURE, "the visitor hung up before the guard answered")
        self._log.warn(
            "the guard at {extension} in {context} did not answer; "
            "is there such an extension in that context?",
            extension=guard.extension,
            context=guard.context,
        )
        return False

    def _back_to_agent(self) -> None:
        """The guard did not answer: the agent learns it, and the visitor gets a new leg."""
        self._ending, self._ended = None, Deferred()
        if self._broken is not None:
            self._end(self._broken)
        waiting, self._guard_away = self._guard_away, None
        if waiting is not None:
            waiting.callback(_outcome("transferred", False, "guard_no_answer", self._language))

    async def _tell_dialplan(self, outcome: Outcome) -> None:
        """Set PORTERO_STATUS and PORTERO_REASON (allowed on a dead channel), and let go."""
        try:
            await self._agi.setVariable("PORTERO_STATUS", outcome.status.value)
            await self._agi.setVariable("PORTERO_REASON", outcome.reason)
            if outcome.status is Status.COMPLETED:
                await self._agi.hangup()
        except AGICommandFailure as error:
            self._log.debug("nobody to tell the outcome: {error}", error=error)
        self._agi.finish()

    # -- how it ends

    def _end(self, ending: Ending) -> None:
        """The first ending counts; what comes after it is a consequence of it."""
        if self._ending is None:
            self._ending = ending
            self._ended.callback(None)

    def _break(self, reason: str) -> None:
        """Something that lasts: it still counts when a guard who did not answer is back."""
        self._broken = Broken(reason)
        self._end(self._broken)

    def _leg_late(self, failure: Failure) -> None:
        if failure.check(PatienceLost):
            self._log.error("no sound from Asterisk within {s} s of Dial", s=LEG_SECONDS)
            self._end(Broken("no_media_leg"))

    def _not_connected(self, failure: Failure) -> None:
        # Cancelled by us, at the end; in the name lookup that reads as one that failed.
        if self._over or failure.check(CancelledError):
            return
        if failure.check(PorteroError):
            self._log.error("no Realtime session: {error}", error=failure.value)
        else:
            self._log.failure("no Realtime session", failure)
        self._break("realtime_unreachable")

    # -- what the agent asks (AgentHost)

    def call_tool(self, call_id: str, name: str, arguments: str) -> None:
        """Run a tool after those that were called before it; its answer goes to the agent."""
        if len(self._tools.waiting) >= TOOL_CALLS_WAITING:
            if self._broken is None:
                self._log.error("the agent asks for {n} tools at once", n=TOOL_CALLS_WAITING)
            self._break("too_many_tools")
            return
        running = self._tools.run(
            lambda: Deferred.fromCoroutine(self._run_tool(call_id, name, arguments))
        )
        running.addErrback(self._tool_broke, call_id, name)

    def agent_failed(self, reason: str) -> None:
        """The agent can't go on."""
        self._break(reason)

    def said(self, who: str, text: str) -> None:
        """Log what was said."""
        self._log.info("User said: {text}" if who == "visitor" else "AI said: {text}", text=text)

    async def _run_tool(self, call_id: str, name: str, arguments: str) -> None:
        if self._ended.called:  # while it waited: nothing is opened behind a visitor's back
            return
        shown = arguments[:TOOL_ARGUMENTS_CHARS]
        self._log.info("Function call: {name}({arguments})", name=name, arguments=shown)
        result = await self._doorman.run(name, arguments)
        self._log.info("{name}: {verdict}", name=name, verdict=_verdict(result))
        self._agent.tool_output(call_id, result.output)

    def _tool_broke(self, failure: Failure, call_id: str, name: str) -> None:
        self._log.failure(f"the tool {name} broke", failure)
        self._agent.tool_output(call_id, _outcome("done", False, "tool_broke", self._language))

    # -- what a tool asks (CallActions)

    async def transfer_to_guard(self, reason: str) -> str:
        """Hand the visitor over once the agent has spoken; returns only if no guard answers."""
        if self.tenant.guard is None:
            return _outcome("transferred", False, "no_guard", self._language)
        await self._last_word("announce_guard")
        self._guard_away = Deferred()
        self._log.info("the agent hands over: {reason}", reason=reason)
        self._end(ToGuard())
        return await self._guard_away

    async def hang_up(self, reason: str) -> str:
        """End the call once the goodbye has been played, unless the visitor breaks in."""
        if not await self._last_word("say_goodbye"):
            return _outcome("ended", False, "visitor_speaks", self._language)
        self._log.info("the agent hangs up: {reason}", reason=reason)
        self._end(Goodbye())
        return json.dumps({"ended": True})

    async def _last_word(self, missing: str) -> bool:
        """Let the agent finish; one that said nothing is told to say ``missing`` first."""
        if not self._agent.has_spoken:
            self._agent.say(messages.text(missing, self._language), purpose=missing)
        waiting = Deferred.fromCoroutine(self._agent.last_word())
        waiting.addTimeout(LAST_WORD_SECONDS, self._parts.clock)
        try:
            return await waiting
        except PatienceLost:
            return True

    @property
    def _language(self) -> str:
        return self.tenant.language or self._parts.settings.realtime.language


def _verdict(result: ToolResult) -> str:
    """For the log: who decided, or how it went where nobody had to."""
    if result.verdict is None:
        return "failed" if result.error else "done"
    return f"{'allowed' if result.verdict.allowed else 'refused'} ({result.verdict.rule})"


def _outcome(what: str, done: bool, key: str, language: str) -> str:
    """A tool's answer: what was (not) done, and a sentence that the agent may build on."""
    return json.dumps({what: done, "message": messages.text(key, language)}, ensure_ascii=False)

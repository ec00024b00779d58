"""One call, from ring to record: the only place where the rooms of floor 2 meet."""

from __future__ import annotations

from typing import Final

from twisted.internet.defer import CancelledError, Deferred, succeed

from portero import messages
from portero.asterisk.error import (
    RESULT_FAILURE,
    AGICommandFailure,
    AGIDisconnected,
    AGIHangup,
    AMICommandFailure,
)
from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.actions import VisitorActions
from portero.call.agent import Agent
from portero.call.arrival import Arrival
from portero.call.budget import is_spent
from portero.call.calllog import CallLog
from portero.call.doors import CallDoors
from portero.call.fallback import Fallback
from portero.call.guard import call_guard, leave_to_guard
from portero.call.keypad import Keypad
from portero.call.leg import visitor_there
from portero.call.outcome import (
    Broken,
    Ending,
    Goodbye,
    Outcome,
    Status,
    ToPerson,
    ToResident,
    VisitorGone,
)
from portero.call.parts import Parts
from portero.call.recorder import HIDDEN, CallRecorder
from portero.call.recording import Recording
from portero.call.residentcall import join_resident
from portero.call.setup import session_prices, session_setup
from portero.call.talk import Talk
from portero.call.telling import tell_by_manager, tell_by_session
from portero.call.toolrunner import ToolRunner
from portero.config.settings import GuardSettings, TenantSettings
from portero.doorman import CallFacts
from portero.doorman.keys import Typed
from portero.limits import TOOL_CALLS_WAITING
from portero.realtime.conversation import Conversation
from portero.records import CallRecord

# Endings after which nobody is served by keypad: the call is over for us.
_SHUTDOWN: Final = "shutdown"
_TOO_DEAR: Final = "daily_limit"
_FOR_GOOD: Final = (_SHUTDOWN, _TOO_DEAR, "too_long")


class _LeftThere(Exception):
    """The daemon stops while somebody is rung, or talks with the visitor: that goes on."""


class Call:
    """A visitor, an agent, and the way out for both.

    ``run`` goes through one media leg after another until an ending is final: a guard who does not
    answer gives the visitor back to the agent. Whatever fails leads to the keypad's menu or the
    guard, as the tenant chooses, and from there to the dialplan.
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
        self._language = tenant.language or parts.settings.realtime.language
        facts = CallFacts(
            call_id=call_id,
            tenant=tenant.id,
            caller_number=arrival.caller_number,
            caller_name=arrival.caller_name,
            channel=arrival.channel,
            did=arrival.did,
        )
        actions = VisitorActions(
            self,
            tenant,
            parts.manager,
            channel=arrival.channel,
            clock=parts.clock,
            log=log,
            language=self._language,
        )
        self._doorman = parts.doorman.for_call(tenant, facts, actions)
        setup = session_setup(
            parts.settings.realtime, tenant, self._doorman.tools, parts.media.session_format
        )
        self.agent = Agent(
            lambda resume: Conversation(setup, resume=resume),
            self,
            connect=parts.connect,
            reconnects=tenant.fallback.reconnects,
            clock=parts.clock,
            now=parts.now,
            log=log,
        )
        self._recorder = CallRecorder(
            call_id,
            tenant.id,
            arrival,
            self.agent,
            parts.feed,
            prices=session_prices(parts.settings.realtime),
            clock=parts.clock,
            now=parts.now,
        )
        self._doorman.when_opened(self._recorder.opened)
        self._recording = Recording(
            tenant.recording,
            agi,
            parts.prompts,
            call_id=call_id,
            tenant=tenant.id,
            arrival=arrival,
            language=self._language,
            now=parts.now,
            log=log,
            told=self._recorder.recorded_to,
        )
        self._tools = ToolRunner(
            self._doorman,
            self,
            clock=parts.clock,
            log=log,
            record=self._recorder,
            language=self._language,
        )
        self._keypad: Keypad | None = None
        self._ending: Ending | None = None
        self._ended: Deferred[None] = Deferred()
        self._over = False
        self._broken: Broken | None = None
        self._away: Deferred[bool] | None = None
        self._without_model: Deferred[Ending] | None = None
        self._ringing: Deferred[bool] | None = None
        self._met = False
        self._left = False

    # -- from ring to record

    async def run(self) -> Outcome:
        """Take the call to its end, tell the dialplan how it ended, and hand it back."""
        self._log.info(
            "new call from {caller} on {channel} for {tenant}",
            caller=self._arrival.caller_number or "unknown",
            channel=self._arrival.channel,
        )
        self._doorman.note("call", {"event": "begin", "caller": self._arrival.caller_number})
        self._recorder.begin()
        too_long = self._parts.clock.callLater(
            self._parts.settings.asterisk.max_call_seconds, self._break, "too_long"
        )
        self._listen_to_keys()
        outcome = Outcome(Status.FAILED, "fault")  # whatever is raised
        try:
            outcome = await self._to_its_end()
        except _LeftThere:
            self._left = True
            outcome = Outcome(Status.TRANSFERRED if self._met else Status.FAILED, _SHUTDOWN)
        except AGICommandFailure as error:
            self._log.debug("the channel is gone: {error}", error=error)
            outcome = self._cut_off(error)
        finally:
            if too_long.active():
                too_long.cancel()
            self._over = True
            self._deaf_to_keys()
            self._tools.close()
            self._doorman.close()
            self.agent.close()
            self._tell_end(outcome)
        await self._tell_dialplan(outcome)
        self._agi.finish()
        return outcome

    @property
    def record(self) -> CallRecord:
        """What there is to say of the call now."""
        return self._recorder.snapshot()

    def stop(self) -> None:
        """The daemon goes down: hand the visitor to the guard, and do not wait."""
        self._break(_SHUTDOWN)

    def _cut_off(self, error: AGICommandFailure) -> Outcome:
        """The AGI session is over; by ourselves, where the daemon waits no longer."""
        if self._broken == Broken(_SHUTDOWN) and isinstance(error, AGIDisconnected):
            return Outcome(Status.FAILED, _SHUTDOWN)
        self.end(VisitorGone("channel_gone"))
        return Outcome(Status.HANGUP, "channel_gone")

    def _tell_end(self, outcome: Outcome) -> None:
        record = self._recorder.finish(outcome)
        cost = record.cost_usd
        self._log.info(
            "end: {status} ({reason}) after {seconds:.1f} s, {cost}",
            status=outcome.status,
            reason=outcome.reason,
            seconds=record.seconds or 0,
            cost="cost unknown" if cost is None else f"{cost:.4f} USD",
        )
        ended = {"status": record.status, "reason": record.reason}
        seconds = round(record.seconds or 0, 1)
        self._doorman.note("call", {"event": "end", **ended, "seconds": seconds})
        self._parts.keep(record)

    async def _to_its_end(self) -> Outcome:
        await self._begin()
        await self._agi.setVariable("PORTERO_CALL_ID", self.call_id)
        while True:
            match await self._talk():
                case VisitorGone(reason):
                    return Outcome(Status.HANGUP, reason)
                case Goodbye(reason):
                    return Outcome(Status.COMPLETED, reason)
                case ToPerson(person, reason):
                    if await self._ring(person, reason):
                        return Outcome(Status.TRANSFERRED, reason)
                    self._back_to_agent(met=False)
                case ToResident(channel):
                    self._back_to_agent(met=await join_resident(self._agi, channel))
                case Broken("shutdown" as reason):
                    return Outcome(Status.FAILED, reason)
                case Broken(reason):
                    return await self._without_agent(reason)

    async def _begin(self) -> None:
        """With the agent, where its tenant can still afford one today."""
        parts = self._parts
        spent = await is_spent(
            self.tenant,
            parts.spent,
            parts.limits_told,
            clock=parts.clock,
            now=parts.now(),
            log=self._log,
        )
        if spent:
            self._break(_TOO_DEAR)
        elif not self._ended.called:  # else the daemon stops
            self.agent.start()

    async def _talk(self) -> Ending:
        """With the agent, on one media leg."""
        if not self._ended.called:  # else the agent broke while the visitor was away
            await Talk(
                self._agi,
                self._parts.manager,
                self._parts.media,
                self.agent,
                self.end,
                unique_id=self._arrival.unique_id,
                max_seconds=self._parts.settings.asterisk.max_call_seconds,
                clock=self._parts.clock,
                log=self._log,
                recording=self._recording,
                dialled=self._recorder.leg,
            ).run(self._ended)
        assert self._ending is not None
        return self._ending

    # -- without the agent

    async def _without_agent(self, reason: str) -> Outcome:
        """The model is not there: the keypad's menu first where that is set, then the guard."""
        if self.tenant.fallback.mode == "keypad" and reason not in _FOR_GOOD:
            match await self._by_keypad(reason):
                case VisitorGone(gone):
                    return Outcome(Status.HANGUP, gone)
                case Goodbye(done):
                    return Outcome(Status.COMPLETED, done)
                case Broken("shutdown" as stopped):
                    return Outcome(Status.FAILED, stopped)
        answered = self.tenant.guard is not None and await self._ring(self.tenant.guard, reason)
        return Outcome(Status.TRANSFERRED if answered else Status.FAILED, reason)

    async def _by_keypad(self, reason: str) -> Ending:
        self.agent.close()
        self._deaf_to_keys()
        self._doorman.note("fallback", {"mode": "keypad", "reason": reason})
        self._log.info("without the model ({reason}): the keypad's menu", reason=reason)
        self._without_model = Deferred.fromCoroutine(
            Fallback(
                self._agi,
                self._parts.manager,
                CallDoors(self._doorman),
                self._parts.prompts,
                unique_id=self._arrival.unique_id,
                clock=self._parts.clock,
                language=self._language,
                tries=self.tenant.fallback.tries,
                pause=self.tenant.keypad.pause,
                reason=reason,
            ).run()
        )
        try:
            return await self._without_model
        except CancelledError:
            assert self._broken is not None
            return self._broken

    async def _ring(self, person: GuardSettings, reason: str) -> bool:
        """Ring somebody; True when they had answered."""
        self._log.info(
            "to the guard at {extension}: {reason}", extension=person.extension, reason=reason
        )
        self._met = False
        self._ringing = Deferred.fromCoroutine(
            call_guard(
                self._agi,
                self._parts.manager,
                person,
                unique_id=self._arrival.unique_id,
                when_answered=self._guard_answered,
            )
        )
        try:
            answered = await self._ringing
        except CancelledError:
            self._tell_rung(person, reason, answered=self._met)
            raise _LeftThere from None
        self._tell_rung(person, reason, answered=answered)
        if answered:
            return True
        if not await visitor_there(self._agi):
            raise AGIHangup(RESULT_FAILURE, "the visitor hung up before anybody answered")
        self._log.warn(
            "the guard at {extension} in {context} did not answer; "
            "is there such an extension in that context?",
            extension=person.extension,
            context=person.context,
        )
        return False

    def _guard_answered(self) -> None:
        self._log.debug("the guard has answered")
        self._met = True
        self.agent.close()

    def _tell_rung(self, person: GuardSettings, reason: str, *, answered: bool) -> None:
        rung = {"to": person.extension, "reason": reason, "answered": answered}
        self._doorman.note("transfer", rung)
        self._recorder.guard(person.extension, answered=answered)

    def _back_to_agent(self, *, met: bool) -> None:
        """The visitor is back: the agent learns whether somebody was there, on a new leg."""
        self._ending, self._ended = None, Deferred()
        if self._broken is not None:
            self.end(self._broken)
        away, self._away = self._away, None
        if away is not None:
            away.callback(met)

    async def _tell_dialplan(self, outcome: Outcome) -> None:
        guard = self.tenant.guard
        try:
            if self._left:
                await tell_by_manager(self._parts.manager, self._arrival.channel, outcome)
                return
            await tell_by_session(self._agi, outcome)
            if outcome.reason == _SHUTDOWN and guard is not None:
                self._log.info("to the guard at {extension}", extension=guard.extension)
                await leave_to_guard(self._agi, guard)
        except (AGICommandFailure, AMICommandFailure) as error:
            self._log.debug("nobody to tell the outcome: {error}", error=error)

    # -- how it ends

    def end(self, ending: Ending) -> None:
        """The first ending counts; what comes after it is a consequence of it."""
        if self._ending is None:
            self._ending = ending
            self._ended.callback(None)

    def leave(self, ending: Ending) -> Deferred[bool]:
        """The visitor leaves the agent for a while; fires when he is back."""
        if self._ending is not None:  # somebody was quicker: he is on his way already
            return succeed(False)
        self._away = Deferred()
        self.end(ending)
        return self._away

    def _break(self, reason: str) -> None:
        """Something that lasts: it still counts when a visitor who was away is back."""
        self._broken = Broken(reason)
        self.end(self._broken)
        if self._without_model is not None and reason in _FOR_GOOD:
            self._without_model.cancel()
        if self._ringing is not None and reason == _SHUTDOWN:
            self._ringing.cancel()

    # -- what the agent asks (AgentHost)

    def call_tool(self, call_id: str, name: str, arguments: str) -> None:
        """Run a tool; its answer goes to the agent."""
        self._tools.call(call_id, name, arguments)

    def agent_failed(self, reason: str) -> None:
        """The agent can't go on."""
        self._break(reason)

    def said(self, who: str, text: str) -> None:
        """Log what was said, but for what only the guard may know."""
        shown = HIDDEN if self._doorman.hears(text) else text
        self._recorder.said(who, shown)
        self._log.info("User said: {text}" if who == "visitor" else "AI said: {text}", text=shown)

    # -- what tools ask (ToolHost)

    @property
    def talking(self) -> bool:
        """Whether the visitor is with the agent."""
        return not self._ended.called

    async def visitor_heard(self) -> None:
        """Wait a moment for words that are not written down yet."""
        await self.agent.visitor_heard()

    def tool_output(self, call_id: str, output: str) -> None:
        """Give a tool's answer to the model."""
        self.agent.tool_output(call_id, output)

    def say(self, instructions: str, purpose: str) -> None:
        """Have the agent say something meanwhile, if it is silent."""
        if not self.agent.speaking:
            self.agent.say(instructions, purpose=purpose)

    def too_many_tools(self) -> None:
        """The model asks for more than anybody would."""
        if self._broken is None:
            self._log.error("the agent asks for {n} tools at once", n=TOOL_CALLS_WAITING)
        self._break("too_many_tools")

    # -- the visitor's keys

    def _listen_to_keys(self) -> None:
        if self.tenant.keypad.enabled:
            self._keypad = Keypad(
                self._parts.manager,
                self._arrival.unique_id,
                self._parts.clock,
                pause=self.tenant.keypad.pause,
                on_typed=self._typed,
            )

    def _deaf_to_keys(self) -> None:
        keypad, self._keypad = self._keypad, None
        if keypad is not None:
            keypad.close()

    def _typed(self, typed: Typed) -> None:
        """A PIN, while the agent is there: the agent says what came of it."""
        if self.talking:
            checking = Deferred.fromCoroutine(self._check_pin(typed))
            checking.addErrback(lambda failure: self._log.failure("checking a PIN", failure))

    async def _check_pin(self, typed: Typed) -> None:
        keyed = await self._doorman.typed(typed)
        self._log.info("PIN: {outcome}", outcome=keyed.outcome)
        if self.talking:
            told = messages.text("pin_told", self._language, sentence=keyed.sentence)
            self.agent.say(told, purpose="pin")

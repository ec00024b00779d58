"""The agent's side of a call: Realtime connection, conversation, and what the visitor hears."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from portero.call.calllog import CallLog
from portero.call.pace import Pace
from portero.call.reconnect import Ears, Reconnect
from portero.call.rollover import Rollover, Successor
from portero.limits import (
    AGENT_AWAY_SECONDS,
    AGENT_SILENCE_SECONDS,
    FIRST_SOUND_SECONDS,
    TURN_SECONDS,
    WORDS_SECONDS,
)
from portero.media import Heard, MediaStream
from portero.realtime import conversation as talk
from portero.realtime.client import Lost, RealtimeConnection, RealtimeListener
from portero.realtime.cost import Usage
from portero.realtime.errors import RealtimeError

RETRIED = {"session_expired", "server_error"}
"""Codes of a session at its end, after which another may do (reference 1.4)."""


class AgentHost(Protocol):
    """What the agent asks of its call."""

    def call_tool(self, call_id: str, name: str, arguments: str) -> None:
        """Run a tool, and give its answer to ``Agent.tool_output``."""

    def agent_failed(self, reason: str) -> None:
        """The agent can't go on: the visitor must go to somebody else."""

    def said(self, who: str, text: str) -> None:
        """A finished utterance of ``visitor`` or ``agent``."""


class Agent:
    """Carries orders of the conversation to the Realtime server and to the media stream.

    It owns the connection, and opens another when one breaks in mid-call. The stream is lent to it
    (``attach``), because a visitor who comes back from a guard that did not answer comes back on a
    new leg.
    """

    def __init__(
        self,
        make_conversation: Callable[[talk.Handover | None], talk.Conversation],
        host: AgentHost,
        *,
        connect: Callable[[RealtimeListener], Deferred[RealtimeConnection]],
        reconnects: int,
        clock: IReactorTime,
        now: Callable[[], float],
        log: CallLog,
    ) -> None:
        self._make_conversation = make_conversation
        self._conversation = make_conversation(None)
        self._connect = connect
        self._reconnect = Reconnect(clock, reconnects, dial=self._dial, fail=self._lost_for_good)
        self._rollover = Rollover(clock, now, quiet=self._quiet, move=self._move_on)
        self._successor: Successor | None = None
        self._ears: Ears | None = None
        self._connecting: Deferred[None] | None = None
        self._host = host
        self._clock = clock
        self._log = log
        self._connection: RealtimeConnection | None = None
        self._stream: MediaStream | None = None
        self._ready = False
        self._closed = False
        self._patience: IDelayedCall | None = None
        self._away: IDelayedCall | None = None
        self._left_alone: IDelayedCall | None = None
        self._quiet_waiters: list[Deferred[bool]] = []
        self._words_waiters: list[Deferred[None]] = []
        self._first_sound = False
        self.has_spoken = False
        """Since the visitor spoke last."""
        self.barge_ins = 0
        self.reconnects = 0
        self.usage = Usage()
        self.pace = Pace()
        self._linked = False

    # -- its life

    def start(self) -> None:
        """Connect; whatever comes of it is told to the host."""
        self._dial()

    def _dial(self) -> None:
        self._ears = ears = Ears(self._event_received, self._connection_lost)
        opening = self._connect(ears)
        self._connecting = opening.addCallbacks(self._connected, self._not_connected)

    def _connected(self, connection: RealtimeConnection) -> None:
        """The server has taken us: set the session up."""
        if self._closed:
            connection.close()
            return
        self._connection = connection
        self._log.info("Realtime connected")
        self._obey(self._conversation.connected())
        if self._conversation.responding or not self._reconnect.trying:
            self._expect_sound(FIRST_SOUND_SECONDS)

    def attach(self, stream: MediaStream) -> None:
        """From now on the visitor is heard and spoken to over ``stream``."""
        self._stream = stream
        if self._away is not None and not self._away.active():
            self._hold()
        stream.connected().addCallback(self._leg_up, stream)
        if self._ready:
            stream.start_uplink()

    def _leg_up(self, _: None, stream: MediaStream) -> None:
        """Only now the greeting can be heard, however long ago it was asked for."""
        if stream is self._stream:
            self._linked = True
            if stream.playing:
                self.pace.sounded(self._clock.seconds())
        if self._patience is not None and not self._first_sound:
            self._expect_sound()

    def detach(self) -> None:
        """The visitor is away: nothing is heard or played, and the model knows what was."""
        stream, self._stream = self._stream, None
        self._linked = False
        self._wait_no_more()
        if stream is not None:
            stream.hold(on=False)
            self._obey(self._conversation.heard(stream.flush()))

    def append(self, audio: bytes) -> None:
        """Sound of the visitor, in the session's format."""
        if self._connection is not None and self._ready:
            self._connection.append(audio)

    def close(self) -> None:
        """Let go of the connection and of every timer."""
        if self._closed:
            return
        self._obey(self._conversation.finish())
        self._closed = True
        self._wait_no_more()
        self._reconnect.stop()
        self._stay()
        self._back()
        self._stream = None
        self._hang_up()
        if self._connecting is not None:
            self._connecting.cancel()
        self._fire_quiet(False)
        self._fire_heard()

    @property
    def speaking(self) -> bool:
        """Whether the visitor hears it, or is about to."""
        playing = self._stream is not None and self._stream.playing
        return playing or self._conversation.responding

    # -- what the call tells it

    def say(self, instructions: str, *, purpose: str) -> None:
        """Have the agent say something of its own accord."""
        self._obey(self._conversation.say(instructions, purpose=purpose))
        self._expect_sound()

    def tool_output(self, call_id: str, output: str, *, respond: bool = True) -> None:
        """The answer of a tool that the agent has called."""
        self._obey(self._conversation.tool_output(call_id, output, respond=respond))
        if self._successor is not None and self._successor.conversation is not None:
            told = self._successor.conversation.tool_output(call_id, output, respond=respond)
            self._successor.obey(told)
        if respond:
            self._expect_sound()

    def cut(self, heard: list[Heard]) -> None:
        """The end of an answer did not fit into the playout: the server must know it."""
        self._obey(self._conversation.heard(heard))

    async def last_word(self) -> bool:
        """Wait until all has been said and played; False if the visitor broke in."""
        if self._conversation.responding:
            quiet: Deferred[bool] = Deferred()
            self._quiet_waiters.append(quiet)
            if not await quiet:
                return False
        stream = self._stream
        if stream is not None and stream.playing:
            quiet = Deferred()
            self._quiet_waiters.append(quiet)
            stream.drained().addCallback(lambda _: self._fire_quiet(True))
            return await quiet
        return True

    async def visitor_heard(self) -> None:
        """Wait until what the visitor has said is written down, WORDS_SECONDS at most."""
        if self._closed or not self._conversation.waits_for_words:
            return
        heard: Deferred[None] = Deferred()
        self._words_waiters.append(heard)
        late = self._clock.callLater(WORDS_SECONDS, self._fire_heard)
        await heard
        if late.active():
            late.cancel()

    # -- what the server tells it

    def _event_received(self, event: dict[str, Any]) -> None:
        self._obey(self._conversation.receive(event))
        if not self._conversation.waits_for_words:
            self._fire_heard()

    def _connection_lost(self, lost: Lost) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._tell_unheard(connection)
        if self._closed:
            return
        self._log.error("Realtime lost: {lost}", lost=lost)
        if lost.retry:
            self._go_on("realtime_lost")
        else:
            self._host.agent_failed("realtime_lost")

    def _not_connected(self, failure: Failure) -> None:
        # Cancelled by us, at the end; in the name lookup that reads as one that failed.
        if self._closed or failure.check(CancelledError):
            return
        error = failure.value
        if not isinstance(error, RealtimeError):
            self._log.failure("no Realtime session", failure)
            self._host.agent_failed("realtime_unreachable")
            return
        self._log.error("no Realtime session: {error}", error=error)
        if self._reconnect.trying and error.retry:
            self._reconnect.again("realtime_unreachable")
        else:
            self._host.agent_failed("realtime_unreachable")

    # -- a session that breaks in mid-call

    def _go_on(self, reason: str) -> None:
        """With a new session, which is told what was heard; what is queued is played meanwhile."""
        self._stay()
        self._hang_up()
        self._obey(self._conversation.finish())
        if self._closed:
            return
        self._ready = False
        self.reconnects += 1
        self._away = self._away or self._clock.callLater(AGENT_AWAY_SECONDS, self._hold)
        self._conversation = self._make_conversation(self._conversation.hand_over())
        self._reconnect.again(reason)

    def _hold(self) -> None:
        """The gap gets long: the visitor hears that the call still stands."""
        if self._stream is not None:
            self._stream.hold(on=True)

    def _back(self) -> None:
        """The agent speaks, or listens, again."""
        away, self._away = self._away, None
        if away is not None and away.active():
            away.cancel()
        if self._stream is not None:
            self._stream.hold(on=False)

    def _lost_for_good(self, reason: str) -> None:
        self._hang_up()
        if self._connecting is not None:
            self._connecting.cancel()
        self._host.agent_failed(reason)

    def _hang_up(self) -> None:
        if self._left_alone is not None and self._left_alone.active():
            self._left_alone.cancel()
        ears, self._ears = self._ears, None
        if ears is not None:
            ears.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            self._tell_unheard(connection)
            connection.close()

    def _tell_unheard(self, connection: RealtimeConnection) -> None:
        if connection.dropped_bytes:
            self._log.warn(
                "{n} bytes of the visitor's sound never reached the agent: the network to the "
                "Realtime server stood still",
                n=connection.dropped_bytes,
            )

    # -- a session that gets old

    def _quiet(self) -> bool:
        playing = self._stream is not None and self._stream.playing
        return self._conversation.idle and not playing

    def _move_on(self, forced: bool) -> None:
        """To a new session, beside which this one goes on until the new one is ready."""

        def begin() -> talk.Conversation | None:
            if forced or self._quiet():
                return self._make_conversation(self._conversation.hand_over())
            return None

        def ready(orders: list[talk.Order]) -> None:
            if forced or self._quiet():
                self._take_over(orders)
            else:
                self._stay()
                not_now("somebody speaks again")

        def not_now(why: str) -> None:
            self._successor = None
            self._log.warn("the Realtime session goes on, no new one yet: {why}", why=why)
            self._rollover.failed()

        self._successor = Successor(
            self._clock, self._connect, begin=begin, ready=ready, failed=not_now
        )
        self._successor.start()

    def _take_over(self, orders: list[talk.Order]) -> None:
        successor, self._successor = self._successor, None
        assert successor is not None
        assert successor.conversation is not None
        self._hang_up()
        self._obey(self._conversation.finish())
        self._conversation = successor.conversation
        self._connection, self._ears = successor.connection, successor.ears
        self._ears.turn_to(self._event_received, self._connection_lost)
        self._log.info("the old Realtime session is at its end: a new one has taken over")
        self._obey(orders)

    def _stay(self) -> None:
        """With the session that there is."""
        self._rollover.stop()
        successor, self._successor = self._successor, None
        if successor is not None:
            successor.close()

    # -- orders

    def _obey(self, orders: list[talk.Order]) -> None:
        todo = deque(orders)
        while todo and not self._closed:
            todo.extendleft(reversed(self._obey_one(todo.popleft())))

    def _obey_one(self, order: talk.Order) -> list[talk.Order]:
        match order:
            case talk.Send(event):
                if self._connection is not None:
                    self._connection.send(event)
            case talk.Play(item_id, audio):
                self._play(item_id, audio)
            case talk.ItemDone(item_id):
                if self._stream is not None:
                    self._stream.end_item(item_id)
            case talk.Interrupt():
                return self._interrupt()
            case talk.Ready(expires_at):
                self._session_ready(expires_at)
            case talk.TurnEnded():
                self.has_spoken = False
                self.pace.turn_ended(self._clock.seconds())
                self._expect_sound()
            case talk.CallTool(call_id, name, arguments):
                self._wait_no_more()
                self._host.call_tool(call_id, name, arguments)
            case talk.Said(who, text):
                self._host.said(who, text)
            case talk.ResponseDone():
                self._wait_no_more()
                if self._conversation.responding:  # to a tool's output, or once more
                    self._expect_sound()
                else:
                    self._fire_quiet(True)
            case talk.Spent(usage):
                self.usage += usage
            case talk.Failed(code, message, fatal):
                self._failed(code, message, fatal)
            case talk.Wait(seconds):
                self._left_alone = self._clock.callLater(seconds, self._go_on_talking)
            case talk.Noticed(text):
                self._log.debug("{text}", text=text)
        return []

    def _go_on_talking(self) -> None:
        self._obey(self._conversation.go_on())

    def _session_ready(self, expires_at: float | None) -> None:
        heard_already, self._ready = self._ready, True
        self._reconnect.worked()
        self._rollover.session_began(expires_at)
        if not self._conversation.responding:  # else its first sound is soon there
            self._back()
        if self._stream is not None and not heard_already:
            self._stream.start_uplink()

    def _play(self, item_id: str, audio: bytes) -> None:
        self._wait_no_more()
        self._back()
        self.has_spoken = True
        if self._stream is not None:
            self._stream.play(item_id, audio)
        if self._linked:
            self.pace.sounded(self._clock.seconds())
        if not self._first_sound:
            self._first_sound = True
            self._log.debug("first sound of the agent: {n} bytes", n=len(audio))

    def _interrupt(self) -> list[talk.Order]:
        """The visitor speaks: stop at once, and tell the server what was really heard."""
        self.has_spoken = False
        self._expect_sound(TURN_SECONDS)
        self._fire_quiet(False)
        heard = self._stream.flush() if self._stream is not None else []
        if heard:
            self.barge_ins += 1
            self._log.debug("barge-in: {heard}", heard=heard)
        return self._conversation.heard(heard)

    def _failed(self, code: str, message: str, fatal: bool) -> None:
        if not fatal:
            self._log.warn("Realtime: {code}: {message}", code=code, message=message)
            return
        self._log.error("Realtime gives up: {code}: {message}", code=code, message=message)
        if code in RETRIED and self._ready:
            self._go_on(f"realtime_{code}")
            return
        word = code if code.isidentifier() else "failed"
        self._host.agent_failed(f"realtime_{word}")

    # -- the visitor is never left in silence

    def _expect_sound(self, seconds: float | None = None) -> None:
        self._wait_no_more()
        if seconds is None:
            seconds = AGENT_SILENCE_SECONDS if self._first_sound else FIRST_SOUND_SECONDS
        if not self._closed:
            self._patience = self._clock.callLater(seconds, self._silent, seconds)

    def _wait_no_more(self) -> None:
        patience, self._patience = self._patience, None
        if patience is not None and patience.active():
            patience.cancel()

    def _silent(self, seconds: float) -> None:
        self._patience = None
        if self._stream is None:  # the guard rings: nobody is there who could hear the agent
            return
        self._log.error("the agent has been silent for {s:g} s", s=seconds)
        self._host.agent_failed("agent_silent" if self._first_sound else "no_first_sound")

    def _fire_heard(self) -> None:
        waiters, self._words_waiters = self._words_waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def _fire_quiet(self, spoken: bool) -> None:
        waiters, self._quiet_waiters = self._quiet_waiters, []
        for waiter in waiters:
            waiter.callback(spoken)

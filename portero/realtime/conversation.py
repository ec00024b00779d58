"""The conversation: server events in, orders out (pure; `openai-realtime.md` is the source).

1. `session.created` is answered with one session.update; only after `session.updated` (and a look
   at the formats that it echoes) may anything else be sent.
2. With a greeting, the first response is asked for before any sound flows: `Ready` comes when the
   server has begun it. So a visitor's early "hello" can interrupt the greeting, but never start a
   second one beside it (reference 6, "Greeting race").
3. The server answers each turn of the visitor by itself. What we want said besides waits in
   `responses` for its chance.
4. When the visitor begins to speak, the server stops generating by itself: we flush what is queued
   and tell it, item by item, where the visitor stopped hearing. We never send response.cancel.
5. A response that fails is asked for once more, one beyond a rate limit when that is over
   (`Wait`). If that fails too the session is of no use to the visitor: `Failed(fatal=True)`.
6. A conversation that another session began is told to the new one, item by item, before anything
   else; it does not greet again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from portero.realtime import events
from portero.realtime.calls import Calls
from portero.realtime.cost import response_usage, transcription_usage
from portero.realtime.dialects import Dialect, OpenAI
from portero.realtime.failures import FATAL, failure_of, try_again_in
from portero.realtime.formats import wrong_format
from portero.realtime.history import History, replayed_id
from portero.realtime.orders import (
    CallTool,
    Failed,
    Interrupt,
    ItemDone,
    Noticed,
    Order,
    Play,
    Ready,
    ResponseDone,
    Said,
    Send,
    Spent,
    TurnEnded,
    Wait,
)
from portero.realtime.responses import ANSWER, APOLOGY, GREETING, Create, Responses
from portero.realtime.session import BYTES_PER_MS, Setup
from portero.realtime.sound import Heard, Sound
from portero.realtime.transcript import Transcript

__all__ = [
    "CallTool",
    "Conversation",
    "Failed",
    "Handover",
    "Interrupt",
    "ItemDone",
    "Noticed",
    "Order",
    "Play",
    "Ready",
    "ResponseDone",
    "Said",
    "Send",
    "Setup",
    "Spent",
    "TurnEnded",
    "Wait",
]


@dataclass(frozen=True, slots=True)
class Handover:
    """What a conversation leaves to the next session of its call.

    `owed`: the visitor has spoken, or the agent has been broken off: an answer is due.
    """

    history: History
    owed: bool


class Conversation:
    """One session with a speech model. Every method returns what the shell has to do, in order."""

    def __init__(
        self, setup: Setup, dialect: Dialect | None = None, *, resume: Handover | None = None
    ) -> None:
        self._setup = setup
        self._resume = resume
        self._history = resume.history if resume else History()
        self._replaying: dict[str, str] = {}
        self._replayed_ids: dict[str, str] = {}
        self._dialect = dialect or OpenAI()
        self._event_ids = (f"portero_{number}" for number in count(1))
        self._set_up = False
        self._told = False
        self._ready = False
        self._expires_at: float | None = None
        self._reset_seconds: float | None = None
        self._visitor_from_ms = 0.0
        self._visitor_ms = 0.0
        self._aside: set[str] = set()
        self._conversation_id: str | None = None
        self._responses = Responses()
        self._calls = Calls()
        self._bytes_per_ms = BYTES_PER_MS[setup.output_format]
        self._sound = Sound(self._bytes_per_ms)
        self._transcript = Transcript()
        self._speaks_first = self._first_words()
        self._handlers: dict[type[events.Event], Callable[[Any], Iterator[Order]]] = {
            events.SessionCreated: self._session_created,
            events.SessionUpdated: self._session_updated,
            events.SpeechStarted: self._speech_started,
            events.SpeechStopped: self._speech_stopped,
            events.Committed: self._committed,
            events.ItemAdded: self._item_added,
            events.ItemCreated: self._item_created,
            events.TranscriptionCompleted: self._transcription_completed,
            events.TranscriptionFailed: self._transcription_failed,
            events.ResponseCreated: self._response_created,
            events.OutputItemAdded: self._output_item_added,
            events.OutputItemDone: self._output_item_done,
            events.AudioDelta: self._audio_delta,
            events.AudioDone: self._audio_done,
            events.TranscriptDelta: self._transcript_delta,
            events.TranscriptDone: self._transcript_done,
            events.ArgumentsDone: self._arguments_done,
            events.ResponseEnded: self._response_ended,
            events.RateLimits: self._rate_limits,
            events.ServerError: self._server_error,
        }

    @property
    def responding(self) -> bool:
        """Is the agent generating an answer, or about to?"""
        return self._responses.busy

    @property
    def idle(self) -> bool:
        """Does nobody speak, is nothing owed to the visitor, and does no tool run?"""
        return self._ready and not self._responses.owed and not self._history.pending()

    def hand_over(self) -> Handover:
        """What the next session of this call has to know; this one is at its end."""
        return Handover(self._history, self._responses.owed or self._resume_owes)

    @property
    def _resume_owes(self) -> bool:
        """Broken off itself, before it could make good for the one before it."""
        return self._resume is not None and self._resume.owed and not self._ready

    # -- what the shell tells it

    def connected(self) -> list[Order]:
        """The connection is open: the server has the first word (`session.created`)."""
        return []

    def receive(self, event: dict[str, Any]) -> list[Order]:
        """One server event, decoded from JSON; what cannot be understood is noticed and ignored."""
        try:
            parsed = events.parse(event, self._dialect.aliases)
            if parsed is None:
                return []
            return [*self._handlers[type(parsed)](parsed), *self._next_response()]
        except events.MalformedEvent as error:
            return [Noticed(str(error))]

    def heard(self, heard: Iterable[Heard]) -> list[Order]:
        """The answer to `Interrupt`: every item that was not played to its end, and how far."""
        unplayed = list(heard)
        for item in unplayed:  # of a session before this one too
            self._history.cut(item.item_id, item.played_ms)
        return [self._truncate(truncation) for truncation in self._sound.cut(unplayed)]

    def tool_output(self, call_id: str, output: str, *, respond: bool = True) -> list[Order]:
        """What a tool has answered; without `respond` the agent does not speak about it."""
        self._history.output(call_id, output)
        known_as = self._replayed_ids.get(call_id, call_id)
        if not self._calls.finish(known_as, respond=respond):
            return [Noticed(f"output of a call that is not running: {call_id}")]
        orders: list[Order] = []
        if self._resume is None or self._told:
            item = {"type": "function_call_output", "call_id": known_as, "output": output}
            orders.append(self._send({"type": "conversation.item.create", "item": item}))
        return [*orders, *self._answer_when_due(), *self._next_response()]

    def say(self, instructions: str, *, purpose: str) -> list[Order]:
        """Have the agent say something, by these instructions, as soon as it may; without tools."""
        return [*self._ask(self._speech(purpose, instructions)), *self._next_response()]

    @property
    def waits_for_words(self) -> bool:
        """Whether the visitor has said something that is not told as Said yet."""
        return self._transcript.waits_for_visitor

    def go_on(self) -> list[Order]:
        """The time of a `Wait` is over."""
        self._responses.pause(on=False)
        return [*self._next_response()]

    def finish(self) -> list[Order]:
        """The session is over: nothing more of an item comes, nor a late transcription."""
        return [*map(ItemDone, self._sound.end_all()), *self._transcript.close()]

    # -- the session

    def _session_created(self, _: events.SessionCreated) -> Iterator[Order]:
        session = self._dialect.session_update(self._setup)
        yield self._send({"type": "session.update", "session": session})

    def _session_updated(self, event: events.SessionUpdated) -> Iterator[Order]:
        session = event.session or events.Session()
        wrong = wrong_format(self._setup, session.audio or events.Audio())
        if wrong:
            yield Failed("wrong_format", wrong, fatal=True)
            return
        self._expires_at = session.expires_at
        if self._resume is not None and not self._told:
            yield from self._tell()
        if not self._replaying:
            yield from self._begin()

    def _begin(self) -> Iterator[Order]:
        self._set_up = True
        if not self._speaks_first:
            yield from self._open()

    def _first_words(self) -> bool:
        """Ask for the answer that the session begins with; says whether there is one."""
        if self._resume is not None and (self._history.items() or not self._resume.owed):
            return self._pick_up(owed=self._resume.owed)
        words = self._setup.greeting
        if words is not None:
            self._responses.ask(self._speech(GREETING, words, keep=False))
        return words is not None

    def _pick_up(self, *, owed: bool) -> bool:
        """Go on where another session stopped; what is owed to the visitor may need a tool."""
        self._replayed_ids = {key: replayed_id(key) for key in self._history.pending()}
        for call_id in self._replayed_ids.values():
            self._calls.start(call_id, None)
        words = self._setup.apology
        if owed and words is not None:
            self._responses.ask(Create(APOLOGY, {"instructions": self._with_words(words)}))
        elif owed:
            self._responses.ask(Create(ANSWER))
        return owed

    def _tell(self) -> Iterator[Order]:
        """Tell the new session what was said (reference 3.3); `_begin` waits for the last of it."""
        self._told = True
        for number, item in enumerate(self._history.items()):
            named = {"id": f"replay_{number}", **item}
            sending = self._send({"type": "conversation.item.create", "item": named})
            self._replaying[named["id"]] = sending.event["event_id"]
            yield sending

    def _item_created(self, event: events.ItemCreated) -> Iterator[Order]:
        if self._replaying.pop(event.item.id or "", None) and not self._replaying:
            yield from self._begin()

    def _replay_refused(self, error: events.ErrorDetail) -> Iterator[Order]:
        """The session goes on without that item: better than without the visitor."""
        self._replaying = {
            item_id: event_id
            for item_id, event_id in self._replaying.items()
            if event_id != error.event_id
        }
        yield Noticed(f"not taken over into the new session: {error.name}: {error.message}")
        if not self._replaying:
            yield from self._begin()

    def _open(self) -> Iterator[Order]:
        """Sound may flow, once the greeting has been answered in whatever way."""
        if self._set_up and not self._ready:
            self._ready = True
            yield Ready(self._expires_at)

    # -- the visitor

    def _speech_started(self, event: events.SpeechStarted) -> Iterator[Order]:
        self._visitor_from_ms = event.audio_start_ms or 0
        self._responses.turn_began()
        self._sound.silence(self._responses.active_ids)
        yield Interrupt()

    def _speech_stopped(self, event: events.SpeechStopped) -> Iterator[Order]:
        self._visitor_ms += max(0, (event.audio_end_ms or 0) - self._visitor_from_ms)
        self._responses.turn_ended()
        yield TurnEnded()

    def _committed(self, event: events.Committed) -> Iterator[Order]:
        self._responses.turn_committed()
        self._history.begin(event.item_id, "user")
        if self._setup.transcription:
            self._transcript.begin(event.item_id, "visitor")
        yield from ()

    def _transcription_completed(self, event: events.TranscriptionCompleted) -> Iterator[Order]:
        self._responses.turn_dropped()
        self._history.write(event.item_id, event.transcript or "")
        yield from self._transcript.write(event.item_id, "visitor", event.transcript or "")
        if event.usage:
            yield Spent(transcription_usage(event.usage))

    def _transcription_failed(self, event: events.TranscriptionFailed) -> Iterator[Order]:
        self._responses.turn_dropped()
        error = event.error or events.ErrorDetail()
        yield Noticed(f"no transcription of {event.item_id}: {error.code}: {error.message}")
        yield from self._transcript.write(event.item_id, "visitor", "")

    def _item_added(self, event: events.ItemAdded) -> Iterator[Order]:
        if event.item.type == "function_call_output":
            self._calls.seen(event.item.call_id or "")
        yield from ()

    # -- the agent

    def _response_created(self, event: events.ResponseCreated) -> Iterator[Order]:
        if self._is_aside(event.response):
            self._aside.add(event.response.id or "")
            return
        self._responses.created(event.response, knows_all=self._calls.all_seen)
        yield from self._open()

    def _output_item_added(self, event: events.OutputItemAdded) -> Iterator[Order]:
        if event.item.type == "message" and event.item.id and event.response_id not in self._aside:
            self._transcript.begin(event.item.id, "agent", event.response_id or "")
            self._history.begin(event.item.id, "assistant")
        yield from ()

    def _audio_delta(self, event: events.AudioDelta) -> Iterator[Order]:
        if event.response_id in self._aside:
            return
        audio = event.audio
        self._history.add_sound(event.item_id, len(audio) / self._bytes_per_ms)
        if self._sound.add(event.item_id, event.response_id, audio):
            yield Play(event.item_id, audio)
        elif truncation := self._sound.missed(event.item_id):
            yield self._truncate(truncation)

    def _audio_done(self, event: events.AudioDone) -> Iterator[Order]:
        if self._sound.end(event.item_id):
            yield ItemDone(event.item_id)

    def _transcript_delta(self, event: events.TranscriptDelta) -> Iterator[Order]:
        if event.response_id not in self._aside:
            self._history.add_words(event.item_id, event.delta)
        yield from ()

    def _transcript_done(self, event: events.TranscriptDone) -> Iterator[Order]:
        if event.response_id not in self._aside:
            self._history.write(event.item_id, event.transcript or "")
            yield from self._transcript.write(event.item_id, "agent", event.transcript or "")

    def _arguments_done(self, event: events.ArgumentsDone) -> Iterator[Order]:
        if event.name and not self._sound.is_silenced(event.response_id):
            yield from self._call(event.call_id, event.name, event.arguments, event.response_id)

    def _output_item_done(self, event: events.OutputItemDone) -> Iterator[Order]:
        if event.response_id not in self._aside:
            yield from self._item_done(event.item, event.response_id)

    def _item_done(self, item: events.Item, response_id: str | None) -> Iterator[Order]:
        if item.type == "function_call" and item.status == "completed":
            yield from self._call(item.call_id, item.name, item.arguments, response_id)
        elif item.type == "message" and item.id:
            if self._sound.end(item.id):
                yield ItemDone(item.id)
            words = [part.transcript or "" for part in item.content or []]
            self._history.begin(item.id, "assistant")
            self._history.write(item.id, " ".join(words))
            yield from self._transcript.write(item.id, "agent", " ".join(words))

    def _call(
        self, call_id: str | None, name: str | None, arguments: str | None, response_id: str | None
    ) -> Iterator[Order]:
        if call_id and name and self._calls.start(call_id, response_id):
            self._history.call(call_id, name, arguments or "")
            yield CallTool(call_id, name, arguments or "")

    def _response_ended(self, event: events.ResponseEnded) -> Iterator[Order]:
        response, usage = event.response, event.response.usage or event.usage
        spoken_ms = self._sound.generated_ms(response.id or "")
        yield Spent(response_usage(usage, heard_ms=self._visitor_ms, spoken_ms=spoken_ms))
        self._visitor_ms = 0.0
        if response.id in self._aside:
            return
        for item in response.output or []:
            yield from self._item_done(item, response.id)
        yield from map(ItemDone, self._sound.end_response(response.id or ""))
        yield from self._transcript.end(response.id or "")
        create = self._responses.done(response)
        self._calls.response_done(response.id)
        yield ResponseDone(create.purpose, response.status or "completed")
        error = failure_of(response, mute=not spoken_ms)
        if error:
            yield from self._failed(create, error)
        yield from self._answer_when_due()
        yield from self._open()

    # -- what goes wrong

    def _failed(self, create: Create, error: events.ErrorDetail) -> Iterator[Order]:
        wait = None if create.retried else try_again_in(error, self._reset_seconds)
        if wait is not None:
            self._responses.retry(create)
        yield Failed(error.name, error.message or "no reason given", fatal=wait is None)
        if wait:
            self._responses.pause(on=True)
            yield Wait(wait)

    def _rate_limits(self, event: events.RateLimits) -> Iterator[Order]:
        self._reset_seconds = event.reset_seconds
        yield from ()

    def _server_error(self, event: events.ServerError) -> Iterator[Order]:
        error = event.error
        if error.event_id and error.event_id in self._replaying.values():
            yield from self._replay_refused(error)
            return
        if error.name in FATAL or not self._set_up:
            yield Failed(error.name, error.message or "no reason given", fatal=True)
            return
        refused = self._responses.refused(error)
        if refused:
            yield from self._failed(refused, error)
        else:
            yield Noticed(f"server error {error.name}: {error.message}")

    # -- responses of ours

    def _answer_when_due(self) -> Iterator[Order]:
        if self._calls.answer_due():
            yield from self._ask(Create(ANSWER))

    def _ask(self, create: Create) -> Iterator[Order]:
        dropped = self._responses.ask(create)
        if dropped:
            yield Noticed(f"too much to say at once: dropped {dropped.purpose}")

    def _next_response(self) -> Iterator[Order]:
        if not self._set_up:
            return
        create = self._responses.release()
        if create:
            yield Send(create)

    def _speech(self, purpose: str, instructions: str, *, keep: bool = True) -> Create:
        """Instructions of a response replace the session's (reference 3.5): give it both."""
        whole = self._with_words(instructions)
        return Create(purpose, {"instructions": whole, "tool_choice": "none"}, keep=keep)

    def _with_words(self, instructions: str) -> str:
        return f"{self._setup.instructions}\n\n{instructions}"

    def _send(self, event: dict[str, Any]) -> Send:
        return Send({**event, "event_id": next(self._event_ids)})

    def _truncate(self, truncation: dict[str, Any]) -> Send:
        self._history.cut(truncation["item_id"], truncation["audio_end_ms"])
        return self._send(truncation)

    def _is_aside(self, response: events.Response) -> bool:
        """Is it out-of-band: does it name no conversation, on a server that does otherwise?"""
        self._conversation_id = self._conversation_id or response.conversation_id
        return bool(self._conversation_id) and not response.conversation_id

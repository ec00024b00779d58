"""One session of the Realtime stand-in: what each client event does (reference 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from twisted.internet.interfaces import IReactorTime

from portero.simulator.faults import FaultPlan
from portero.simulator.rt_checking import Refusal
from portero.simulator.rt_checks import check, decode_audio
from portero.simulator.rt_config import SessionConfig
from portero.simulator.rt_director import Director
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_history import History, Item
from portero.simulator.rt_link import Event, Link, Record, Wire
from portero.simulator.rt_responses import Responses, expire
from portero.simulator.rt_transcripts import Transcripts
from portero.simulator.rt_turns import Turns
from portero.simulator.sound import Samples
from portero.simulator.voice import Voice

SESSION_SECONDS: Final = 3600.0  # reference 1.3


@dataclass(frozen=True, slots=True)
class Manners:
    """How a server behaves.

    ``chatter_seconds``: no script; every response is so long, the next follows as soon as its
    sound would be over, and no turns are heard. ``keep``: record sound and events, for tests.
    """

    pace: Pace = field(default_factory=Pace)
    session_seconds: float = SESSION_SECONDS
    chatter_seconds: float | None = None
    keep: bool = True


class Session:
    """From ``session.created`` on; owns its timers and responses until ``closed``."""

    def __init__(
        self,
        wire: Wire,
        clock: IReactorTime,
        *,
        model: str,
        director: Director,
        voice: Voice,
        faults: FaultPlan,
        manners: Manners,
        serial: int = 1,
    ) -> None:
        self._link = Link(wire, clock, serial=serial, keep=manners.keep)
        self._manners = manners
        self._director = director
        self._updated = False
        self.history = History()
        self.id = self._link.new_id("sess")
        expires_at = int(clock.seconds() + manners.session_seconds)
        self.config = SessionConfig(self.id, model, expires_at)
        self._responses = Responses(
            self._link,
            self.config,
            self.history,
            director,
            voice,
            manners.pace,
            faults,
            self._idle,
        )
        transcripts = Transcripts(self._link, self.config, self._responses, manners.pace.transcript)
        self._turns = Turns(
            self._link,
            self.config,
            self.history,
            director,
            self._responses,
            transcripts,
            hears=manners.chatter_seconds is None,
            keep=manners.keep,
        )
        self._handlers: dict[str, Callable[[Event], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": lambda event: self._turns.commit(),
            "input_audio_buffer.clear": lambda event: self._turns.clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.truncate": self._truncate_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.retrieve": self._retrieve_item,
            "response.create": self._create_response,
            "response.cancel": self._responses.cancel,
            "output_audio_buffer.clear": self._refuse_output_buffer,
        }

    @property
    def record(self) -> Record:
        """What came and went, and what the client did wrong."""
        return self._link.record

    @property
    def violations(self) -> list[str]:
        """What a well-behaved client does not do; tests want it empty."""
        return self.record.violations

    @property
    def unmet(self) -> list[str]:
        """What the script expected of the answers to its calls, and did not find."""
        return self._director.unmet

    @property
    def script_left(self) -> int:
        """How many turns of the script, its end not counted, did not happen."""
        return self._director.left

    @property
    def heard_pcm24(self) -> Samples:
        """All sound that was appended, at 24 kHz."""
        return self._turns.heard_pcm24

    @property
    def heard_ms(self) -> float:
        """How much sound was appended."""
        return self._turns.now_ms

    def open(self) -> None:
        """The upgrade is done."""
        self._link.send("session.created", session=self.config.wire)
        message = f"Your session hit the maximum duration of {self._session_minutes} minutes."
        self._link.later(self._manners.session_seconds, lambda: expire(self._link, message))

    def refuse(self, close_code: int, code: str, message: str) -> None:
        """Do not admit the client: an error event, and a close (reference 1.4)."""
        kind = "invalid_request_error"
        self._link.send_error(kind, code, message)
        self._link.wire.close(close_code, f"{kind}.{code}")

    def receive(self, payload: bytes, *, binary: bool = False) -> None:
        """One frame of the client."""
        event_id = None
        try:
            if binary:
                raise Refusal("invalid_event", "Events come in text frames.")
            event = _parse(payload)
            event_id = event.get("event_id") if isinstance(event, dict) else None
            self._handle(event)
        except Refusal as refusal:
            if not refusal.race or refusal.code == "conversation_already_has_active_response":
                self._blame(f"{refusal.code}: {refusal.message}")
            self._link.refuse(refusal, event_id if isinstance(event_id, str) else None)

    def closed(self) -> None:
        """The connection is gone: nothing more is made, no timer stays."""
        self._responses.stop()
        self._link.close()

    def _handle(self, event: Any) -> None:
        checked = dict(check(event))
        self._link.received(checked)
        self._handlers[checked["type"]](checked)

    def _update(self, event: Event) -> None:
        self.config.update(event["session"], voice_is_fixed=self._responses.any_audio)
        self._updated = True
        self._turns.reconfigured()
        self._link.send("session.updated", session=self.config.wire)

    def _append(self, event: Event) -> None:
        if not self._updated:
            self._blame("audio before session.updated is read in the default format")
        self._turns.append(decode_audio(event["audio"], self.config.input_format, "audio"))

    def _create_item(self, event: Event) -> None:
        wire = dict(event["item"])
        wire.setdefault("id", self._link.new_id("item"))
        wire.setdefault("status", "completed")
        if wire["type"] == "function_call":
            wire.setdefault("call_id", self._link.new_id("call"))
        item = Item(wire)
        self.history.add(item, event.get("previous_item_id"))
        if wire["type"] != "function_call_output":
            return self._acknowledge(item)
        call = self._responses.calls.get(wire["call_id"])
        if call is not None:
            self._director.answered(call, wire["output"])
        # Accepted while its response goes on, and acknowledged after it (reference 4.4).
        self._responses.after_done(lambda: self._acknowledge(item))

    def _acknowledge(self, item: Item) -> None:
        for kind in ("conversation.item.added", "conversation.item.done"):
            previous = self.history.previous_id(item.id)
            self._link.send(kind, previous_item_id=previous, item=item.snapshot())

    def _truncate_item(self, event: Event) -> None:
        self.history.truncate(event)
        told = {key: event[key] for key in ("item_id", "content_index", "audio_end_ms")}
        self._link.send("conversation.item.truncated", **told)

    def _delete_item(self, event: Event) -> None:
        self.history.delete(event["item_id"])
        self._link.send("conversation.item.deleted", item_id=event["item_id"])

    def _retrieve_item(self, event: Event) -> None:
        item = self.history.retrieve(event["item_id"])
        self._link.send("conversation.item.retrieved", item=item.snapshot())

    def _create_response(self, event: Event) -> None:
        if not self._updated:
            self._blame("response.create before session.updated")
        if self._responses.half_answered:
            self._blame("response.create before all calls of the last response had their output")
        self._responses.create(event.get("response") or {})

    def _refuse_output_buffer(self, event: Event) -> None:
        raise Refusal("invalid_value", f"{event['type']} is for WebRTC and SIP only.", "type")

    def _idle(self, audio_ms: float) -> None:
        self._turns.idle_after(audio_ms)
        if self._manners.chatter_seconds is not None:
            pace = self._manners.pace
            lead = pace.first_item + pace.first_audio + audio_ms / 1000 / pace.burst
            wait = max(0.0, audio_ms / 1000 - lead)
            self._link.later(wait, self._responses.create_for_turn)

    def _blame(self, what: str) -> None:
        self.record.violations.append(what)

    @property
    def _session_minutes(self) -> int:
        return round(self._manners.session_seconds / 60)


def _parse(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError as error:
        raise Refusal("invalid_event", f"This is no JSON: {error}.") from error

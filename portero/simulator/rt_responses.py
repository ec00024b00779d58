"""The responses of a session: one at a time in the conversation, any number beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portero.simulator.conversation_script import AgentLine, AgentTurn, ToolCall
from portero.simulator.faults import Fault, FaultKind, FaultPlan
from portero.simulator.rt_checking import Refusal
from portero.simulator.rt_config import SessionConfig
from portero.simulator.rt_director import FALLBACK, Director
from portero.simulator.rt_generation import Generation, Pace, Plan
from portero.simulator.rt_history import CHARACTERS_PER_TOKEN, History
from portero.simulator.rt_link import Event, Link
from portero.simulator.voice import Voice

TOKENS_PER_MINUTE: Final = 40_000  # tier 1 (reference 1.3)
CACHE_BLOCK: Final = 64  # tokens; what was seen was a multiple of it (reference 8)

# Frames that are no events: clients must live through them.
GARBAGE: Final = (b"{not json", b'["an", "array"]', b'{"event_id":"event_x"}', b"null")


class Responses:
    """Creates and cancels responses, and meets the faults that strike them.

    ``on_idle`` is called with the sound of the response that just ended, in ms, when no other
    follows at once.
    """

    def __init__(
        self,
        link: Link,
        config: SessionConfig,
        history: History,
        director: Director,
        voice: Voice,
        pace: Pace,
        faults: FaultPlan,
        on_idle: Callable[[float], None],
    ) -> None:
        self._link = link
        self._config = config
        self._history = history
        self._director = director
        self._voice = voice
        self._pace = pace
        self._faults = faults
        self._conversation_id = link.new_id("conv")
        self._running: set[Generation] = set()
        self._known: set[str] = set()
        self._wanted = False
        self._after_done: list[Callable[[], None]] = []
        self._last_calls: frozenset[str] = frozenset()
        self._cached = (0, 0)
        self._tokens_left = TOKENS_PER_MINUTE
        self.active: Generation | None = None
        self.calls: dict[str, ToolCall] = {}
        self._any_audio = False
        self._on_idle = on_idle

    @property
    def any_audio(self) -> bool:
        """Whether the session has made sound: its voice is fixed then."""
        return self._any_audio or any(each.audio_ms for each in self._running)

    def create(self, options: Event) -> None:
        """The client's ``response.create``; raises Refusal."""
        self._config.check_options(options, "response")
        output = (options.get("audio") or {}).get("output") or {}
        voice = output.get("voice", self._config.voice)
        self._config.check_voice(voice, self.any_audio, "response.audio.output.voice")
        for element in options.get("input") or ():
            if element.get("type") == "item_reference":
                self._history.retrieve(element["id"])
        if options.get("conversation") == "none":
            return self._begin(AgentTurn((AgentLine(FALLBACK),)), options, None)
        if self.active is not None:
            raise Refusal(
                "conversation_already_has_active_response",
                "Conversation already has an active response in progress: "
                f"{self.active.id}. Wait until the response is finished before creating a new one.",
                race=True,
            )
        self._create(options)

    def create_for_turn(self) -> None:
        """The server's own response to a turn; waits for the one that the turn has cut.

        A turn that could not cut the active response gets none (reference 6).
        """
        if self.active is None:
            self._create({})
        else:
            self._wanted = self.active.is_ending

    def cancel(self, event: Event) -> None:
        """The client's ``response.cancel``; raises Refusal when nothing is active."""
        response_id = event.get("response_id")
        running = (
            next((each for each in self._running if each.id == response_id), None)
            if response_id
            else self.active
        )
        if running is None:
            raise Refusal(
                "response_cancel_not_active",
                "Cancellation failed: no active response found",
                race=response_id in self._known,
            )
        running.cancel("client_cancelled")

    def interrupt(self) -> None:
        """The visitor has begun to speak."""
        self._wanted = False
        if self.active is not None and not self.active.is_ending:
            self._director.not_said(self.active.plan.turn)
            self.active.cancel("turn_detected")

    @property
    def half_answered(self) -> bool:
        """Whether some calls of the last response have their output and others have not."""
        missing = self._history.unanswered(self._last_calls)
        return 0 < len(missing) < len(self._last_calls)

    def after_done(self, act: Callable[[], None]) -> None:
        """Call ``act`` after the response in progress; at once if there is none."""
        if self.active is None:
            act()
        else:
            self._after_done.append(act)

    def stop(self) -> None:
        """Make no more of any response."""
        for generation in self._running:
            generation.stop()
        self._running.clear()

    def _create(self, options: Event) -> None:
        turn = self._director.agent_turn(may_call=options.get("tool_choice") != "none")
        fault = turn.fault or self._faults.next_at_response()
        if fault is not None and self._instead(fault, turn):
            return
        self._begin(turn, options, fault)

    def _instead(self, fault: Fault, turn: AgentTurn) -> bool:
        """Let a fault strike that comes in the place of the response; False for the others."""
        link = self._link
        match fault.kind:
            case FaultKind.GARBAGE:
                for frame in GARBAGE:
                    link.wire.send(frame)
                link.wire.send(b"\x00\xff", binary=True)
                link.send("portero.no_such_event", surprise={"deep": [1, None]})
                return False
            case FaultKind.ERROR_EVENT:
                link.send_error("server_error", "server_error", "The server had an error.")
            case FaultKind.NO_CREATED:
                details = {"type": "cancelled", "reason": "turn_detected"}
                wire = {**self._plan(turn, {}, fault).wire, "status": "cancelled"}
                link.send("response.done", response={**wire, "status_details": details})
            case FaultKind.EXPIRE:
                expire(link, "Your session hit the maximum duration of 60 minutes.")
            case FaultKind.SILENCE:
                pass
            case _:
                return False
        self._director.not_said(turn)
        return True

    def _begin(self, turn: AgentTurn, options: Event, fault: Fault | None) -> None:
        plan = self._plan(turn, options, fault)
        generation = Generation(
            self._link, self._history, self._voice, plan, self._pace, self._done
        )
        self._known.add(generation.id)
        self._running.add(generation)
        if plan.to_conversation:
            self.active = generation
        generation.start()

    def _plan(self, turn: AgentTurn, options: Event, fault: Fault | None) -> Plan:
        session = self._config.wire
        output = {**session["audio"]["output"], **(options.get("audio") or {}).get("output", {})}
        to_conversation = options.get("conversation") != "none"
        wire = {
            "object": "realtime.response",
            "id": self._link.new_id("resp"),
            "status": "in_progress",
            "status_details": None,
            "output": [],
            "conversation_id": self._conversation_id if to_conversation else None,
            "output_modalities": options.get("output_modalities", session["output_modalities"]),
            "max_output_tokens": options.get("max_output_tokens", session["max_output_tokens"]),
            "audio": {"output": {key: output[key] for key in ("format", "voice")}},
            "usage": None,
            "metadata": options.get("metadata"),
        }
        instructions = options.get("instructions", session["instructions"])
        return Plan(turn, wire, to_conversation, self._input_tokens(instructions), fault)

    def _input_tokens(self, instructions: str) -> tuple[int, int, int, int]:
        text, audio = self._history.tokens()
        text += len(instructions) // CHARACTERS_PER_TOKEN
        cached = [
            min(before, now) // CACHE_BLOCK * CACHE_BLOCK
            for before, now in zip(self._cached, (text, audio), strict=True)
        ]
        self._cached = (text, audio)
        return text, audio, cached[0], cached[1]

    def _done(self, generation: Generation) -> None:
        self._running.discard(generation)
        self._any_audio = self._any_audio or generation.audio_ms > 0
        self.calls.update(generation.calls)
        self._link.later(self._pace.rate_limits, self._send_rate_limits)
        if generation is not self.active:
            return
        self.active = None
        self._last_calls = frozenset(generation.calls)
        if generation.status == "failed":
            self._director.not_said(generation.plan.turn)
        waiting, self._after_done = self._after_done, []
        for act in waiting:
            act()
        if self._wanted:
            self._wanted = False
            self._create({})
        else:
            self._on_idle(generation.audio_ms)

    def _send_rate_limits(self) -> None:
        self._tokens_left -= sum(self._cached) // 10
        limits = {"name": "tokens", "limit": TOKENS_PER_MINUTE, "remaining": self._tokens_left}
        self._link.send("rate_limits.updated", rate_limits=[{**limits, "reset_seconds": 0.3}])


def expire(link: Link, message: str) -> None:
    """The session is too old: an error, and close 1001 with the same words (reference 4.8)."""
    link.send_error("invalid_request_error", "session_expired", message)
    link.wire.close(1001, message)

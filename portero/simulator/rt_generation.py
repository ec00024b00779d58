"""One response of the Realtime stand-in, from ``response.created`` to ``response.done``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.simulator.conversation_script import AgentLine, AgentTurn, ToolCall
from portero.simulator.faults import Fault, FaultKind
from portero.simulator.rt_history import (
    AGENT_TOKEN_MS,
    CHARACTERS_PER_TOKEN,
    History,
    Item,
)
from portero.simulator.rt_link import Link
from portero.simulator.rt_speech import OutputItem, Speech, call_tool, write_text
from portero.simulator.sound import FORMAT_RATES, encode
from portero.simulator.voice import Voice

log = Logger()

# The ``status_details.error`` of a failed response (reference 1.4 and 4.6).
FAILED_RESPONSES: Final[Mapping[FaultKind, Mapping[str, str]]] = {
    FaultKind.RATE_LIMIT: {
        "type": "tokens",
        "code": "rate_limit_exceeded",
        "message": "Rate limit reached for gpt-realtime in organization org-simulated.",
    },
    FaultKind.SERVER_ERROR: {
        "type": "server_error",
        "code": "server_error",
        "message": "The server had an error while processing your request.",
    },
}


@dataclass(frozen=True, slots=True)
class Pace:
    """Delays in seconds as they were seen (reference 4.3); ``burst``: seconds of sound a second.

    ``closing``: from ``speech_started`` to the last events of the response that it cut.
    """

    first_item: float = 0.3
    first_audio: float = 0.12
    burst: float = 12.0
    closing: float = 0.05
    rate_limits: float = 0.03
    transcript: float = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a response is to be: its turn, and its ``response`` as in ``response.created``.

    ``input_tokens``: text, audio, and how many of each come from the cache.
    """

    turn: AgentTurn
    wire: dict[str, Any]
    to_conversation: bool
    input_tokens: tuple[int, int, int, int]
    fault: Fault | None

    @property
    def audio_format(self) -> str:
        """The format of its sound."""
        return str(self.wire["audio"]["output"]["format"]["type"])


class Generation:
    """Makes the response; ``on_done`` is called once, after ``response.done``."""

    def __init__(
        self,
        link: Link,
        history: History,
        voice: Voice,
        plan: Plan,
        pace: Pace,
        on_done: Callable[[Generation], None],
    ) -> None:
        self.id = str(plan.wire["id"])
        self.plan = plan
        self.calls: dict[str, ToolCall] = {}
        self.status = "in_progress"
        self._link = link
        self._history = history if plan.to_conversation else None
        self._voice = voice
        self._pace = pace
        self._on_done = on_done
        self._items: list[Item] = []
        self._open: list[Speech] = []
        self._closing = False
        self._running: Deferred[None] | None = None

    @property
    def audio_ms(self) -> float:
        """How much sound it has made so far."""
        return sum(item.generated_ms for item in self._items)

    @property
    def is_ending(self) -> bool:
        """Whether it was cut, and only its last events are to come."""
        return self._closing

    def start(self) -> None:
        """Send ``response.created`` and begin."""
        self._link.send("response.created", response=dict(self.plan.wire))
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(self._broken)

    def cancel(self, reason: str) -> None:
        """Stop making it (``turn_detected`` or ``client_cancelled``); late deltas still come."""
        if self._closing or self.status != "in_progress":
            return
        self._closing = True
        self.stop()
        if self._open:
            self._open[-1].step()
        details = {"type": "cancelled", "reason": reason}
        self._link.later(self._pace.closing, lambda: self._finish("cancelled", details))

    def stop(self) -> None:
        """Stop without a word: the connection is gone."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        await self._sleep(self._pace.first_item)
        if self.plan.fault and self.plan.fault.kind in FAILED_RESPONSES:
            error = FAILED_RESPONSES[self.plan.fault.kind]
            return self._finish("failed", {"type": "failed", "error": error})
        for index, line in enumerate(self.plan.turn.lines):
            await self._say(line, index)
        self._close(self._open, "completed")
        for call in self.plan.turn.calls:
            self._call(call)
        self._finish("completed", None)

    async def _say(self, line: AgentLine, index: int) -> None:
        last = index == len(self.plan.turn.lines) - 1
        message: dict[str, Any] = {"type": "message", "role": "assistant", "content": []}
        if len(self.plan.turn.lines) > 1:
            message["phase"] = "final_answer" if last else "commentary"
        if self.plan.wire["output_modalities"] == ["text"]:
            return write_text(self._output(message), line.text)
        audio_format = self.plan.audio_format
        samples = await self._voice.render(line.text, line.sound, rate=FORMAT_RATES[audio_format])
        audio = encode(samples, audio_format)
        speech = Speech(self._output(message), line.text, audio, audio_format)
        speech.open()
        self._open.append(speech)
        await self._sleep(self._first_audio_delay(index))
        while (length := speech.step()) is not None:
            # The item before is closed only now: its end may come after our first sound.
            self._close(self._open[:-1], "completed")
            if self.plan.fault and self.plan.fault.kind is FaultKind.DROP:
                self._link.wire.abort()
            await self._sleep(length / 1000 / self._pace.burst)

    def _first_audio_delay(self, index: int) -> float:
        if index:
            return 0.0
        if self.plan.fault and self.plan.fault.kind is FaultKind.SLOW:
            return self.plan.fault.seconds
        return self._pace.first_audio

    def _call(self, call: ToolCall) -> None:
        call_id = self._link.new_id("call")
        body = {"type": "function_call", "name": call.name, "call_id": call_id, "arguments": ""}
        arguments = call.arguments
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        self.calls[call_id] = call
        call_tool(self._output(body), arguments)

    def _output(self, wire: dict[str, Any]) -> OutputItem:
        output = OutputItem(self._link, self._history, self.id, len(self._items), wire)
        self._items.append(output.item)
        return output

    def _close(self, speeches: list[Speech], status: str) -> None:
        for speech in list(speeches):
            self._open.remove(speech)
            speech.close(status)

    def _finish(self, status: str, details: dict[str, Any] | None) -> None:
        self._close(self._open, "incomplete")
        self.status = status
        self._link.send(
            "response.done",
            response={
                **self.plan.wire,
                "status": status,
                "status_details": details,
                "output": [item.snapshot() for item in self._items],
                "usage": self._usage(),
            },
        )
        self._on_done(self)

    def _usage(self) -> dict[str, Any]:
        text, audio, cached_text, cached_audio = self.plan.input_tokens
        out_text = sum(len(item.text) for item in self._items) // CHARACTERS_PER_TOKEN
        out_audio = int(self.audio_ms) // AGENT_TOKEN_MS
        cached = {"text_tokens": cached_text, "audio_tokens": cached_audio, "image_tokens": 0}
        return {
            "total_tokens": text + audio + out_text + out_audio,
            "input_tokens": text + audio,
            "output_tokens": out_text + out_audio,
            "input_token_details": {
                "text_tokens": text,
                "audio_tokens": audio,
                "image_tokens": 0,
                "cached_tokens": cached_text + cached_audio,
                "cached_tokens_details": cached,
            },
            "output_token_details": {"text_tokens": out_text, "audio_tokens": out_audio},
        }

    def _sleep(self, seconds: float) -> Deferred[None]:
        return deferLater(self._link.clock, seconds)

    def _broken(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        log.failure("a response could not be made", failure)
        message = failure.getErrorMessage()
        error = {"type": "server_error", "code": "server_error", "message": message}
        self._finish("failed", {"type": "failed", "error": error})

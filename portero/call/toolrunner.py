"""The model's tool calls, run in their order and answered once."""

from __future__ import annotations

import json
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from portero import messages
from portero.call.calllog import CallLog
from portero.call.recorder import HIDDEN
from portero.doorman import CallDoorman, ToolResult
from portero.limits import PROGRESS_SECONDS, TOOL_ARGUMENTS_CHARS, TOOL_CALLS_WAITING


class ToolHost(Protocol):
    """What tool calls need of their call."""

    @property
    def talking(self) -> bool:
        """Whether the visitor is with the agent: nothing is done behind a visitor's back."""

    async def visitor_heard(self) -> None:
        """Wait a moment for what the visitor has said and nobody has written down yet."""

    def tool_output(self, call_id: str, output: str) -> None:
        """Give a tool's answer to the model."""

    def say(self, instructions: str, purpose: str) -> None:
        """Have the agent say something meanwhile."""

    def too_many_tools(self) -> None:
        """The model asks for more than anybody would."""


class ToolRecord(Protocol):
    """Where tool calls are written down."""

    def tool(self, name: str, arguments: str) -> int:
        """A tool begins; the answer is the number of this use."""

    def verdict(self, use: int, verdict: str) -> None:
        """What came of it."""


class ToolRunner:
    """Runs tools one after another; those that wait for a person hold nobody else up.

    The order matters: a model that checks a visitor and opens the gate in one response must have
    the check judged first.
    """

    def __init__(
        self,
        doorman: CallDoorman,
        host: ToolHost,
        *,
        clock: IReactorTime,
        log: CallLog,
        record: ToolRecord,
        language: str,
    ) -> None:
        self._doorman = doorman
        self._host = host
        self._clock = clock
        self._log = log
        self._record = record
        self._language = language
        self._turn = DeferredLock()
        self._waiting_for_people: set[Deferred[None]] = set()
        self._slow: set[IDelayedCall] = set()

    def call(self, call_id: str, name: str, arguments: str) -> None:
        """Run a tool when it is its turn; its answer goes to the host."""
        if len(self._turn.waiting) + len(self._waiting_for_people) >= TOOL_CALLS_WAITING:
            self._host.too_many_tools()
            return
        if self._doorman.waits_for_people(name):
            running = Deferred.fromCoroutine(self._run(call_id, name, arguments))
            self._waiting_for_people.add(running)
            running.addBoth(self._answered_by_people, running)
        else:
            running = self._turn.run(
                lambda: Deferred.fromCoroutine(self._run(call_id, name, arguments))
            )
        running.addErrback(self._broke, call_id, name)

    def close(self) -> None:
        """The visitor is gone: nobody is asked any longer, nothing is said."""
        for running in list(self._waiting_for_people):
            running.cancel()
        slow, self._slow = self._slow, set()
        for timer in slow:
            if timer.active():
                timer.cancel()

    async def _run(self, call_id: str, name: str, arguments: str) -> None:
        if self._doorman.opens_gates(name):
            await self._host.visitor_heard()  # it may be a duress word
        if not self._host.talking:
            return
        shown = HIDDEN if self._doorman.hears(arguments) else arguments[:TOOL_ARGUMENTS_CHARS]
        self._log.info("Function call: {name}({arguments})", name=name, arguments=shown)
        use, verdict = self._record.tool(name, shown), "broke"
        soon = self._clock.callLater(PROGRESS_SECONDS, self._still_working, name)
        self._slow.add(soon)
        try:
            result = await self._doorman.run(name, arguments, call_id)
            verdict = _verdict(result)
        finally:
            self._record.verdict(use, verdict)
            self._slow.discard(soon)
            if soon.active():
                soon.cancel()
        self._log.info("{name}: {verdict}", name=name, verdict=verdict)
        self._host.tool_output(call_id, result.output)

    def _still_working(self, name: str) -> None:
        if self._doorman.waits_for_people(name):
            return  # that tells of its progress itself
        if self._doorman.talks_meanwhile(name):
            self._host.say(messages.text("one_moment", self._language), "one_moment")

    def _answered_by_people(self, result: object, running: Deferred[None]) -> object:
        self._waiting_for_people.discard(running)
        return result

    def _broke(self, failure: Failure, call_id: str, name: str) -> None:
        if failure.check(CancelledError) or not self._host.talking:
            return
        self._log.failure(f"the tool {name} broke", failure)
        output = {"done": False, "message": messages.text("tool_broke", self._language)}
        self._host.tool_output(call_id, json.dumps(output, ensure_ascii=False))


def _verdict(result: ToolResult) -> str:
    """For the log: who decided, or how it went where nobody had to."""
    if result.verdict is None:
        return "failed" if result.error else "done"
    return f"{'allowed' if result.verdict.allowed else 'refused'} ({result.verdict.rule})"

"""The doorman of one call: what the model asks for, checked, judged and done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.config.tools import DtmfSettings, HangupSettings, TransferSettings
from portero.doorman.actions import CallActions
from portero.doorman.alarm import Alarm
from portero.doorman.answers import WrongShape, encode
from portero.doorman.arguments import BadArguments, parse_arguments
from portero.doorman.declarations import END_CALL, OPEN_GATE, TRANSFER_TO_GUARD, Tool
from portero.doorman.facts import Request, Verdict
from portero.doorman.failures import RequestFailed
from portero.doorman.keyed import Keyed, KeypadDesk
from portero.doorman.keys import Typed
from portero.doorman.lookups import (
    NOTIFY_RESIDENT,
    Lookups,
    NoSuchResident,
    TooManyGuesses,
    UnclearPlate,
)
from portero.doorman.memory import CallMemory
from portero.doorman.notices import Notices
from portero.doorman.opening import GateKeeper, Opened
from portero.doorman.preconditions import unmet
from portero.doorman.record import CallRecord
from portero.doorman.routes import RouteRunner
from portero.doorman.ways import Route
from portero.errors import PorteroError
from portero.limits import TOOL_CALLS
from portero.messages import text

# Refusals of a name that nobody expects here: whoever asks on may be guessing.
_NAMES_IN_VAIN: Final = frozenset({"not_checked", "other_visit"})


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`output`: JSON for the model; `verdict`: policy's word, where it had one."""

    output: str
    verdict: Verdict | None = None
    error: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What a call's doorman is made of; each part serves this call only."""

    tools: Mapping[str, Tool]
    memory: CallMemory
    record: CallRecord
    lookups: Lookups
    gatekeeper: GateKeeper
    keypad: KeypadDesk
    notices: Notices
    routes: RouteRunner
    alarm: Alarm


class CallDoorman:
    """Runs the tools of one call, and takes what comes from the visitor's keys and mouth."""

    log = Logger()

    def __init__(
        self, tenant: TenantSettings, desk: Desk, actions: CallActions, *, language: str
    ) -> None:
        self._tenant = tenant
        self._desk = desk
        self._actions = actions
        self._language = language
        self._calls_left = TOOL_CALLS
        self._numbers = count(1)
        self._answers: dict[str, Deferred[ToolResult]] = {}

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The declarations for the Realtime API."""
        return [tool.declaration() for tool in self._desk.tools.values()]

    def waits_for_people(self, name: str) -> bool:
        """Whether this tool takes as long as somebody needs to answer a phone."""
        return name == NOTIFY_RESIDENT and self._desk.notices.asks_people

    def opens_gates(self, name: str) -> bool:
        """Whether a duress word that was just said must be known before this tool may run."""
        tool = self._desk.tools.get(name)
        if tool is None or not self._desk.alarm.listens:
            return False
        return tool.action == OPEN_GATE or isinstance(tool.route, DtmfSettings)

    def talks_meanwhile(self, name: str) -> bool:
        """Whether the agent may say that it takes a moment."""
        tool = self._desk.tools.get(name)
        ways_out = (END_CALL, TRANSFER_TO_GUARD)
        return tool is not None and tool.meanwhile == "talk" and tool.action not in ways_out

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Add something to the ledger that nothing depends on."""
        self._desk.record.note(kind, body)

    def close(self) -> None:
        """The visitor has left: nobody is asked for an answer any longer, and nothing opens."""
        self._desk.gatekeeper.close()
        self._desk.notices.close()

    def when_opened(self, told: Callable[[str], None]) -> None:
        """Have `told` called with the id of each gate that takes an order to open."""
        self._desk.gatekeeper.when_opened = told

    def hears(self, words: str) -> bool:
        """Listen for a duress word in what the visitor said; True when it is one.

        The guard learns of it silently; the visitor, and who stands beside, notice nothing.
        """
        return self._desk.alarm.hears(words)

    async def typed(self, typed: Typed) -> Keyed:
        """A PIN that the visitor typed: checked, and opened for, without the model."""
        return await self._desk.keypad.typed(typed, self._key())

    async def ask_unit(self, unit: str) -> str:
        """Ask the residents of a unit (typed by the visitor); the word for what came of it."""
        return await self._desk.notices.ask_unit(unit, self._key)

    async def run(self, name: str, arguments: str, call_id: str = "") -> ToolResult:
        """Do what the model asks; whatever is wrong with it is answered, never raised.

        A call of the model's that comes twice (same `call_id`) is done once.
        """
        if not call_id:
            return await self._run(name, arguments)
        if call_id not in self._answers:
            self._answers[call_id] = Deferred.fromCoroutine(self._run(name, arguments))
        answer: Deferred[ToolResult] = Deferred()
        self._answers[call_id].addBoth(_pass_on, answer)
        return await answer

    async def _run(self, name: str, arguments: str) -> ToolResult:
        tool = self._desk.tools.get(name)
        if tool is None:
            return self._error("unknown_tool", f"tools: {', '.join(self._desk.tools)}")
        if self._is_tired(tool):
            return self._error("too_many_calls")
        if missing := unmet(tool.requires, self._desk.memory):
            return self._error(missing)
        try:
            values = parse_arguments(tool, arguments)
            return await self._do(tool, values)
        except BadArguments as problem:
            return self._error("bad_arguments", str(problem))
        except RequestFailed as failure:
            return self._error(failure.trouble.message)
        except TooManyGuesses:
            return self._error("too_many_checks")
        except UnclearPlate as unclear:
            return self._error(unclear.ask)
        except NoSuchResident:
            return self._error("unknown_resident")
        except WrongShape as problem:
            self.log.warn(
                "Backend: the answer to {tool} is wrong: {problem}", tool=name, problem=problem
            )
            return self._error("backend_down")

    def _is_tired(self, tool: Tool) -> bool:
        """Count a call; True when there were too many. Ways out of the call stay open."""
        if tool.action in (END_CALL, TRANSFER_TO_GUARD):
            return False
        self._calls_left -= 1
        return self._calls_left < 0

    async def _do(self, tool: Tool, values: Mapping[str, Any]) -> ToolResult:
        if tool.name == NOTIFY_RESIDENT and self._desk.notices.asks_people:
            meant = self._desk.lookups.at_home(values["resident_id"])
            told = await self._desk.notices.ask(meant, values, self._key)
            return ToolResult(encode(told))
        if tool.http is not None:
            return ToolResult(encode(await self._desk.lookups.run(tool, values, self._key())))
        if tool.action == OPEN_GATE:
            return await self._open_gate(values)
        if tool.action == END_CALL:
            return ToolResult(await self._actions.hang_up(values.get("reason", "")))
        if tool.action == TRANSFER_TO_GUARD:
            self.note("transfer", {"to": "guard", "by": "model"})
            return ToolResult(await self._actions.transfer_to_guard(values.get("reason", "")))
        assert tool.route is not None
        return await self._run_own(tool, tool.route, values)

    async def _run_own(self, tool: Tool, route: Route, values: Mapping[str, Any]) -> ToolResult:
        """A tool of the installer's own: nobody knows what it moves, so it is written down."""
        memory, key = self._desk.memory, self._key()
        if "resident_id" in values:  # the model has a handle only
            meant = self._desk.lookups.at_home(str(values["resident_id"]))
            if not meant:
                return ToolResult(encode({"done": True}))
            values = {**values, "resident_id": meant[0]}
        if isinstance(route, DtmfSettings) and memory.duress and not self._tenant.duress.open:
            return self._error("gate_stuck")  # tones open most intercoms' relays
        if not isinstance(route, HangupSettings | TransferSettings):  # ways out stay open
            name = f"tools.{tool.name}"
            try:
                await self._desk.record.write(
                    "command", {"tool": tool.name, "rule": name, "key": key}
                )
            except PorteroError as error:
                self.log.error(
                    "[{call}] {tool} is not run, because it can't be written down: {error}",
                    call=self._desk.record.call_id,
                    tool=name,
                    error=error,
                )
                return self._error("not_recorded")
        try:
            ran = await self._desk.routes.run(route, values, key)
        except RequestFailed as failure:
            self.log.warn(
                "[{call}] tools.{tool}: its server {failure}",
                call=self._desk.record.call_id,
                tool=tool.name,
                failure=failure,
            )
            raise
        return ToolResult(encode(ran.output), error=ran.error)

    async def _open_gate(self, values: Mapping[str, Any]) -> ToolResult:
        memory, record = self._desk.memory, self._desk.record
        name = values.get("visitor_name", "")
        await self._desk.lookups.count_name(name)
        request = Request(
            tenant=record.tenant,
            gate_id=values["gate_id"],
            call_id=record.call_id,
            caller=record.caller,
            key=self._key(),
            visitor_name=name,
            resident_id=self._whom(values.get("resident_id"), memory),
        )
        opened: Opened = await self._desk.gatekeeper.open(request, memory)
        if opened.verdict.rule in _NAMES_IN_VAIN:
            await self._desk.lookups.named_in_vain(name)
        output = {"ordered": opened.ordered, "state": opened.state, "message": opened.sentence}
        return ToolResult(encode(output), opened.verdict, error=not opened.ordered)

    def _whom(self, handle: str | None, memory: CallMemory) -> str | None:
        """The resident that a handle means; with several of one unit, the one who was proved."""
        if handle is None:
            return None
        meant = self._desk.lookups.residents(handle)
        proved = {check.resident_id for check in memory.checks}
        proved.update(approval.resident_id for approval in memory.approvals)
        return next((one for one in meant if one in proved), next(iter(meant), handle))

    def _key(self) -> str:
        """A new `Idempotency-Key`: the same only when the same request is sent again."""
        return f"{self._desk.record.call_id}-{next(self._numbers)}"

    def _error(self, code: str, detail: str = "") -> ToolResult:
        output = {"error": code, "message": text(code, self._language)}
        if detail:
            output["detail"] = detail[:1000]
        return ToolResult(json.dumps(output, ensure_ascii=False), error=True)


def _pass_on(result: Any, to: Deferred[Any]) -> Any:
    if not to.called:
        to.callback(result)
    return result

"""The doorman of one call: what the model asks for, checked, judged and done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from twisted.logger import Logger

from portero.doorman.answers import WrongShape, encode, matching, select, unwrap
from portero.doorman.arguments import BadArguments, parse_arguments
from portero.doorman.backend import BackendClient
from portero.doorman.declarations import (
    CHECK_VISITOR,
    CHECKED,
    END_CALL,
    OPEN_GATE,
    HttpRoute,
    Tool,
)
from portero.doorman.failures import RequestFailed
from portero.doorman.gates import GateOrder, Outcome
from portero.doorman.opening import GateKeeper
from portero.doorman.policy import Check, Verdict, learn
from portero.doorman.templates import fill, fill_path
from portero.limits import CHECKS_PER_CALL, TOOL_CALLS
from portero.messages import text
from portero.registry.authorization import Said


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call before anybody speaks."""

    call_id: str
    tenant: str
    caller_number: str = ""
    caller_name: str = ""
    channel: str = ""
    did: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`output`: JSON for the model; `verdict`: policy's word, where it had one."""

    output: str
    verdict: Verdict | None = None
    error: bool = False


class CallActions(Protocol):
    """What a tool may do to the call itself; each answers with JSON for the model."""

    async def transfer_to_guard(self, reason: str) -> str:
        """Hand the visitor to the guard."""

    async def hang_up(self, reason: str) -> str:
        """End the call once the goodbye has been played."""


class CallDoorman:
    """Runs the tools of one call and remembers what the backend said of its visitors."""

    log = Logger()

    def __init__(
        self,
        tools: Mapping[str, Tool],
        facts: CallFacts,
        actions: CallActions,
        *,
        backend: BackendClient,
        gatekeeper: GateKeeper,
        language: str,
        now: Callable[[], float],
    ) -> None:
        self._tools = tools
        self._facts = facts
        self._actions = actions
        self._backend = backend
        self._gatekeeper = gatekeeper
        self._language = language
        self._now = now
        self._checks: list[Check] = []
        self._calls_left = TOOL_CALLS
        self._checks_left = CHECKS_PER_CALL
        self._numbers = count(1)

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The declarations for the Realtime API."""
        return [tool.declaration() for tool in self._tools.values()]

    async def run(self, name: str, arguments: str) -> ToolResult:
        """Do what the model asks; whatever is wrong with it is answered, never raised."""
        tool = self._tools.get(name)
        if tool is None:
            return self._error("unknown_tool", f"tools: {', '.join(self._tools)}")
        if tired := self._spend(tool):
            return self._error(tired)
        try:
            values = parse_arguments(tool, arguments)
            return await self._run(tool, values)
        except BadArguments as problem:
            return self._error("bad_arguments", str(problem))
        except RequestFailed as failure:
            return self._error(failure.trouble.message)
        except WrongShape as problem:
            self.log.warn(
                "Backend: the answer to {tool} is wrong: {problem}", tool=name, problem=problem
            )
            return self._error("backend_down")

    def _spend(self, tool: Tool) -> str | None:
        """Count a call; the error when there were too many. Ways out of the call stay open."""
        if tool.http is None and tool.action != OPEN_GATE:
            return None
        if self._calls_left == 0:
            return "too_many_calls"
        self._calls_left -= 1
        if tool.name != CHECK_VISITOR:
            return None
        if self._checks_left == 0:
            return "too_many_checks"  # whoever tries one name after another is guessing
        self._checks_left -= 1
        return None

    async def _run(self, tool: Tool, values: Mapping[str, Any]) -> ToolResult:
        if tool.http is not None:
            answer = await self._request(tool.http, values)
            if tool.name == CHECK_VISITOR:
                return self._checked(tool.http, values, answer)
            return ToolResult(encode(select(answer, tool.http.answer) or {"done": True}))
        if tool.action == OPEN_GATE:
            return await self._open_gate(values)
        if tool.action == END_CALL:
            return ToolResult(await self._actions.hang_up(values.get("reason", "")))
        return ToolResult(await self._actions.transfer_to_guard(values.get("reason", "")))

    async def _request(self, route: HttpRoute, values: Mapping[str, Any]) -> Any:
        known = {**values, "call.id": self._facts.call_id, "call.tenant": self._facts.tenant}
        try:
            path = fill_path(route.path, known)
        except ValueError as problem:
            raise BadArguments(str(problem)) from None
        answer = await self._backend.request(
            route.method,
            path,
            tenant=self._facts.tenant,
            query=fill(route.query, known),
            json=None if route.json is None else fill(route.json, known),
            key=None if route.method == "GET" else self._key(),
            timeout=route.timeout,
        )
        found = unwrap({} if answer is None else answer, route.items)
        return matching(found, values, route.match)

    def _checked(self, route: HttpRoute, values: Mapping[str, Any], answer: Any) -> ToolResult:
        """Remember a check, and tell the model what policy will hold it to."""
        if not isinstance(answer, Mapping):
            raise WrongShape("expected an object")
        shown = select(answer, route.answer)
        said = Said(**{name: values[name] for name in CHECKED if name in values})
        check = learn(said, answer, self._now())
        self._checks.append(check)
        if not check.authorized:
            shown.pop("visitor", None)  # nobody learns here whom we are waiting for
        return ToolResult(encode({**shown, "authorized": check.authorized}))

    async def _open_gate(self, values: Mapping[str, Any]) -> ToolResult:
        order = GateOrder(
            tenant_id=self._facts.tenant,
            gate_id=values["gate_id"],
            visitor_name=values.get("visitor_name", ""),
            resident_id=values.get("resident_id"),
            reason=f"portero {self._facts.call_id}",
            key=self._key(),
        )
        opened = await self._gatekeeper.open(order, self._checks)
        ordered = opened.verdict.allowed and opened.outcome is not Outcome.FAILED
        output = {"ordered": ordered, "state": opened.state, "message": opened.sentence}
        return ToolResult(encode(output), opened.verdict, error=not ordered)

    def _key(self) -> str:
        """A new `Idempotency-Key`: the same only when the same request is sent again."""
        return f"{self._facts.call_id}-{next(self._numbers)}"

    def _error(self, code: str, detail: str = "") -> ToolResult:
        output = {"error": code, "message": text(code, self._language)}
        if detail:
            output["detail"] = detail[:1000]
        return ToolResult(json.dumps(output, ensure_ascii=False), error=True)

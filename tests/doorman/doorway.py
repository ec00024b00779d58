"""A call with its doorman: the backend and the gates on a wire, the registry at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from wire import Connection, Running, Wire

from twisted.internet.defer import Deferred, fail
from twisted.logger import capturedLogs, formatEvent

from portero.config.settings import GateSettings, Settings, TenantSettings, ToolSettings
from portero.doorman import CallDoorman, CallFacts, Doorman, ToolResult
from portero.doorman.actions import Answer, ResidentCall
from portero.doorman.backend import BackendClient
from portero.doorman.gatemaker import GateMaker
from portero.limits import TOOL_OUTPUT_CHARS
from portero.registry import Registry, ledger
from portero.registry.store import RegistryAway
from portero.rehearsal.store import InlineStore

EPOCH = datetime(2026, 11, 22, 18, 0, tzinfo=UTC).timestamp()
"""The wall clock when a test begins."""

FOUND = {
    "authorized": True,
    "visitor": {"id": "a1", "name": "Juan Pérez García", "resident_id": "res-7", "phone": "55123"},
}
NOT_FOUND = {"authorized": False, "visitor": None}
MARIA = {"id": "res-7", "name": "María López", "unit": "5", "phone": "2001", "extension": "2001"}
ROBLES = TenantSettings(
    id="robles",
    gates={
        "main_gate": GateSettings(name="Entrada"),
        "hook": GateSettings(
            driver="webhook",
            url="http://gate:80/open?key=s3cret",
            method="PUT",
            headers={"X-Key": "s3cret"},  # type: ignore[dict-item]
            body="<open/>",
            timeout=3,
        ),
    },
)


class Actions:
    """The call, as the tools see it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.said: list[str] = []
        self.digits: bool | Exception = True

    async def transfer_to_guard(self, reason: str) -> str:
        self.asked.append(("guard", reason))
        return '{"transferred":false}'

    async def transfer(self, extension: str, context: str, ring_seconds: float) -> str:
        self.asked.append(("transfer", extension, context, ring_seconds))
        return '{"transferred":false}'

    async def hang_up(self, reason: str) -> str:
        self.asked.append(("hang_up", reason))
        return '{"ended":true}'

    async def send_digits(self, digits: str, tone_ms: int, gap_ms: int) -> bool:
        self.asked.append(("digits", digits, tone_ms, gap_ms))
        if isinstance(self.digits, Exception):
            raise self.digits
        return self.digits

    def say(self, instructions: str, purpose: str) -> None:
        self.said.append(instructions)

    async def talk_with(self, channel: str) -> bool:
        self.asked.append(("talk", channel))
        return True


class Phones:
    """Phones that portero calls; `answer` what was asked of residents, in its order."""

    def __init__(self) -> None:
        self.called: list[tuple[str, ...]] = []
        self.rung: list[ResidentCall] = []
        self.takes: bool | Exception = True
        self.says: Answer | None = None  # at once, without `answer`
        self._answers: list[Deferred[Any]] = []

    async def originate(
        self, extension: str, context: str, *, ring_seconds: float, caller_id: str = ""
    ) -> bool:
        self.called.append(("originate", extension, context))
        return self._taken()

    async def ask(self, call: ResidentCall, actions: Any) -> Answer | None:
        self.rung.append(call)
        if self.says is not None:
            return self.says
        self._answers.append(Deferred())
        answer: Answer | None = await self._answers[-1]
        return answer

    async def alert(self, extension: str, context: str, *, language: str) -> bool:
        self.called.append(("alert", extension, context))
        return self._taken()

    def answer(self, word: Answer | None, number: int = -1) -> None:
        self._answers[number].callback(word)

    def _taken(self) -> bool:
        if isinstance(self.takes, Exception):
            raise self.takes
        return self.takes


class Shelf:
    """The registry, in memory; `away` names the jobs that it fails while it is away."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry or Registry("sqlite://")
        self.registry.upgrade()
        self._store = InlineStore(self.registry)
        self.away: Callable[[str, tuple[Any, ...]], bool] = lambda job, arguments: False

    def run(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        if self.away(job.__name__, args):
            return fail(RegistryAway("registry_away", why="it is locked"))
        return self._store.run(job, *args, **kwargs)

    def work(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.registry.work(job, *args, **kwargs)

    def entries(self, tenant: str = "robles", call_id: str = "c1") -> list[tuple[str, Any]]:
        """What the ledger says of a call: kinds and bodies."""
        found = self.registry.work(ledger.for_call, tenant, call_id)
        return [(it.kind, dict(it.body)) for it in found]

    def kinds(self, tenant: str = "robles", call_id: str = "c1") -> list[str]:
        return [kind for kind, _ in self.entries(tenant, call_id)]


class Visit:
    """A call with a doorman, and the wire to its backend and gates."""

    def __init__(
        self,
        tenant: TenantSettings = ROBLES,
        *,
        shelf: Shelf | None = None,
        wire: Wire | None = None,
        call_id: str = "c1",
        caller: str = "100",
        tools: Mapping[str, ToolSettings] | None = None,
        gates: GateMaker | None = None,
        backend: str = "http://backend:8000",
    ) -> None:
        self.tenant = tenant
        self.wire = wire or Wire()
        self.shelf = shelf or Shelf()
        self.actions, self.phones = Actions(), Phones()
        reactor, http = self.wire.reactor, self.wire.http
        asked = BackendClient(backend, "t0ken", reactor=reactor, http=http)
        doorman = Doorman(
            Settings(tools=dict(tools or {}), tenants=(tenant,)),
            asked,
            store=self.shelf,
            phone=self.phones,
            reactor=reactor,
            http=http,
            gates=gates,
            now=self.now,
        )
        facts = CallFacts(call_id=call_id, tenant=tenant.id, caller_number=caller)
        self.doorman: CallDoorman = doorman.for_call(tenant, facts, self.actions)

    def now(self) -> float:
        return EPOCH + self.wire.reactor.seconds()

    # -- what the model does

    def start(self, tool: str, /, *, id_: str = "", **arguments: Any) -> Running:
        return Running(self.doorman.run(tool, json.dumps(arguments), id_))

    def check(self, answer: Any = FOUND, **arguments: Any) -> dict[str, Any]:
        running = self.start("check_visitor", **(arguments or {"name": "Juan Pérez"}))
        self.wire.accept().answer(200, json.dumps(answer).encode())
        return output(running)

    def find(self, *people: Any, **arguments: Any) -> dict[str, Any]:
        """find_resident, where the Backend API knows `people`."""
        running = self.start("find_resident", **(arguments or {"name": "María López"}))
        self.wire.accept().answer(200, json.dumps(people).encode())
        return output(running)

    def open(self, name: str = "Juan Pérez", **arguments: Any) -> Running:
        return self.start("open_gate", visitor_name=name, **arguments)

    # -- what the backend does

    def answer(self, value: Any, status: int = 200) -> Connection:
        connection = self.wire.accept()
        connection.answer(status, json.dumps(value).encode())
        return connection

    def log_written(self) -> Connection:
        log = self.wire.accept()
        assert log.received.startswith(b"POST /api/v1/access/logs ")
        log.answer(201, b'{"id": "e1"}')
        return log

    def outcome_written(self) -> dict[str, Any]:
        patch = self.wire.accept()
        assert patch.received.startswith(b"PATCH /api/v1/access/logs/e1 ")
        patch.answer(200, b"{}")
        written: dict[str, Any] = json.loads(patch.body)["metadata"]
        return written

    def opens(self) -> None:
        """The Backend API's log and gate take what they are told."""
        self.log_written()
        gate = self.wire.accept()
        assert gate.received.startswith(b"POST /api/v1/gates/open ")
        gate.answer(200, b'{"success": true}')
        assert self.outcome_written()["state"] == "acknowledged"


def output(running: Running) -> dict[str, Any]:
    """What the model is told."""
    result: ToolResult = running.result
    assert len(result.output) <= TOOL_OUTPUT_CHARS
    loaded: dict[str, Any] = json.loads(result.output)
    return loaded


@contextmanager
def logged() -> Iterator[list[str]]:
    """The lines that portero logs meanwhile."""
    lines: list[str] = []
    with capturedLogs() as events:
        yield lines
    lines += [formatEvent(it) for it in events if it["log_namespace"].startswith("portero")]

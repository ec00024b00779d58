"""Plays one scripted visit against the real doorman, on a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from portero.config.settings import Settings, TenantSettings
from portero.doorman import Doorman
from portero.doorman.askways import AnswerBoard
from portero.doorman.backend import BackendClient
from portero.doorman.calldoorman import CallDoorman, ToolResult
from portero.doorman.declarations import OPEN_GATE
from portero.doorman.doorman import CallFacts
from portero.doorman.keys import Keys, Typed
from portero.doorman.whatsapp import WhatsAppClient
from portero.limits import REHEARSAL_TOOL_SECONDS
from portero.registry import ledger
from portero.registry.ledger import Entry
from portero.rehearsal.house import TOKEN, House, anybody_http, backend_http
from portero.rehearsal.people import (
    RehearsalCall,
    RehearsalGates,
    RehearsalPhone,
    RehearsalWhatsApp,
    Residents,
)
from portero.rehearsal.played import Played
from portero.rehearsal.script import QUOTED, Step, ToolStep, Visit

_NOON: Final = datetime(2026, 11, 23, 12)  # a Monday
_KEY_SECONDS: Final = 0.3


class Player:
    """Plays the visits of one file, one after another, for one tenant.

    registry: an import file. gate: named by the model where the script names none.
    """

    def __init__(
        self,
        settings: Settings,
        tenant: TenantSettings,
        registry: Path | None,
        *,
        gate: str | None = None,
    ) -> None:
        self._settings = settings
        self._tenant = tenant
        self._registry = registry
        self._gate = gate
        self._house: House | None = None
        self._model: House | None = None  # as each visit finds it
        self._numbers = 0

    def play(self, visit: Visit) -> Played:
        """Play a visit to its end. Raises BadRehearsal, BadImport, OSError."""
        clock = Clock()
        start = _moment(visit.at, self._tenant)

        def now() -> float:
            return start + float(clock.seconds())

        house = self._open_house(visit, now)
        for plate in visit.plates:
            house.put_plate(plate)
        for pin in visit.pins:
            house.put_pin(pin)
        self._numbers += 1
        stage = _Stage(
            self._settings, self._tenant, visit, house, clock, f"rehearsal-{self._numbers}"
        )
        return stage.play(self._gate)

    def close(self) -> None:
        """Forget the registry."""
        for house in (self._house, self._model):
            if house is not None:
                house.close()
        self._house = self._model = None

    def _open_house(self, visit: Visit, now: Callable[[], float]) -> House:
        if visit.same_registry and self._house is not None:
            self._house.now = now
            return self._house
        if self._model is None:
            self._model = House(self._tenant.id, now)
            self._model.fill(self._registry)
        if self._house is not None:
            self._house.close()
        self._house = House(self._tenant.id, now)
        self._house.copy_from(self._model)
        return self._house


class _Stage:
    """One visit."""

    def __init__(
        self,
        settings: Settings,
        tenant: TenantSettings,
        visit: Visit,
        house: House,
        clock: Clock,
        call_id: str,
    ) -> None:
        self._tenant, self._visit, self._house, self._clock = tenant, visit, house, clock
        self._call_id = call_id
        self._played = Played()
        self._answers: dict[str, Any] = {}
        self._keys = Keys(tenant.keypad.pause)
        self._call = RehearsalCall()
        self._gates = RehearsalGates(visit.devices)
        self._residents = Residents(visit.residents, house, clock)
        self._phone = RehearsalPhone(self._residents, house, clock)
        self._doorman = self._make_doorman(settings)

    def _make_doorman(self, settings: Settings) -> CallDoorman:
        board = AnswerBoard()
        messenger = RehearsalWhatsApp(self._residents, self._house, board, self._house.now)
        backend = BackendClient(
            "http://rehearsal",
            TOKEN,
            reactor=self._clock,
            http=backend_http(self._house, self._visit.backend),
        )
        doorman = Doorman(
            settings,
            backend,
            store=self._house.registry,
            phone=self._phone,
            reactor=self._clock,
            http=anybody_http(),
            gates=self._gates,
            whatsapp=cast(WhatsAppClient, messenger) if settings.doorman.whatsapp else None,
            board=board,
            now=self._house.now,
        )
        facts = CallFacts(self._call_id, self._tenant.id, self._visit.caller)
        return doorman.for_call(self._tenant, facts, self._call)

    def play(self, gate: str | None) -> Played:
        for step in self._visit.steps:
            if self._call.over:
                break
            self._play_step(step, gate)
        self._doorman.close()
        self._clock.advance(1)
        return self._summed_up()

    def _play_step(self, step: Step, gate: str | None) -> None:
        if step.says is not None:
            self._line("visitor", step.says)
            self._played.said.append(step.says)
            self._doorman.hears(step.says)
        elif step.types is not None:
            self._line("keypad", "*" * len(step.types))
            self._type(step.types)
        elif step.unit is not None:
            self._line("keypad", step.unit)
            self._played.said.append(step.unit)
            self._wait_for(self._doorman.ask_unit(step.unit))
        elif step.wait is not None:
            self._line("wait", f"{step.wait:g} s")
            self._advance(step.wait)
        for call in step.model or ():
            if not self._call.over:
                self._run(call, gate)

    # -- the model

    def _run(self, call: ToolStep, gate: str | None) -> None:
        """In their order, and those that wait for people beside the others: as a call does it."""
        arguments = _filled(call.arguments, self._answers)
        if call.tool == OPEN_GATE and gate is not None:
            arguments = {"gate_id": gate, **arguments}
        written = json.dumps(arguments, ensure_ascii=False)
        self._line("model", f"{call.tool} {written}")
        self._played.said.append(written)
        running = Deferred.fromCoroutine(self._doorman.run(call.tool, written))
        running.addCallback(self._answered, call.tool)
        if self._doorman.waits_for_people(call.tool):
            self._clock.advance(0)
            running.addErrback(self._broke)
        else:
            self._until_done(running)

    def _answered(self, result: ToolResult, tool: str) -> None:
        self._line("portero", f"{tool}: {result.output}")
        self._played.told.append(result.output)
        answer = json.loads(result.output)
        self._answers[tool] = answer
        if isinstance(answer, dict) and "error" in answer:
            self._played.refused.append(str(answer["error"]))

    # -- the visitor

    def _type(self, keys: str) -> None:
        for key in keys:
            self._clock.advance(_KEY_SECONDS)
            for happened in self._keys.press(key, self._clock.seconds()):
                if isinstance(happened, Typed) and self._tenant.keypad.enabled:
                    keyed = self._wait_for(self._doorman.typed(happened))
                    self._line("portero", f"{keyed.outcome}: {keyed.sentence}")
                    self._played.told.append(keyed.sentence)
                    if keyed.outcome == "wrong":
                        self._played.refused.append("pin_wrong")

    # -- time

    def _wait_for(self, work: Any) -> Any:
        return self._until_done(Deferred.fromCoroutine(work))

    def _until_done(self, running: Deferred[Any]) -> Any:
        results: list[Any] = []
        running.addBoth(results.append)
        until = self._clock.seconds() + REHEARSAL_TOOL_SECONDS
        while not results and self._clock.seconds() < until:
            self._clock.advance(0.25)
        if results and isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0] if results else None

    def _advance(self, seconds: float) -> None:
        """In small steps: each of what is due comes in its order, and finds its own moment."""
        until = self._clock.seconds() + seconds
        while (left := until - self._clock.seconds()) > 0:
            self._clock.advance(min(0.5, left))

    def _broke(self, failure: Failure) -> None:
        failure.raiseException()

    # -- the end

    def _summed_up(self) -> Played:
        played, registry = self._played, self._house.registry
        entries = registry.work(ledger.for_call, self._tenant.id, self._call_id)
        rules = {it.body["key"]: str(it.body["rule"]) for it in entries if it.kind == "command"}
        played.opened = [(it.gate_id, rules.get(it.key, "?")) for it in self._gates.orders]
        played.refused += [str(it.body["rule"]) for it in entries if _is_refusal(it)]
        played.told += self._call.heard
        played.asked = self._residents.asked
        played.alarm = any(it.kind == "duress" for it in entries)
        played.guard = self._call.guard
        played.private = frozenset(self._house.secrets())
        played.flaws = len(registry.read(ledger.verify, self._tenant.id))
        return played

    def _line(self, who: str, what: str) -> None:
        self._played.lines.append(f"{who}: {what}")


def _is_refusal(entry: Entry) -> bool:
    return entry.kind == "verdict" and entry.body["allowed"] is False


def _moment(at: datetime | None, tenant: TenantSettings) -> float:
    moment = at or _NOON
    zone = ZoneInfo(tenant.timezone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    """`value` with what was answered before; where there was no such answer, as it is written."""

    def quoted(match: Any) -> str:
        found: Any = answers.get(match[1])
        for key in match[2].split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return match[0] if found is None else str(found)

    if isinstance(value, str):
        return QUOTED.sub(quoted, value)
    if isinstance(value, Mapping):
        return {key: _filled(item, answers) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, answers) for item in value]
    return value

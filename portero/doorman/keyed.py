"""PINs that a visitor types: checked outside the model, which learns only what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twisted.logger import Logger

from portero.config.keypad import KeypadSettings
from portero.doorman.facts import Pin, Request
from portero.doorman.keys import Typed
from portero.doorman.memory import CallMemory
from portero.doorman.opening import GateKeeper, Opened
from portero.doorman.record import CallRecord
from portero.errors import PorteroError
from portero.messages import text
from portero.registry import pins


@dataclass(frozen=True, slots=True)
class Keyed:
    """What came of a PIN; `sentence` is for the visitor (and the model), without digits."""

    outcome: Literal["opened", "refused", "wrong", "failed"]
    sentence: str


class KeypadDesk:
    """Checks PINs of one call, and asks for the gate that they are for."""

    log = Logger()

    def __init__(
        self,
        settings: KeypadSettings,
        gatekeeper: GateKeeper,
        memory: CallMemory,
        record: CallRecord,
        *,
        language: str,
    ) -> None:
        self._settings = settings
        self._gatekeeper = gatekeeper
        self._memory = memory
        self._record = record
        self._language = language

    async def typed(self, typed: Typed, key: str) -> Keyed:
        """Check what was typed; a right PIN opens, if policy says so. `key`: of the order."""
        record, moment = self._record, self._record.moment()
        try:
            found = await record.store.run(
                pins.check,
                record.tenant,
                record.caller,
                record.call_id,
                typed.digits,
                self._settings.attempts,
                self._settings.lockout,
                moment,
            )
            outcome = found if isinstance(found, str) else "right"
            body = {"outcome": outcome} | ({} if isinstance(found, str) else {"pin": found.pin_id})
            await record.write("pin", body)
        except PorteroError as error:
            self.log.error("[{call}] no PIN is checked: {error}", call=record.call_id, error=error)
            return self._keyed("failed", "pin_unavailable")
        if isinstance(found, str):
            return self._keyed("wrong", "pin_wrong")
        self._memory.pins.append(
            Pin(
                found.pin_id,
                found.label,
                found.resident_id,
                moment.timestamp(),
                found.gates,
                found.uses,
            )
        )
        return await self._open(key)

    async def _open(self, key: str) -> Keyed:
        gate = self._gatekeeper.main_gate
        if gate is None:
            return self._keyed("refused", "pin_which_gate")
        request = Request(
            tenant=self._record.tenant,
            gate_id=gate,
            call_id=self._record.call_id,
            caller=self._record.caller,
            key=key,
            by="pin",
        )
        opened: Opened = await self._gatekeeper.open(request, self._memory)
        if opened.ordered:
            return Keyed("opened", opened.sentence)
        return Keyed("failed" if opened.verdict.allowed else "refused", opened.sentence)

    def _keyed(self, outcome: Literal["refused", "wrong", "failed"], word: str) -> Keyed:
        return Keyed(outcome, text(word, self._language))

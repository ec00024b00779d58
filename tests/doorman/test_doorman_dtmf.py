"""Gates that are opened from inside Asterisk: by tones, or by calling an extension."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from twisted.internet.defer import Deferred

from portero.config.settings import GateSettings
from portero.doorman.callgate import AsteriskGate
from portero.doorman.dtmf import DigitsCut, DtmfGate
from portero.doorman.gates import Acknowledgement, GateOrder, Outcome

ORDER = GateOrder("robles", "main_gate", "Juan Pérez", "r1", "portero c1", "c1-1")


class Actions:
    """A call whose channel takes tones as it is told."""

    def __init__(self, taken: bool | Exception) -> None:
        self.played: list[tuple[str, int, int]] = []
        self._taken = taken

    async def send_digits(self, digits: str, tone_ms: int, gap_ms: int) -> bool:
        self.played.append((digits, tone_ms, gap_ms))
        if isinstance(self._taken, Exception):
            raise self._taken
        return self._taken


class Phone:
    """Calls that are answered, or not."""

    def __init__(self, answered: bool) -> None:
        self.called: list[tuple[str, str, float]] = []
        self._answered = answered

    async def originate(
        self, extension: str, context: str, *, ring_seconds: float, caller_id: str = ""
    ) -> bool:
        self.called.append((extension, context, ring_seconds))
        return self._answered


def result(gate: Any) -> Acknowledgement:
    said: list[Acknowledgement] = []
    Deferred.fromCoroutine(gate.open(ORDER)).addCallback(said.append)
    return said[0]


@pytest.mark.parametrize(
    ("taken", "outcome", "detail"),
    [
        (True, Outcome.UNCONFIRMED, "tones sent"),
        (False, Outcome.FAILED, "the intercom's call is gone"),
        (DigitsCut("x"), Outcome.UNCONFIRMED, "the tones were cut short"),
    ],
)
def test_tones_are_never_more_than_sent(
    taken: bool | Exception, outcome: Outcome, detail: str
) -> None:
    actions: Any = Actions(taken)
    settings = GateSettings(driver="dtmf", digits=SecretStr("94*"), tone_ms=200, gap_ms=150)
    gate = DtmfGate(settings, actions)
    assert result(gate) == Acknowledgement(outcome, detail)
    assert actions.played == [("94*", 200, 150)]
    assert "94*" not in repr([gate, vars(gate)])


@pytest.mark.parametrize(
    ("answered", "detail"),
    [(True, "the extension answered"), (False, "the extension did not answer")],
)
def test_a_call_to_an_extension_proves_nothing_either_way(answered: bool, detail: str) -> None:
    phone: Any = Phone(answered)
    settings = GateSettings(driver="asterisk", extension="900", context="gates", timeout=7)
    assert result(AsteriskGate(settings, phone)) == Acknowledgement(Outcome.UNCONFIRMED, detail)
    assert phone.called == [("900", "gates", 7)]


def test_an_asterisk_gate_needs_an_extension() -> None:
    phone: Any = Phone(True)
    with pytest.raises(ValueError, match="extension"):
        AsteriskGate(GateSettings(driver="asterisk"), phone)

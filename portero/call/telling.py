"""What the dialplan learns of a call that is over: PORTERO_STATUS and PORTERO_REASON."""

from __future__ import annotations

from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.outcome import Outcome, Status


async def tell_by_session(agi: FastAGIProtocol, outcome: Outcome) -> None:
    """Over the call's own session (allowed on a dead channel); a call that is done is hung up.

    Raises AGICommandFailure.
    """
    for name, value in _variables(outcome):
        await agi.setVariable(name, value)
    if outcome.status is Status.COMPLETED:
        await agi.hangup()


async def tell_by_manager(manager: ManagerService, channel: str, outcome: Outcome) -> None:
    """Likewise, while Dial keeps the session: the dialplan reads it when that is over.

    Raises AMICommandFailure.
    """
    for name, value in _variables(outcome):
        await manager.setVar(channel, name, value)


def _variables(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    return ("PORTERO_STATUS", outcome.status.value), ("PORTERO_REASON", outcome.reason)

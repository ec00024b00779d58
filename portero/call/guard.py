"""Handing the visitor to the guard, from inside the call's own AGI session."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AGICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.config.settings import GuardSettings

ANSWERED = "ANSWER"


async def call_guard(
    agi: FastAGIProtocol,
    manager: ManagerService,
    guard: GuardSettings,
    *,
    unique_id: str,
    when_answered: Callable[[], None],
) -> bool:
    """Ring the guard; return when that call is over: True if the guard had answered.

    The visitor's channel stays with us (``Dial`` with ``g``) and hears ringing (``r``), so a guard
    who does not answer drops nobody. The destination comes from the settings only.
    """

    def dial_ended(_manager: object, event: Message) -> None:
        if event.get("uniqueid") == unique_id and event.get("dialstatus") == ANSWERED:
            when_answered()

    manager.registerEvent("DialEnd", dial_ended)
    try:
        await _dial(agi, guard, "gr")
    finally:
        manager.deregisterEvent("DialEnd", dial_ended)
    try:
        return await agi.getVariable("DIALSTATUS") == ANSWERED
    except AGICommandFailure:  # not set: the visitor was gone before anything rang
        return False


async def leave_to_guard(agi: FastAGIProtocol, guard: GuardSettings) -> None:
    """Ring the guard, and don't wait for what comes of it: portero is about to end.

    Asterisk goes on with ``Dial`` when the session is gone (asterisk.md, "Ends"). Without ``g``: a
    visitor whose guard has answered is done when they hang up; the others go on in the dialplan.
    """
    _dial(agi, guard, "r").addErrback(lambda _: None)  # the session ends before Dial does
    await agi.wait(0)  # until it is written


def _dial(agi: FastAGIProtocol, guard: GuardSettings, options: str) -> Deferred[str]:
    return agi.execute(
        "Dial",
        f"Local/{guard.extension}@{guard.context}/n",
        guard.ring_seconds,
        options,
        comma_delimiter=True,
    )

"""Handing the visitor to the guard, from inside the call's own AGI session."""

from __future__ import annotations

from collections.abc import Callable

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
        await agi.execute(
            "Dial",
            f"Local/{guard.extension}@{guard.context}/n",
            guard.ring_seconds,
            "gr",
            comma_delimiter=True,
        )
    finally:
        manager.deregisterEvent("DialEnd", dial_ended)
    try:
        return await agi.getVariable("DIALSTATUS") == ANSWERED
    except AGICommandFailure:  # not set: the visitor was gone before anything rang
        return False

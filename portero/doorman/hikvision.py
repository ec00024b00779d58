"""Doors and barriers of Hikvision devices (ISAPI): an order, then a look at what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.internet.task import deferLater

from portero.config.settings import GateSettings
from portero.doorman import isapi
from portero.doorman.devices import HikvisionDevice
from portero.doorman.failures import RequestFailed
from portero.doorman.gates import Acknowledgement, GateOrder, Outcome
from portero.doorman.isapi import Answer, Kind
from portero.doorman.locks import DeviceLocked
from portero.limits import (
    DEVICE_BUSY_SECONDS,
    DEVICE_CAPABILITIES_SECONDS,
    DEVICE_FIRST_LOOK_SECONDS,
    DEVICE_LOOK_SECONDS,
)

_STATUS = "/ISAPI/AccessControl/AcsWorkStatus?format=json"
_DOORS = "/ISAPI/AccessControl/RemoteControl/door"
_CAN_OPEN = "RemoteControl open"


class _TellsNothing(Exception):
    """This model has no such state."""


class HikvisionGate:
    """A gate that a Hikvision device opens.

    It is acknowledged only when the device's own state says that it is open: a device that takes
    an order says OK whether anything moves or not (gates-and-notices.md 1.3).
    """

    def __init__(self, settings: GateSettings, device: HikvisionDevice) -> None:
        self._device = device
        self._door = settings.door
        self._is_barrier = settings.kind == "barrier"
        self._timeout = settings.timeout
        self._confirm = settings.confirm
        self._state = _STATUS
        if self._is_barrier:
            self._state = f"/ISAPI/Parking/channels/{self._door}/barrierGate/barrierGateStatus"

    async def open(self, order: GateOrder) -> Acknowledgement:
        """Give the order, once more only to a device that was busy, and read the state back."""
        try:
            if not await self._may_open():
                return Acknowledgement(Outcome.FAILED, "this model has no order `open` for a door")
            answer = await self._order()
            if answer.kind is Kind.BUSY:
                await deferLater(self._device.clock, DEVICE_BUSY_SECONDS)
                answer = await self._order()
        except DeviceLocked as locked:
            return Acknowledgement(Outcome.FAILED, str(locked))
        except RequestFailed as failure:
            surely_not = failure.trouble.order_was_not_taken
            outcome = Outcome.FAILED if surely_not else Outcome.UNCONFIRMED
            return Acknowledgement(outcome, failure.trouble.name.lower())
        if answer.kind is Kind.UNCLEAR:
            return Acknowledgement(Outcome.UNCONFIRMED, answer.reason)
        if answer.kind is not Kind.ACCEPTED:
            return Acknowledgement(Outcome.FAILED, answer.reason)
        return await self._confirmed()

    async def _may_open(self) -> bool:
        """Whether the model knows the order `open`; asked once, and believed if it tells nothing.

        Raises DeviceLocked, and RequestFailed where nobody is there to take the order either.
        """
        learnt = self._device.learnt
        if self._is_barrier or _CAN_OPEN in learnt:
            return learnt.get(_CAN_OPEN, True)
        seconds = min(self._timeout, DEVICE_CAPABILITIES_SECONDS)
        words: frozenset[str] | None = None
        try:
            status, body = await self._device.ask("GET", f"{_DOORS}/capabilities", seconds=seconds)
            words = isapi.door_words(body) if status == 200 else None
        except RequestFailed as failure:
            if failure.trouble.order_was_not_taken:
                raise
        learnt[_CAN_OPEN] = words is None or "open" in words
        return learnt[_CAN_OPEN]

    async def _order(self) -> Answer:
        if self._is_barrier:
            path, body = f"/ISAPI/Parking/channels/{self._door}/barrierGate", isapi.open_barrier()
        else:
            path, body = f"{_DOORS}/{self._door}", isapi.open_door()
        status, answer = await self._device.ask("PUT", path, body=body, seconds=self._timeout)
        return isapi.read_answer(status, answer)

    async def _confirmed(self) -> Acknowledgement:
        """Look at the gate until it is open or `confirm` seconds are over."""
        clock = self._device.clock
        taken_at = clock.seconds()
        if not self._confirm or not self._device.learnt.get(self._state, True):
            return Acknowledgement(Outcome.UNCONFIRMED, "accepted; its state is not read")
        seen: bool | None = None
        try:
            for after in self._looks():
                await deferLater(clock, max(0.0, taken_at + after - clock.seconds()))
                seen = await self._is_open(taken_at + self._confirm - clock.seconds())
                if seen:
                    return Acknowledgement(Outcome.ACKNOWLEDGED, f"open after {after:g} s")
        except _TellsNothing:
            self._device.learnt[self._state] = False
        return Acknowledgement(Outcome.UNCONFIRMED, self._unmoved(seen))

    def _looks(self) -> Iterator[float]:
        """When to look, in seconds after the order; never past `confirm`."""
        after = min(DEVICE_FIRST_LOOK_SECONDS, self._confirm)
        yield after
        after = DEVICE_LOOK_SECONDS
        while after <= self._confirm:
            yield after
            if not self._is_barrier:
                return
            after += DEVICE_LOOK_SECONDS

    async def _is_open(self, seconds: float) -> bool | None:
        """What the device tells now; None for nothing. Raises _TellsNothing: it never will."""
        try:
            status, body = await self._device.ask(
                "GET",
                self._state,
                seconds=max(DEVICE_FIRST_LOOK_SECONDS, min(seconds, self._timeout)),
            )
        except (RequestFailed, DeviceLocked):
            return None  # the order stands, whatever else goes wrong
        if isapi.is_unknown(status, body):
            raise _TellsNothing
        if self._is_barrier:
            return isapi.barrier_is_open(body)
        return isapi.door_is_open(body, self._door)

    def _unmoved(self, seen: bool | None) -> str:
        if seen is None:
            return "accepted; the device tells no state"
        if self._is_barrier:
            return "accepted, but it has not opened: is the barrier locked?"
        return "accepted, but the door is still locked"

"""The visitor's keys, as AMI tells of them."""

from __future__ import annotations

from typing import Any

from asterisk.ami_side import open_session

from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from portero.asterisk.amievents import AMIEvents
from portero.asterisk.amiwire import Event
from portero.call.keypad import Keypad
from portero.doorman.keys import Typed

VISITOR = "17.1"


class Gate:
    """A keypad on a visitor's channel, and an Asterisk that tells of keys."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.manager = AMIEvents()
        self.typed: list[Typed] = []
        self.keypad = Keypad(self.manager, VISITOR, self.clock, pause=6, on_typed=self.typed.append)

    def tell(
        self, digit: str, event: str = "DTMFEnd", channel: str = VISITOR, way: str = "Received"
    ) -> None:
        pairs = [("Event", event), ("Uniqueid", channel), ("Direction", way), ("Digit", digit)]
        self.manager.dispatch(Event(pairs))

    def press(self, keys: str, **how: str) -> None:
        for key in keys:
            self.clock.advance(1)
            self.tell(key, **how)


def test_the_visitors_keys_are_gathered() -> None:
    gate = Gate()
    gate.press("101*4711#")
    assert gate.typed == [Typed("101*4711")]


def test_a_key_that_is_told_four_times_counts_once() -> None:
    gate = Gate()
    for key in "4711#":
        gate.clock.advance(1)
        gate.tell(key, "DTMFBegin")
        gate.tell(key, "DTMFBegin", channel="17.2", way="Sent")
        gate.clock.advance(0.2)
        gate.tell(key)
        gate.tell(key, channel="17.2", way="Sent")
    assert gate.typed == [Typed("4711")]


def test_keys_of_others_and_tones_of_ours_do_not_count() -> None:
    gate = Gate()
    gate.press("1", channel="18.1")
    gate.press("2", way="Sent")
    gate.press("3", event="DTMFBegin")
    gate.manager.dispatch(Event([("Event", "DTMFEnd")]))
    gate.manager.dispatch(Event([("Event", "DTMFEnd"), ("Uniqueid", VISITOR)]))
    gate.press("4#")
    assert gate.typed == [Typed("4")]


def test_a_pause_forgets() -> None:
    gate = Gate()
    gate.press("47")
    gate.clock.advance(6)
    gate.press("11#")
    assert gate.typed == [Typed("11")]


def test_a_closed_keypad_hears_nothing() -> None:
    gate = Gate()
    gate.press("47")
    gate.keypad.close()
    gate.press("11#")
    assert gate.typed == []
    gate.keypad.close()


def test_no_key_is_logged_on_its_way_from_the_wire() -> None:
    with capturedLogs() as logs:
        side = open_session()
        got: list[Any] = []
        keypad = Keypad(side.ami, VISITOR, side.clock, pause=6, on_typed=got.append)
        broken = Keypad(side.ami, VISITOR, side.clock, pause=6, on_typed=_fail)
        for key in "98765#":
            side.clock.advance(1)
            side.says(
                f"Event: DTMFEnd\r\nUniqueid: {VISITOR}\r\nDirection: Received\r\n"
                f"Digit: {key}\r\n\r\n".encode()
            )
        keypad.close()
        broken.close()
    assert got == [Typed("98765")]
    assert [event["log_format"] for event in logs if "failed" in event["log_format"]]
    for event in logs:
        told = event["log_format"].format(**event) + str(event.get("log_failure", ""))
        told += event["log_failure"].getTraceback() if "log_failure" in event else ""
        assert "98765" not in told


def _fail(typed: Typed) -> None:
    raise RuntimeError(f"a defect in what is done with {typed}")

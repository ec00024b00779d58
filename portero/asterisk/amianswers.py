"""What counts as the whole answer to an AMI action (pure).

An answer takes the messages that bear its action's id, one by one: `receive` returns the result
once it is complete and None until then, and raises AMICommandFailure where Asterisk refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from portero.asterisk.amiwire import Event, Message, Response
from portero.asterisk.error import AMICommandFailure, AMIPermissionDenied
from portero.limits import AMI_LISTED_EVENTS

T_co = TypeVar("T_co", covariant=True)


class Answer(Protocol[T_co]):
    """How the messages of one action become its result."""

    def receive(self, message: Message) -> T_co | None:
        """Take the next message; the result if that was the last one."""


class OneResponse:
    """A single response; `expected` is what it must say, None for any.

    An event that bears the id before the response does not answer (agi-ami-starpy.md, M10).
    """

    def __init__(self, expected: str | None = "Success") -> None:
        self._expected = expected

    def receive(self, message: Message) -> Message | None:
        """The response itself."""
        if not isinstance(message, Response):
            return None
        if self._expected is not None:
            check_response(message, self._expected)
        return message


class EventList:
    """A response and the events after it, up to the one that ends the list.

    The result is StarPy's: response, events, last event. `stop_event`: its name, for actions that
    end a list without saying `EventList: Complete`.
    """

    def __init__(self, stop_event: str | None = None) -> None:
        self._stop_event = stop_event
        self._messages: list[Message] = []

    def receive(self, message: Message) -> list[Message] | None:
        """The whole list; raises when it was cancelled, or is not as long as Asterisk says."""
        if isinstance(message, Response):
            check_response(message)
        self._messages.append(message)
        if len(self._messages) > AMI_LISTED_EVENTS:
            raise AMICommandFailure(f"the list has more than {AMI_LISTED_EVENTS} events")
        if not isinstance(message, Event):
            return None
        state = message.get("eventlist", "").lower()
        if state == "cancelled":
            raise AMICommandFailure("Asterisk cancelled the list", message)
        if state != "complete" and message["event"] != self._stop_event:
            return None
        self._check_count(message)
        return self._messages

    def _check_count(self, last: Message) -> None:
        listed = len(self._messages) - 2  # without the response and the last event
        told = last.get("listitems")
        if told is not None and told.strip() != str(listed):
            raise AMICommandFailure(f"the list has {listed} events, Asterisk says {told}", last)


class Origination:
    """An asynchronous Originate: queued first, then an OriginateResponse says how it went."""

    def receive(self, message: Message) -> Message | None:
        """The OriginateResponse event of a call that was answered."""
        if isinstance(message, Response):
            check_response(message)
            return None
        if message["event"] != "OriginateResponse":
            return None
        if message.get("response") != "Success":
            raise AMICommandFailure(f"not answered (reason {message.get('reason')})", message)
        return message


class Listening:
    """Hands each message of an answer to a callback, as StarPy's `sendMessage` does."""

    def __init__(self, callback: Callable[[Message], object]) -> None:
        self._callback = callback

    def receive(self, message: Message) -> bool | None:
        """True when nothing more is to come."""
        self._callback(message)
        state = message.get("eventlist", "").lower()
        if isinstance(message, Response):
            return True if state != "start" else None
        return True if state in ("complete", "cancelled") else None


def check_response(message: Message, expected: str = "Success") -> Message:
    """The message, if it is the response that was hoped for."""
    if message.get("response") == expected:
        return message
    output = message.get_all("output")  # a console command that failed says why in it
    text = " ".join(output) or message.get("message", f"the answer is {message.get('response')!r}")
    kind = AMIPermissionDenied if text == "Permission denied" else AMICommandFailure
    raise kind(text, message)

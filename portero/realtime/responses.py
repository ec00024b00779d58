"""Who answers next: one response under way, the others wait (pure).

The server makes a response of its own after each turn of the visitor. Ours (`response.create`) may
only be sent when none is under way and the visitor is not speaking, and may still collide with the
server's: then it waits again, or is dropped when the server's answer has made it needless.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from portero.limits import REALTIME_RESPONSES_WAITING
from portero.realtime.events import ErrorDetail, Response

GREETING: Final = "greeting"
APOLOGY: Final = "apology"
ANSWER: Final = "answer"
TURN: Final = "turn"

ALREADY_ACTIVE: Final = "conversation_already_has_active_response"


@dataclass(frozen=True, slots=True)
class Create:
    """A response that we want, or (`TURN`) that the server has made by itself.

    `body`: fields of `response.create`. `keep`: it is not replaced by an answer to the visitor.
    `retried`: it has failed before. `covered`: the server's own answer knows all that it would.
    """

    purpose: str
    body: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False
    retried: bool = False
    covered: bool = False

    def event(self, event_id: str) -> dict[str, Any]:
        """The client event that asks for it."""
        body = {**self.body, "metadata": {"purpose": self.purpose}}
        return {"type": "response.create", "event_id": event_id, "response": body}


class Responses:
    """The queue of responses of one session."""

    def __init__(self) -> None:
        self._waiting: deque[Create] = deque()
        self._asked: Create | None = None
        self._asked_id = ""
        self._ids = (f"create_{number}" for number in count(1))
        self._active: dict[str, Create] = {}
        self._visitor_speaks = False
        self._turn_unanswered = False
        self._paused = False

    @property
    def busy(self) -> bool:
        """Is a response under way, asked for or waiting?"""
        return bool(self._active or self._asked or self._waiting)

    @property
    def owed(self) -> bool:
        """Does the visitor wait for an answer, or is about to?"""
        return self.busy or self._visitor_speaks or self._turn_unanswered

    @property
    def active_ids(self) -> list[str]:
        """The responses under way."""
        return list(self._active)

    # -- what we want

    def ask(self, create: Create) -> Create | None:
        """Queue a response; returns one that had to make room for it."""
        if not create.keep and any(not waiting.keep for waiting in self._waiting):
            return None  # one answer after all outputs, not one for each
        self._waiting.append(create)
        return self._waiting.popleft() if len(self._waiting) > REALTIME_RESPONSES_WAITING else None

    def retry(self, create: Create) -> None:
        """Queue a response that has failed, before all others."""
        self._waiting.appendleft(replace(create, retried=True))

    def release(self) -> dict[str, Any] | None:
        """The `response.create` to send now; None while all must wait."""
        held = self._asked or self._active or self._visitor_speaks or self._turn_unanswered
        if held or self._paused or not self._waiting:
            return None
        self._asked, self._asked_id = self._waiting.popleft(), next(self._ids)
        return self._asked.event(self._asked_id)

    def pause(self, *, on: bool) -> None:
        """Send nothing for a while: the server has had too much."""
        self._paused = on

    # -- what the visitor does

    def turn_began(self) -> None:
        """The visitor speaks: nothing of ours may start now."""
        self._visitor_speaks = True

    def turn_ended(self) -> None:
        """The visitor has finished: the server will answer by itself."""
        self._visitor_speaks, self._turn_unanswered = False, True

    def turn_committed(self) -> None:
        """As `turn_ended`, on a server that does not say when the visitor has stopped."""
        if self._visitor_speaks:
            self.turn_ended()

    def turn_dropped(self) -> None:
        """Wait no longer for the server's answer to the visitor's turn."""
        self._turn_unanswered = False

    # -- what the server does

    def created(self, response: Response, *, knows_all: bool) -> Create:
        """A response has begun; `knows_all`: the server had every tool output by then."""
        create = self._claim(response)
        self._active[response.id or ""] = create
        if create.purpose == TURN and knows_all:
            self._waiting = deque(waiting for waiting in self._waiting if waiting.keep)
            if self._asked and not self._asked.keep:
                self._asked = replace(self._asked, covered=True)
        return create

    def done(self, response: Response) -> Create:
        """A response has ended, however; it may never have been announced."""
        return self._active.pop(response.id or "", None) or self._claim(response)

    def refused(self, error: ErrorDetail) -> Create | None:
        """An error has come; returns the response that failed by it, if that is not to wait again.

        In a race the server does not name the event that it refuses (reference 4.1).
        """
        asked = self._asked
        named = error.event_id == self._asked_id
        unnamed = error.event_id is None and "server_error" in (error.code, error.type)
        collision = error.code == ALREADY_ACTIVE
        if asked is None or not (named or unnamed or collision):
            return None
        self._asked = None
        if not collision:
            return asked
        if not asked.covered:
            self._waiting.appendleft(asked)
        return None

    def _claim(self, response: Response) -> Create:
        """Whose response is it? Ours carry their purpose; some servers drop it (reference 9)."""
        purpose = (response.metadata or {}).get("purpose")
        asked = self._asked
        if asked and (purpose == asked.purpose or not (purpose or self._turn_unanswered)):
            self._asked = None
            return asked
        if purpose:
            return Create(str(purpose))
        self._visitor_speaks = self._turn_unanswered = False
        return Create(TURN)

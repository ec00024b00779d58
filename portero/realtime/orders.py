"""What a conversation asks of the shell around it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from portero.realtime.cost import Usage


@dataclass(frozen=True, slots=True)
class Send:
    """Send this event to the server."""

    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """The session is set up: the visitor's sound may flow now.

    `expires_at`: when the server will end the session, in seconds of the epoch, where it says so.
    """

    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """Queue this sound of the agent (bytes of the session's output format, of any length)."""

    item_id: str
    audio: bytes


@dataclass(frozen=True, slots=True)
class ItemDone:
    """No more sound will come for this item."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The visitor has begun to speak: flush the playout at once, then feed `heard`."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The visitor has finished speaking: an answer is due."""


@dataclass(frozen=True, slots=True)
class CallTool:
    """Run a tool and give its output back with `tool_output`.

    `arguments` is text of the model: it may not even be JSON.
    """

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said, in the order of the conversation.

    The agent's text is what it generated: when the visitor breaks in, not all of it was heard.
    """

    who: Literal["visitor", "agent"]
    text: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and seconds that the server counts: add them up."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """The agent has finished generating an answer; its sound may still be playing.

    `purpose`: `greeting`, `answer` (after tools), `turn` (to the visitor) or what `say` was given.
    `status`: `completed`, `cancelled` (the visitor broke in), `incomplete` or `failed`.
    """

    purpose: str
    status: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server failed us; `fatal`: this session will not speak again, hand the visitor on."""

    code: str
    message: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Call `go_on` after this many seconds: the server wants to be left alone until then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something for the debug log."""

    text: str


Order = (
    Send
    | Ready
    | Play
    | ItemDone
    | Interrupt
    | TurnEnded
    | CallTool
    | Said
    | Spent
    | ResponseDone
    | Failed
    | Wait
    | Noticed
)

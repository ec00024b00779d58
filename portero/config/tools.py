"""Tools that an installer changes or adds, without Python."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr

from portero import limits
from portero.config.section import Section, Timeout
from portero.config.units import Context, Extension, Milliseconds, Name, Seconds, Url, UrlPath


class HttpSettings(Section):
    """A request to any address; texts may hold {argument}, {call.id}, {call.tenant}."""

    url: Url = Field(repr=False)
    """Address; placeholders in its path and query only, never in the host."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, SecretStr] = {}
    """Headers; treated as secrets: `!env NAME` or `!file PATH`."""
    body: dict[str, Any] | None = None
    """JSON body; without it every argument is sent under its own name (in the query of a GET)."""
    answer: tuple[str, ...] | dict[str, str] = ()
    """Fields of the answer that the model may see, or new texts made of them: {name: "{a.b}"}."""


class TransferSettings(Section):
    """Hand the visitor to a fixed extension."""

    extension: Extension
    context: Context = "from-internal"
    ring_seconds: Seconds = Field(
        default=30, ge=limits.RING_SECONDS_MIN, le=limits.RING_SECONDS_MAX
    )


class DtmfSettings(Section):
    """Play digits into the visitor's call (an intercom's second relay, a light)."""

    digits: SecretStr
    """0-9 * # A-D."""
    tone_ms: Milliseconds = Field(default=160, ge=limits.TONE_MS_MIN, le=limits.TONE_MS_MAX)
    gap_ms: Milliseconds = Field(default=120, ge=limits.TONE_MS_MIN, le=limits.TONE_MS_MAX)


class OriginateSettings(Section):
    """Call an extension whose dialplan does the rest (needs write=originate)."""

    extension: Extension
    context: Context = "from-internal"
    ring_seconds: Seconds = Field(
        default=30, ge=limits.RING_SECONDS_MIN, le=limits.RING_SECONDS_MAX
    )


class HangupSettings(Section):
    """End the call once the agent has finished speaking."""


Precondition = Literal["checked", "authorized", "approved", "pin", "resident_found"]
"""What must have happened in this call before a tool may run."""


class ToolSettings(Section):
    """A change to a built-in tool, or a tool of your own; give it one way to work."""

    description: str | None = None
    """What the model is told about it."""
    parameters: dict[str, Any] | None = None
    """JSON Schema of the arguments."""
    method: Literal["GET", "POST", "PATCH"] = "POST"
    path: UrlPath | None = None
    """Path below /api/v1 of the Backend API that a tool of your own calls."""
    answer: tuple[str, ...] = ()
    """Fields of its answer that the model may see (dots go deeper); none: only that it worked."""
    http: HttpSettings | None = None
    transfer: TransferSettings | None = None
    dtmf: DtmfSettings | None = None
    originate: OriginateSettings | None = None
    hangup: HangupSettings | None = None
    gate: Name | None = None
    """Gate that open_gate opens when the model names none."""
    timeout: Timeout | None = None
    """Seconds for its request; doorman.timeout by default."""
    requires: tuple[Precondition, ...] = ()
    """What must have happened in this call before."""
    meanwhile: Literal["talk", "wait"] = "talk"
    """talk: while it works, the agent says that it takes a moment; wait: it says nothing."""

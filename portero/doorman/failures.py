"""How a request to the backend or to a gate can fail, and what that means (pure)."""

from __future__ import annotations

from enum import Enum

from portero.errors import PorteroError


class Trouble(Enum):
    """A way to fail; the value is what the installer reads in the log."""

    UNREACHABLE = "can't be reached: is it running, and is the address right?"
    CUT = "closed the connection before it had answered"
    UNTRUSTED = "has a certificate that is not trusted here: is it this machine, and is it pinned?"
    SLOW = "did not answer in time"
    DENIED = "refused the token: check doorman.backend_token, or the headers of the tool"
    MISSING = "does not know this"
    REFUSED = "did not accept the request"
    BROKEN = "failed inside: look at its own log"
    GARBLED = "did not answer with the JSON that is expected: is the address that of the API?"

    @property
    def message(self) -> str:
        """The key in `portero.messages` of what the agent may say."""
        return {Trouble.MISSING: "not_found", Trouble.REFUSED: "refused"}.get(self, "backend_down")

    @property
    def retryable(self) -> bool:
        """Whether asking again soon may help (and harms nobody: never a refused token)."""
        return self in (Trouble.UNREACHABLE, Trouble.CUT, Trouble.BROKEN)

    @property
    def order_was_not_taken(self) -> bool:
        """Whether an order that failed this way surely had no effect."""
        return self in (
            Trouble.UNREACHABLE,
            Trouble.UNTRUSTED,
            Trouble.DENIED,
            Trouble.MISSING,
            Trouble.REFUSED,
        )


class RequestFailed(PorteroError):
    """A request failed; `status` is the HTTP status where there was one."""

    def __init__(self, trouble: Trouble, detail: str = "", status: int | None = None) -> None:
        super().__init__(f"{trouble.value} ({detail})" if detail else trouble.value)
        self.trouble = trouble
        self.status = status


def trouble_of_status(status: int) -> Trouble | None:
    """What an HTTP status means for us; None for success."""
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        return Trouble.DENIED
    if status in (404, 405, 410):
        return Trouble.MISSING
    if status >= 500:
        return Trouble.BROKEN
    return Trouble.REFUSED if status >= 400 else Trouble.GARBLED

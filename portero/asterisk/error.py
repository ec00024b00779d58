"""What goes wrong between portero and Asterisk: StarPy's two names, with typed kinds below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portero.errors import PorteroError

RESULT_FAILURE: Final = -1
"""The code of an AGICommandFailure where Asterisk's answer was `200`, but its result "failed"."""


class AGICommandFailure(PorteroError):
    """An AGI command failed; `args` is `(code, text)` as in StarPy."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"{self.text} ({self.code})"


class AGIInvalidCommand(AGICommandFailure):
    """510: Asterisk does not know this command (is its module loaded?)."""


class AGIUsageError(AGICommandFailure):
    """520: the arguments are wrong; `usage` is Asterisk's explanation, '' where it has none."""

    def __init__(self, code: int, text: str, usage: str = "") -> None:
        super().__init__(code, text)
        self.usage = usage


class AGIHangup(AGICommandFailure):
    """The channel has hung up before the command was done."""


class AGIDeadChannel(AGIHangup):
    """511: the channel is dead, and this command needs a live one."""


class AGIDisconnected(AGICommandFailure):
    """The session ended, or was over already, before Asterisk answered the command."""


class AGIDesync(AGICommandFailure):
    """Asterisk sent what answers no command; the session was dropped."""


class AGITimeout(AGICommandFailure):
    """Asterisk did not answer in time; the session was dropped."""


class AMICommandFailure(PorteroError):
    """An AMI action failed; `response` is what Asterisk said of it, if it said anything."""

    def __init__(self, text: str, response: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.response = response


class AMIPermissionDenied(AMICommandFailure):
    """The AMI user lacks the class of this action (`write=` in manager.conf)."""


class AMILoginRefused(AMICommandFailure):
    """Asterisk refused the user, the secret or the address it came from."""


class AMIDisconnected(AMICommandFailure):
    """There is no AMI session: what was in flight is never sent again."""


class AMITLSFailure(AMICommandFailure):
    """TLS did not come about, so nothing was sent; `cure`: what to do about it."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(text)
        self.cure = cure


class AMITimeout(AMICommandFailure):
    """Asterisk did not answer in time."""


class AMIBadBanner(AMICommandFailure):
    """What answers on that port is not the Asterisk Manager."""

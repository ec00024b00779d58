"""Why a Realtime server could not be used, in sentences for the person who set it up."""

from __future__ import annotations

from typing import Final

from portero.errors import PorteroError

_ADVICE: Final = {
    400: "it does not understand the request: check realtime.url and realtime.model",
    401: "it does not accept the API key: check realtime.api_key or OPENAI_API_KEY",
    403: "this key or country may not use it: check the rights of the key's project",
    404: "it does not know this address or model: check realtime.url and realtime.model",
    429: "too many requests, or no credit left: check the limits and the billing of the account",
    503: "it is overloaded or being repaired: try again later",
}
_VERIFY: Final = "certificate verify failed"  # OpenSSL's words
_UNTRUSTED: Final = (
    "is this machine's clock right (timedatectl), and does no firewall open TLS on the way? "
    "`portero doctor` tells which"
)
_NO_WAY: Final = "check realtime.url, the network and the firewall"
_NO_REALTIME: Final = (
    "it does not speak the Realtime protocol there, or is down: check realtime.url"
)


class RealtimeError(PorteroError):
    """The Realtime server could not be used; `retry`: another attempt may succeed."""

    retry = True


class Unreachable(RealtimeError):
    """No connection came about: name, network, TLS, or no answer in time."""

    def __init__(self, server: str, why: str) -> None:
        advice = _UNTRUSTED if _VERIFY in why else _NO_WAY
        super().__init__(f"no connection to the Realtime server {server}: {why}; {advice}")
        self.why = why


class UpgradeRefused(RealtimeError):
    """The server answered with an HTTP status instead of a WebSocket."""

    def __init__(self, server: str, status: int) -> None:
        advice = _ADVICE.get(status, _NO_REALTIME)
        super().__init__(f"the Realtime server {server} answered HTTP {status}: {advice}")
        self.status = status
        self.retry = status == 429 or status >= 500

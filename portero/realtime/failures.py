"""Which failures end a session, and which are worth one more try (pure; reference 1.4, 4.6)."""

from __future__ import annotations

from typing import Final

from portero.limits import RATE_LIMIT_SECONDS_MAX
from portero.realtime import events
from portero.realtime.ratelimit import CODE as RATE_LIMITED
from portero.realtime.ratelimit import wait_seconds

FATAL: Final = {
    "invalid_api_key",
    "insufficient_quota",
    "account_deactivated",
    "billing_hard_limit_reached",
    "beta_api_shape_disabled",
    "model_not_found",
    "invalid_intent",
    "session_expired",
}
"""Codes after which a session is of no more use (reference 1.4)."""

MUTE: Final = "mute_response"
"""Our own code, for an answer that ended before it had any sound."""

TRANSIENT: Final = {"server_error", RATE_LIMITED, MUTE}
"""Failures of a response that are worth one more try (reference 1.4, 4.6)."""


def failure_of(response: events.Response, *, mute: bool) -> events.ErrorDetail | None:
    """What went wrong with a response that is over; `mute`: it had no sound."""
    if response.status == "failed":
        return response.error
    called = any(item.type == "function_call" for item in response.output or [])
    if response.status == "incomplete" and mute and not called:
        return events.ErrorDetail(code=MUTE, message=f"an answer without sound: {response.reason}")
    return None


def try_again_in(error: events.ErrorDetail, reset_seconds: float | None) -> float | None:
    """Seconds until a response that failed may be asked for once more; None: it may not.

    `reset_seconds`: when the server said its limits are reset.
    """
    codes = {error.code, error.type}
    if codes & FATAL or not codes & TRANSIENT:
        return None
    wait = wait_seconds(error.message, reset_seconds) if RATE_LIMITED in codes else 0.0
    return wait if wait <= RATE_LIMIT_SECONDS_MAX else None

"""What the doorman asks of the call that it serves, and of Asterisk: the call room fulfils it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Answer = Literal["approve", "refuse", "talk"]


class CallActions(Protocol):
    """What tools and notices may do to the visitor's own call."""

    async def transfer_to_guard(self, reason: str) -> str:
        """Hand the visitor to the guard; JSON for the model if that did not succeed."""

    async def transfer(self, extension: str, context: str, ring_seconds: float) -> str:
        """Hand the visitor to somebody else (a fixed list, never the model's word)."""

    async def hang_up(self, reason: str) -> str:
        """End the call once the goodbye has been played; JSON for the model."""

    async def send_digits(self, digits: str, tone_ms: int, gap_ms: int) -> bool:
        """Play DTMF into the intercom's channel, one digit after another; False: it is gone.

        True means that Asterisk took every digit, not that anything heard them.
        """

    def say(self, instructions: str, purpose: str) -> None:
        """Have the agent speak of its own accord (progress); nothing while it speaks already."""

    async def talk_with(self, channel: str) -> bool:
        """Join the visitor with a resident's channel until one hangs up; False: it did not work."""


@dataclass(frozen=True, slots=True)
class ResidentCall:
    """A call to a resident about a visitor at the gate."""

    question_id: str
    tenant: str
    extension: str
    context: str
    caller_id: str
    ring_seconds: float
    visitor_name: str
    language: str


class Phone(Protocol):
    """Calls that portero makes itself (AMI Originate; needs write=originate)."""

    async def originate(
        self, extension: str, context: str, *, ring_seconds: float, caller_id: str = ""
    ) -> bool:
        """Call an extension whose dialplan does the rest: True when it was answered."""

    async def ask(self, call: ResidentCall, actions: CallActions) -> Answer | None:
        """Call a resident: 1 approves, 2 refuses, 3 talks to the visitor first; None: no answer."""

    async def alert(self, extension: str, context: str, *, language: str) -> bool:
        """Tell a guard silently that somebody at the gate is under duress."""

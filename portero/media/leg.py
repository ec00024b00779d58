"""What the two legs have in common, as the rest of the room sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from portero.waiting import Happening


@dataclass(slots=True)
class LegCounts:
    """What went over a leg, in frames and datagrams (messages); ``jitter_ms`` as in MediaStats."""

    frames_in: int = 0
    frames_out: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0
    foreign: int = 0
    malformed: int = 0
    unsent: int = 0
    jitter_ms: float | None = None


class Leg(Protocol):
    """One call's way to Asterisk and back. Nothing is read or written but from the beat."""

    dial_string: str
    connected: Happening
    lost: Happening

    @property
    def needs_remote(self) -> bool:
        """Whether ``set_remote`` has to be called."""

    @property
    def ready(self) -> bool:
        """Whether a frame that is sent now goes to Asterisk."""

    def set_remote(self, host: str, port: int) -> None:
        """Where Asterisk listens, and where alone sound is taken from."""

    def drain(self) -> None:
        """Take in what has arrived since the last beat."""

    def pop(self) -> bytes | None:
        """The next frame from Asterisk, or None while it has not come."""

    def give_up(self) -> int:
        """Wait no longer for what is missing before the next frame; returns how many are lost."""

    def trim(self) -> None:
        """Drop what is too old; after the last ``pop`` of a beat."""

    def send(self, frame: bytes, *, starts_spurt: bool) -> None:
        """Send a frame of 20 ms; ``starts_spurt`` is its marker (RFC 3551, 4.1)."""

    def counts(self) -> LegCounts:
        """What went over the leg until now."""

    def close(self) -> None:
        """Give the socket back; calling it again does nothing."""


class LegSource(Protocol):
    """Where the legs of a service come from."""

    def start(self) -> None:
        """Listen, if there is a common port to listen on."""

    async def stop(self) -> None:
        """Close that port."""

    def open(self) -> Leg:
        """A leg for a new call. Raises NoRoom when no port is left."""

"""How long a visitor waits for the agent's voice (pure)."""

from __future__ import annotations

from statistics import median


class Pace:
    """Takes moments in seconds of one clock, and tells delays in milliseconds.

    A turn ends when the server says so, which is `silence_duration_ms` after the last word.
    """

    def __init__(self) -> None:
        self._dialled: float | None = None
        self._turn_ended: float | None = None
        self._responses: list[int] = []
        self.first_sound_ms: int | None = None

    def dialled(self, at: float) -> None:
        """Asterisk was told to dial a media leg; the first one counts."""
        if self._dialled is None:
            self._dialled = at

    def turn_ended(self, at: float) -> None:
        """The visitor has finished; who goes on before an answer begins ends his turn later."""
        self._turn_ended = at

    def sounded(self, at: float) -> None:
        """The agent's sound goes out to a leg that is up."""
        if self.first_sound_ms is None and self._dialled is not None:
            self.first_sound_ms = _ms(at - self._dialled)
        if self._turn_ended is not None:
            self._responses.append(_ms(at - self._turn_ended))
            self._turn_ended = None

    @property
    def response_ms(self) -> int | None:
        """The median delay of an answer."""
        return round(median(self._responses)) if self._responses else None

    @property
    def response_ms_max(self) -> int | None:
        """The longest."""
        return max(self._responses, default=None)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))

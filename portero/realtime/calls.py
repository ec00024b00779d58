"""Tool calls of the model: each run once, and one answer when all of a response are done (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Round:
    """The calls of one response."""

    running: set[str] = field(default_factory=set)
    answer_wanted: bool = False


class Calls:
    """The tool calls of one session."""

    def __init__(self) -> None:
        self._round_of: dict[str, str] = {}
        self._rounds: dict[str, _Round] = {}
        self._done = {""}  # a call that names no response has none to wait for
        self._unseen: set[str] = set()

    @property
    def all_seen(self) -> bool:
        """Has the server acknowledged every output?"""
        return not self._unseen

    def start(self, call_id: str, response_id: str | None) -> bool:
        """A call is complete; returns whether to run it: the server announces it repeatedly."""
        if call_id in self._round_of:
            return False
        owner = response_id or ""
        self._round_of[call_id] = owner
        self._rounds.setdefault(owner, _Round()).running.add(call_id)
        return True

    def finish(self, call_id: str, *, respond: bool) -> bool:
        """An output is sent; returns whether the call was waiting for one."""
        round_ = self._rounds.get(self._round_of.get(call_id, ""))
        if round_ is None or call_id not in round_.running:
            return False
        round_.running.remove(call_id)
        round_.answer_wanted |= respond
        self._unseen.add(call_id)
        return True

    def seen(self, call_id: str) -> None:
        """The server has the output of this call."""
        self._unseen.discard(call_id)

    def response_done(self, response_id: str | None) -> None:
        """The model has finished this response."""
        self._done.add(response_id or "")

    def answer_due(self) -> bool:
        """Is a round complete, outputs and all, that wants an answer? Says so once."""
        complete = [
            response_id
            for response_id, round_ in self._rounds.items()
            if response_id in self._done and not round_.running
        ]
        finished = [self._rounds.pop(response_id) for response_id in complete]
        return any(round_.answer_wanted for round_ in finished)

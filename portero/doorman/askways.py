"""The ways to residents, and what asking them comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from twisted.internet.interfaces import IReactorTime

from portero.doorman.actions import Phone
from portero.doorman.facts import Approval
from portero.doorman.whatsapp import WhatsAppClient


class Backend(Protocol):
    """What is asked of `portero.doorman.backend.BackendClient`."""

    async def request(
        self, method: str, path: str, *, tenant: str, query: Mapping[str, Any] | None = None
    ) -> Any:
        """The decoded answer, or RequestFailed."""


@dataclass(frozen=True, slots=True)
class AskResult:
    """What asking came to. sentence: what the model is told; approvals: what policy judges by."""

    outcome: Literal["approved", "refused", "no_answer", "unreachable"]
    approvals: tuple[Approval, ...]
    sentence: str


class AnswerBoard:
    """Tells who asked that there is something to look at; one for the whole daemon."""

    def __init__(self) -> None:
        self._watchers: dict[str, Callable[[], None]] = {}

    def watch(self, question_id: str, look: Callable[[], None]) -> None:
        """Have `look` called when something comes for this question."""
        self._watchers[question_id] = look

    def forget(self, question_id: str) -> None:
        """It is over."""
        self._watchers.pop(question_id, None)

    def told(self, question_id: str) -> None:
        """Something is in the registry; of a question of another daemon, nothing happens here."""
        if look := self._watchers.get(question_id):
            look()


@dataclass(frozen=True, slots=True)
class Ways:
    """How residents are reached; None: not that way. One for the whole daemon."""

    backend: Backend
    board: AnswerBoard
    whatsapp: WhatsAppClient | None
    phone: Phone | None
    clock: IReactorTime

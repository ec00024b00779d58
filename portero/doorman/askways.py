"""The ways to residents, and what asking them comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from twisted.internet.interfaces import IReactorTime

from portero.doorman.actions import Phone
from portero.doorman.facts import Approval
from portero.doorman.whatsapp import WhatsAppClient
from portero.limits import ASKED_IN_VAIN, ASKED_IN_VAIN_SECONDS


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


class Pestered:
    """Residents who were asked in vain of late; one for the whole daemon.

    Who is asked again and again says yes at last: after so many askings without a yes, nobody is
    asked for a while. A yes does not count: a feast has many guests.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], list[float]] = {}

    def allows(self, tenant: str, resident_id: str, now: float) -> bool:
        """Whether the resident may be asked once more; `now`: seconds of any clock."""
        since = now - ASKED_IN_VAIN_SECONDS
        self._asked = {
            key: recent
            for key, times in self._asked.items()
            if (recent := [at for at in times if at > since])
        }
        return len(self._asked.get((tenant, resident_id), ())) < ASKED_IN_VAIN

    def in_vain(self, tenant: str, resident_id: str, now: float) -> None:
        """The resident was asked, and did not say yes."""
        self._asked.setdefault((tenant, resident_id), []).append(now)


@dataclass(frozen=True, slots=True)
class Ways:
    """How residents are reached; None: not that way. One for the whole daemon."""

    backend: Backend
    board: AnswerBoard
    whatsapp: WhatsAppClient | None
    phone: Phone | None
    clock: IReactorTime
    pestered: Pestered = field(default_factory=Pestered)

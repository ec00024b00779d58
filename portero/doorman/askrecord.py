"""What is kept of asking a resident: questions in the registry, notices in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from twisted.logger import Logger

from portero.doorman.asking import Contact
from portero.doorman.facts import Approval
from portero.doorman.record import CallRecord
from portero.errors import PorteroError
from portero.registry import questions

FAULTS: Final = (PorteroError, SQLAlchemyError)


class AskRecord:
    """The questions about one visitor to one resident."""

    log = Logger()

    def __init__(self, record: CallRecord, resident_id: str, visitor: str) -> None:
        self._record = record
        self._resident_id = resident_id
        self._visitor = visitor

    async def put(self, question_id: str, contact: str, token_digest: str, seconds: float) -> None:
        """Keep a question before it is sent by WhatsApp; it can be answered for `seconds`."""
        asked = questions.Asked(
            id=question_id,
            call_id=self._record.call_id,
            resident_id=self._resident_id,
            contact=contact,
            channel="whatsapp",
            visitor_name=self._visitor,
            token_digest=token_digest,
        )
        now = self._record.moment()
        await self._run(questions.ask, asked, now, now + timedelta(seconds=seconds))

    async def sent(self, question_id: str, message_id: str) -> None:
        """WhatsApp's id of a question's message."""
        await self._run(questions.sent, question_id, message_id)

    async def look(self, question_ids: Sequence[str]) -> list[questions.Seen]:
        """What has come for these questions; nothing while the registry is away."""
        if not question_ids:
            return []
        try:
            seen: list[questions.Seen] = await self._run(questions.look, list(question_ids))
        except FAULTS as fault:
            self.lost(fault)
            return []
        return seen

    async def close(self, question_ids: Sequence[str], why: str) -> None:
        """They can be answered no longer."""
        try:
            await self._run(questions.close, list(question_ids), why, self._record.moment())
        except FAULTS as fault:
            self.lost(fault)

    async def answered(self, question_id: str, by: Contact, *, approved: bool) -> Approval:
        """Into the ledger first: an approval that nobody can ask about later opens nothing."""
        at = self._record.moment().timestamp()
        body = {
            "question": question_id,
            "resident_id": self._resident_id,
            "by": by.resident_id,
            "visitor": self._visitor,
            "approved": approved,
        }
        await self._record.write("approval", body)
        return Approval(question_id, self._resident_id, self._visitor, approved, at)

    def note(self, contact: Contact, channel: str, state: str, question_id: str) -> None:
        """What became of one way to one contact."""
        body = {
            "question": question_id,
            "resident_id": self._resident_id,
            "to": contact.resident_id,
            "visitor": self._visitor,
            "channel": channel,
            "state": state,
        }
        self._record.note("notice", body)

    def lost(self, fault: Exception) -> None:
        """Something could not be kept, or not be done: one line."""
        self.log.error(
            "[{call}] asking a resident: {fault}",
            call=self._record.call_id,
            fault=type(fault).__name__ if isinstance(fault, SQLAlchemyError) else fault,
        )

    async def _run(self, job: Callable[..., Any], *args: Any) -> Any:
        return await self._record.store.run(job, self._record.tenant, *args)

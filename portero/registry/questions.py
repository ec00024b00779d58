"""Questions to residents about a visitor: each is answered once, by whom it was put to, in time.

Several daemons may share the database: one is told of an answer, another has the call. So all that
comes back is written here, and the daemon that has the call looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portero.limits import WEBHOOK_CLOCK_SECONDS, WEBHOOK_KEPT_SECONDS
from portero.registry.tables import questions, webhook_messages

LEFT: Final = "left"
DECIDED: Final = "decided"
STATUSES: Final = ("delivered", "read", "failed", "undeliverable")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put. contact: digits (or BSUID) that the answer must come from."""

    id: str
    call_id: str
    resident_id: str
    contact: str
    channel: str
    visitor_name: str
    token_digest: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that somebody tapped. senders: all that the message says of who sent it."""

    message_id: str
    token_digest: str
    answer: str
    senders: frozenset[str]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a tap.

    word: `taken`, or why it does not count: `repeated` (the same message again), `unknown`,
    `stranger` (not who was asked), `early` (older than the question), `expired`, `left` (the
    visitor is gone), `decided` (somebody else answered first), `answered` (they did themselves).
    """

    word: str
    question_id: str = ""
    tenant: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a question has come to: `answer` (approve, refuse) and the message's status, if any."""

    question_id: str
    answer: str | None
    status: str | None


def ask(
    connection: Connection, tenant: str, asked: Asked, now: datetime, expires_at: datetime
) -> None:
    """Put a question, before its message is sent."""
    row = {name: getattr(asked, name) for name in Asked.__slots__}
    connection.execute(
        insert(questions).values(**row, tenant=tenant, asked_at=now, expires_at=expires_at)
    )


def sent(connection: Connection, tenant: str, question_id: str, message_id: str) -> None:
    """Its message has been taken, under this id."""
    connection.execute(
        update(questions)
        .where(questions.c.tenant == tenant, questions.c.id == question_id)
        .values(message_id=message_id)
    )


def take_tap(connection: Connection, tap: Tap, now: datetime) -> Taken:
    """Write down an answer if it counts; the first to one of the questions of a call closes all."""
    if seen_before(connection, tap.message_id, now):
        return Taken("repeated")
    row = connection.execute(
        select(questions).where(questions.c.token_digest == tap.token_digest)
    ).one_or_none()
    if row is None:
        return Taken("unknown")
    word = _unfit(row, tap) or _answer(connection, row, tap.answer, now)
    return Taken(word, row.id, row.tenant, row.call_id)


def _unfit(row: Row[Any], tap: Tap) -> str | None:
    if row.contact not in tap.senders:
        return "stranger"
    # WhatsApp tells whole seconds, by a clock of its own.
    if tap.sent_at < row.asked_at - timedelta(seconds=WEBHOOK_CLOCK_SECONDS):
        return "early"
    return None


def _answer(connection: Connection, row: Row[Any], answer: str, now: datetime) -> str:
    """Under a lock on all that the call asks about this resident: PostgreSQL has many writers."""
    of_call = (questions.c.tenant == row.tenant, questions.c.call_id == row.call_id)
    of_resident = (*of_call, questions.c.resident_id == row.resident_id)
    rows = connection.execute(
        select(questions).where(*of_resident).order_by(questions.c.id).with_for_update()
    ).all()
    current = next(it for it in rows if it.id == row.id)
    if current.answer is not None:
        return current.answer if current.answer in (LEFT, DECIDED) else "answered"
    if now >= current.expires_at:
        return "expired"
    _close(connection, [row.id], answer, now)
    _close(
        connection, [it.id for it in rows if it.answer is None and it.id != row.id], DECIDED, now
    )
    return "taken"


def close(
    connection: Connection, tenant: str, question_ids: Sequence[str], why: str, now: datetime
) -> None:
    """Nobody can answer these any more. why: LEFT or DECIDED."""
    mine = (questions.c.tenant == tenant, questions.c.id.in_(question_ids))
    # In the order of `_answer`, or two transactions would wait for each other.
    connection.execute(
        select(questions.c.id).where(*mine).order_by(questions.c.id).with_for_update()
    )
    _close(connection, question_ids, why, now, questions.c.tenant == tenant)


def _close(
    connection: Connection, ids: Sequence[str], answer: str, now: datetime, *more: Any
) -> None:
    connection.execute(
        update(questions)
        .where(questions.c.id.in_(ids), questions.c.answer.is_(None), *more)
        .values(answer=answer, answered_at=now)
    )


def look(connection: Connection, tenant: str, question_ids: Sequence[str]) -> list[Seen]:
    """What these questions have come to so far."""
    rows = connection.execute(
        select(questions).where(questions.c.tenant == tenant, questions.c.id.in_(question_ids))
    ).all()
    return [Seen(row.id, row.answer, _status(connection, row.message_id)) for row in rows]


def _status(connection: Connection, message_id: str | None) -> str | None:
    """The best that was told of a message: failed only if nothing better, in whatever order."""
    if message_id is None:
        return None
    ids = {status_key(message_id, status): status for status in STATUSES}
    found = connection.execute(
        select(webhook_messages.c.id).where(webhook_messages.c.id.in_(list(ids)))
    ).scalars()
    told = {ids[key] for key in found}
    order = ("read", "delivered", "undeliverable", "failed")
    return next((status for status in order if status in told), None)


def status_key(message_id: str, status: str) -> str:
    """What a status is remembered by."""
    return f"{message_id}:{status}"


def note_status(connection: Connection, message_id: str, status: str, now: datetime) -> bool:
    """Remember what became of a message; False if it was known."""
    return not seen_before(connection, status_key(message_id, status), now)


def seen_before(connection: Connection, message_id: str, now: datetime) -> bool:
    """Whether a webhook's message was worked off before; of two daemons, one is told no."""
    oldest = now - timedelta(seconds=WEBHOOK_KEPT_SECONDS)
    connection.execute(delete(webhook_messages).where(webhook_messages.c.received_at < oldest))
    try:
        with connection.begin_nested():
            connection.execute(insert(webhook_messages).values(id=message_id, received_at=now))
    except IntegrityError:
        return True
    return False

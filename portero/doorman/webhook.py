"""Where WhatsApp tells us of taps and of what became of our messages.

Nothing of a body is looked at before its signature is right, and all of it is worked off after the
answer: WhatsApp repeats for a week what is not answered soon.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from portero.config.residents import WhatsAppSettings
from portero.doorman.record import Store
from portero.doorman.whatsapp import NotSent, WhatsAppClient
from portero.doorman.whatsappevents import (
    ChangedNumber,
    Event,
    Tapped,
    Told,
    Typed,
    read_events,
    signed,
)
from portero.doorman.whatsappmessages import read_payload
from portero.errors import PorteroError
from portero.limits import WEBHOOK_BODY_BYTES, WEBHOOK_CONNECTIONS, WEBHOOK_WAITING
from portero.messages import text
from portero.registry import questions
from portero.registry.connections import make_factory
from portero.registry.questions import Taken, Tap
from portero.registry.site import BoundedRequest

# What a resident is told after a tap that does not count; others learn nothing.
_TOLD: Final = {
    "expired": "tap_expired",
    "left": "tap_left",
    "decided": "tap_decided",
    "answered": "tap_answered",
}
_FAULTS: Final = (PorteroError, SQLAlchemyError)


class _WebhookRequest(BoundedRequest):
    _room = WEBHOOK_BODY_BYTES


class Webhook:
    """The webhook of one WhatsApp number.

    when_told: called with a question's id once something about it is in the registry. language_of:
    a tenant's language. now: the wall clock, seconds of the epoch.
    """

    log = Logger()

    def __init__(
        self,
        settings: WhatsAppSettings,
        path: str,
        store: Store,
        client: WhatsAppClient,
        *,
        when_told: Callable[[str], None],
        language_of: Callable[[str], str],
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._store = store
        self._client = client
        self._when_told = when_told
        self._language_of = language_of
        self._now = now
        self._working: set[Deferred[None]] = set()
        self._app = Klein()
        self._app.route(path, methods=["GET"])(self._verify)
        self._app.route(path, methods=["POST"])(self._take)

    def resource(self) -> IResource:
        """The routes."""
        resource: IResource = self._app.resource()
        return resource

    def site(self, reactor: Any) -> WrappingFactory:
        """A factory to listen with; a proxy with a public certificate goes before it."""
        return make_factory(self.resource(), WEBHOOK_CONNECTIONS, reactor, _WebhookRequest)

    def close(self) -> None:
        """Stop what is still being worked off."""
        for work in list(self._working):
            work.cancel()

    def _verify(self, request: IRequest) -> bytes:
        """Meta asks whether we are who was set up, whenever somebody edits the webhook."""
        wanted = self._settings.verify_token.get_secret_value().encode()
        right = hmac.compare_digest(_argument(request, b"hub.verify_token"), wanted)
        if not right or _argument(request, b"hub.mode") != b"subscribe":
            self.log.warn("WhatsApp webhook: refused a wrong verify token")
            return _plain(request, 403)
        return _plain(request, 200, _argument(request, b"hub.challenge"))

    def _take(self, request: IRequest) -> bytes:
        body: bytes = request.content.read()
        header = request.getHeader("x-hub-signature-256")
        if not signed(body, header, self._settings.app_secret.get_secret_value()):
            self.log.warn(
                "WhatsApp webhook: refused a wrong signature; see doorman.whatsapp.app_secret"
            )
            return _plain(request, 401)
        if len(self._working) >= WEBHOOK_WAITING:
            return _plain(request, 503)  # it is told again
        self._begin(body)
        return _plain(request, 200)

    def _begin(self, body: bytes) -> None:
        work = Deferred.fromCoroutine(self._work(body))
        self._working.add(work)
        work.addErrback(lambda why: self.log.failure("WhatsApp webhook: a fault of ours", why))
        work.addBoth(lambda _: self._working.discard(work))

    async def _work(self, body: bytes) -> None:
        try:
            events = read_events(body, self._settings.phone_number_id)
        except ValueError as problem:
            self.log.warn("WhatsApp webhook: a signed body is wrong: {problem}", problem=problem)
            return
        for event in events:
            try:
                await self._event(event)
            except _FAULTS as fault:
                self.log.error(
                    "WhatsApp webhook: an answer was lost, the gate stays shut: {fault}",
                    fault=type(fault).__name__ if isinstance(fault, SQLAlchemyError) else fault,
                )

    async def _event(self, event: Event) -> None:
        match event:
            case Tapped():
                await self._tapped(event)
            case Told():
                await self._told(event)
            case Typed():
                self.log.info("WhatsApp: a message without a button opens nothing")
            case ChangedNumber():
                self.log.warn(
                    "WhatsApp: somebody has a new number; the administration must confirm who it is"
                )

    async def _tapped(self, tapped: Tapped) -> None:
        read = read_payload(tapped.payload)
        if read is None:
            self.log.info("WhatsApp: a button that is none of ours opens nothing")
            return
        token, answer = read
        sent_at = datetime.fromtimestamp(tapped.at, UTC)
        tap = Tap(tapped.message_id, digest(token), answer, tapped.senders, sent_at)
        taken = await self._store.run(questions.take_tap, tap, self._moment())
        self.log.info(
            "[{call}] WhatsApp: a resident tapped {answer}: {word}",
            call=taken.call_id or "-",
            answer=answer,
            word=taken.word,
        )
        if taken.word == "taken":
            self._when_told(taken.question_id)
        elif taken.word in _TOLD:
            await self._tell(tapped, taken)

    async def _tell(self, tapped: Tapped, taken: Taken) -> None:
        """The tap has opened the 24 h in which a text may be sent."""
        said = text(_TOLD[taken.word], self._language_of(taken.tenant))
        try:
            await self._client.tell(min(tapped.senders), said)
        except NotSent as failure:
            self.log.info("WhatsApp: a resident was not told: {why}", why=failure)

    async def _told(self, told: Told) -> None:
        status = "undeliverable" if told.undeliverable else told.status
        moment = self._moment()
        if not await self._store.run(questions.note_status, told.message_id, status, moment):
            return
        if told.code is not None:
            self.log.warn("WhatsApp: a message was not delivered: error {code}", code=told.code)
        self._when_told(told.callback)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _argument(request: IRequest, name: bytes) -> bytes:
    values: list[bytes] = request.args.get(name, [])
    return values[0] if len(values) == 1 else b""


def _plain(request: IRequest, status: int, body: bytes = b"") -> bytes:
    """Plain text: a challenge is never read as a page."""
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"text/plain; charset=utf-8")
    request.setHeader(b"x-content-type-options", b"nosniff")
    return body

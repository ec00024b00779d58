"""The client of the WhatsApp Cloud API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from portero.config.residents import WhatsAppSettings
from portero.doorman import whatsappmessages as messages
from portero.doorman.exchange import Request, exchange
from portero.doorman.failures import RequestFailed
from portero.doorman.whatsappmessages import Remedy
from portero.errors import PorteroError
from portero.limits import (
    WHATSAPP_ANSWER_BYTES,
    WHATSAPP_PAIR_SECONDS,
    WHATSAPP_RETRY_SECONDS,
    WHATSAPP_SECONDS,
    WHATSAPP_STOP_SECONDS,
    WHATSAPP_TRIES,
)


class NotSent(PorteroError):
    """A message was not taken. maybe_sent: nobody knows; it may still arrive and be answered."""

    def __init__(
        self, what: str, *, remedy: Remedy | None = None, maybe_sent: bool = False
    ) -> None:
        super().__init__(what)
        self.remedy = remedy
        self.maybe_sent = maybe_sent


@dataclass(frozen=True, slots=True)
class Question:
    """What a resident is asked. token: opens a gate; callback: comes back in every status."""

    visitor: str
    place: str
    token: str = field(repr=False)
    callback: str


class WhatsAppClient:
    """Sends questions and short texts from one number.

    random: 0 to 1, spreads tries. A refused token or account is left alone for
    WHATSAPP_STOP_SECONDS: nobody waits at a gate for what can't come.
    """

    log = Logger()

    def __init__(
        self,
        settings: WhatsAppSettings,
        http: HTTPClient,
        *,
        clock: IReactorTime,
        random: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._random = random
        self._stopped_until = 0.0

    async def ask(self, to: str, question: Question) -> str:
        """Send the template with its two buttons; the message's id. Raises NotSent.

        to: a `number_key`. A number that can't be reached is tried once in its other Mexican form.
        """
        deadline = self._clock.seconds() + WHATSAPP_SECONDS
        try:
            return await self._send(self._template(to, question), deadline)
        except NotSent as failure:
            other = messages.other_form(to)
            if failure.remedy is not Remedy.OTHER_FORM or other is None:
                raise
        return await self._send(self._template(other, question), deadline)

    async def ask_other_form(self, to: str, question: Question) -> str:
        """Ask in the other Mexican form what was taken and not delivered. Raises NotSent."""
        other = messages.other_form(to)
        if other is None:
            raise NotSent("the number has no other form")
        deadline = self._clock.seconds() + WHATSAPP_SECONDS
        return await self._send(self._template(other, question), deadline)

    async def tell(self, to: str, text: str) -> None:
        """Send a text, which is only taken within 24 h of a tap. Raises NotSent."""
        await self._send(messages.free_text(to, text), self._clock.seconds() + WHATSAPP_SECONDS)

    def _template(self, to: str, question: Question) -> dict[str, Any]:
        return messages.template(
            to,
            self._settings.template,
            self._settings.template_language,
            (question.visitor, question.place),
            question.token,
            question.callback,
        )

    async def _send(self, message: Mapping[str, Any], deadline: float) -> str:
        delay = WHATSAPP_RETRY_SECONDS
        for tries_left in reversed(range(WHATSAPP_TRIES)):
            try:
                return await self._once(message, deadline)
            except NotSent as failure:
                wait = self._wait(failure.remedy, delay)
                late = self._clock.seconds() + (wait or 0) >= deadline
                if wait is None or late or not tries_left:
                    raise
            await deferLater(self._clock, wait)
            delay *= 2
        raise AssertionError("the last try returns or raises")

    def _wait(self, remedy: Remedy | None, delay: float) -> float | None:
        """Seconds until the next try; None: there is no point."""
        if remedy is Remedy.PAUSE:
            return WHATSAPP_PAIR_SECONDS
        if remedy in (Remedy.BACKOFF, Remedy.RETRY):
            return delay * (1 + self._random())
        return None

    async def _once(self, message: Mapping[str, Any], deadline: float) -> str:
        now = self._clock.seconds()
        if now < self._stopped_until:
            raise NotSent("WhatsApp is left alone after a refusal", remedy=Remedy.STOP)
        seconds = min(self._settings.timeout, deadline - now)
        try:
            status, body = await exchange(
                self._http,
                self._request(message),
                clock=self._clock,
                seconds=seconds,
                max_bytes=WHATSAPP_ANSWER_BYTES,
            )
        except RequestFailed as failure:
            raise self._unsure(str(failure), not failure.trouble.order_was_not_taken) from None
        if status != 200:
            raise self._refused(status, messages.error_code(body))
        message_id = messages.message_id(body)
        if message_id is None:
            raise self._unsure("did not answer as the Graph API does", maybe_sent=True)
        return message_id

    def _request(self, message: Mapping[str, Any]) -> Request:
        url = f"{self._settings.url.rstrip('/')}/{self._settings.phone_number_id}/messages"
        token = self._settings.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return Request("POST", url, headers, body=json.dumps(message).encode())

    def _unsure(self, what: str, maybe_sent: bool) -> NotSent:
        self.log.warn("WhatsApp: it {what}; see doorman.whatsapp.url", what=what)
        return NotSent(what, maybe_sent=maybe_sent)

    def _refused(self, status: int, code: int | None) -> NotSent:
        if code is None:
            return self._unsure(f"answered HTTP {status}, no error of the Graph API", True)
        remedy = messages.remedy(code)
        what = f"error {code}: {remedy.value}"
        if remedy is Remedy.STOP:
            self._stopped_until = self._clock.seconds() + WHATSAPP_STOP_SECONDS
            self.log.error("WhatsApp: {what}; residents are called instead", what=what)
        else:
            self.log.warn("WhatsApp: {what}", what=what)
        return NotSent(what, remedy=remedy)

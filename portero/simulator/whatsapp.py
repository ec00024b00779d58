"""graph.facebook.com in software: takes messages, has buttons tapped, tells the webhook.

Written from gates-and-notices.md 3. It takes nothing that the Graph API would not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any, Final

from treq.client import HTTPClient
from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IConsumer, IListeningPort
from twisted.internet.task import deferLater
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from zope.interface import implementer

from portero.simulator.whatsapp_checks import Checked, Refused, Template, check_message

VERSION: Final = "v25.0"
NUMBER_ID: Final = "106540352242922"


class WhatsAppMood(StrEnum):
    """How messages are answered."""

    WELL = "well"
    SLOW = "slow"  # well, after ``WhatsAppServer.slow_seconds``
    HANGING = "hanging"  # taken, and never answered
    DOWN = "down"  # HTTP 500 with a transient error
    HTML = "html"  # HTTP 200 with a page
    EXPIRED = "expired"  # the token (190)
    UNDELIVERABLE = "undeliverable"  # 131026
    NOT_LISTED = "not listed"  # 131030, for numbers that do not begin with ``listed``
    RATE = "rate"  # 131056


_CODES: Final = {
    WhatsAppMood.DOWN: (500, 131000),
    WhatsAppMood.EXPIRED: (401, 190),
    WhatsAppMood.UNDELIVERABLE: (400, 131026),
    WhatsAppMood.RATE: (400, 131056),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken: ``at`` is the reactor's time, ``id`` the wamid."""

    at: float
    id: str
    checked: Checked


class _Graph(Resource):
    isLeaf = True

    def __init__(self, server: WhatsAppServer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._server = server

    def render(self, request: Request) -> Any:
        return self._server.answer(request)


class WhatsAppServer(Service):
    """The Graph API as a service on the loopback; ``messages`` is what it took, in order.

    ``mood`` may be changed while it runs, ``mood_for`` counts down the answers in it (None: all).
    ``webhook``: where taps and statuses are posted; ``http``: treq's client, ``now``: seconds of
    the epoch.
    """

    def __init__(
        self,
        reactor: Any,
        *,
        http: HTTPClient,
        now: Callable[[], float],
        token: str = "EAAtoken",
        app_secret: str = "app-secret",
        webhook: str = "http://127.0.0.1:8090/whatsapp",
        template: Template | None = None,
        port: int = 0,
    ) -> None:
        self.mood = WhatsAppMood.WELL
        self.mood_for: int | None = None
        self.slow_seconds = 3.0
        self.listed = "521"
        self.messages: list[Message] = []
        self.requests = 0
        self.refusals: list[str] = []
        self.webhook = webhook
        self.resource = _Graph(self)
        self._reactor = reactor
        self._http = http
        self._now = now
        self._token = token
        self._secret = app_secret
        self._template = template or Template()
        self._numbers = count(1)
        self._later: set[Deferred[None]] = set()
        self._wanted_port = port
        self._port: IListeningPort | None = None
        self._site = Site(self.resource, reactor=reactor)

    # -- its life

    @property
    def url(self) -> str:
        """What ``doorman.whatsapp.url`` is, once it runs."""
        assert self._port is not None
        address = self._port.getHost()
        assert isinstance(address, IPv4Address)
        return f"http://{address.host}:{address.port}/{VERSION}"

    def startService(self) -> None:
        """Listen."""
        super().startService()  # type: ignore[no-untyped-call]
        self._port = self._reactor.listenTCP(self._wanted_port, self._site, interface="127.0.0.1")

    def stopService(self) -> Deferred[None]:
        """Be gone; answers that are still due are not given."""
        super().stopService()  # type: ignore[no-untyped-call]
        for later in list(self._later):
            later.cancel()
        return Deferred.fromCoroutine(self._stop_listening())

    async def _stop_listening(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            await maybeDeferred(port.stopListening)

    # -- messages that are sent

    def answer(self, request: Request) -> Any:
        """Take a message, or refuse it in the present mood."""
        self.requests += 1
        mood = self._present_mood()
        try:
            checked = self._check(request, mood)
        except Refused as refusal:
            self.refusals.append(f"{refusal.code} {refusal}")
            return _error(request, 401 if refusal.code == 190 else 400, refusal.code, str(refusal))
        if mood in _CODES:
            return _error(request, *_CODES[mood], mood.value)
        if mood is WhatsAppMood.HTML:
            request.setHeader("content-type", "text/html")
            return b"<html><title>Facebook</title></html>"
        taken = self._take(checked)
        if mood is WhatsAppMood.HANGING:
            return NOT_DONE_YET
        if mood is WhatsAppMood.SLOW:
            return self._answer_later(request, taken)
        return _json(request, 200, _taken(taken))

    def _present_mood(self) -> WhatsAppMood:
        if self.mood_for is None:
            return self.mood
        if self.mood_for == 0:
            return WhatsAppMood.WELL
        self.mood_for -= 1
        return self.mood

    def _check(self, request: Request, mood: WhatsAppMood) -> Checked:
        right = f"/{VERSION}/{NUMBER_ID}/messages".encode()
        if (request.method, request.uri) != (b"POST", right):
            raise Refused(100, "unsupported path or method")
        if request.getHeader("authorization") != f"Bearer {self._token}":
            raise Refused(190, "invalid token")
        if (request.getHeader("content-type") or "").partition(";")[0] != "application/json":
            raise Refused(100, "the body is no JSON")
        checked = check_message(request.content.read() if request.content else b"", self._template)
        if mood is WhatsAppMood.NOT_LISTED and not checked.to.startswith(self.listed):
            raise Refused(131030, "the recipient is not in the list")
        return checked

    def _take(self, checked: Checked) -> Message:
        taken = Message(self._reactor.seconds(), f"wamid.{next(self._numbers)}", checked)
        self.messages.append(taken)
        return taken

    def _answer_later(self, request: Request, taken: Message) -> Any:
        later: Deferred[None] = deferLater(self._reactor, self.slow_seconds)
        self._later.add(later)
        request.notifyFinish().addErrback(lambda _: later.cancel())

        def finish(_: None) -> None:
            request.write(_json(request, 200, _taken(taken)))
            request.finish()

        later.addCallback(finish)
        later.addBoth(lambda _: self._later.discard(later))
        return NOT_DONE_YET

    # -- what the webhook is told

    def tap(
        self,
        message: Message,
        button: int = 0,
        *,
        sender: str | None = None,
        tap_id: str | None = None,
        ago: float = 0.0,
        changes: dict[str, Any] | None = None,
    ) -> bytes:
        """The body that tells of a tap; 0 approves. The same ``tap_id`` is the same tap again.

        sender: by default the older Mexican id (521) of who was written to. changes: keys of
        the message that replace others.
        """
        row = {
            "from": sender or _older_id(message.checked.to),
            "id": tap_id or f"wamid.tap{next(self._numbers)}",
            "timestamp": str(int(self._now() - ago)),
            "type": "button",
            "button": {
                "payload": message.checked.payloads[button],
                "text": ("Sí, que pase", "No")[button],
            },
            **(changes or {}),
        }
        contact = {"profile": {"name": "José"}, "wa_id": row["from"]}
        return envelope({"contacts": [contact], "messages": [row]})

    def status(self, message: Message, status: str, code: int | None = None) -> bytes:
        """The body that tells what became of a message."""
        row: dict[str, Any] = {
            "id": message.id,
            "status": status,
            "timestamp": str(int(self._now())),
            "recipient_id": _older_id(message.checked.to),
            "biz_opaque_callback_data": message.checked.callback,
        }
        if code is not None:
            row["errors"] = [{"code": code, "title": "failed"}]
        return envelope({"statuses": [row]})

    def sign(self, body: bytes) -> str:
        """The header X-Hub-Signature-256 of a body."""
        return "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()

    async def post(self, body: bytes, signature: str | None = None) -> int:
        """Post a body to the webhook, rightly signed unless told otherwise; the HTTP status."""
        headers = Headers({"Content-Type": ["application/json"]})
        headers.addRawHeader(
            "X-Hub-Signature-256", self.sign(body) if signature is None else signature
        )
        response = await self._http.post(self.webhook, data=_Body(body), headers=headers)
        await response.content()
        return int(response.code)


@implementer(IBodyProducer)
class _Body:
    """A short body, written at once (treq's own needs the global reactor)."""

    def __init__(self, body: bytes) -> None:
        self.length = len(body)
        self._body = body

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Nothing is left to hold back."""

    def resumeProducing(self) -> None:
        """Nothing is left to send."""

    def stopProducing(self) -> None:
        """Nothing is left to stop."""


def envelope(value: dict[str, Any], number_id: str = NUMBER_ID) -> bytes:
    """A webhook's body around one value."""
    metadata = {"display_phone_number": "525500000000", "phone_number_id": number_id}
    change = {
        "field": "messages",
        "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
    }
    told = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    return json.dumps(told).encode()


def _older_id(number: str) -> str:
    is_new = number.startswith("52") and len(number) == 12
    return f"521{number[2:]}" if is_new else number


def _taken(message: Message) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": message.checked.to, "wa_id": _older_id(message.checked.to)}],
        "messages": [{"id": message.id, "message_status": "accepted"}],
    }


def _error(request: Request, status: int, code: int, details: str) -> bytes:
    error = {
        "message": f"(#{code}) {details}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "A1",
    }
    return _json(request, status, {"error": error})


def _json(request: Request, status: int, answer: dict[str, Any]) -> bytes:
    request.setResponseCode(status)
    request.setHeader("content-type", "application/json")
    return json.dumps(answer).encode()

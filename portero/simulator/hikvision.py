"""A Hikvision device in software: doors, a barrier, plates; slow, wrong or gone on demand.

Written from gates-and-notices.md 1. It takes nothing that a real one would not: digest with every
nonce count once, bodies and paths to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final
from xml.etree import ElementTree

from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from portero.simulator import hikvision_answers as answers
from portero.simulator.hikvision_answers import Seen
from portero.simulator.hikvision_digest import DigestGuard, Judgement
from portero.simulator.hikvision_stream import AlertStream

MEXICO: Final = timezone(timedelta(hours=-6))
OPEN_SECONDS: Final = 5.0  # the door's own pulse
RISE_SECONDS: Final = 3.0  # the barrier's way up
DOOR_WORDS: Final = ("open", "close", "alwaysOpen", "resume")
BARRIER_WORDS: Final = ("open", "close", "lock", "unlock")
_DOOR: Final = "/ISAPI/AccessControl/RemoteControl/door/"
_BARRIER: Final = "/ISAPI/Parking/channels/1/barrierGate"


class DeviceMood(StrEnum):
    """How the device answers those that it lets in."""

    WELL = "well"
    SLOW = "slow"  # well, after ``HikvisionServer.slow_seconds``
    HANGING = "hanging"  # takes the request and never answers
    BROKEN = "broken"  # HTTP 500, no ISAPI
    HTML = "html"  # HTTP 200 with a page
    BUSY = "busy"  # Device Busy, once
    ERROR = "error"  # Device Error
    STUCK = "stuck"  # takes orders, and nothing moves


@dataclass(frozen=True, slots=True)
class DeviceOrder:
    """An order that the device took: ``what`` is ``door`` or ``barrier``, ``word`` such as open."""

    at: float
    what: str
    number: int
    word: str


class _Isapi(Resource):
    isLeaf = True

    def __init__(self, server: HikvisionServer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._server = server

    def render(self, request: Request) -> Any:
        return self._server.answer(request)


class HikvisionServer(Service):
    """The device as a service on the loopback; ``orders`` is what it was told, in order.

    ``requests``: method and path of everything that came. ``mood`` may be changed while it runs;
    it is that of paths which contain ``mood_for``. ``now``: the true time, seconds of the epoch;
    the device's own clock is wrong by ``clock_error`` seconds.
    """

    def __init__(
        self,
        reactor: Any,
        *,
        username: str = "portero",
        password: str = "Puerta-2026",
        port: int = 0,
        now: Callable[[], float] | None = None,
        algorithms: tuple[str, ...] = ("MD5",),
        options: Any = None,
    ) -> None:
        self.guard = DigestGuard(username, password, reactor.seconds, algorithms)
        self.mood = DeviceMood.WELL
        self.mood_for = ""
        self.slow_seconds = 3.0
        self.clock_error = 0.0
        self.door_words = DOOR_WORDS
        self.barrier_wired = True
        self.barrier_locked = False
        self.tells_state = True
        self.junk = b""  # before each document
        self.refusal_junk = b""  # after each refusal
        self.relists = False  # lists an old plate again, as the last
        self.streams = True  # has an event stream
        self.orders: list[DeviceOrder] = []
        self.when_ordered: Callable[[DeviceOrder], None] = lambda order: None
        self.requests: list[str] = []
        self.resource = _Isapi(self)
        self._reactor = reactor
        self._now = now or reactor.seconds
        self._options = options
        self._doors = {1: -OPEN_SECONDS, 2: -OPEN_SECONDS}
        self._raised: float | None = None
        self._seen: list[Seen] = []
        self.stream = AlertStream(reactor, self.own_time)
        self._later: set[Deferred[None]] = set()
        self._wanted_port = port
        self._port: IListeningPort | None = None
        self._site = Site(self.resource, reactor=reactor)

    # -- its life

    @property
    def url(self) -> str:
        """Where it listens, once it runs: scheme, host and port."""
        assert self._port is not None
        address = self._port.getHost()
        assert isinstance(address, IPv4Address)
        return f"{'https' if self._options else 'http'}://{address.host}:{address.port}"

    def startService(self) -> None:
        """Listen: HTTPS where a certificate's ``options`` were given, as cheap models HTTP."""
        super().startService()  # type: ignore[no-untyped-call]
        listen, more = self._reactor.listenTCP, {}
        if self._options is not None:
            listen, more = self._reactor.listenSSL, {"contextFactory": self._options}
        self._port = listen(self._wanted_port, self._site, interface="127.0.0.1", **more)

    def stopService(self) -> Deferred[None]:
        """Be gone; answers that are still due are not given."""
        super().stopService()  # type: ignore[no-untyped-call]
        for later in list(self._later):
            later.cancel()
        self.stream.drop()
        return Deferred.fromCoroutine(self._stop_listening())

    async def _stop_listening(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            await maybeDeferred(port.stopListening)

    # -- what happens at the gate

    def own_time(self) -> datetime:
        """The device's own clock, in Mexico."""
        return datetime.fromtimestamp(self._now() + self.clock_error, UTC).astimezone(MEXICO)

    def see(self, plate: str, *, confidence: int = 95, ago: float = 0.0) -> None:
        """The camera reads a plate now, or has read it some seconds ago."""
        seen = Seen(plate, self.own_time() - timedelta(seconds=ago), confidence)
        self._seen.append(seen)
        self.stream.send(answers.plate_event(seen, again=ago > 0))

    def barrier_status(self) -> int:
        """0 no signal, 1 fully closed, 2 fully open."""
        if not self.barrier_wired:
            return 0
        risen = self._raised is not None and self._reactor.seconds() - self._raised >= RISE_SECONDS
        return 2 if risen else 1

    # -- requests

    def answer(self, request: Request) -> Any:
        """Let one request in or not, then answer it in the present mood."""
        method, uri = request.method.decode(), request.uri.decode()
        self.requests.append(f"{method} {uri}")
        client = str(getattr(request.getClientAddress(), "host", "memory"))
        verdict = self.guard.judge(client, method, uri, request.getHeader("authorization"))
        if verdict is not Judgement.FINE:
            return self._refuse(request, client, verdict)
        mood = self.mood if self.mood_for in uri else DeviceMood.WELL
        match mood:
            case DeviceMood.HANGING:
                return NOT_DONE_YET
            case DeviceMood.BROKEN:
                request.setResponseCode(500)
                return b"internal fault\n"
            case DeviceMood.HTML:
                request.setHeader("content-type", "text/html")
                return b"<!DOCTYPE html><html><title>Login</title></html>"
            case DeviceMood.BUSY:
                self.mood = DeviceMood.WELL
                return self._status(request, 503, 2, "Device Busy", "deviceBusy")
            case DeviceMood.ERROR:
                return self._status(request, 500, 3, "Device Error", "deviceError")
            case DeviceMood.SLOW:
                self._answer_later(request, method, uri)
                return NOT_DONE_YET
        return self._carry_out(request, method, uri)

    def _refuse(self, request: Request, client: str, verdict: Judgement) -> bytes:
        request.setResponseCode(401)
        if verdict is not Judgement.LOCKED:
            challenges = self.guard.challenges(verdict is Judgement.STALE)
            request.responseHeaders.setRawHeaders("WWW-Authenticate", challenges)
        guard = self.guard
        body = answers.user_check(guard.unlock_seconds(client), guard.tries_left(client))
        return body + self.refusal_junk

    def _answer_later(self, request: Request, method: str, uri: str) -> None:
        later: Deferred[None] = deferLater(self._reactor, self.slow_seconds)
        self._later.add(later)
        request.notifyFinish().addErrback(lambda _: later.cancel())

        def finish(_: None) -> None:
            request.write(self._carry_out(request, method, uri))
            request.finish()

        later.addCallback(finish)
        later.addErrback(lambda _: None)  # cancelled: nobody waits any more
        later.addBoth(lambda _: self._later.discard(later))

    def _carry_out(self, request: Request, method: str, uri: str) -> Any:
        body = request.content.read() if request.content else b""
        if method == "PUT" and uri.startswith(_DOOR):
            return self._door_order(request, uri.removeprefix(_DOOR), body)
        if method == "PUT" and uri == _BARRIER:
            return self._barrier_order(request, body)
        if method == "POST" and uri == "/ISAPI/Traffic/channels/1/vehicleDetect/plates":
            return self._plates(request, body)
        if self.streams and (method, uri) == ("GET", "/ISAPI/Event/notification/alertStream"):
            return self.stream.open(request)
        document = self._document(uri) if method == "GET" else None
        if document is None:
            return self._status(request, 403, 4, "Invalid Operation", "notSupport")
        kind = "application/json" if "format=json" in uri else "application/xml"
        request.setHeader("content-type", kind)
        return self.junk + document

    def _document(self, uri: str) -> bytes | None:
        if uri == f"{_DOOR}capabilities":
            return answers.door_capabilities(len(self._doors), self.door_words)
        if uri == "/ISAPI/AccessControl/AcsWorkStatus?format=json" and self.tells_state:
            now = self._reactor.seconds()
            unlocked = [now - at < OPEN_SECONDS for at in self._doors.values()]
            return answers.work_status(unlocked, [False] * len(unlocked))
        if uri == f"{_BARRIER}/barrierGateStatus" and self.tells_state:
            return answers.barrier_status(self.barrier_status())
        if uri == "/ISAPI/System/time":
            return answers.local_time(self.own_time())
        if uri == "/ISAPI/System/deviceInfo":
            return answers.device_info("DS-KV6113-WPE1")
        return None

    def _door_order(self, request: Request, number: str, body: bytes) -> bytes:
        word = _word(body, "RemoteControlDoor", "cmd")
        if word is None:
            return self._status(request, 400, 5, "Invalid XML Format", "badXmlFormat")
        if not re.fullmatch("[12]", number) or word not in self.door_words:
            return self._status(request, 400, 6, "Invalid XML Content", "badParameters")
        self._order("door", int(number), word)
        if word == "open" and self.mood is not DeviceMood.STUCK:
            self._doors[int(number)] = self._reactor.seconds()
        return self._status(request, 200, 1, "OK", "ok")

    def _barrier_order(self, request: Request, body: bytes) -> bytes:
        word = _word(body, "BarrierGate", "ctrlMode")
        if word is None:
            return self._status(request, 400, 5, "Invalid XML Format", "badXmlFormat")
        if word not in BARRIER_WORDS:
            return self._status(request, 400, 6, "Invalid XML Content", "badParameters")
        self._order("barrier", 1, word)
        if word in ("lock", "unlock"):
            self.barrier_locked = word == "lock"
        elif not self.barrier_locked and self.mood is not DeviceMood.STUCK:
            self._raised = self._reactor.seconds() if word == "open" else None
        return self._status(request, 200, 1, "OK", "ok")  # also when it is locked

    def _order(self, what: str, number: int, word: str) -> None:
        order = DeviceOrder(self._reactor.seconds(), what, number, word)
        self.orders.append(order)
        self.when_ordered(order)

    def _plates(self, request: Request, body: bytes) -> bytes:
        after = _word(body, "AfterTime", "picTime")
        if after is None or not re.fullmatch(r"\d{18}", after):
            return self._status(request, 400, 6, "Invalid XML Content", "badParameters")
        found = sorted(
            (seen for seen in self._seen if seen.pic_name > after),
            key=lambda seen: seen.plate,  # any order but that of time
        )
        if self.relists and self._seen:
            found.append(self._seen[0])
        request.setHeader("content-type", "application/xml")
        return self.junk + answers.plates(found)

    def _status(self, request: Request, http: int, code: int, string: str, sub: str) -> bytes:
        request.setResponseCode(http)
        request.setHeader("content-type", "application/xml")
        return answers.response_status(request.uri.decode(), code, string, sub)


def _word(body: bytes, root: str, name: str) -> str | None:
    """The text of the one element `name` in `root`; None for another document."""
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    if document.tag.rpartition("}")[2] != root or len(document) != 1:
        return None
    return document[0].text if document[0].tag.rpartition("}")[2] == name else None

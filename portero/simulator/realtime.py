"""A stand-in for OpenAI's Realtime server, over WebSocket.

Written from reference openai-realtime.md, and not from portero's client, so that the two can't
agree on a mistake. It checks what it is sent, hears speech by its energy, speaks Spanish, follows
a script, and can be told to fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.protocol import ConnectionRequest
from autobahn.websocket.types import ConnectionDeny
from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.ssl import PrivateCertificate
from twisted.logger import Logger

from portero.simulator.conversation_script import Script
from portero.simulator.faults import Fault, FaultKind, FaultPlan
from portero.simulator.rt_certificate import self_made_certificate
from portero.simulator.rt_director import Chatterbox, Director
from portero.simulator.rt_session import Manners, Session
from portero.simulator.voice import Voice

log = Logger()

HTTP_FAULTS = {
    FaultKind.HTTP_401: (401, "Unauthorized"),
    FaultKind.HTTP_429: (429, "Too Many Requests"),
    FaultKind.HTTP_503: (503, "Service Unavailable"),
}
# What is said before an admission error closes the connection (reference 1.4): close code, error
# code, message.
ADMISSION_FAULTS = {
    FaultKind.INVALID_KEY: (3000, "invalid_api_key", "Incorrect API key provided."),
    FaultKind.ADMISSION: (4000, "invalid_intent", "The intent is not valid."),
}


class RealtimeConnection(WebSocketServerProtocol):  # type: ignore[misc]
    """One WebSocket: lets the client in or not, then hands its frames to a session."""

    factory: RealtimeFactory

    def __init__(self, fault: FaultKind | None) -> None:
        super().__init__()
        self._fault = fault
        self._request: ConnectionRequest | None = None
        self.session: Session | None = None
        self.gone: Deferred[None] = Deferred()

    def onConnect(self, request: ConnectionRequest) -> str | None:
        if self._fault in HTTP_FAULTS:
            raise ConnectionDeny(*HTTP_FAULTS[self._fault])
        if not request.path.endswith("/realtime"):
            raise ConnectionDeny(404, "Not Found")
        self._request = request
        return "realtime" if "realtime" in request.protocols else None

    def onOpen(self) -> None:
        if self._fault is FaultKind.MUTE:
            return
        server = self.factory.server
        refused = ADMISSION_FAULTS.get(self._fault) if self._fault else self._refused()
        self.session = server.new_session(self, self._query("model") or "gpt-realtime-2.1")
        if refused is None:
            log.info("realtime session {session} is open", session=self.session.id)
            return self.session.open()
        self.session.refuse(*refused)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.session is not None:
            self.session.receive(payload, binary=isBinary)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if self.session is not None:
            self.session.closed()
            log.info(
                "realtime session {session} is over (close {code}), violations: {violations}",
                session=self.session.id,
                code=code,
                violations=self.session.violations,
            )
        if not self.gone.called:
            self.gone.callback(None)

    def send(self, payload: bytes, *, binary: bool = False) -> None:
        """Send one frame (``rt_link.Wire``); a client that has said goodbye hears no more."""
        if self.state == self.STATE_OPEN:
            self.sendMessage(payload, isBinary=binary)

    def close(self, code: int, reason: str) -> None:
        """Close with any code: ``sendClose`` would not let 1001 through."""
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode("utf-8")[:123], isReply=False)

    def abort(self) -> None:
        """Drop the connection without a word."""
        self.dropConnection(abort=True)

    def _refused(self) -> tuple[int, str, str] | None:
        headers = self._request.headers if self._request else {}
        key = self.factory.server.api_key
        given = headers.get("authorization", "") or f"Bearer {headers.get('api-key', '')}"
        if "openai-beta" in headers:
            return 4000, "beta_api_shape_disabled", "The Realtime Beta API is no longer supported."
        if given.strip() == "Bearer":
            return 3000, "invalid_api_key", "Missing bearer or basic authentication in header."
        if key is not None and given != f"Bearer {key}":
            return 3000, "invalid_api_key", "Incorrect API key provided."
        if not self._query("model"):
            return 4000, "invalid_model", "You must provide a model parameter."
        return None

    def _query(self, name: str) -> str:
        params: dict[str, list[str]] = self._request.params if self._request else {}
        return params.get(name, [""])[-1]


class RealtimeFactory(WebSocketServerFactory):  # type: ignore[misc]
    """Makes connections, each with the fault that it is to meet."""

    def __init__(self, server: RealtimeServer, reactor: Any) -> None:
        super().__init__(reactor=reactor)
        # The JSON decoder refuses bad UTF-8 by itself, and a client closes in its own time.
        self.setProtocolOptions(utf8validateIncoming=False, closeHandshakeTimeout=2)
        self.server = server

    def buildProtocol(self, addr: IAddress) -> RealtimeConnection | None:
        fault = self.server.faults.next_at_connection()
        if fault is not None and fault.kind is FaultKind.REFUSE:
            return None
        connection = RealtimeConnection(fault.kind if fault else None)
        connection.factory = self
        self.server.connected(connection)
        return connection


class RealtimeServer(Service):
    """The stand-in as a service: listens while it runs, and remembers its sessions.

    ``script``: what every session follows from its first line (it may be replaced between calls).
    ``api_key`` None: any key will do. ``port`` 0: a free one, see ``url``; started
    again, it listens where it did before.
    """

    def __init__(
        self,
        reactor: Any,
        *,
        script: Script | None = None,
        voice: Voice | None = None,
        faults: Iterable[Fault] = (),
        manners: Manners | None = None,
        api_key: str | None = None,
        interface: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
    ) -> None:
        self._reactor = reactor
        self._voice = voice or Voice.in_threads_of(reactor)
        self._manners = manners or Manners()
        self._interface = interface
        self._port = port
        self._listening: IListeningPort | None = None
        self._connections: set[RealtimeConnection] = set()
        self.script = script
        self.faults = FaultPlan([*(script.faults if script else ()), *faults])
        self.api_key = api_key
        self.certificate: PrivateCertificate | None = self_made_certificate() if tls else None
        self.sessions: list[Session] = []

    @property
    def url(self) -> str:
        """Where it listens, for ``OPENAI_REALTIME_URL``; raises RuntimeError when it does not."""
        address = self._where()
        scheme = "ws" if self.certificate is None else "wss"
        return f"{scheme}://{address.host}:{address.port}/v1/realtime"

    def _where(self) -> IPv4Address:
        if self._listening is None:
            raise RuntimeError("the Realtime stand-in is not running; call startService() first")
        address = self._listening.getHost()
        assert isinstance(address, IPv4Address)
        return address

    def startService(self) -> None:
        """Listen."""
        super().startService()  # type: ignore[no-untyped-call]
        factory = RealtimeFactory(self, self._reactor)
        where = {"interface": self._interface}
        if self.certificate is None:
            self._listening = self._reactor.listenTCP(self._port, factory, **where)
        else:
            options = self.certificate.options()
            self._listening = self._reactor.listenSSL(self._port, factory, options, **where)
        self._port = self._port or self._where().port

    def stopService(self) -> Deferred[Any]:
        """Stop listening and drop every connection; fires when all of it is gone."""
        super().stopService()  # type: ignore[no-untyped-call]
        listening, self._listening = self._listening, None
        waiting: list[Deferred[Any]] = [maybeDeferred(listening.stopListening)] if listening else []
        for connection in list(self._connections):
            waiting.append(connection.gone)
            connection.abort()
        return DeferredList(waiting)

    def connected(self, connection: RealtimeConnection) -> None:
        """A client has connected, and is remembered until it is gone."""
        self._connections.add(connection)
        connection.gone.addCallback(lambda _: self._connections.discard(connection))

    def new_session(self, connection: RealtimeConnection, model: str) -> Session:
        """A session for a connection."""
        chatter = self._manners.chatter_seconds
        director = Director(self.script) if chatter is None else Chatterbox(chatter)
        session = Session(
            connection,
            self._reactor,
            model=model,
            director=director,
            voice=self._voice,
            faults=self.faults,
            manners=self._manners,
            serial=len(self.sessions) + 1,
        )
        self.sessions.append(session)
        return session

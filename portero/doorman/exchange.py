"""One HTTP request and its answer, bounded in size and time; every failure is a RequestFailed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from OpenSSL.SSL import Error as SSLError

from treq.client import HTTPClient
from twisted.internet import error
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import RequestTransmissionFailed, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from portero.doorman.failures import RequestFailed, Trouble

# ValueError: an address or a header that no request can be made of.
_NEVER_SENT = (error.ConnectError, error.DNSLookupError, ValueError)
_CUT = (ResponseFailed, RequestTransmissionFailed, error.ConnectionClosed)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; a `body` is bytes, headers may hold secrets and stay out of the repr."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]] = ()
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method}>"


def make_client(agent: IAgent) -> HTTPClient:
    """treq's client over `agent`, but one that asks for no compression and undoes none.

    64 kB of a compressed answer can hold 64 MB, all of it at once, before anybody counts.
    """
    return HTTPClient(_Uncompressed(agent))


@implementer(IAgent)
class _Uncompressed:
    def __init__(self, agent: IAgent) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        plain = Headers() if headers is None else headers.copy()
        plain.removeHeader(b"accept-encoding")
        return self._agent.request(method, uri, plain, bodyProducer).addCallback(_as_it_came)


def _as_it_came(response: IResponse) -> IResponse:
    response.headers.removeHeader(b"content-encoding")
    return response


async def exchange(
    http: HTTPClient, request: Request, *, clock: IReactorTime, seconds: float, max_bytes: int
) -> tuple[int, bytes]:
    """Send `request`; the answer's status and body (at most `max_bytes`), within `seconds`."""
    answer = Deferred.fromCoroutine(_exchange(http, request, max_bytes))
    try:
        return await answer.addTimeout(seconds, clock, _too_late)
    except _NEVER_SENT as failure:
        raise RequestFailed(Trouble.UNREACHABLE, type(failure).__name__) from None
    except _CUT as failure:
        trouble = Trouble.UNTRUSTED if _is_untrusted(failure) else Trouble.CUT
        raise RequestFailed(trouble, _reasons(failure)) from None


def _too_late(_: object, seconds: float) -> Failure:
    """What a cancelled exchange ends with, whatever the dropped connection says of itself."""
    return Failure(RequestFailed(Trouble.SLOW, f"{seconds:.3g} s"))


async def _exchange(http: HTTPClient, request: Request, max_bytes: int) -> tuple[int, bytes]:
    response = await http.request(
        request.method,
        request.url,
        headers=Headers({name: [value] for name, value in request.headers.items()}),
        params=list(request.query),
        data=None if request.body is None else _Body(request.body),
        allow_redirects=False,
        unbuffered=True,
    )
    return response.code, await read_body(response, max_bytes)


def read_body(response: IResponse, max_bytes: int) -> Deferred[bytes]:
    """An answer's body; RequestFailed if it is longer than `max_bytes`."""
    body = _BoundedBody(max_bytes)
    response.deliverBody(body)
    return body.finished


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


class _BoundedBody(Protocol):
    """Collects a body; gives up, and drops the connection, when it is cancelled or too long."""

    def __init__(self, max_bytes: int) -> None:
        self.finished: Deferred[bytes] = Deferred(lambda _: self._drop())
        self._room = max_bytes
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room >= 0:
            self._parts.append(data)
        elif not self.finished.called:
            self.finished.errback(RequestFailed(Trouble.GARBLED, "the answer is too long"))
            self._drop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.finished.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.finished.callback(b"".join(self._parts))
        else:
            self.finished.errback(reason)

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def _is_untrusted(failure: BaseException) -> bool:
    """Whether the handshake ended over the certificate, before anything of the request was sent."""
    inner = getattr(failure, "reasons", None) or []
    return any(
        reason.check(SSLError) and "certificate verify failed" in str(reason.value)
        for reason in inner
    )


def _reasons(failure: BaseException) -> str:
    inner = getattr(failure, "reasons", None) or []
    return ", ".join(reason.type.__name__ for reason in inner) or type(failure).__name__

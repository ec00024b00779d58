"""Twisted's HTTP client with Digest: never a password tried twice on a device that counts."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from twisted.internet.defer import Deferred, DeferredLock
from twisted.web.client import URI
from twisted.web.http import UNAUTHORIZED
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from portero.doorman import digest, isapi
from portero.doorman.exchange import read_body
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.locks import Circuit
from portero.limits import DEVICE_LOCK_SECONDS, DEVICE_REFUSAL_BYTES

LOCKED_OUT = "it has locked this machine out (illegal login lock)"
_WRONG = "it refused the user or the password"


@implementer(IAgent)
class DigestAgent:
    """Answers 401 once with the new challenge; a second one in a row trips the circuit.

    Where it is asked: one device, one user. Bodies must be able to be written twice. Fails with
    DeviceLocked while the circuit is open, without touching the device; with RequestFailed (DENIED)
    when it offers no Digest. Redirects are not followed, so credentials go nowhere else.

    cnonce: a fresh random word for each request.
    """

    def __init__(
        self,
        agent: IAgent,
        username: str,
        password: SecretStr,
        circuit: Circuit,
        cnonce: Callable[[], str],
    ) -> None:
        self._agent = agent
        self._username = username
        self._password = password
        self._circuit = circuit
        self._cnonce = cnonce
        self._challenge: digest.Challenge | None = None
        self._count = 0
        # Only one at a time proves a password that may be wrong: five at once are a lock.
        self._proving = DeferredLock()

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """See IAgent."""
        return Deferred.fromCoroutine(self._request(method, uri, headers, bodyProducer))

    async def _request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None,
        body: IBodyProducer | None,
    ) -> IResponse:
        self._circuit.check()
        used = self._challenge
        response = await self._send(used, method, uri, headers, body)
        if response.code != UNAUTHORIZED:
            return response
        offered = await self._offered(response)
        await self._proving.acquire()
        try:
            self._circuit.check()
            if self._challenge is used:  # else another request has renewed it meanwhile
                self._renew(offered)
            response = await self._send(self._challenge, method, uri, headers, body)
            if response.code == UNAUTHORIZED:
                await self._refused_again(response)
            return response
        finally:
            self._proving.release()

    def _send(
        self,
        challenge: digest.Challenge | None,
        method: bytes,
        uri: bytes,
        headers: Headers | None,
        body: IBodyProducer | None,
    ) -> Deferred[IResponse]:
        sent = Headers() if headers is None else headers.copy()
        if challenge is not None:
            self._count += 1
            proof = digest.authorization(
                challenge,
                method=method.decode(),
                uri=URI.fromBytes(uri).originForm.decode(),
                username=self._username,
                password=self._password.get_secret_value(),
                nc=self._count,
                cnonce=self._cnonce(),
            )
            sent.setRawHeaders(b"Authorization", [proof.encode()])
        return self._agent.request(method, uri, sent, body)

    def _renew(self, challenge: digest.Challenge | None) -> None:
        self._challenge, self._count = challenge, 0

    async def _offered(self, response: IResponse) -> digest.Challenge:
        """The challenge of a 401. Raises DeviceLocked where its body tells of a lock."""
        headers = response.headers.getRawHeaders(b"WWW-Authenticate", [])
        offered = digest.strongest(header.decode("latin-1") for header in headers)
        try:
            seconds = isapi.lock_seconds(await read_body(response, DEVICE_REFUSAL_BYTES))
        except RequestFailed:  # a page of a size that tells of no lock
            seconds = None
        if seconds is not None:
            raise self._circuit.trip(LOCKED_OUT, seconds)
        if offered is None:
            raise RequestFailed(Trouble.DENIED, "it offers no Digest", UNAUTHORIZED)
        return offered

    async def _refused_again(self, response: IResponse) -> None:
        """A second 401. One that only found the nonce too old has seen the right password."""
        self._renew(None)
        offered = await self._offered(response)
        if offered.stale:
            raise RequestFailed(Trouble.DENIED, "it takes no nonce of its own", UNAUTHORIZED)
        raise self._circuit.trip(_WRONG, DEVICE_LOCK_SECONDS)

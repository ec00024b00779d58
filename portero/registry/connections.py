"""Connections to a web site: few at a time, one question each, and none that keeps us waiting."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import WrappingFactory
from twisted.web.http import HTTPChannel
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from portero.limits import HTTP_REQUEST_SECONDS
from portero.registry.site import BoundedRequest, quiet_site


def make_factory(
    resource: IResource, most: int, reactor: Any, request: type[BoundedRequest] = BoundedRequest
) -> WrappingFactory:
    """What to listen with: `most` connections at a time, any more are closed at once."""
    site = quiet_site(resource, request)
    site.protocol = _OneQuestion  # type: ignore[assignment]
    site.timeOut = HTTP_REQUEST_SECONDS
    site.reactor = reactor
    return _FewConnections(site, most)


class _FewConnections(WrappingFactory):
    """Whoever may connect must not use up the files that calls need."""

    noisy = False

    def __init__(self, site: Any, most: int) -> None:
        super().__init__(site)  # type: ignore[no-untyped-call]
        self._most = most

    def buildProtocol(self, addr: IAddress | None) -> Any:
        if len(self.protocols) >= self._most:
            return None
        return super().buildProtocol(addr)


class _OneQuestion(HTTPChannel):
    """HTTP_REQUEST_SECONDS for the whole question, and as many to take an answer that has ended.

    One question each, for those that come one behind the other are all answered before the first
    answer is read: a few bytes would cost us as many answers.
    """

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False

    def resetTimeout(self) -> None:
        """A byte now and then buys no time."""

    def requestDone(self, request: IRequest) -> None:
        self.setTimeout(HTTP_REQUEST_SECONDS)  # type: ignore[no-untyped-call]
        super().requestDone(request)  # type: ignore[no-untyped-call]

    def timeoutConnection(self) -> None:
        self.forceAbortClient()  # type: ignore[no-untyped-call]

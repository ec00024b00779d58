"""The embedded backend's web site: the API behind a bound on what anybody may send."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from twisted.web.http import BAD_REQUEST
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from portero.limits import REGISTRY_BODY_BYTES
from portero.registry.http import make_app
from portero.registry.store import Registry


class BoundedRequest(Request):
    """A request whose connection is dropped when its body grows beyond what any route reads."""

    _room = 2 * REGISTRY_BODY_BYTES  # so that a route can still answer 413 to what is just too long

    def getRequestHostname(self) -> bytes:
        """Not what the Host header says: the router breaks on some, and no route depends on it."""
        return b"portero"

    def process(self) -> None:
        """Refuse a path that is no text: the router would write a traceback for each."""
        try:
            unquote_to_bytes(self.path).decode()
        except UnicodeDecodeError:
            self.setResponseCode(BAD_REQUEST)
            self.finish()  # type: ignore[no-untyped-call]
        else:
            super().process()  # type: ignore[no-untyped-call]

    def handleContentChunk(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            self.channel.forceAbortClient()
        else:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]


class _QuietSite(Site):
    displayTracebacks = False
    noisy = False  # that it starts and stops is not news

    def log(self, request: object) -> None:
        """No access log: what matters of a request, those who answer it log themselves."""


def quiet_site(resource: IResource, request_factory: type[BoundedRequest]) -> Site:
    """A site whose requests are in no log: queries hold names, plates, and WhatsApp's token."""
    return _QuietSite(resource, requestFactory=request_factory)  # type: ignore[no-untyped-call]


def make_site(registry: Registry, token: str) -> Site:
    """A factory to listen with, on loopback; `token` must come as a Bearer token."""
    return quiet_site(make_app(registry, token), BoundedRequest)

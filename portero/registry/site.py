"""The embedded backend's web site: the API behind a bound on what anybody may send."""

from __future__ import annotations

from twisted.web.server import Request, Site

from portero.limits import REGISTRY_BODY_BYTES
from portero.registry.http import make_app
from portero.registry.store import Registry


class BoundedRequest(Request):
    """A request whose connection is dropped when its body grows beyond what any route reads."""

    _room = 2 * REGISTRY_BODY_BYTES  # so that a route can still answer 413 to what is just too long

    def handleContentChunk(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            self.channel.forceAbortClient()
        else:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]


def make_site(registry: Registry, token: str) -> Site:
    """A factory to listen with, on loopback; `token` must come as a Bearer token."""
    site = Site(make_app(registry, token), requestFactory=BoundedRequest)
    site.displayTracebacks = False
    return site

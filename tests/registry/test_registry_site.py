"""What is asked over HTTP holds names and secrets: none of it is in the daemon's log."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python import log
from twisted.web import pages

from portero.registry.site import BoundedRequest, quiet_site


def test_no_request_is_in_an_access_log(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(log, "logfile", written)
    site: Any = quiet_site(pages.notFound(), BoundedRequest)
    site.reactor = Clock()
    site.doStart()
    transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
    protocol: Any = site.buildProtocol(None)
    protocol.makeConnection(transport)
    protocol.dataReceived(b"GET /?hub.verify_token=t0ken&name=Juana HTTP/1.0\r\n\r\n")
    site.doStop()
    assert b" 404 " in transport.value()
    assert written.getvalue() == ""

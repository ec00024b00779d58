"""Hikvision devices: one state of login for each, whoever asks (gates, cameras, all calls)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse

from portero.doorman import isapi
from portero.doorman.digestagent import LOCKED_OUT, DigestAgent
from portero.doorman.exchange import Request, exchange, make_client
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.locks import Circuit, DeviceLocked
from portero.doorman.pinning import PinnedCertificate
from portero.errors import PorteroError
from portero.limits import DEVICE_ANSWER_BYTES, DEVICE_KEEPALIVE_SECONDS


def _new_cnonce() -> str:
    return secrets.token_hex(8)


def why_failed(failure: PorteroError) -> str:
    """Why a device did not do what it was asked, for the log."""
    if isinstance(failure, RequestFailed) and failure.trouble is Trouble.DENIED:
        return "it offers no login that portero knows: set its web authentication to digest"
    return str(failure)


class HikvisionDevice:
    """One device as one user; `url` is its scheme, host and port.

    `name` (host and port) is what logs call it. Its lock is told once, at the time. `learnt`: what
    gates found out that this model can do, or can't.
    """

    log = Logger()

    def __init__(
        self,
        agent: IAgent,
        url: str,
        username: str,
        password: SecretStr,
        *,
        clock: IReactorTime,
        cnonce: Callable[[], str] = _new_cnonce,
    ) -> None:
        self.name = urlsplit(url).netloc
        self.clock = clock
        self.learnt: dict[str, bool] = {}
        self._base = url.rstrip("/")
        self._username = username
        self._circuit = Circuit(clock, self._tell)
        self._agent = DigestAgent(agent, username, password, self._circuit, cnonce)
        self._http: HTTPClient = make_client(self._agent)

    def __repr__(self) -> str:
        return f"<HikvisionDevice {self.name}>"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """The status and body of an answer, within `seconds`. body: XML.

        Raises RequestFailed, or DeviceLocked: then nothing was taken.
        """
        headers = {} if body is None else {"Content-Type": "application/xml"}
        status, answer = await exchange(
            self._http,
            Request(method, self._base + path, headers, (), body),
            clock=self.clock,
            seconds=seconds,
            max_bytes=DEVICE_ANSWER_BYTES,
        )
        lock = isapi.lock_seconds(answer)
        if lock is not None:  # some answer 403 when they lock
            raise self._circuit.trip(LOCKED_OUT, lock)
        return status, answer

    async def stream(self, path: str) -> IResponse:
        """An endless answer: its head; who asked reads the rest. Raises DeviceLocked."""
        return await self._agent.request(b"GET", (self._base + path).encode(), Headers())

    def _tell(self, locked: DeviceLocked) -> None:
        self.log.error(
            "Hikvision at {device}: {why}, user {user!r}. It is left alone for {minutes:.0f} min, "
            "and does nothing for portero until then: check username and password, and the "
            "device's list of locked addresses",
            device=self.name,
            why=locked.why,
            user=self._username,
            minutes=locked.seconds / 60,
        )


class Devices:
    """Makes each device once, for the life of the daemon; `close` ends its connections.

    `agent`: what speaks HTTP to a device that pins this certificate (PEM text, or None).
    """

    log = Logger()

    def __init__(
        self, reactor: Any, *, agent: Callable[[str | None], IAgent] | None = None
    ) -> None:
        self._reactor = reactor
        self._pools: list[HTTPConnectionPool] = []
        self._agent = agent or self._make_agent
        self._devices: dict[tuple[str, str], tuple[HikvisionDevice, Sequence[object]]] = {}

    def device(
        self, url: str, username: str, password: SecretStr, certificate: str | None = None
    ) -> HikvisionDevice:
        """The device at this address, as this user."""
        address = urlsplit(url)
        key = (f"{address.scheme}://{address.netloc}", username)
        secret = (password, certificate)
        if key not in self._devices:
            made = HikvisionDevice(
                self._agent(certificate), key[0], username, password, clock=self._reactor
            )
            self._devices[key] = (made, secret)
        device, known = self._devices[key]
        if known != secret:
            self.log.error(
                "Hikvision at {device}, user {user!r}: the settings have two passwords or "
                "certificates for it; the first is used for all",
                device=device.name,
                user=username,
            )
        return device

    async def close(self) -> None:
        """End the persistent connections."""
        for pool in self._pools:
            await pool.closeCachedConnections()

    def _make_agent(self, certificate: str | None) -> IAgent:
        """With connections of its own: one made under another certificate must not serve here."""
        pool = HTTPConnectionPool(self._reactor)
        pool.cachedConnectionTimeout = DEVICE_KEEPALIVE_SECONDS
        pool.retryAutomatically = False  # an order is given once
        self._pools.append(pool)
        if certificate is None:
            return Agent(self._reactor, pool=pool)
        return Agent(self._reactor, PinnedCertificate(certificate), pool=pool)

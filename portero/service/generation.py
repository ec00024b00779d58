"""What the settings of one time have made: it serves the calls that began under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portero.call import Parts
from portero.config import Settings
from portero.doorman import Doorman
from portero.doorman.backend import BackendClient
from portero.realtime import client
from portero.realtime.dialects import OpenAI
from portero.service.shared import Shared


@dataclass(frozen=True, eq=False)
class Generation:
    """Settings, and the doorman that was made from them.

    A reload makes a new one; the old one is closed when the last of its calls is over.
    """

    settings: Settings
    backend: BackendClient
    doorman: Doorman
    parts: Parts

    async def close(self) -> None:
        """Let go of cameras, devices and connections to the Backend API."""
        await self.doorman.stop()
        await self.backend.close()


def make_generation(settings: Settings, shared: Shared) -> Generation:
    """Backend client, doorman and session of these settings. Raises PorteroError."""
    backend = _backend(settings, shared)
    doorman = Doorman(
        settings,
        backend,
        store=shared.registry,
        phone=shared.phone,
        reactor=shared.reactor,
        whatsapp=shared.whatsapp,
        board=shared.board,
    )
    parts = Parts(
        settings=settings,
        manager=shared.manager,
        media=shared.media,
        doorman=doorman,
        prompts=shared.prompts,
        connect=_connector(settings, shared.reactor),
        clock=shared.reactor,
        feed=shared.feed,
        keep=shared.keep,
        spent=shared.archive.spent,
        limits_told=shared.limits_told,
    )
    return Generation(settings, backend, doorman, parts)


def _backend(settings: Settings, shared: Shared) -> BackendClient:
    """The Backend API of the settings, or the embedded one with its own token."""
    doorman = settings.doorman
    if doorman.backend_url is None:
        address, token = shared.embedded.address, shared.embedded.token
        return BackendClient(address, token, reactor=shared.reactor, timeout=doorman.timeout)
    secret = doorman.backend_token
    return BackendClient(
        doorman.backend_url,
        None if secret is None else secret.get_secret_value(),
        reactor=shared.reactor,
        timeout=doorman.timeout,
    )


def _connector(settings: Settings, reactor: Any) -> Any:
    realtime = settings.realtime
    target = OpenAI().target(realtime.url, realtime.model, realtime.api_key.get_secret_value())
    return lambda listener: client.connect(
        reactor, target, listener, timeout=realtime.connect_timeout
    )

"""Makes the drivers of gates from their settings."""

from __future__ import annotations

from typing import Any, Protocol

from treq.client import HTTPClient
from twisted.web.client import Agent

from portero.config.settings import GateSettings
from portero.doorman.actions import CallActions, Phone
from portero.doorman.backend import BackendClient
from portero.doorman.callgate import AsteriskGate
from portero.doorman.devices import Devices
from portero.doorman.dtmf import DtmfGate
from portero.doorman.exchange import make_client
from portero.doorman.gates import BackendGate, Gate, WebhookGate
from portero.doorman.hikvision import HikvisionGate
from portero.doorman.pinning import PinnedCertificate


class GateMaker(Protocol):
    """Gives each call the gates of its tenant."""

    def make(self, gate_id: str, settings: GateSettings, actions: CallActions) -> Gate:
        """The driver of one gate, for one call."""


class DeviceGates:
    """The real ones; what a device has to remember (its login) outlives the calls."""

    def __init__(
        self, backend: BackendClient, http: HTTPClient, devices: Devices, phone: Phone, reactor: Any
    ) -> None:
        self._backend = backend
        self._http = http
        self._devices = devices
        self._phone = phone
        self._reactor = reactor

    def make(self, gate_id: str, settings: GateSettings, actions: CallActions) -> Gate:
        """The driver of one gate, for one call."""
        match settings.driver:
            case "webhook":
                return WebhookGate(settings, self._client(settings), self._reactor)
            case "hikvision":
                assert settings.url is not None, "portero.config.checks asks for it"
                device = self._devices.device(
                    settings.url, settings.username, settings.password, settings.certificate
                )
                return HikvisionGate(settings, device)
            case "dtmf":
                return DtmfGate(settings, actions)
            case "asterisk":
                return AsteriskGate(settings, self._phone)
            case "backend":
                return BackendGate(settings, self._backend)

    def _client(self, settings: GateSettings) -> HTTPClient:
        if settings.certificate is None:
            return self._http
        return make_client(Agent(self._reactor, PinnedCertificate(settings.certificate)))

"""The doorman of all calls: tools, backend and gates, made from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable

from treq.client import HTTPClient
from twisted.internet.interfaces import IReactorTime
from twisted.web.client import Agent

from portero.config.settings import GateSettings, Settings, TenantSettings
from portero.doorman.accesslog import AccessLog
from portero.doorman.backend import BackendClient
from portero.doorman.calldoorman import CallActions, CallDoorman, CallFacts
from portero.doorman.catalog import build_catalog, tools_for
from portero.doorman.exchange import make_client
from portero.doorman.gates import BackendGate, Gate, WebhookGate
from portero.doorman.opening import GateKeeper
from portero.doorman.pinning import PinnedCertificate


class Doorman:
    """The tools, the backend and the gates of all tenants; `for_call` lends them to one call.

    `reactor` times requests; `now` is the wall clock that authorisations are valid by (seconds of
    the epoch). Raises BadTool when the settings declare a tool that can't work.
    """

    def __init__(
        self,
        settings: Settings,
        backend: BackendClient,
        *,
        reactor: IReactorTime,
        http: HTTPClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._backend = backend
        self._clock = reactor
        self._now = now
        self._http = http or make_client(Agent(reactor))
        self._catalog = build_catalog(settings.tools)

    def for_call(
        self, tenant: TenantSettings, facts: CallFacts, actions: CallActions
    ) -> CallDoorman:
        """The doorman of one call: only this tenant's tools and gates."""
        language = tenant.language or self._settings.realtime.language
        gatekeeper = GateKeeper(
            {gate_id: self._gate(gate) for gate_id, gate in tenant.gates.items()},
            AccessLog(self._backend, {"call_id": facts.call_id, "caller": facts.caller_number}),
            clock=self._clock,
            now=self._now,
            language=language,
        )
        return CallDoorman(
            tools_for(tenant, self._catalog),
            facts,
            actions,
            backend=self._backend,
            gatekeeper=gatekeeper,
            language=language,
            now=self._now,
        )

    def _client(self, gate: GateSettings) -> HTTPClient:
        if gate.certificate is None:
            return self._http
        return make_client(Agent(self._clock, PinnedCertificate(gate.certificate)))

    def _gate(self, gate: GateSettings) -> Gate:
        if gate.driver == "webhook":
            return WebhookGate(gate, self._client(gate), self._clock)
        return BackendGate(gate, self._backend)

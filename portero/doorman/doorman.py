"""The doorman of all calls: tools, gates, cameras and residents, made from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treq.client import HTTPClient
from twisted.application.service import MultiService
from twisted.web.client import Agent

from portero.config.settings import Settings, TenantSettings
from portero.doorman.accesslog import AccessLog
from portero.doorman.actions import CallActions, Phone
from portero.doorman.alarm import Alarm
from portero.doorman.askways import AnswerBoard, Pestered, Ways
from portero.doorman.backend import BackendClient
from portero.doorman.calldoorman import CallDoorman, Desk
from portero.doorman.cameras import PlateWatcher
from portero.doorman.catalog import build_catalog, tools_for
from portero.doorman.devices import Devices
from portero.doorman.exchange import make_client
from portero.doorman.gatemaker import DeviceGates, GateMaker
from portero.doorman.guessing import GuessBook
from portero.doorman.keyed import KeypadDesk
from portero.doorman.lookups import Lookups
from portero.doorman.memory import CallMemory
from portero.doorman.notices import Notices
from portero.doorman.opening import GateKeeper
from portero.doorman.platefacts import PlateFacts
from portero.doorman.record import CallRecord, Store
from portero.doorman.residents import ResidentAsker
from portero.doorman.routes import RouteRunner
from portero.doorman.whatsapp import WhatsAppClient


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call before anybody speaks."""

    call_id: str
    tenant: str
    caller_number: str = ""
    caller_name: str = ""
    channel: str = ""
    did: str = ""


class Doorman:
    """The tools, the backend and the gates of all tenants; `for_call` lends them to one call.

    `reactor` times requests; `now` is the wall clock that authorisations are valid by (seconds of
    the epoch). Cameras are watched between `start` and `stop`. Raises BadTool when the settings
    declare a tool that can't work.
    """

    def __init__(
        self,
        settings: Settings,
        backend: BackendClient,
        *,
        store: Store,
        phone: Phone,
        reactor: Any,
        http: HTTPClient | None = None,
        gates: GateMaker | None = None,
        whatsapp: WhatsAppClient | None = None,
        board: AnswerBoard | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._backend = backend
        self._store = store
        self._phone = phone
        self._clock = reactor
        self._now = now
        self._http = http or make_client(Agent(reactor))
        self._catalog = build_catalog(settings.tools)
        self._whatsapp = whatsapp
        self._board = board or AnswerBoard()
        self._pestered = Pestered()
        self._devices = Devices(reactor)
        self._gates = gates or DeviceGates(backend, self._http, self._devices, phone, reactor)
        self._watching = MultiService()
        self._watchers = {tenant.id: self._watch(tenant) for tenant in settings.tenants}

    def start(self) -> None:
        """Watch the cameras."""
        self._watching.startService()

    async def stop(self) -> None:
        """Let go of cameras and devices."""
        await self._watching.stopService()
        await self._devices.close()

    def for_call(
        self, tenant: TenantSettings, facts: CallFacts, actions: CallActions
    ) -> CallDoorman:
        """The doorman of one call: only this tenant's tools and gates."""
        language = tenant.language or self._settings.realtime.language
        memory = CallMemory()
        record = CallRecord(
            self._store, tenant.id, facts.call_id, facts.caller_number, now=self._now
        )
        plates = PlateFacts(tenant.id, self._backend, self._watchers[tenant.id], now=self._now)
        call = {
            "call.id": facts.call_id,
            "call.tenant": tenant.id,
            "call.caller": facts.caller_number,
        }
        gatekeeper = GateKeeper(
            tenant,
            {key: self._gates.make(key, gate, actions) for key, gate in tenant.gates.items()},
            AccessLog(self._backend, {"call_id": facts.call_id, "caller": facts.caller_number}),
            record,
            plates,
            now=self._now,
            language=language,
        )
        lookups = Lookups(
            self._backend,
            memory,
            GuessBook(tenant.guesses, record),
            plates,
            call=call,
            confirm_names=tenant.guesses.confirm_names,
            language=language,
            now=self._now,
        )
        desk = Desk(
            tools=tools_for(tenant, self._catalog),
            memory=memory,
            record=record,
            lookups=lookups,
            gatekeeper=gatekeeper,
            keypad=KeypadDesk(tenant.keypad, gatekeeper, memory, record, language=language),
            notices=self._notices(tenant, gatekeeper, memory, record, actions, language),
            routes=self._routes(actions, call),
            alarm=Alarm(
                tenant, memory, record, self._phone, self._http, self._clock, language=language
            ),
        )
        return CallDoorman(tenant, desk, actions, language=language)

    def _notices(
        self,
        tenant: TenantSettings,
        gatekeeper: GateKeeper,
        memory: CallMemory,
        record: CallRecord,
        actions: CallActions,
        language: str,
    ) -> Notices:
        ways = Ways(
            self._backend,
            self._board,
            self._whatsapp,
            self._phone,
            self._clock,
            self._pestered,
        )
        return Notices(
            tenant,
            ResidentAsker(tenant, record, ways, actions, language=language),
            gatekeeper,
            memory,
            record,
            self._backend,
            actions,
            self._clock,
            language=language,
        )

    def _routes(self, actions: CallActions, call: Mapping[str, str]) -> RouteRunner:
        return RouteRunner(actions, self._phone, self._http, self._clock, call=call)

    def _watch(self, tenant: TenantSettings) -> list[PlateWatcher]:
        watchers = []
        for name, camera in tenant.cameras.items():
            device = self._devices.device(
                camera.url, camera.username, camera.password, camera.certificate
            )
            watcher = PlateWatcher(name, camera, device, clock=self._clock, now=self._now)
            watcher.setServiceParent(self._watching)  # type: ignore[no-untyped-call]
            watchers.append(watcher)
        return watchers

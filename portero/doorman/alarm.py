"""The duress word: the guard is told, and nobody at the gate notices."""

from __future__ import annotations

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.config.settings import TenantSettings
from portero.doorman.actions import Phone
from portero.doorman.exchange import Request, exchange
from portero.doorman.failures import trouble_of_status
from portero.doorman.memory import CallMemory
from portero.doorman.record import CallRecord
from portero.doorman.secrecy import hears_duress
from portero.errors import PorteroError
from portero.limits import ALARM_SECONDS, BACKEND_ANSWER_BYTES


class Alarm:
    """Listens to one call; it goes off once."""

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        memory: CallMemory,
        record: CallRecord,
        phone: Phone,
        http: HTTPClient,
        clock: IReactorTime,
        *,
        language: str,
    ) -> None:
        self._tenant = tenant
        self._words = [word.get_secret_value() for word in tenant.duress.words]
        self._memory = memory
        self._record = record
        self._phone = phone
        self._http = http
        self._clock = clock
        self._language = language

    @property
    def listens(self) -> bool:
        """Whether there are words to listen for."""
        return bool(self._words)

    def hears(self, words: str) -> bool:
        """Whether a duress word is in `words`; the first time, the alarm goes off."""
        if not hears_duress(words, self._words):
            return False
        if not self._memory.duress:
            self._memory.duress = True
            self._go_off()
        return True

    def _go_off(self) -> None:
        self._record.note("duress", {})
        self.log.warn(
            "[{call}] the guard of {tenant} is alerted silently",
            call=self._record.call_id,
            tenant=self._record.tenant,
        )
        duress, guard = self._tenant.duress, self._tenant.guard
        extension = duress.extension or (guard.extension if guard else None)
        if extension is not None:
            context = guard.context if guard else "from-internal"
            calling = self._phone.alert(extension, context, language=self._language)
            self._told("a call", Deferred.fromCoroutine(calling))
        if duress.url is not None:
            self._told("HTTP", Deferred.fromCoroutine(self._post(duress.url)))
        if extension is None and duress.url is None:
            self._not_told("nobody is set up: see duress and guard in config.yaml")

    async def _post(self, url: str) -> bool:
        body = b'{"event":"duress"}'
        request = Request("POST", url, {"Content-Type": "application/json"}, (), body)
        status, _ = await exchange(
            self._http,
            request,
            clock=self._clock,
            seconds=ALARM_SECONDS,
            max_bytes=BACKEND_ANSWER_BYTES,
        )
        return trouble_of_status(status) is None

    def _told(self, way: str, telling: Deferred[bool]) -> None:
        def done(told: bool) -> None:
            if not told:
                self._not_told(f"{way}: no answer")

        def failed(failure: Failure) -> None:
            if failure.check(PorteroError):
                self._not_told(f"{way}: {failure.value}")
            else:
                self.log.failure("alerting the guard", failure)
                self._not_told(f"{way}: {type(failure.value).__name__}")

        telling.addCallbacks(done, failed)

    def _not_told(self, why: str) -> None:
        self.log.critical(
            "[{call}] DURESS at {tenant}, and the guard could not be told by {why}",
            call=self._record.call_id,
            tenant=self._record.tenant,
            why=why,
        )

"""Residents are asked whether a visitor may come in: once for each question of a call."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.doorman.actions import CallActions
from portero.doorman.asking import NOBODY
from portero.doorman.askrecord import FAULTS
from portero.doorman.askrun import AskRun
from portero.doorman.askways import AskResult, Ways
from portero.doorman.failures import RequestFailed
from portero.doorman.record import CallRecord
from portero.limits import ASKS_PER_CALL
from portero.messages import text


class ResidentAsker:
    """Asks the residents whom one call's visitor names; call `leave` when the visitor is gone."""

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        record: CallRecord,
        ways: Ways,
        actions: CallActions,
        *,
        language: str,
    ) -> None:
        self._tenant = tenant
        self._record = record
        self._ways = ways
        self._actions = actions
        self._language = language
        self._running: dict[str, AskRun] = {}
        self._left = ASKS_PER_CALL
        self._gone = False

    async def ask(self, resident_id: str, visitor_name: str) -> AskResult:
        """Ask about a visitor; who asks the same resident meanwhile waits for the same answer.

        Never raises: what fails is logged, and nobody has approved. Who is cancelled waits no
        longer; the question stands until it is answered, or until `leave`.
        """
        asking = Deferred.fromCoroutine(self._ask(resident_id, visitor_name))
        answer: Deferred[AskResult] = Deferred()
        asking.chainDeferred(answer)
        return await answer

    async def _ask(self, resident_id: str, visitor_name: str) -> AskResult:
        if self._gone:
            return self._result("no_answer", "ask_left")
        if run := self._running.get(resident_id):
            return await run.wait()
        if self._left == 0:
            return self._result("unreachable", "ask_too_often")
        if not self._ways.pestered.allows(*self._whom(resident_id)):
            self.log.warn(
                "[{call}] a resident of {tenant} was asked in vain too often in this hour",
                call=self._record.call_id,
                tenant=self._record.tenant,
            )
            return self._result("unreachable", "ask_too_often")
        self._left -= 1
        run = self._running[resident_id] = AskRun(
            self._tenant, self._record, self._ways, self._actions, resident_id, visitor_name,
            self._language,
        )  # fmt: skip
        try:
            result = await run.go()
            if result.outcome != "approved":
                self._ways.pestered.in_vain(*self._whom(resident_id))
            return result
        except (RequestFailed, *FAULTS) as fault:
            self.log.error(
                "[{call}] a resident could not be asked: {fault}",
                call=self._record.call_id,
                fault=type(fault).__name__ if isinstance(fault, SQLAlchemyError) else fault,
            )
            return self._result("unreachable", NOBODY[self._otherwise])
        finally:
            del self._running[resident_id]
            # Who waits for a result that did not come hears this, and not nothing.
            run.finish(self._result("unreachable", NOBODY[self._otherwise]))

    def leave(self) -> None:
        """The visitor is gone: open questions expire, calls to residents end."""
        self._gone = True
        for run in list(self._running.values()):
            run.leave()

    def _whom(self, resident_id: str) -> tuple[str, str, float]:
        return self._record.tenant, resident_id, self._ways.clock.seconds()

    @property
    def _otherwise(self) -> str:
        return self._tenant.notify.otherwise

    def _result(self, outcome: Literal["no_answer", "unreachable"], sentence: str) -> AskResult:
        return AskResult(outcome, (), text(sentence, self._language))

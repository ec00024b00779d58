"""Keeps one AMI session for as long as the daemon runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.logger import Logger

from portero.asterisk.amiactions import AMIActions
from portero.asterisk.amianswers import Answer
from portero.asterisk.amiendpoint import ami_endpoint
from portero.asterisk.amievents import AMIEvents
from portero.asterisk.amiwire import Header
from portero.asterisk.error import (
    AMIBadBanner,
    AMICommandFailure,
    AMIDisconnected,
    AMILoginRefused,
    AMITLSFailure,
)
from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.limits import (
    AMI_REFUSED_SECONDS,
    AMI_REFUSED_SECONDS_MAX,
    AMI_RESPONSE_SECONDS,
    AMI_RETRY_SECONDS,
    AMI_RETRY_SECONDS_MAX,
    AMI_VERSION_MIN,
)

T = TypeVar("T")

_ADVICE = (
    (
        AMILoginRefused,
        "check asterisk.ami.username and password, and that user's secret, deny and permit in "
        "manager.conf or manager_custom.conf ('manager show user NAME' on Asterisk's console)",
    ),
    (AMIBadBanner, "check asterisk.ami.host and port: Asterisk's AMI listens on 5038"),
)
_NOBODY = "is Asterisk running, with enabled=yes in manager.conf, and does its AMI listen there?"


class ManagerService(AMIActions, AMIEvents, Service):
    """An AMI user that logs in again by itself; event handlers survive that, actions don't.

    `endpoint`: `tcp:HOST:PORT`, `tls:HOST:PORT`, or any endpoint. Handlers are called with this
    service and the event. `events`: the classes wanted, as Asterisk cuts off who reads too slowly.
    `on_login` is called after each login.

    After a loss it comes back within a second, then less and less often. After a refusal it waits
    minutes: Asterisk logs each try, and fail2ban would lock this machine out (freepbx.md 3).
    """

    _log = Logger()

    def __init__(
        self,
        endpoint: str | IStreamClientEndpoint,
        username: str,
        secret: str,
        *,
        reactor: Any,
        plaintext_login: bool = False,
        events: str = "call,dtmf",
        on_login: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._address = endpoint if isinstance(endpoint, str) else repr(endpoint)
        self._endpoint = ami_endpoint(reactor, endpoint) if isinstance(endpoint, str) else endpoint
        self._factory = AMIFactory(
            username, secret, plaintext_login=plaintext_login, reactor=reactor, events=events
        )
        self._clock = reactor
        self._on_login = on_login
        self._ami: AMIProtocol | None = None
        self._staying: Deferred[None] = succeed(None)
        self._resting: Deferred[None] = succeed(None)
        self._ready: list[Deferred[None]] = []
        self._failures = 0
        self._was_refused = False

    @property
    def connected(self) -> bool:
        """Is there a session that is logged in?"""
        return self._ami is not None

    def whenReady(self) -> Deferred[None]:
        """Fires with None when there is a session, at once if there is one; any number of callers.

        Fails with AMIDisconnected when the service stops before.
        """
        ready: Deferred[None] = Deferred(self._ready.remove)
        self._ready.append(ready)
        if self.connected:
            self._tell_ready()
        return ready

    def ask(
        self,
        name: str,
        headers: Iterable[Header],
        answer: Answer[T],
        *,
        seconds: float = AMI_RESPONSE_SECONDS,
    ) -> Deferred[T]:
        """See AMIActions; fails at once while there is no session."""
        if self._ami is None:
            return fail(AMIDisconnected(f"{name}: there is no AMI session"))
        return self._ami.ask(name, headers, answer, seconds=seconds)

    def startService(self) -> None:
        """Log in, and stay logged in."""
        super().startService()  # type: ignore[no-untyped-call]
        self._staying = Deferred.fromCoroutine(self._stay())

    def stopService(self) -> Deferred[None]:
        """Log off, and fire when the connection is gone; nothing is tried after that."""
        super().stopService()  # type: ignore[no-untyped-call]
        stopped: Deferred[None] = Deferred()
        staying, self._staying = self._staying, succeed(None)
        staying.addBoth(lambda _: stopped.callback(None))
        staying.cancel()
        waiting, self._ready = self._ready, []
        for ready in waiting:
            ready.errback(AMIDisconnected("the AMI service was stopped"))
        return stopped

    def try_again(self) -> None:
        """Do not wait for the next try: somebody may have mended what was wrong."""
        self._resting.cancel()

    # -- one session after the other

    async def _stay(self) -> None:
        while self.running:
            try:
                await self._one_session()
            except (AMICommandFailure, ConnectError, DNSLookupError) as error:
                delay = self._delay(error)
                self._tell_trouble(error, delay)
            except Exception:
                if not self.running:  # stopService has cancelled what it was waiting for
                    return
                # A daemon without AMI takes no calls: worth a try now and then, whatever it was.
                delay = AMI_RETRY_SECONDS_MAX
                self._log.failure(
                    "AMI at {ami}: a defect; next try in {delay:.0f} s",
                    ami=self._address,
                    delay=delay,
                )
            else:
                delay = AMI_RETRY_SECONDS
                self._log.warn("AMI at {ami}: the session has ended", ami=self._address)
            await self._rest(delay)

    async def _rest(self, seconds: float) -> None:
        self._resting = deferLater(self._clock, seconds)
        try:
            await self._resting
        except CancelledError:
            if not self.running:  # it was stopService, and not try_again
                raise

    async def _one_session(self) -> None:
        """Connect, log in, and return when the session has ended; raises if it comes to none."""
        ami = cast(AMIProtocol, await self._endpoint.connect(self._factory))
        try:
            await ami.when_logged_in()
            self._logged_in(ami)
            await ami.onClose()
        finally:
            self._ami = None
            await ami.close()

    def _logged_in(self, ami: AMIProtocol) -> None:
        self._ami = ami
        self._failures = 0
        ami.registerEvent(None, lambda _, event: self.dispatch(event))
        self._log.info(
            "AMI at {ami}: logged in as {user}, AMI version {version}",
            ami=self._address,
            user=self._factory.username,
            version=ami.amiVersion,
        )
        if _is_too_old(ami.amiVersion):
            self._log.error(
                "AMI at {ami}: its version {version} is that of an Asterisk older than 18: calls "
                "may fail; install Asterisk 18 or newer",
                ami=self._address,
                version=ami.amiVersion,
            )
        self._tell_ready()
        try:
            self._on_login()
        except Exception:
            self._log.failure("what is done after each AMI login failed")

    def _tell_ready(self) -> None:
        waiting, self._ready = self._ready, []
        for ready in waiting:
            ready.callback(None)

    def _delay(self, error: Exception) -> float:
        """Seconds to wait after this failure: the more of its kind in a row, the longer."""
        refused = isinstance(error, AMILoginRefused)
        if refused != self._was_refused:
            self._was_refused, self._failures = refused, 0
        first = AMI_REFUSED_SECONDS if refused else AMI_RETRY_SECONDS
        longest = AMI_REFUSED_SECONDS_MAX if refused else AMI_RETRY_SECONDS_MAX
        delay = min(first * 2.0 ** min(self._failures, 16), longest)
        self._failures += 1
        return delay

    def _tell_trouble(self, error: Exception, delay: float) -> None:
        self._log.error(
            "AMI at {ami}: {error}; {advice}; next try in {delay:.0f} s",
            ami=self._address,
            error=str(error).rstrip(".") or type(error).__name__,
            advice=_advice(error),
            delay=delay,
        )


def _advice(error: Exception) -> str:
    if isinstance(error, AMITLSFailure):
        return error.cure
    return next((advice for kind, advice in _ADVICE if isinstance(error, kind)), _NOBODY)


def _is_too_old(version: str) -> bool:
    """By the AMI's version: 7 is Asterisk 18's; what can't be read is not judged."""
    major = version.partition(".")[0]
    return major.isascii() and major.isdigit() and int(major) < AMI_VERSION_MIN

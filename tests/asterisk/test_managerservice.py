"""The AMI service: it comes back by itself, slowly where it was refused, and stops cleanly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ami_side import SECRET, ManagerEndpoint, ManagerSide

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogLevel, capturedLogs, formatEvent

from portero.asterisk.error import AMIDisconnected
from portero.asterisk.manager import Message
from portero.asterisk.managerservice import ManagerService
from portero.limits import (
    AMI_LOGIN_SECONDS,
    AMI_LOGOFF_SECONDS,
    AMI_REFUSED_SECONDS,
    AMI_REFUSED_SECONDS_MAX,
    AMI_RETRY_SECONDS,
    AMI_RETRY_SECONDS_MAX,
    AMI_VERSION_MIN,
)


class Daemon:
    """A service, its clock, and the Asterisk it logs in to."""

    def __init__(self, on_login: Callable[[], object] = lambda: None) -> None:
        self.clock = Clock()
        self.asterisk = ManagerEndpoint(self.clock)
        self.service = ManagerService(
            self.asterisk, "portero", SECRET, reactor=self.clock, on_login=on_login
        )

    @property
    def side(self) -> ManagerSide:
        """The newest connection."""
        return self.asterisk.sides[-1]

    def start(self) -> None:
        self.service.startService()

    def stop(self) -> None:
        """Stop the service; nothing may be left of it."""
        stopped = self.service.stopService()
        for action in self.side.reads() if self.asterisk.sides else []:
            if action["Action"] == "Logoff":
                self.side.answers(action, "Response: Goodbye")
        self.clock.advance(0)
        assert stopped.called
        assert self.clock.getDelayedCalls() == []

    def tries_after(self, seconds: float) -> int:
        """How many times it has tried to connect `seconds` later."""
        before = self.asterisk.tries
        self.clock.advance(seconds)
        return self.asterisk.tries - before


def outcome(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    return getattr(results[0], "value", results[0])


def errors(logs: Any) -> list[str]:
    return [
        event["log_format"].format(**event)
        for event in logs
        if event["log_level"] >= LogLevel.warn and event["log_namespace"].startswith("portero.")
    ]


def test_it_is_ready_once_it_is_logged_in() -> None:
    logins: list[None] = []
    daemon = Daemon(on_login=lambda: logins.append(None))
    early = daemon.service.whenReady()
    daemon.start()
    assert not daemon.service.connected
    assert not early.called
    daemon.side.lets_in()
    assert daemon.service.connected
    assert outcome(early) is None
    assert outcome(daemon.service.whenReady()) is None
    assert logins == [None]
    daemon.stop()
    assert not daemon.service.connected


def test_it_asks_for_the_events_it_needs_only() -> None:
    daemon = Daemon()
    daemon.start()
    daemon.side.says(b"Asterisk Call Manager/11.0.0\r\n")
    challenge = daemon.side.reads_one("Challenge")
    daemon.side.answers(challenge, "Response: Success", "Challenge: 1")
    assert daemon.side.reads_one("Login")["Events"] == "call,dtmf"
    daemon.stop()


def test_actions_go_through_it_and_fail_at_once_without_a_session() -> None:
    daemon = Daemon()
    assert type(outcome(daemon.service.hangup("SIP/1"))) is AMIDisconnected
    daemon.start()
    assert type(outcome(daemon.service.hangup("SIP/1"))) is AMIDisconnected
    daemon.side.lets_in()
    hangup = daemon.service.hangup("SIP/1")
    daemon.side.answers(daemon.side.reads_one("Hangup"), "Response: Success")
    assert outcome(hangup)["response"] == "Success"
    daemon.stop()
    assert type(outcome(daemon.service.coreShowChannels())) is AMIDisconnected


def test_handlers_survive_a_restart_of_asterisk_and_actions_do_not() -> None:
    daemon = Daemon()
    seen: list[Any] = []

    def handler(service: ManagerService, event: Message) -> None:
        seen.append((service, event["x"]))

    daemon.service.registerEvent("Hangup", handler)
    daemon.start()
    daemon.side.lets_in()
    daemon.side.says(b"Event: Hangup\r\nX: 1\r\n\r\n")
    lost = daemon.service.originate("SIP/1")
    daemon.side.hangs_up()
    assert type(outcome(lost)) is AMIDisconnected
    assert not daemon.service.connected
    ready = daemon.service.whenReady()
    assert daemon.tries_after(AMI_RETRY_SECONDS) == 1
    daemon.side.lets_in()
    assert outcome(ready) is None
    assert daemon.side.reads() == []
    daemon.side.says(b"Event: Hangup\r\nX: 2\r\n\r\n")
    assert seen == [(daemon.service, "1"), (daemon.service, "2")]
    assert daemon.service.deregisterEvent("Hangup", handler)
    daemon.side.says(b"Event: Hangup\r\nX: 3\r\n\r\n")
    assert len(seen) == 2
    daemon.stop()


def test_it_tries_less_and_less_often_while_nothing_answers() -> None:
    daemon = Daemon()
    daemon.asterisk.up = False
    with capturedLogs() as logs:
        daemon.start()
        delay = AMI_RETRY_SECONDS
        while delay < AMI_RETRY_SECONDS_MAX:
            assert daemon.tries_after(delay - 0.5) == 0
            assert daemon.tries_after(0.5) == 1
            delay *= 2
        assert daemon.tries_after(AMI_RETRY_SECONDS_MAX - 0.5) == 0
        assert daemon.tries_after(0.5) == 1
        assert daemon.tries_after(AMI_RETRY_SECONDS_MAX) == 1
    assert len(errors(logs)) == daemon.asterisk.tries
    assert "is Asterisk running" in errors(logs)[0]
    daemon.asterisk.up = True
    daemon.clock.advance(AMI_RETRY_SECONDS_MAX)
    daemon.side.lets_in()
    daemon.asterisk.up = False
    daemon.side.hangs_up()
    assert daemon.tries_after(AMI_RETRY_SECONDS) == 1
    assert daemon.tries_after(AMI_RETRY_SECONDS) == 1
    daemon.stop()


def test_after_a_refusal_it_waits_minutes_and_says_what_to_check() -> None:
    daemon = Daemon()
    with capturedLogs() as logs:
        daemon.start()
        delay = AMI_REFUSED_SECONDS
        for _ in range(6):
            daemon.side.refuses()
            daemon.clock.advance(0)
            assert daemon.tries_after(delay - 1) == 0
            assert daemon.tries_after(1) == 1
            delay = min(2 * delay, AMI_REFUSED_SECONDS_MAX)
    assert delay == AMI_REFUSED_SECONDS_MAX
    lines = errors(logs)
    assert len(lines) == 6
    for word in ("portero", "Authentication failed", "manager.conf", "permit", "120 s"):
        assert word in lines[0]
    assert SECRET not in repr(logs)
    daemon.stop()


def test_who_has_mended_it_need_not_wait() -> None:
    daemon = Daemon()
    daemon.start()
    daemon.side.refuses()
    daemon.clock.advance(0)
    daemon.service.try_again()
    assert daemon.asterisk.tries == 2
    daemon.side.refuses()
    daemon.clock.advance(0)
    assert daemon.tries_after(AMI_REFUSED_SECONDS) == 0  # as after any refusal in a row
    daemon.service.try_again()
    daemon.side.lets_in()
    assert daemon.service.connected
    daemon.service.try_again()
    assert daemon.service.connected
    daemon.stop()


def test_what_came_before_a_refusal_does_not_prolong_its_wait() -> None:
    daemon = Daemon()
    daemon.asterisk.up = False
    daemon.start()
    daemon.clock.pump([AMI_RETRY_SECONDS_MAX] * 6)
    daemon.asterisk.up = True
    daemon.clock.advance(AMI_RETRY_SECONDS_MAX)
    daemon.side.refuses()
    daemon.clock.advance(0)
    assert daemon.tries_after(AMI_REFUSED_SECONDS) == 1
    daemon.stop()


def test_an_ssh_server_gives_one_line_and_later_tries() -> None:
    daemon = Daemon()
    with capturedLogs() as logs:
        daemon.start()
        daemon.side.says(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        daemon.clock.advance(0)
    (line,) = errors(logs)
    assert "SSH-2.0" in line
    assert "asterisk.ami.host and port" in line
    assert daemon.tries_after(AMI_RETRY_SECONDS) == 1
    daemon.stop()


def test_a_failing_reaction_to_the_login_is_logged_and_the_session_stays() -> None:
    daemon = Daemon(on_login=lambda: 1 // 0)
    daemon.start()
    with capturedLogs() as logs:
        daemon.side.lets_in()
    assert len([event for event in logs if "log_failure" in event]) == 1
    assert daemon.service.connected
    daemon.stop()


def test_a_defect_does_not_end_the_tries() -> None:
    daemon = Daemon()
    daemon.asterisk.defect = RuntimeError("nobody has thought of this")
    with capturedLogs() as logs:
        daemon.start()
    assert [event["log_failure"].type for event in logs] == [RuntimeError]
    daemon.asterisk.defect = None
    assert daemon.tries_after(AMI_RETRY_SECONDS_MAX) == 1
    daemon.side.lets_in()
    assert daemon.service.connected
    daemon.stop()


# -- stopping


def test_it_stops_at_once_while_it_connects() -> None:
    reactor = MemoryReactorClock()
    service = ManagerService("tcp:127.0.0.1:5038", "portero", SECRET, reactor=reactor)
    service.startService()
    with capturedLogs() as logs:
        assert outcome(service.stopService()) is None
    assert errors(logs) == []
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize("moment", ["down", "greeting", "logging in", "refused", "lost"])
def test_it_stops_at_any_moment_and_leaves_nothing(moment: str) -> None:
    daemon = Daemon()
    daemon.asterisk.up = moment != "down"
    daemon.start()
    if moment == "logging in":
        daemon.side.says(b"Asterisk Call Manager/11.0.0\r\n")
    elif moment == "refused":
        daemon.side.refuses()
        daemon.clock.advance(0)
    elif moment == "lost":
        daemon.side.lets_in()
        daemon.side.hangs_up()
    ready = daemon.service.whenReady()
    daemon.stop()
    assert type(outcome(ready)) is AMIDisconnected
    assert daemon.tries_after(AMI_REFUSED_SECONDS_MAX) == 0


def test_it_stops_though_asterisk_does_not_say_goodbye() -> None:
    daemon = Daemon()
    daemon.start()
    daemon.side.lets_in()
    stopped = daemon.service.stopService()
    assert not stopped.called
    daemon.clock.advance(AMI_LOGOFF_SECONDS)
    daemon.clock.advance(0)
    assert outcome(stopped) is None
    assert daemon.clock.getDelayedCalls() == []


def test_it_can_be_started_again() -> None:
    daemon = Daemon()
    for _ in range(2):
        daemon.start()
        daemon.side.lets_in()
        assert daemon.service.connected
        daemon.stop()
    assert daemon.asterisk.tries == 2


def test_stopping_before_starting_is_nothing() -> None:
    daemon = Daemon()
    assert outcome(daemon.service.stopService()) is None


def test_waiting_may_be_given_up() -> None:
    daemon = Daemon()
    daemon.start()
    ready = daemon.service.whenReady()
    ready.cancel()
    assert isinstance(outcome(ready), CancelledError)
    daemon.side.lets_in()
    daemon.stop()


def test_a_login_without_answer_is_tried_again() -> None:
    daemon = Daemon()
    daemon.start()
    daemon.clock.advance(AMI_LOGIN_SECONDS)
    daemon.clock.advance(0)
    assert daemon.tries_after(AMI_RETRY_SECONDS) == 1
    daemon.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "pbx.example", "::1", "fd00::5"])
@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_tls_and_tcp_are_endpoint_strings(kind: str, host: str) -> None:
    service = ManagerService(f"{kind}:{host}:5038", "portero", SECRET, reactor=MemoryReactorClock())
    service.startService()
    service.stopService()


@pytest.mark.parametrize("endpoint", ["nonsense:127.0.0.1", "tcp:h:", "tls::5039", "udp:h:5038"])
def test_nothing_else_is_one(endpoint: str) -> None:
    with pytest.raises(ValueError, match=endpoint):
        ManagerService(endpoint, "portero", SECRET, reactor=Clock())


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("5.0.4", 1),
        ("2.10.6", 1),
        (f"{AMI_VERSION_MIN - 1}.9.9", 1),
        (f"{AMI_VERSION_MIN}.0.0", 0),
        ("11.0.0", 0),
        ("x", 0),
        ("", 0),
    ],
)
def test_an_asterisk_that_is_too_old_is_told_at_the_login(
    monkeypatch: pytest.MonkeyPatch, version: str, told: int
) -> None:
    banner = f"Asterisk Call Manager/{version}\r\n".encode()
    monkeypatch.setattr("ami_side.BANNER", banner)
    daemon = Daemon()
    with capturedLogs() as logged:
        daemon.start()
        daemon.side.lets_in()
    lines = [formatEvent(event) for event in logged if event["log_level"] is LogLevel.error]
    assert len(lines) == told
    assert all(f"{version} is that of an Asterisk older than 18" in line for line in lines)
    daemon.stop()

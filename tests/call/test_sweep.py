"""Legs that an earlier run left behind are found, and nothing else is touched."""

from __future__ import annotations

import pytest
import pytest_twisted

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AMICommandFailure, AMIDisconnected, AMIPermissionDenied
from portero.call.sweep import sweep_orphans
from portero.config.settings import MediaSettings
from portero.media import MediaService


class Switchboard:
    """Asterisk's channels."""

    def __init__(self, *channels: str) -> None:
        self.channels = list(channels)
        self.hung_up: list[str] = []
        self.stubborn = ""

    def coreShowChannels(self) -> Deferred[list[Message]]:
        return succeed([Message([("Channel", name)]) for name in self.channels])

    def hangup(self, channel: str) -> Deferred[Message]:
        if channel == self.stubborn:
            return fail(AMICommandFailure("Hangup: No such channel"))
        self.hung_up.append(channel)
        return succeed(Message([("Response", "Success")]))


@pytest_twisted.ensureDeferred
async def test_only_legs_to_ports_of_ours_that_no_call_has_are_hung_up() -> None:
    media = MediaService(MediaSettings(ports=(23200, 23299)), reactor=Clock())
    stream = media.open(lambda _: None)
    assert stream.dial_string == "UnicastRTP/127.0.0.1:23200/c(slin16)"
    board = Switchboard(
        "UnicastRTP/127.0.0.1:23200-0x1",  # a call of this run
        "UnicastRTP/127.0.0.1:23202-0x2",  # left behind
        "UnicastRTP/127.0.0.1:9000-0x3",  # somebody else's
        "UnicastRTP/10.0.0.1:23204-0x4",  # another host's
        "PJSIP/gate-00000001",
        "Local/100@guards-00000001;2",
    )
    assert await sweep_orphans(board, media) == 1  # type: ignore[arg-type]
    assert board.hung_up == ["UnicastRTP/127.0.0.1:23202-0x2"]
    stream.close()


@pytest_twisted.ensureDeferred
async def test_a_leg_that_is_gone_meanwhile_does_not_keep_the_others() -> None:
    media = MediaService(MediaSettings(ports=(23200, 23299)), reactor=Clock())
    board = Switchboard("UnicastRTP/127.0.0.1:23202-0x1", "UnicastRTP/127.0.0.1:23204-0x2")
    board.stubborn = board.channels[0]
    assert await sweep_orphans(board, media) == 1  # type: ignore[arg-type]
    assert board.hung_up == [board.channels[1]]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AMIPermissionDenied("CoreShowChannels: Permission denied"), "write=call,reporting"),
        (AMIDisconnected("the AMI session is gone"), "the AMI session is gone"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_ami_that_does_not_tell_of_its_channels_is_told_in_a_line(
    error: AMICommandFailure, words: str
) -> None:
    class Closed(Switchboard):
        def coreShowChannels(self) -> Deferred[list[Message]]:
            return fail(error)

    media = MediaService(MediaSettings(ports=(23200, 23299)), reactor=Clock())
    with capturedLogs() as logged:
        assert await sweep_orphans(Closed(), media) == 0  # type: ignore[arg-type]
    (line,) = [formatEvent(event) for event in logged]
    assert words in line

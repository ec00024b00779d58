"""Asterisk's side of AGI for tests: how it reads a command, and a session without a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from portero.asterisk.fastagi import FastAGIFactory, FastAGIProtocol

ENVIRONMENT = (
    b"agi_network: yes\n"
    b"agi_network_script: portero?tenant=robles\n"
    b"agi_request: agi://127.0.0.1:4574/portero?tenant=robles\n"
    b"agi_channel: PJSIP/gate-00000001\n"
    b"agi_callerid: 1001\n"
    b"agi_calleridname: Port\xf3n\n"
    b"agi_context: portero\n"
    b"agi_extension: 700\n"
    b"agi_priority: 2\n"
    b"agi_arg_1: 5550100\n"
    b"\n"
)


def parse_args(line: bytes) -> list[bytes]:
    """A twin of `parse_args` in Asterisk's res_agi.c (agi-ami-starpy.md 1.6)."""
    words: list[bytearray] = []
    quoted = escaped = inside = False
    for byte in line:
        character = bytes([byte])
        if not escaped and character == b'"':
            quoted = not quoted
            if quoted and not inside:
                words.append(bytearray())
                inside = True
        elif not escaped and character == b"\\":
            escaped = True
        elif not escaped and not quoted and character in b" \t":
            inside = False
        else:
            if not inside:
                words.append(bytearray())
                inside = True
            words[-1] += character
            escaped = False
    return [bytes(word) for word in words]


class AsteriskSide:
    """One session of `factory`, seen from Asterisk."""

    def __init__(self, factory: FastAGIFactory, clock: Clock) -> None:
        self.clock = clock
        agi = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 50000))
        assert agi is not None
        self.agi: FastAGIProtocol = agi
        self.wire = StringTransport()
        self.agi.makeConnection(self.wire)

    @property
    def ended(self) -> bool:
        """Has our side ended the connection?"""
        return self.wire.disconnecting

    def says(self, data: bytes) -> None:
        """Asterisk sends bytes."""
        self.agi.dataReceived(data)

    def reads(self) -> bytes:
        """What came since the last time."""
        data = self.wire.value()
        self.wire.clear()
        return data

    def is_gone(self) -> None:
        """The connection is closed."""
        self.agi.connectionLost(Failure(ConnectionDone()))


def factory_for(
    main: Callable[[FastAGIProtocol], Any],
    clock: Clock,
    networks: Sequence[str] = ("127.0.0.0/8",),
    scripts: Sequence[str] = ("portero",),
) -> FastAGIFactory:
    """A factory as the daemon makes it."""
    return FastAGIFactory(main, reactor=clock, allowed_networks=networks, scripts=scripts)


def idle_session() -> AsteriskSide:
    """A session whose environment has come; the test itself is the main function."""
    clock = Clock()
    side = AsteriskSide(factory_for(lambda agi: None, clock), clock)
    side.says(ENVIRONMENT)
    return side

"""AudioSocket messages, and the leg that speaks them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy as np
import pytest
import pytest_twisted
from hypothesis import given
from hypothesis import strategies as st
from phone_side import beat, open_sockets, tone

from twisted.internet import defer, protocol
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.testing import MemoryReactorClock, StringTransport

from portero.config.settings import MediaSettings
from portero.limits import (
    AHEAD_FRAMES,
    AUDIOSOCKET_CLOSE_SECONDS,
    AUDIOSOCKET_PAYLOAD_BYTES,
    AUDIOSOCKET_STRANGERS,
    AUDIOSOCKET_UUID_SECONDS,
    DATAGRAMS_PER_BEAT,
    JITTER_MIN_FRAMES,
)
from portero.media import Heard, MediaService, MediaStream
from portero.media.audiosocket import Kind, Message, MessageParser, build_message

HANGUP = bytes.fromhex("00 0000")


def settings(**changed: object) -> MediaSettings:
    return MediaSettings.model_validate(
        {"leg": "audiosocket", "format": "slin24", "prebuffer_frames": 1, **changed}
    )


def uuid_of(stream: MediaStream) -> UUID:
    return UUID(stream.dial_string.split("/")[2])


def hello(uuid: UUID) -> bytes:
    return bytes.fromhex("01 0010") + uuid.bytes


# -- messages


def test_messages_lie_on_the_wire_as_asterisk_sends_them() -> None:
    wire = bytes.fromhex(
        "01 0010 00112233445566778899aabbccddeeff 12 0004 01000200 03 0001 35 00 0000"
    )
    assert list(MessageParser().feed(wire)) == [
        Message(Kind.UUID, bytes.fromhex("00112233445566778899aabbccddeeff")),
        Message(Kind.SLIN16, b"\x01\x00\x02\x00"),
        Message(Kind.DTMF, b"5"),
        Message(Kind.HANGUP, b""),
    ]
    assert build_message(Kind.SLIN16, b"\x01\x00\x02\x00") == bytes.fromhex("12 0004 01000200")


MESSAGES = st.lists(
    st.builds(Message, st.sampled_from([0x10, 0x12, 0x13, 0x7F]), st.binary(max_size=700)),
    max_size=8,
)


@given(MESSAGES, st.lists(st.integers(1, 700), min_size=1, max_size=30))
def test_messages_survive_any_cutting(messages: list[Message], sizes: list[int]) -> None:
    wire = b"".join(build_message(*message) for message in messages)
    parser, got, start = MessageParser(), [], 0
    for size in [*sizes, len(wire)]:
        got += parser.feed(wire[start : start + size])
        start += size
    assert got == messages


@pytest.mark.parametrize(
    "wire",
    [
        b"\x12" + (AUDIOSOCKET_PAYLOAD_BYTES + 1).to_bytes(2, "big"),
        b"\x01\x00\x0f",
        b"\x00\x00\x01",
    ],
)
def test_a_length_that_can_not_be_is_refused_before_its_payload_comes(wire: bytes) -> None:
    with pytest.raises(ValueError, match="AudioSocket message of"):
        list(MessageParser().feed(wire))


# -- the leg, in memory


class TCPTransport(StringTransport):
    """What StringTransport lacks of a TCP transport."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Nothing is delayed in memory."""


class Side:
    """Asterisk's side of a connection in memory."""

    def __init__(self, reactor: MemoryReactorClock) -> None:
        factory = reactor.tcpServers[0][1]
        self.protocol = factory.buildProtocol(None)
        self.transport = TCPTransport()
        if self.protocol is not None:
            self.protocol.makeConnection(self.transport)

    def lose(self) -> None:
        self.protocol.connectionLost(protocol.connectionDone)


@pytest.fixture
def reactor() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture
def service(reactor: MemoryReactorClock) -> Iterator[MediaService]:
    service = MediaService(settings(append_ms=20), reactor=reactor)
    service.startService()
    reactor.advance(1e-6)
    yield service
    service.stopService()


def test_the_port_and_the_dial_string(reactor: MemoryReactorClock, service: MediaService) -> None:
    assert reactor.tcpServers[0][0] == 4575
    assert reactor.tcpServers[0][3] == "127.0.0.1"
    streams = [service.open(lambda audio: None) for _ in range(2)]
    assert not streams[0].needs_remote
    assert uuid_of(streams[0]) != uuid_of(streams[1])
    assert uuid_of(streams[0]).version == 4
    assert streams[0].dial_string.startswith("AudioSocket/127.0.0.1:")
    assert streams[0].dial_string.endswith("/c(slin24)")
    with pytest.raises(ValueError, match="no remote"):
        streams[0].set_remote("127.0.0.1", 4000)


def test_slin24_goes_through_both_ways_as_it_is(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    appends: list[bytes] = []
    stream = service.open(appends.append)
    stream.start_uplink()
    words = tone(24000, 1000, 480 * 3).astype("<i2").tobytes()
    stream.play("a", words)
    stream.end_item("a")
    beat(reactor)  # Asterisk has not connected: no word is lost
    appends.clear()
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    assert stream.connected().called
    side.protocol.dataReceived(bytes.fromhex("13 03c0") + words[:960] + bytes.fromhex("13 03c0"))
    side.protocol.dataReceived(words[960:1920])
    beat(reactor, 4)
    assert appends == [words[:960], words[960:1920]]
    sent = [words[:960], words[960:1920], words[1920:], bytes(960)]
    assert side.transport.value() == b"".join(bytes.fromhex("13 03c0") + frame for frame in sent)
    beat(reactor, 2)  # six in all: what does not come for 60 ms is silence
    assert appends[2:] == [bytes(960)] * 4


def test_sound_in_pieces_of_any_length_is_cut_into_frames(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    appends: list[bytes] = []
    stream = service.open(appends.append)
    stream.start_uplink()
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    words = tone(24000, 1000, 960).astype("<i2").tobytes()
    for start in range(0, 1920, 480):  # 10 ms each
        side.protocol.dataReceived(bytes.fromhex("13 01e0") + words[start : start + 480])
    beat(reactor, 2)
    assert b"".join(appends) == words


def test_a_burst_leaves_little_delay(reactor: MemoryReactorClock, service: MediaService) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    for _ in range(DATAGRAMS_PER_BEAT + 20):
        side.protocol.dataReceived(bytes.fromhex("13 03c0") + bytes(960))
    assert stream.stats.skipped == 20
    beat(reactor)
    taken = 1 + AHEAD_FRAMES
    assert stream.stats.skipped == 20 + DATAGRAMS_PER_BEAT - taken - JITTER_MIN_FRAMES


def test_while_asterisk_takes_nothing_no_word_is_lost(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    stream.play("a", b"\x01" * 960 * 4)
    beat(reactor)
    side.transport.producer.pauseProducing()
    beat(reactor, 10)
    assert side.transport.value().count(b"\x13\x03\xc0") == 1
    side.transport.producer.resumeProducing()
    beat(reactor)
    assert stream.flush() == [Heard("a", 40, 40)]


@pytest.mark.parametrize(
    "first",
    [
        hello(uuid4()),
        bytes.fromhex("12 0002 0000"),
        bytes.fromhex("00 0000"),
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"GET / HTTP/1.1\r\n",
    ],
    ids=["another UUID", "sound", "hangup", "SSH", "HTTP"],
)
def test_who_does_not_name_a_call_of_ours_is_cut_off(
    reactor: MemoryReactorClock, service: MediaService, first: bytes
) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(first)
    assert side.transport.disconnected or side.transport.disconnecting
    side.lose()
    assert not stream.connected().called
    assert len(reactor.getDelayedCalls()) == 1  # the beat


def test_a_call_is_connected_once_only(reactor: MemoryReactorClock, service: MediaService) -> None:
    stream = service.open(lambda audio: None)
    first, second = Side(reactor), Side(reactor)
    first.protocol.dataReceived(hello(uuid_of(stream)))
    second.protocol.dataReceived(hello(uuid_of(stream)))
    assert second.transport.disconnected
    assert not first.transport.disconnected


def test_who_says_nothing_is_cut_off_in_time(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    side = Side(reactor)
    reactor.advance(AUDIOSOCKET_UUID_SECONDS - 0.1)
    assert not side.transport.disconnected
    reactor.advance(0.2)
    assert side.transport.disconnected


def test_strangers_are_bounded(reactor: MemoryReactorClock, service: MediaService) -> None:
    stream = service.open(lambda audio: None)
    sides = [Side(reactor) for _ in range(AUDIOSOCKET_STRANGERS)]
    assert Side(reactor).protocol is None
    sides[0].protocol.dataReceived(hello(uuid_of(stream)))
    assert Side(reactor).protocol is not None


@pytest.mark.parametrize("last", [HANGUP, bytes.fromhex("ff 0001 01"), b"\x01\x00\x03"])
def test_the_end_of_asterisk_side_is_told_and_our_side_is_closed(
    reactor: MemoryReactorClock, service: MediaService, last: bytes
) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    lost = stream.lost()
    assert not lost.called
    side.protocol.dataReceived(last)
    assert side.transport.disconnected or side.transport.disconnecting
    side.lose()
    assert lost.called
    beat(reactor)
    assert len(reactor.getDelayedCalls()) == 1


def test_our_end_is_said_to_asterisk_and_forced_on_one_that_does_not_listen(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)))
    stream.close()
    assert side.transport.value() == HANGUP
    assert side.transport.disconnecting
    assert not side.transport.disconnected
    reactor.advance(AUDIOSOCKET_CLOSE_SECONDS)
    assert side.transport.disconnected
    late = Side(reactor)
    late.protocol.dataReceived(hello(uuid_of(stream)))
    assert late.transport.disconnected


def test_a_digit_is_no_fault_and_another_kind_is_counted(
    reactor: MemoryReactorClock, service: MediaService
) -> None:
    stream = service.open(lambda audio: None)
    side = Side(reactor)
    side.protocol.dataReceived(hello(uuid_of(stream)) + bytes.fromhex("03 0001 35 12 0002 0000"))
    assert stream.stats.malformed == 1
    assert not side.transport.disconnected


# -- the leg, over TCP


@pytest_twisted.ensureDeferred
async def test_sound_over_tcp_and_nothing_left_behind() -> None:
    from twisted.internet import reactor

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before = open_sockets()
    service = MediaService(
        settings(format="slin16", append_ms=20, audiosocket_port=port), reactor=reactor
    )
    service.startService()
    heard: defer.Deferred[bytes] = defer.Deferred()
    first = iter([heard.callback])
    stream = service.open(
        lambda audio: (
            next(first, lambda _: None)(audio) if np.any(np.frombuffer(audio, "<i2")) else None
        )
    )
    asterisk = await TCP4ClientEndpoint(reactor, "127.0.0.1", port).connect(
        protocol.Factory.forProtocol(Recorder)
    )
    asterisk.transport.write(hello(uuid_of(stream)))
    await stream.connected()
    stream.start_uplink()
    voice = tone(16000, 1000, 320).astype("<i2").tobytes()
    asterisk.transport.write(bytes.fromhex("12 0280") + voice)
    stream.play("a", tone(24000, 1000, 480 * 2).astype("<i2").tobytes())
    stream.end_item("a")
    assert len(await heard) == 960
    await stream.drained()
    await service.stopService()
    await asterisk.closed
    assert asterisk.received.endswith(HANGUP)
    sounds = [m for m in MessageParser().feed(asterisk.received) if any(m.payload)]
    assert [(m.kind, len(m.payload)) for m in sounds[:2]] == [(0x12, 640)] * 2
    assert open_sockets() <= before


class Recorder(protocol.Protocol):
    """Keeps what comes, and tells when it has ended."""

    def __init__(self) -> None:
        self.received = b""
        self.closed: defer.Deferred[None] = defer.Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: object = None) -> None:
        self.closed.callback(None)

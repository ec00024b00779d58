"""RTP on the wire (RFC 3550)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.media.rtp import (
    RtpPacket,
    build_rtp,
    next_sequence,
    next_timestamp,
    parse_rtp,
    sequence_distance,
)

# Written down by hand from RFC 3550, 5.1: V=2, M=1, PT=11, seq 0x1234, timestamp, SSRC.
HEADER = bytes.fromhex("80 8b 1234 000003e8 deadbeef")


def test_header_fields_lie_where_rfc_3550_puts_them() -> None:
    packet = RtpPacket(11, True, 0x1234, 1000, 0xDEADBEEF, b"sound")
    assert parse_rtp(HEADER + b"sound") == packet
    assert build_rtp(packet) == HEADER + b"sound"


@pytest.mark.parametrize(
    ("datagram", "payload"),
    [
        ("82 0b 0001 00000000 00000001  aaaaaaaa bbbbbbbb  0102", "0102"),
        ("90 0b 0001 00000000 00000001  bede 0001 10ff0000  0102", "0102"),
        ("90 0b 0001 00000000 00000001  bede 0000  0102", "0102"),
        ("a0 0b 0001 00000000 00000001  0102 000003", "0102"),
        ("a0 0b 0001 00000000 00000001  00000004", ""),
        ("b1 0b 0001 00000000 00000001  aaaaaaaa 0000 0001 11111111 0102 01", "0102"),
    ],
    ids=["csrc", "extension", "empty extension", "padding", "only padding", "all of them"],
)
def test_only_the_sound_is_left(datagram: str, payload: str) -> None:
    assert parse_rtp(bytes.fromhex(datagram)).payload == bytes.fromhex(payload)


@pytest.mark.parametrize(
    ("datagram", "sentence"),
    [
        ("", "RTP packet is shorter than its header"),
        ("80 0b 0001 00000000 000000", "RTP packet is shorter than its header"),
        ("40 0b 0001 00000000 00000001", "RTP packet has another version than 2"),
        ("81 0b 0001 00000000 00000001 aaaaaa", "RTP packet has a truncated CSRC list"),
        ("90 0b 0001 00000000 00000001 bede", "RTP packet has a truncated extension header"),
        ("90 0b 0001 00000000 00000001 bede 0001 aa", "RTP packet has a truncated extension"),
        ("a0 0b 0001 00000000 00000001", "RTP packet has padding of an impossible length"),
        ("a0 0b 0001 00000000 00000001 00", "RTP packet has padding of an impossible length"),
        ("a0 0b 0001 00000000 00000001 0003", "RTP packet has padding of an impossible length"),
    ],
)
def test_each_malformation_has_its_sentence(datagram: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_rtp(bytes.fromhex(datagram))
    assert str(caught.value) == sentence


@given(
    st.builds(
        RtpPacket,
        st.integers(0, 127),
        st.booleans(),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.binary(max_size=700),
    )
)
def test_what_is_built_is_read_back(packet: RtpPacket) -> None:
    assert parse_rtp(build_rtp(packet)) == packet


@given(st.binary(max_size=80))
def test_any_datagram_is_a_packet_or_a_value_error(datagram: bytes) -> None:
    try:
        packet = parse_rtp(datagram)
    except ValueError:
        return
    assert datagram.find(packet.payload) >= 0


def test_numbers_wrap() -> None:
    assert next_sequence(0xFFFF) == 0
    assert next_timestamp(0xFFFFFFFF, 160) == 159
    assert sequence_distance(2, 0xFFFE) == 4
    assert sequence_distance(0xFFFE, 2) == -4
    assert sequence_distance(7, 7) == 0

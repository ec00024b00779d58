"""Plates in a camera's own documents, with all that they are known to get wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman.isapiplates import CameraClock, read_clock, read_event, read_plates
from portero.doorman.isapistream import Parts, PartTooLong, boundary_of
from portero.limits import CAMERA_PART_BYTES, PLATE_CHARS

MEXICO = timezone(timedelta(hours=-6))


def listed(*rows: tuple[str, str], junk: bytes = b"") -> bytes:
    inner = "".join(
        f"<Plate><captureTime>{name[:8]}T{name[8:]}</captureTime><plateNumber>{plate}"
        f"</plateNumber><picName>{name}</picName><direction>forward</direction></Plate>"
        for plate, name in rows
    )
    return (
        junk
        + (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<Plates xmlns="http://www.hikvision.com/ver20/XMLSchema">{inner}</Plates>'
        ).encode()
    )


def event(**texts: str) -> bytes:
    said = {
        "eventType": "ANPR",
        "dateTime": "2026-11-22T15:00:00-06:00",
        "licensePlate": "ABC-123-D",
        "confidenceLevel": "87",
        **texts,
    }
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in said.items())
    return f"<EventNotificationAlert>{inner}</EventNotificationAlert>".encode()


def test_plates_come_oldest_first_whatever_the_order_and_the_junk() -> None:
    rows = [("XYZ987A", "202611221500059999"), ("abc-123-d", "202611221500050001")]
    found = read_plates(listed(*rows, junk=b"\x00\xff\r\n"))
    assert found is not None
    assert [(plate.plate, plate.name) for plate in found] == [
        ("ABC123D", "202611221500050001"),  # a float would hold both names to be the same
        ("XYZ987A", "202611221500059999"),
    ]
    assert found[0].captured == datetime(2026, 11, 22, 15, 0, 5)
    assert found[0].confidence is None


def test_one_plate_or_none_is_a_list_too() -> None:
    assert len(read_plates(listed(("ABC123D", "202611221500050001"))) or ()) == 1
    assert read_plates(listed()) == []


@pytest.mark.parametrize(
    ("plate", "name"),
    [
        ("", "202611221500050001"),
        ("unknown", "202611221500050001"),
        ("A" * (PLATE_CHARS + 1), "202611221500050001"),
        ("ABC123D", "2026112215000500"),
        ("ABC123D", "202613221500050001"),
        ("ABC123D", "2.0261122150005e17"),
    ],
)
def test_what_is_no_plate_or_has_no_time_is_left_out(plate: str, name: str) -> None:
    assert read_plates(listed((plate, name))) == []


@given(st.binary())
def test_what_is_no_list_is_not_an_empty_one(body: bytes) -> None:
    assert read_plates(body) is None
    assert read_event(body) is None
    assert read_clock(body, 0.0) is None


def test_an_event_tells_how_sure_the_camera_is() -> None:
    found = read_event(event())
    assert found is not None
    assert (found.plate, found.confidence, found.delayed) == ("ABC123D", 0.87, False)
    assert found.captured == datetime(2026, 11, 22, 15, tzinfo=MEXICO)


@pytest.mark.parametrize("level", ["", "high", "101", "-1"])
def test_no_confidence_is_none(level: str) -> None:
    found = read_event(event(confidenceLevel=level))
    assert found is not None
    assert found.confidence is None


def test_what_was_buffered_is_known_as_such() -> None:
    found = read_event(event(isDataRetransmission="true"))
    assert found is not None
    assert found.delayed


@pytest.mark.parametrize(
    "texts",
    [
        {"eventType": "videoloss", "eventState": "inactive"},
        {"licensePlate": "unknown"},
        {"licensePlate": ""},
        {"dateTime": "yesterday"},
    ],
)
def test_heartbeats_and_events_without_a_plate_are_none(texts: dict[str, str]) -> None:
    assert read_event(event(**texts)) is None


def clock_document(local_time: str) -> bytes:
    return f"<Time><timeMode>NTP</timeMode><localTime>{local_time}</localTime></Time>".encode()


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        ("2026-11-22T15:00:00-06:00", 0.0),
        ("2026-11-22T15:01:00-06:00", 60.0),
        ("2026-11-22T14:00:00-06:00", -3600.0),
        ("2026-11-22T15:00:00", -6 * 3600.0),  # no zone: whatever it shows is compared
    ],
)
def test_a_camera_s_times_become_ours_whatever_its_clock_shows(told: str, ahead: float) -> None:
    now = datetime(2026, 11, 22, 21, tzinfo=UTC).timestamp()
    compared = read_clock(clock_document(told), now)
    assert compared is not None
    assert compared.ahead == ahead
    shown = datetime.fromisoformat(told).replace(tzinfo=None)
    assert compared.ours(shown) == now
    assert compared.ours(shown - timedelta(seconds=9)) == now - 9
    assert compared.pic_time(now) == f"{shown:%Y%m%d%H%M%S}0000"


def test_an_aware_time_keeps_its_own_zone() -> None:
    compared = CameraClock(MEXICO, 10.0)
    assert compared.ours(datetime(2026, 11, 22, 21, tzinfo=UTC)) == pytest.approx(
        datetime(2026, 11, 22, 21, tzinfo=UTC).timestamp() - 10
    )


# -- the stream


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/mixed; boundary=boundary", b"boundary"),
        ('multipart/mixed;boundary="MIME_boundary"', b"MIME_boundary"),
        ("Multipart/x-mixed-replace; charset=utf-8; Boundary=xyz", b"xyz"),
        ("application/xml", None),
        ("multipart/mixed", None),
    ],
)
def test_the_boundary_is_read_from_the_header(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


def test_parts_come_whole_however_the_bytes_are_cut() -> None:
    jpeg = b"\xff\xd8\r\n\r\n--boundary\r\n\xff\xd9"
    stream = (
        b"--boundary\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>\r\n"
        b"--boundary\r\nContent-Type: application/xml\r\n\r\n<b/>\r\n"
        b"--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
        b"--boundary\r\nContent-Length: 2\r\n\r\n{}\r\n" % (len(jpeg), jpeg)
    )
    for size in (1, 7, len(stream)):
        parts = Parts(b"boundary")
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        found = [part for piece in pieces for part in parts.feed(piece)]
        assert found == [b"<a/>", b"<b/>", jpeg, b"{}"]


def test_a_part_without_end_is_given_up() -> None:
    parts = Parts(b"boundary")
    head = b"--boundary\r\n\r\n"
    assert list(parts.feed(head + b"x" * (CAMERA_PART_BYTES - len(head)))) == []
    with pytest.raises(PartTooLong):
        list(parts.feed(b"x"))

"""ISAPI's answers as devices give them: in any namespace, with junk, or not ISAPI at all."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman import isapi
from portero.doorman.isapi import Kind, read_answer
from portero.limits import DEVICE_LOCK_SECONDS, DEVICE_LOCK_SECONDS_MAX

NAMESPACES = [
    ' xmlns="http://www.isapi.org/ver20/XMLSchema"',
    ' xmlns="http://www.hikvision.com/ver20/XMLSchema"',
    ' xmlns="urn:psialliance-org"',
    ' xmlns="http://www.std-cgi.com/ver20/XMLSchema"',
    "",
]


def status(code: int, string: str = "OK", sub: str = "ok", namespace: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ResponseStatus version="2.0"{namespace}>'
        f"<requestURL>/ISAPI/x</requestURL><statusCode>{code}</statusCode>"
        f"<statusString>{string}</statusString><subStatusCode>{sub}</subStatusCode>"
        "</ResponseStatus>"
    ).encode()


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_ok_is_accepted_in_every_namespace(namespace: str) -> None:
    assert read_answer(200, status(1, namespace=namespace)).kind is Kind.ACCEPTED


@pytest.mark.parametrize(
    "body",
    [
        {"requestURL": "/x", "statusCode": 1, "statusString": "OK", "subStatusCode": "ok"},
        {"ResponseStatus": {"statusCode": 1, "statusString": "OK"}},
    ],
)
def test_the_json_twin_reads_the_same(body: object) -> None:
    assert read_answer(200, json.dumps(body).encode()).kind is Kind.ACCEPTED


@pytest.mark.parametrize(
    ("http", "code", "string", "sub", "kind"),
    [
        (503, 2, "Device Busy", "serviceUnavailable", Kind.BUSY),
        (200, 2, "Device Busy", "deviceBusy", Kind.BUSY),
        (500, 3, "Device Error", "deviceError", Kind.UNCLEAR),
        (403, 4, "Invalid Operation", "notSupport", Kind.REFUSED),
        (400, 5, "Invalid XML Format", "badXmlFormat", Kind.REFUSED),
        (400, 6, "Invalid XML Content", "badParameters", Kind.REFUSED),
        (200, 6, "Invalid XML Content", "badParameters", Kind.REFUSED),
        (200, 7, "Reboot Required", "rebootRequired", Kind.REFUSED),
        (500, 1, "OK", "ok", Kind.UNCLEAR),  # HTTP and statusCode must agree
        (403, 1, "OK", "ok", Kind.UNCLEAR),
        (200, 99, "?", "?", Kind.UNCLEAR),
    ],
)
def test_what_each_code_means(http: int, code: int, string: str, sub: str, kind: Kind) -> None:
    answer = read_answer(http, status(code, string, sub))
    assert answer.kind is kind
    assert answer.reason == f"HTTP {http}, {sub}"


@pytest.mark.parametrize(
    ("http", "body", "kind", "reason"),
    [
        (200, b"", Kind.UNCLEAR, "HTTP 200, no ResponseStatus"),
        (200, b"<!DOCTYPE html><html></html>", Kind.UNCLEAR, "HTTP 200, an HTML page"),
        (200, b"<html><p>Login</html>", Kind.UNCLEAR, "HTTP 200, an HTML page"),
        (500, b"fault", Kind.UNCLEAR, "HTTP 500, no ResponseStatus"),
        (404, b"<html>", Kind.REFUSED, "HTTP 404"),
        (302, b"", Kind.UNCLEAR, "HTTP 302, no ResponseStatus"),
    ],
)
def test_what_is_not_isapi_never_counts_as_taken(
    http: int, body: bytes, kind: Kind, reason: str
) -> None:
    answer = read_answer(http, body)
    assert (answer.kind, answer.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("http", "body", "unknown"),
    [
        (404, b"<html>", True),
        (403, status(4, "Invalid Operation", "notSupport"), True),
        (403, status(4, "Invalid Operation", "invalidOperation"), False),  # now and then
        (503, status(2, "Device Busy", "deviceBusy"), False),
        (200, b"{}", False),
    ],
)
def test_only_what_will_never_be_known_is_unknown(http: int, body: bytes, unknown: bool) -> None:
    assert isapi.is_unknown(http, body) is unknown


def test_a_reason_is_short_and_printable() -> None:
    answer = read_answer(400, status(6, sub="bad\n\tñ" + "x" * 500))
    assert answer.reason == "HTTP 400, bad" + "x" * 57


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("<unlockTime>120</unlockTime>", 120),
        ("", DEVICE_LOCK_SECONDS),
        ("<unlockTime>soon</unlockTime>", DEVICE_LOCK_SECONDS),
        ("<unlockTime>999999999</unlockTime>", DEVICE_LOCK_SECONDS_MAX),
    ],
)
@pytest.mark.parametrize("http", [401, 403])
def test_a_lock_tells_for_how_long(told: str, seconds: float, http: int) -> None:
    body = f"<userCheck><statusValue>401</statusValue><lockStatus>lock</lockStatus>{told}"
    answer = read_answer(http, f"{body}</userCheck>".encode())
    assert (answer.kind, answer.seconds) == (Kind.LOCKED, seconds)


def test_tries_that_are_left_are_no_lock() -> None:
    body = b"<userCheck><lockStatus>unlock</lockStatus><retryLoginTime>4</retryLoginTime>"
    assert isapi.lock_seconds(body + b"</userCheck>") is None
    assert isapi.lock_seconds(b"<html>401</html>") is None


@pytest.mark.parametrize("junk", [b"\r\n", b"\x00\xff\xfe12", b"\xef\xbb\xbf"])
def test_junk_around_a_document_is_passed_over(junk: bytes) -> None:
    assert read_answer(200, junk + status(1) + b"\r\n\x00").kind is Kind.ACCEPTED


def test_no_document_may_bring_a_dtd_or_an_entity() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "1">]><ResponseStatus><statusCode>&a;</statusCode>'
    assert read_answer(200, bomb + b"</ResponseStatus>").kind is Kind.UNCLEAR
    sixteen = ('<?xml version="1.0" encoding="UTF-16"?>' + bomb.decode()).encode("utf-16")
    assert isapi.parse_xml(sixteen) is None


@given(st.binary())
def test_any_bytes_are_an_answer(body: bytes) -> None:
    assert read_answer(200, body).kind is Kind.UNCLEAR
    assert isapi.door_is_open(body, 1) is None
    assert isapi.barrier_is_open(body) is None
    assert isapi.door_words(body) is None


def test_orders_are_small_documents_without_a_namespace() -> None:
    door = ElementTree.fromstring(isapi.open_door())
    assert (door.tag, [(part.tag, part.text) for part in door]) == (
        "RemoteControlDoor",
        [("cmd", "open")],
    )
    barrier = ElementTree.fromstring(isapi.open_barrier())
    assert (barrier.tag, [(part.tag, part.text) for part in barrier]) == (
        "BarrierGate",
        [("ctrlMode", "open")],
    )


def test_the_words_of_a_door() -> None:
    body = (
        '<RemoteControlDoor xmlns="http://www.isapi.org/ver20/XMLSchema">'
        '<doorNo min="1" max="2"/><cmd opt="open,close, alwaysOpen,resume"/></RemoteControlDoor>'
    )
    assert isapi.door_words(body.encode()) == frozenset(("open", "close", "alwaysOpen", "resume"))
    assert isapi.door_words(b"<RemoteControlDoor/>") is None


@pytest.mark.parametrize(
    ("lock", "leaf", "is_open"),
    [
        ([0, 1], [0, 0], True),  # unlocked
        ([1, 0], [0, 1], True),  # the leaf is open
        ([1, 0], [1, 0], False),  # that is the other door
        ([0, 3], [0, 2], None),  # alarms of the wiring tell nothing
        ([0, 4], [0, 0], False),
        ([0], [0], None),  # no such door
    ],
)
def test_a_door_s_state_is_at_its_own_index_and_only_0_and_1_are_facts(
    lock: list[int], leaf: list[int], is_open: bool | None
) -> None:
    status = {"AcsWorkStatus": {"doorLockStatus": lock, "magneticStatus": leaf}}
    assert isapi.door_is_open(json.dumps(status).encode(), 2) is is_open


@pytest.mark.parametrize(("value", "is_open"), [("0", None), ("1", False), ("2", True), ("", None)])
def test_a_barrier_without_a_signal_tells_nothing(value: str, is_open: bool | None) -> None:
    body = f"<X><barrierGateStatus>{value}</barrierGateStatus></X>".encode()
    assert isapi.barrier_is_open(body) is is_open

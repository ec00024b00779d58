"""HTTP Digest on the client's side: the examples of the RFCs, and what devices send."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman.digest import Challenge, authorization, strongest

# RFC 7616, 3.9.1
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
OFFERED = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
    f'nonce="{NONCE}", opaque="{OPAQUE}"'
)
DEVICE = (
    'Digest qop="auth", realm="DS-12345678", nonce="6a2c0f:1795000000123", algorithm="MD5", '
    'opaque="", domain="::", stale="FALSE"'
)


def answer(challenge: Challenge | None, **more: object) -> dict[str, str]:
    """The parameters of our answer; without the RFC's example where `more` says otherwise."""
    assert challenge is not None
    request = {
        "method": "GET",
        "uri": "/dir/index.html",
        "username": "Mufasa",
        "password": "Circle of Life",
        "nc": 1,
        "cnonce": CNONCE,
        **more,
    }
    header = authorization(challenge, **request)  # type: ignore[arg-type]
    assert header.startswith("Digest ")
    return {
        name: quoted or plain
        for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))', header)
    }


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    given = answer(strongest([OFFERED.format(algorithm=algorithm)]))
    assert given["response"] == response
    assert given["nc"] == "00000001"
    assert given["qop"] == "auth"
    assert given["algorithm"] == algorithm
    assert given["opaque"] == OPAQUE
    assert given["uri"] == "/dir/index.html"


def test_the_example_of_rfc_2617() -> None:
    offered = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    given = answer(strongest([offered]), password="Circle Of Life", cnonce="0a4f113b")
    assert given["response"] == "6629fae49393a05397450978507c4ef1"


def test_what_a_device_was_seen_to_send_is_understood() -> None:
    challenge = strongest([DEVICE])
    assert challenge == Challenge("DS-12345678", "6a2c0f:1795000000123", "MD5", opaque="")
    assert 'opaque=""' in authorization(
        challenge, method="GET", uri="/", username="u", password="p", nc=1, cnonce="c"
    )


@pytest.mark.parametrize(
    "header",
    [
        'DIGEST QOP=auth, Realm="DS", NONCE=abc, ALGORITHM=md5, STALE=TRUE',
        'digest qop="AUTH",realm="DS",nonce="abc",algorithm="Md5",stale="true"',
        'Basic realm="x, y", Digest  realm = "DS" , nonce="abc", qop="auth-int,auth", stale=True',
        'Digest realm="DS", nonce="abc", qop="auth", stale=true, Basic realm="x"',
    ],
)
def test_parameters_in_any_case_quoted_or_not_beside_other_schemes(header: str) -> None:
    assert strongest([header]) == Challenge("DS", "abc", "MD5", stale=True)


@pytest.mark.parametrize("one_header", [True, False])
def test_the_strongest_is_taken_whatever_the_order(one_header: bool) -> None:
    offers = [OFFERED.format(algorithm=algorithm) for algorithm in ("MD5", "SHA-256")]
    challenge = strongest([", ".join(offers)] if one_header else offers)
    assert challenge is not None
    assert challenge.algorithm == "SHA-256"


@pytest.mark.parametrize(
    "header",
    [
        "",
        'Basic realm="DS"',
        'Digest realm="DS", nonce="abc"',  # no qop
        'Digest realm="DS", nonce="abc", qop="auth-int"',
        'Digest realm="DS", nonce="abc", qop="auth", algorithm=SHA-512-256',
        'Digest realm="DS", qop="auth"',
        "Negotiate",
    ],
)
def test_what_cannot_be_answered_is_no_challenge(header: str) -> None:
    assert strongest([header]) is None


def test_quotes_in_names_can_not_end_a_parameter() -> None:
    challenge = Challenge('a"b\\', "n", "MD5")
    header = authorization(
        challenge, method="GET", uri="/", username='x", nc="9', password="p", nc=1, cnonce="c"
    )
    assert r'username="x\", nc=\"9"' in header
    assert r'realm="a\"b\\"' in header
    assert "p" not in re.findall(r'"([^"]*)"', header)


@given(st.text())
def test_any_header_is_read_or_left(header: str) -> None:
    found = strongest([header])
    assert found is None or found.nonce

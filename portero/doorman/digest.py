"""HTTP Digest for a client: challenges read, credentials written (pure; RFC 7616).

Only `qop=auth` with MD5 or SHA-256 is answered: what Hikvision devices ask for. Neither treq nor
Twisted has a client side, and those of requests and httpx are tied to their own requests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A scheme (a token alone) or a parameter of the scheme before it.
_PART: Final = re.compile(rf'[\s,]*({_TOKEN})(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|{_TOKEN}))?')
_HASHES: Final = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}  # strongest first


@dataclass(frozen=True, slots=True)
class Challenge:
    """One that can be answered; `algorithm`: MD5 or SHA-256. `stale`: only the nonce was old."""

    realm: str
    nonce: str
    algorithm: str
    opaque: str | None = None
    stale: bool = False


def strongest(headers: Iterable[str]) -> Challenge | None:
    """The best of the challenges in these WWW-Authenticate headers; None if none can be answered.

    Names and values that are words are read in any case, quoted or not.
    """
    found = [
        challenge
        for header in headers
        for scheme, parameters in _schemes(header)
        if scheme == "digest" and (challenge := _challenge(parameters)) is not None
    ]
    order = list(_HASHES)
    return min(found, key=lambda challenge: order.index(challenge.algorithm), default=None)


def authorization(
    challenge: Challenge,
    *,
    method: str,
    uri: str,
    username: str,
    password: str,
    nc: int,
    cnonce: str,
) -> str:
    """The Authorization header for one request.

    uri: path and query, as in the request's first line. nc: 1 for the first request with this
    nonce, then one more each time. The result proves the password: keep it out of logs.
    """
    algorithm = challenge.algorithm
    count = f"{nc:08x}"
    secret = _hashed(algorithm, username, challenge.realm, password)
    request = _hashed(algorithm, method, uri)
    response = _hashed(algorithm, secret, challenge.nonce, count, cnonce, "auth", request)
    parts = [
        f"username={_quoted(username)}",
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(challenge.nonce)}",
        f"uri={_quoted(uri)}",
        f"algorithm={algorithm}",
        f"response={_quoted(response)}",
        f"qop=auth, nc={count}",
        f"cnonce={_quoted(cnonce)}",
    ]
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    return "Digest " + ", ".join(parts)


def _schemes(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The challenges of one header: several may stand in one, after a comma."""
    scheme, parameters = "", dict[str, str]()
    for name, value in _PART.findall(header):
        if value:
            parameters[name.lower()] = _unquoted(value)
        else:
            yield scheme, parameters
            scheme, parameters = name.lower(), {}
    yield scheme, parameters


def _challenge(parameters: Mapping[str, str]) -> Challenge | None:
    algorithm = parameters.get("algorithm", "MD5").upper()
    qops = [qop.strip() for qop in parameters.get("qop", "").lower().split(",")]
    if algorithm not in _HASHES or "auth" not in qops or not parameters.get("nonce"):
        return None
    return Challenge(
        realm=parameters.get("realm", ""),
        nonce=parameters["nonce"],
        algorithm=algorithm,
        opaque=parameters.get("opaque"),
        stale=parameters.get("stale", "").lower() == "true",
    )


def _hashed(algorithm: str, *parts: str) -> str:
    return _HASHES[algorithm](":".join(parts).encode()).hexdigest()


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'

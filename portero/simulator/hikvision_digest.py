"""The stand-in device's side of HTTP Digest (RFC 7616), written from the RFC."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from hashlib import md5, sha256

TRIES = 5  # wrong passwords before the address is locked out
LOCK_SECONDS = 1800.0


class Judgement(Enum):
    """What the device makes of a request's credentials."""

    FINE = "fine"
    NONE = "none"  # no credentials: ask for them
    STALE = "stale"  # right, but for an old nonce
    WRONG = "wrong"
    LOCKED = "locked"  # whatever it said


@dataclass(slots=True)
class _Nonce:
    born: float
    last: int = 0


@dataclass(slots=True)
class _Client:
    wrong: int = 0
    locked_until: float = 0.0


@dataclass
class DigestGuard:
    """Users of the device, nonces that it gave, and addresses that it locked out.

    now: seconds, of any clock. algorithms: offered in this order. nonce_seconds: how long a nonce
    is good. Each nonce count may be used once, and only upwards.
    """

    username: str
    password: str
    now: Callable[[], float]
    algorithms: tuple[str, ...] = ("MD5",)
    nonce_seconds: float = 300.0
    realm: str = "DS-00000001"
    wrong: int = 0
    _nonces: dict[str, _Nonce] = field(default_factory=dict)
    _clients: dict[str, _Client] = field(default_factory=dict)

    def judge(self, client: str, method: str, uri: str, header: str | None) -> Judgement:
        """Judge one request's Authorization header."""
        known = self._clients.setdefault(client, _Client())
        if known.locked_until > self.now():
            return Judgement.LOCKED
        if header is None:
            return Judgement.NONE
        verdict = self._check(method, uri, header)
        if verdict is Judgement.WRONG:
            self.wrong += 1
            known.wrong += 1
            if known.wrong >= TRIES:
                known.wrong, known.locked_until = 0, self.now() + LOCK_SECONDS
                return Judgement.LOCKED
        elif verdict is Judgement.FINE:
            known.wrong = 0
        return verdict

    def lock(self, client: str) -> None:
        """Lock an address out as if it had tried too often."""
        self._clients.setdefault(client, _Client()).locked_until = self.now() + LOCK_SECONDS

    def unlock_seconds(self, client: str) -> int:
        """How long the address is still locked out; 0 for not at all."""
        until = self._clients.setdefault(client, _Client()).locked_until
        return max(0, round(until - self.now()))

    def tries_left(self, client: str) -> int:
        """Wrong passwords until the lock."""
        return TRIES - self._clients.setdefault(client, _Client()).wrong

    def challenges(self, stale: bool) -> list[str]:
        """WWW-Authenticate headers in the form captured from a device, a fresh nonce in each."""
        return [self._challenge(algorithm, stale) for algorithm in self.algorithms]

    def _challenge(self, algorithm: str, stale: bool) -> str:
        nonce = f"{secrets.token_hex(16)}:{round(self.now() * 1000)}"
        self._nonces[nonce] = _Nonce(self.now())
        return (
            f'Digest qop="auth", realm="{self.realm}", nonce="{nonce}", algorithm="{algorithm}", '
            f'opaque="", domain="::", stale="{str(stale).upper()}"'
        )

    def _check(self, method: str, uri: str, header: str) -> Judgement:
        scheme, _, rest = header.partition(" ")
        given = {
            name: quoted or plain
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))', rest)
        }
        algorithm = given.get("algorithm", "MD5")
        nonce = self._nonces.get(given.get("nonce", ""))
        count = given.get("nc", "")
        wellformed = (
            scheme == "Digest"
            and given.get("qop") == "auth"
            and re.fullmatch("[0-9a-f]{8}", count) is not None
            and given.get("cnonce", "") != ""
            and given.get("uri") == uri
            and given.get("realm") == self.realm
            and given.get("username") == self.username
            and algorithm in self.algorithms
        )
        if not wellformed or nonce is None:
            return Judgement.WRONG
        hashed = sha256 if algorithm == "SHA-256" else md5
        ha1 = hashed(f"{self.username}:{self.realm}:{self.password}".encode()).hexdigest()
        ha2 = hashed(f"{method}:{uri}".encode()).hexdigest()
        middle = f"{given['nonce']}:{count}:{given['cnonce']}:auth"
        if hashed(f"{ha1}:{middle}:{ha2}".encode()).hexdigest() != given.get("response"):
            return Judgement.WRONG
        if int(count, 16) <= nonce.last or self.now() - nonce.born > self.nonce_seconds:
            return Judgement.STALE
        nonce.last = int(count, 16)
        return Judgement.FINE

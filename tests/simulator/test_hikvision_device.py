"""The stand-in Hikvision device, told by hand-made requests: as strict as the documents."""

from __future__ import annotations

import json
import re
from hashlib import md5, sha256
from typing import Any
from xml.etree import ElementTree

import pytest

from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.http_headers import Headers

from portero.simulator.hikvision import RISE_SECONDS, DeviceMood, HikvisionServer
from portero.simulator.hikvision_digest import LOCK_SECONDS, TRIES, DigestGuard, Judgement

DOOR = "/ISAPI/AccessControl/RemoteControl/door/1"
BARRIER = "/ISAPI/Parking/channels/1/barrierGate"
PLATES = "/ISAPI/Traffic/channels/1/vehicleDetect/plates"


class Hand:
    """Writes requests to the device, and their Authorization, by hand."""

    def __init__(self, **kinds: Any) -> None:
        self.clock = Clock()
        self.server = HikvisionServer(self.clock, **kinds)
        make_treq: Any = StubTreq
        self._treq = make_treq(self.server.resource)
        self.nonce = ""
        self.count = 0

    def send(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, Headers]:
        asked = self._treq.request(
            method, f"http://device{path}", headers=headers, data=body.encode() or None
        )
        response = self._now(asked)
        return response.code, self._now(self._treq.content(response)), response.headers

    def challenge(self) -> str:
        _, _, headers = self.send("GET", "/ISAPI/System/deviceInfo")
        (challenge,) = headers.getRawHeaders("WWW-Authenticate") or [""]
        self.nonce = re.findall('nonce="([^"]+)"', challenge)[0]
        self.count = 0
        return str(challenge)

    def proof(self, method: str, path: str, **changed: str) -> dict[str, str]:
        """Right credentials for one request, but for what is changed."""
        self.count += 1
        guard = self.server.guard
        say = {"nc": f"{self.count:08x}", "uri": path, "password": guard.password, **changed}
        ha1 = hexed(f"{guard.username}:{guard.realm}:{say['password']}")
        ha2 = hexed(f"{method}:{say['uri']}")
        response = hexed(f"{ha1}:{self.nonce}:{say['nc']}:0a4f:auth:{ha2}")
        return {
            "Authorization": f'Digest username="{guard.username}", realm="{guard.realm}", '
            f'nonce="{self.nonce}", uri="{say["uri"]}", response="{response}", qop=auth, '
            f'nc={say["nc"]}, cnonce="0a4f"'
        }

    def order(self, method: str, path: str, body: str = "") -> tuple[int, dict[str, str]]:
        """Send it with right credentials; status, and the leaves of the XML answer."""
        if not self.nonce:
            self.challenge()
        status, answer, _ = self.send(method, path, body, self.proof(method, path))
        root = ElementTree.fromstring(answer)
        return status, {leaf.tag.rpartition("}")[2]: leaf.text or "" for leaf in root.iter()}

    def _now(self, deferred: Deferred[Any]) -> Any:
        results: list[Any] = []
        deferred.addCallback(results.append)
        for _ in range(5):
            self._treq.flush()
        return results[0]


def hexed(text: str) -> str:
    return md5(text.encode()).hexdigest()


def xml(root: str, name: str, word: str) -> str:
    return f"<{root}><{name}>{word}</{name}></{root}>"


def test_a_challenge_looks_as_captured() -> None:
    challenge = Hand().challenge()
    assert re.fullmatch(
        r'Digest qop="auth", realm="[^"]+", nonce="[0-9a-f]+:\d+", algorithm="MD5", '
        r'opaque="", domain="::", stale="FALSE"',
        challenge,
    )


def test_right_credentials_are_let_in_and_each_count_once() -> None:
    hand = Hand()
    hand.challenge()
    first = hand.proof("GET", "/ISAPI/System/deviceInfo")
    assert hand.send("GET", "/ISAPI/System/deviceInfo", headers=first)[0] == 200
    status, _, headers = hand.send("GET", "/ISAPI/System/deviceInfo", headers=first)
    assert status == 401
    assert 'stale="TRUE"' in (headers.getRawHeaders("WWW-Authenticate") or [""])[0]
    second = hand.proof("GET", "/ISAPI/System/deviceInfo")
    assert hand.send("GET", "/ISAPI/System/deviceInfo", headers=second)[0] == 200


@pytest.mark.parametrize(
    "changed", [{"password": "x"}, {"uri": "/ISAPI/System/deviceInfo?x=1"}, {"nc": "1"}]
)
def test_what_is_not_right_to_the_letter_is_a_wrong_try(changed: dict[str, str]) -> None:
    hand = Hand()
    hand.challenge()
    proof = hand.proof("GET", "/ISAPI/System/deviceInfo", **changed)
    status, body, _ = hand.send("GET", "/ISAPI/System/deviceInfo", headers=proof)
    assert status == 401
    assert b"<retryLoginTime>4</retryLoginTime>" in body
    assert hand.server.guard.wrong == 1


def test_five_wrong_tries_lock_the_address_out_for_the_right_password_too() -> None:
    hand = Hand()
    hand.challenge()
    path = "/ISAPI/System/deviceInfo"
    for _ in range(TRIES):
        _, body, _ = hand.send("GET", path, headers=hand.proof("GET", path, password="x"))
    assert b"<lockStatus>lock</lockStatus><unlockTime>1800</unlockTime>" in body
    assert hand.send("GET", path, headers=hand.proof("GET", path))[0] == 401
    hand.clock.advance(LOCK_SECONDS)
    hand.challenge()
    assert hand.send("GET", path, headers=hand.proof("GET", path))[0] == 200


def test_sha_256_is_checked_as_the_rfc_has_it() -> None:
    guard = DigestGuard("u", "p", lambda: 0.0, ("SHA-256",), realm="r")
    (challenge,) = guard.challenges(stale=False)
    nonce = re.findall('nonce="([^"]+)"', challenge)[0]
    ha1, ha2 = (sha256(text).hexdigest() for text in (b"u:r:p", b"GET:/x"))
    response = sha256(f"{ha1}:{nonce}:00000001:c:auth:{ha2}".encode()).hexdigest()
    header = (
        f'Digest username="u", realm="r", nonce="{nonce}", uri="/x", algorithm=SHA-256, '
        f'response="{response}", qop=auth, nc=00000001, cnonce="c"'
    )
    assert guard.judge("here", "GET", "/x", header.replace("SHA-256", "MD5")) is Judgement.WRONG
    assert guard.judge("here", "GET", "/x", header) is Judgement.FINE


@pytest.mark.parametrize(
    ("path", "body", "http", "sub"),
    [
        (DOOR, xml("RemoteControlDoor", "cmd", "open"), 200, "ok"),
        (DOOR, xml("RemoteControlDoor", "cmd", "alwaysClose"), 400, "badParameters"),
        (DOOR, xml("RemoteControlDoor", "cmd", "OPEN"), 400, "badParameters"),
        (DOOR, xml("RemoteControl", "cmd", "open"), 400, "badXmlFormat"),
        (DOOR, "open", 400, "badXmlFormat"),
        (DOOR.replace("/1", "/3"), xml("RemoteControlDoor", "cmd", "open"), 400, "badParameters"),
        (BARRIER, xml("BarrierGate", "ctrlMode", "open"), 200, "ok"),
        (BARRIER, xml("BarrierGate", "ctrlMode", "stop"), 400, "badParameters"),
        (BARRIER, xml("BarrierGate", "cmd", "open"), 400, "badXmlFormat"),
        ("/ISAPI/System/IO/outputs/1/trigger", "<IOPortData/>", 403, "notSupport"),
    ],
)
def test_orders_are_taken_to_the_letter_or_not_at_all(
    path: str, body: str, http: int, sub: str
) -> None:
    hand = Hand()
    status, said = hand.order("PUT", path, body)
    assert (status, said["subStatusCode"]) == (http, sub)
    assert len(hand.server.orders) == (1 if sub == "ok" else 0)


def test_a_barrier_takes_its_time_and_none_when_it_is_locked() -> None:
    hand = Hand()
    say = lambda word: hand.order("PUT", BARRIER, xml("BarrierGate", "ctrlMode", word))  # noqa: E731
    state = lambda: hand.order("GET", f"{BARRIER}/barrierGateStatus")[1]["barrierGateStatus"]  # noqa: E731
    assert say("lock")[1]["statusCode"] == "1"
    assert say("open")[1]["statusCode"] == "1"
    hand.clock.advance(RISE_SECONDS)
    assert state() == "1"
    say("unlock")
    say("open")
    assert state() == "1"
    hand.clock.advance(RISE_SECONDS)
    assert state() == "2"
    hand.server.barrier_wired = False
    assert state() == "0"


def test_a_door_is_unlocked_for_its_own_time() -> None:
    hand = Hand()
    hand.order("PUT", DOOR, xml("RemoteControlDoor", "cmd", "open"))

    def locks() -> list[int]:
        path = "/ISAPI/AccessControl/AcsWorkStatus?format=json"
        _, body, _ = hand.send("GET", path, headers=hand.proof("GET", path))
        return list(json.loads(body)["AcsWorkStatus"]["doorLockStatus"])

    assert locks()[:2] == [1, 0]
    assert len(locks()) == 126
    hand.clock.advance(5)
    assert locks()[:2] == [0, 0]


def test_plates_after_a_time_of_eighteen_digits() -> None:
    hand = Hand()
    hand.clock.advance(1_795_000_000)
    hand.server.see("ABC123D", ago=2)
    hand.server.see("XYZ987A")
    name = hand.server._seen[0].pic_name
    status, said = hand.order("POST", PLATES, xml("AfterTime", "picTime", name))
    assert (status, said["plateNumber"]) == (200, "XYZ987A")
    status, said = hand.order("POST", PLATES, xml("AfterTime", "picTime", "2026-11-22T15:00:00"))
    assert (status, said["subStatusCode"]) == (400, "badParameters")


@pytest.mark.parametrize(
    ("mood", "status", "body"),
    [
        (DeviceMood.BROKEN, 500, b"internal fault"),
        (DeviceMood.HTML, 200, b"<!DOCTYPE html>"),
        (DeviceMood.ERROR, 500, b"<statusCode>3<"),
        (DeviceMood.BUSY, 503, b"<statusCode>2<"),
    ],
)
def test_moods_take_no_order(mood: DeviceMood, status: int, body: bytes) -> None:
    hand = Hand()
    hand.challenge()
    hand.server.mood = mood
    order = xml("RemoteControlDoor", "cmd", "open")
    code, answer, _ = hand.send("PUT", DOOR, order, hand.proof("PUT", DOOR))
    assert code == status
    assert body in answer
    assert hand.server.orders == []

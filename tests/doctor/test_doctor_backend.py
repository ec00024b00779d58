"""The look at an external backend: portero's own over HTTP, the first one's, and broken ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from registry.house import TOKEN, House
from told import GREEN, RED, YELLOW, told

from treq.testing import RequestTraversalAgent
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import Site

from portero.config.settings import Settings
from portero.doctor.backend import PLATE, look_at_answers, look_at_reach
from portero.doctor.findings import Finding
from portero.doorman.exchange import make_client
from portero.limits import DOCTOR_ANSWER_SECONDS
from portero.registry.site import make_site

SECRET = "b4ckend-t0ken"


def settings(url: str | None = "http://backend", token: str = SECRET) -> Settings:
    tenants = [{"id": name, "extensions": [at]} for name, at in (("robles", "1"), ("palmas", "2"))]
    doorman = {"backend_token": token, **({"backend_url": url} if url else {})}
    return Settings.model_validate({"tenants": tenants, "doorman": doorman})


class Api(Resource):
    """Answers every request with `answer(tenant)`: a status and a body."""

    isLeaf = True

    def __init__(
        self, answer: Callable[[str], tuple[int, Any]], work: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        self._answer = answer
        self._work = work
        self.asked: list[tuple[str, str]] = []

    def render(self, request: Any) -> bytes:
        self._work()
        self.asked.append((request.method.decode(), request.uri.decode()))
        status, body = self._answer(request.getHeader("x-tenant-id"))
        request.setResponseCode(status)
        return body if isinstance(body, bytes) else json.dumps(body).encode()


def look(
    answer: Callable[[str], tuple[int, Any]], late: float = 0.0
) -> tuple[list[Finding], Any, Api]:
    """What is found at a backend in memory, which takes `late` seconds for each answer."""
    clock = Clock()
    api = Api(answer, lambda: clock.advance(late))
    make_agent: Any = RequestTraversalAgent
    agent = make_agent(api)
    found: list[Finding] = []
    looking = Deferred.fromCoroutine(look_at_answers(settings(), clock, http=make_client(agent)))
    looking.addCallback(found.extend)
    for _ in range(100):
        if looking.called:
            break
        clock.advance(0.05)
        agent.flush()
    looking.addErrback(lambda failure: failure.raiseException())
    assert looking.called
    assert clock.getDelayedCalls() == []
    return found, told(found, secret=SECRET), api


def unknown(_: str) -> tuple[int, Any]:
    return 200, {"authorized": False, "reason": "not found"}


def test_all_is_well_and_nothing_but_a_question_was_sent() -> None:
    found, levels, api = look(unknown)
    assert levels == [("backend.ask", GREEN)] * 2
    assert [it.values["tenant"] for it in found] == ["robles", "palmas"]
    question = ("GET", f"/api/v1/access/visitors/check?plate={PLATE}")
    assert api.asked == [question] * 2


def test_a_slow_one() -> None:
    found, levels, _ = look(unknown, late=DOCTOR_ANSWER_SECONDS + 0.1)
    assert levels == [("backend.ask", YELLOW)] * 2
    assert found[0].values["ms"] >= DOCTOR_ANSWER_SECONDS * 1000


def test_one_that_lets_anybody_in() -> None:
    found, levels, _ = look(lambda _: (200, {"authorized": True}))
    assert levels == [("backend.ask", RED)] * 2
    assert found[0].word == "doctor_backend_careless"


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (404, {"detail": "Condominium not found"}, "doctor_backend_missing"),
        (422, {"detail": "not a UUID"}, "doctor_backend_refused"),
    ],
)
def test_one_that_does_not_take_a_tenant(status: int, body: Any, word: str) -> None:
    found, levels, _ = look(lambda _: (status, body))
    assert levels == [("backend.ask", RED)] * 2
    assert {it.word for it in found} == {word}


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (500, b"Internal Server Error", "doctor_backend_broken"),
        (200, b"<html>FreePBX</html>", "doctor_backend_garbled"),
        (200, ["authorized"], "doctor_backend_garbled"),
        (302, b"", "doctor_backend_garbled"),
    ],
)
def test_one_that_answers_something_else_is_told_once(status: int, body: Any, word: str) -> None:
    found, levels, _ = look(lambda _: (status, body))
    assert levels == [("backend.ask", RED)]
    assert found[0].word == word


def test_a_tenant_that_it_does_not_know_among_others() -> None:
    found, levels, _ = look(lambda name: unknown(name) if name == "palmas" else (404, {}))
    assert [level for _, level in levels] == [RED, GREEN]
    assert found[0].values["tenant"] == "robles"


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_it_refuses_is_tried_once(status: int) -> None:
    found, levels, api = look(lambda _: (status, {"detail": SECRET}))
    assert levels == [("backend.ask", RED)]
    assert found[0].word == "doctor_backend_denied"
    assert len(api.asked) == 1


@pytest_twisted.ensureDeferred
async def test_with_the_embedded_one_there_is_nothing_to_reach() -> None:
    ours = settings(url=None)
    found, ahead = await look_at_reach(ours, reactor, now=lambda: 0.0)
    assert (told(found), ahead) == ([("backend.reach", GREEN)], None)
    assert await look_at_answers(ours, reactor) == []


@pytest_twisted.ensureDeferred
async def test_porteros_own_backend_as_an_external_one_on_a_real_port() -> None:
    house = House()
    site: Site = make_site(house, TOKEN)
    where: Any = reactor
    port = where.listenTCP(0, site, interface="127.0.0.1")
    url = f"http://127.0.0.1:{port.getHost().port}"
    try:
        found, ahead = await look_at_reach(settings(url), reactor, now=where.seconds)
        assert told(found) == [("backend.reach", GREEN)]
        assert ahead is not None
        assert abs(ahead) < 5
        answers = await look_at_answers(settings(url, TOKEN), reactor)
        assert told(answers, secret=TOKEN) == [("backend.ask", GREEN)] * 2
        answers = await look_at_answers(settings(url, "wrong"), reactor)
        assert answers[0].word == "doctor_backend_denied"
    finally:
        await port.stopListening()
        house.close()
    found, _ = await look_at_reach(settings(url), reactor, now=where.seconds)
    assert told(found) == [("backend.reach", RED)]

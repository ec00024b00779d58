"""The look at WhatsApp against a Graph API that answers reads, and portero's own webhook."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_twisted
from told import GREEN, RED, YELLOW, told

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import Site

from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.whatsapp import look_at_whatsapp
from portero.doorman.webhook import Webhook
from portero.limits import DOCTOR_TOKEN_DAYS

NUMBER, ACCOUNT, APP = "106540352242922", "102289599326934", "670843887433847"
TOKEN, VERIFY = "EAAJBsecret", "palabra-de-verificacion"
BOTH = ["whatsapp_business_management", "whatsapp_business_messaging"]
where: Any = reactor


class Graph(Resource):
    """Reads of the Graph API; each test changes the one answer that is wrong."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, str]] = []
        body = {"type": "BODY", "text": "Hola, {{1}} está en la puerta de {{2}}. ¿Lo dejo pasar?"}
        buttons = [{"type": "QUICK_REPLY", "text": text} for text in ("Sí, que pase", "No")]
        self.template = {
            "name": "visita_en_puerta",
            "status": "APPROVED",
            "language": "es_MX",
            "components": [body, {"type": "BUTTONS", "buttons": buttons}],
        }
        self.token: dict[str, Any] = {
            "app_id": APP,
            "is_valid": True,
            "expires_at": 0,
            "scopes": BOTH,
            "granular_scopes": [{"scope": scope, "target_ids": [ACCOUNT]} for scope in BOTH],
        }
        self.number = {
            "display_phone_number": "+52 55 0000 0000",
            "verified_name": "Los Robles",
            "quality_rating": "GREEN",
            "id": NUMBER,
        }
        self.apps: list[Any] = [{"whatsapp_business_api_data": {"id": APP, "name": "portero"}}]
        self.templates = [self.template]
        self.error: tuple[int, Any] | None = None

    def render(self, request: Any) -> bytes:
        self.requests.append((request.method.decode(), request.uri.decode()))
        if request.getHeader("authorization") != f"Bearer {TOKEN}":
            return self._say(request, 401, {"error": {"code": 190, "message": f"bad {TOKEN}"}})
        if self.error is not None:
            return self._say(request, *self.error)
        path = urlsplit(request.uri.decode()).path.removeprefix("/v25.0/")
        query = parse_qs(urlsplit(request.uri.decode()).query)
        if path == "debug_token":
            assert query["input_token"] == [TOKEN]
            return self._say(request, 200, {"data": self.token})
        answers: dict[str, Any] = {
            NUMBER: self.number,
            f"{ACCOUNT}/message_templates": {"data": self.templates},
            f"{ACCOUNT}/subscribed_apps": {"data": self.apps},
            f"{ACCOUNT}/phone_numbers": {"data": [{"id": NUMBER}]},
            "999/phone_numbers": {"data": [{"id": "1"}]},
        }
        if path not in answers:
            return self._say(request, 400, {"error": {"code": 100, "message": "no such object"}})
        return self._say(request, 200, answers[path])

    @staticmethod
    def _say(request: Any, status: int, answer: Any) -> bytes:
        request.setResponseCode(status)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def settings(graph: str, webhook_port: int, **changes: Any) -> Settings:
    whatsapp = {
        "phone_number_id": NUMBER,
        "token": TOKEN,
        "app_secret": "app-secret",
        "verify_token": VERIFY,
        "url": f"{graph}/v25.0",
        "timeout": 2,
        **changes,
    }
    doorman = {"whatsapp": whatsapp, "webhook": {"port": webhook_port}}
    return Settings.model_validate({"doorman": doorman})


def listen(factory: Any) -> tuple[Any, int]:
    port = where.listenTCP(0, factory, interface="127.0.0.1")
    return port, port.getHost().port


def free_port() -> Any:
    """A port that nobody has, and what frees it."""
    return listen(Factory())


async def look(change: Callable[[Graph], None] = lambda _: None, **changes: Any) -> list[Finding]:
    """With the webhook's port free."""
    graph = Graph()
    change(graph)
    port, number = listen(Site(graph))
    other, webhook = free_port()
    await other.stopListening()
    ours = settings(f"http://127.0.0.1:{number}", webhook, **changes)
    found = await look_at_whatsapp(ours, reactor, now=time.time)
    await port.stopListening()
    assert {method for method, _ in graph.requests} == {"GET"}
    for secret in (TOKEN, VERIFY, "app-secret"):
        told(found, secret=secret)
    assert (found[-1].step, found[-1].word) == ("whatsapp.webhook", "doctor_webhook_free")
    return found[:-1]


@pytest_twisted.ensureDeferred
async def test_all_is_well() -> None:
    assert told(await look()) == [
        ("whatsapp.number", GREEN),
        ("whatsapp.token", GREEN),
        ("whatsapp.template", GREEN),
        ("whatsapp.subscribed", GREEN),
    ]


@pytest_twisted.ensureDeferred
async def test_without_whatsapp_there_is_nothing_to_say() -> None:
    assert await look_at_whatsapp(Settings.model_validate({}), reactor, now=time.time) == []


@pytest_twisted.ensureDeferred
async def test_a_token_that_meta_refuses() -> None:
    found = await look(token="EAAanother")
    assert told(found) == [("whatsapp.token", RED)]
    assert found[0].word == "doctor_whatsapp_token_dead"


@pytest_twisted.ensureDeferred
async def test_a_number_that_is_none() -> None:
    found = await look(phone_number_id="5215500000000")
    assert told(found) == [("whatsapp.number", RED)]
    assert found[0].word == "doctor_whatsapp_no_number"


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (403, {"error": {"code": 200}}, "doctor_whatsapp_rights"),
        (400, {"error": {"code": 10}}, "doctor_whatsapp_rights"),
        (400, {"error": {"code": 131031}}, "doctor_whatsapp_account"),
        (500, b"<html>", "doctor_whatsapp_reach"),
        (200, b"<html>", "doctor_whatsapp_reach"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_else_meta_answers(status: int, body: Any, word: str) -> None:
    def change(graph: Graph) -> None:
        graph.error = status, body

    found = await look(change)
    assert [it.level for it in found] == [RED]
    assert found[0].word == word


@pytest_twisted.ensureDeferred
async def test_meta_out_of_reach() -> None:
    other, port = free_port()
    await other.stopListening()
    ours = settings(f"http://127.0.0.1:{port}", port)
    found = await look_at_whatsapp(ours, reactor, now=time.time)
    assert told(found, secret=TOKEN)[0] == ("whatsapp.reach", RED)
    assert found[0].word == "doctor_reach_refused"


@pytest.mark.parametrize(
    ("days", "level"), [(DOCTOR_TOKEN_DAYS + 1, GREEN), (DOCTOR_TOKEN_DAYS - 1, YELLOW)]
)
@pytest_twisted.ensureDeferred
async def test_a_token_that_will_expire(days: int, level: Level) -> None:
    found = await look(lambda graph: graph.token.update(expires_at=time.time() + days * 86_400))
    assert told(found)[1] == ("whatsapp.token", level)


@pytest_twisted.ensureDeferred
async def test_a_token_that_may_not_send() -> None:
    found = await look(lambda graph: graph.token.update(scopes=["whatsapp_business_management"]))
    assert told(found)[1] == ("whatsapp.token", RED)
    assert found[1].values["missing"] == "whatsapp_business_messaging"
    assert told(found)[2] == ("whatsapp.template", GREEN)  # what can be seen is looked at


@pytest_twisted.ensureDeferred
async def test_a_token_that_may_only_send() -> None:
    found = await look(lambda graph: graph.token.update(scopes=["whatsapp_business_messaging"]))
    assert told(found)[1:] == [("whatsapp.token", RED), ("whatsapp.template", Level.SKIPPED)]


@pytest_twisted.ensureDeferred
async def test_the_account_that_has_the_number_is_found_among_several() -> None:
    scope = {"scope": BOTH[0], "target_ids": ["999", ACCOUNT]}
    found = await look(lambda graph: graph.token.update(granular_scopes=[scope]))
    assert told(found)[2:] == [("whatsapp.template", GREEN), ("whatsapp.subscribed", GREEN)]


@pytest_twisted.ensureDeferred
async def test_no_template_of_that_name_or_none_in_that_language() -> None:
    found = await look(lambda graph: graph.templates.clear())
    assert found[2].word == "doctor_whatsapp_no_template"
    found = await look(template_language="en_US")
    assert told(found)[2] == ("whatsapp.template", RED)
    assert found[2].values["languages"] == "es_MX"


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED", "DISABLED"])
@pytest_twisted.ensureDeferred
async def test_a_template_that_is_not_approved(status: str) -> None:
    found = await look(lambda graph: graph.template.update(status=status))
    assert told(found)[2] == ("whatsapp.template", RED)
    assert found[2].values["status"] == status


@pytest.mark.parametrize(
    ("body", "buttons"),
    [
        ("{{1}} está en la puerta", ["QUICK_REPLY", "QUICK_REPLY"]),
        ("{{1}} en {{2}} por {{3}}", ["QUICK_REPLY", "QUICK_REPLY"]),
        ("{{1}} en {{2}}.", ["QUICK_REPLY"]),
        ("{{1}} en {{2}}.", ["QUICK_REPLY", "URL"]),
        ("{{1}} en {{2}}.", []),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_template_of_another_form(body: str, buttons: list[str]) -> None:
    parts: list[Any] = [{"type": "BODY", "text": body}]
    if buttons:
        parts.append({"type": "BUTTONS", "buttons": [{"type": kind} for kind in buttons]})
    found = await look(lambda graph: graph.template.update(components=parts))  # type: ignore[call-arg]
    assert found[2].word == "doctor_whatsapp_template_form"


@pytest.mark.parametrize("apps", [[], [{"whatsapp_business_api_data": {"id": "1"}}], [None]])
@pytest_twisted.ensureDeferred
async def test_an_app_that_is_told_of_nothing(apps: list[Any]) -> None:
    def change(graph: Graph) -> None:
        graph.apps = apps

    assert told(await look(change))[3] == ("whatsapp.subscribed", RED)


@pytest_twisted.ensureDeferred
async def test_a_number_that_people_have_blocked() -> None:
    found = await look(lambda graph: graph.number.update(quality_rating="RED"))
    assert told(found)[0] == ("whatsapp.number", YELLOW)


# -- the webhook


async def at_webhook(factory: Any, verify: str = VERIFY) -> Finding:
    """What is found of the webhook where this answers."""
    graph, number = listen(Site(Graph()))
    port, webhook = listen(factory)
    ours = settings(f"http://127.0.0.1:{number}", webhook, verify_token=verify)
    found = await look_at_whatsapp(ours, reactor, now=time.time)
    await port.stopListening()
    await graph.stopListening()
    told(found, secret=verify)
    return found[-1]


def porteros() -> Site:
    nothing: Any = None
    whatsapp = settings("http://127.0.0.1:1", 1).doorman.whatsapp
    assert whatsapp is not None
    webhook = Webhook(
        whatsapp,
        "/whatsapp",
        nothing,
        nothing,
        when_told=nothing,
        language_of=nothing,
        now=time.time,
    )
    return webhook.site(reactor)


@pytest_twisted.ensureDeferred
async def test_the_running_daemons_webhook_shakes_hands() -> None:
    found = await at_webhook(porteros())
    assert (found.level, found.word) == (GREEN, "doctor_webhook_ok")


@pytest_twisted.ensureDeferred
async def test_a_daemon_with_another_word() -> None:
    found = await at_webhook(porteros(), verify="otra-palabra")
    assert (found.level, found.word) == (RED, "doctor_webhook_token")


class Gossip(Protocol):
    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"SSH-2.0-OpenSSH_9.2\r\n")


@pytest_twisted.ensureDeferred
async def test_another_program_on_the_port() -> None:
    for factory in (Site(Graph()), Factory.forProtocol(Gossip)):
        found = await at_webhook(factory)
        assert (found.level, found.word) == (RED, "doctor_webhook_other")

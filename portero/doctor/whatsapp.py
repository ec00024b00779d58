"""The doctor's look at WhatsApp: token, number, template, subscription, webhook. Nothing is sent.

Source: gates-and-notices.md 3, and Meta's pages on debug_token, message_templates, subscribed_apps.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from treq.client import HTTPClient
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.web.client import Agent

from portero.config.problems import printable
from portero.config.residents import WebhookSettings, WhatsAppSettings
from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.reach import NotReached, brief, reach
from portero.doorman.exchange import Request, exchange, make_client
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.whatsappmessages import error_code
from portero.limits import DOCTOR_REACH_SECONDS, DOCTOR_TOKEN_DAYS, WHATSAPP_ANSWER_BYTES

REACH: Final = "whatsapp.reach"
TOKEN: Final = "whatsapp.token"
NUMBER: Final = "whatsapp.number"
TEMPLATE: Final = "whatsapp.template"
SUBSCRIBED: Final = "whatsapp.subscribed"
WEBHOOK: Final = "whatsapp.webhook"

_MESSAGING: Final = "whatsapp_business_messaging"
_MANAGEMENT: Final = "whatsapp_business_management"
_VARIABLE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BUTTONS: Final = ["QUICK_REPLY", "QUICK_REPLY"]  # approve, refuse
_DAY: Final = 86_400


class _Stop(Exception):
    """There is no point in asking more; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.word)
        self.finding = finding


async def look_at_whatsapp(
    settings: Settings,
    reactor: Any,
    *,
    now: Callable[[], float],
    http: HTTPClient | None = None,
) -> list[Finding]:
    """Nothing where WhatsApp is not set up."""
    whatsapp = settings.doorman.whatsapp
    if whatsapp is None:
        return []
    http = http or make_client(Agent(reactor))
    look = _Look(whatsapp, http, reactor, now)
    findings: list[Finding] = []
    try:
        await reach(whatsapp.url, reactor, now=now)
        await look.number(findings)
        await look.token(findings)
        await look.account(findings)
    except NotReached as failure:
        findings.append(failure.finding(REACH, "doorman.whatsapp.url"))
    except _Stop as stop:
        findings.append(stop.finding)
    findings.append(await _webhook(whatsapp, settings.doorman.webhook, http, reactor))
    return findings


class _Look:
    """Reads of the Graph API with one token."""

    def __init__(
        self, settings: WhatsAppSettings, http: HTTPClient, reactor: Any, now: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._http = http
        self._reactor = reactor
        self._now = now
        self._app_id = ""
        self._accounts: list[str] = []

    async def number(self, findings: list[Finding]) -> None:
        """The token may see the number; raises _Stop."""
        number_id = self._settings.phone_number_id
        fields = {"fields": "display_phone_number,verified_name,quality_rating"}
        told = await self._get(number_id, fields)
        values = {
            "id": number_id,
            "number": printable(told.get("display_phone_number", "?"), 40),
            "name": printable(told.get("verified_name", "?"), 60),
        }
        if told.get("quality_rating") == "RED":
            cure = "doctor_cure_whatsapp_quality"
            word = "doctor_whatsapp_quality"
            findings.append(Finding(NUMBER, Level.YELLOW, word, values, cure))
        else:
            findings.append(Finding(NUMBER, Level.GREEN, "doctor_whatsapp_number", values))

    async def token(self, findings: list[Finding]) -> None:
        """It lasts, and may do what is needed; notes app and accounts. Raises _Stop."""
        secret = self._settings.token.get_secret_value()
        told = _mapping((await self._get("debug_token", {"input_token": secret})).get("data"))
        scopes = set(_listed(told.get("scopes")))
        missing = sorted({_MESSAGING, _MANAGEMENT} - scopes)
        if missing:
            values = {"missing": ", ".join(missing)}
            cure = "doctor_cure_whatsapp_rights"
            findings.append(Finding(TOKEN, Level.RED, "doctor_whatsapp_rights", values, cure))
        else:
            findings.append(self._lasting(told.get("expires_at")))
        self._app_id = str(told.get("app_id", ""))
        for granted in _listed(told.get("granular_scopes")):
            if _mapping(granted).get("scope") == _MANAGEMENT:
                self._accounts = [str(it) for it in _listed(granted.get("target_ids"))]
        if _MANAGEMENT in missing or not self._accounts:
            raise _Stop(Finding(TEMPLATE, Level.SKIPPED, "doctor_whatsapp_unseen"))

    def _lasting(self, expires_at: Any) -> Finding:
        """0 is never; test tokens of Meta's page last a day."""
        seconds = expires_at - self._now() if isinstance(expires_at, int | float) else 0
        if not expires_at or seconds > DOCTOR_TOKEN_DAYS * _DAY:
            return Finding(TOKEN, Level.GREEN, "doctor_whatsapp_token")
        values = {"hours": max(0, round(seconds / 3600))}
        cure = "doctor_cure_whatsapp_token"
        return Finding(TOKEN, Level.YELLOW, "doctor_whatsapp_token_ends", values, cure)

    async def account(self, findings: list[Finding]) -> None:
        """The template, and who is told of taps, in the account that has the number."""
        account = await self._account()
        name = self._settings.template
        query = {"name": name, "fields": "name,status,language,components", "limit": "100"}
        told = await self._get(f"{account}/message_templates", query)
        findings.append(self._template([_mapping(it) for it in _listed(told.get("data"))]))
        told = await self._get(f"{account}/subscribed_apps", {})
        apps = [
            _mapping(_mapping(it).get("whatsapp_business_api_data"))
            for it in _listed(told.get("data"))
        ]
        if any(str(app.get("id")) == self._app_id for app in apps):
            findings.append(Finding(SUBSCRIBED, Level.GREEN, "doctor_whatsapp_subscribed"))
            return
        values = {"account": account}
        cure = "doctor_cure_whatsapp_subscribe"
        word = "doctor_whatsapp_unsubscribed"
        findings.append(Finding(SUBSCRIBED, Level.RED, word, values, cure))

    async def _account(self) -> str:
        if len(self._accounts) == 1:
            return self._accounts[0]
        for account in self._accounts:
            told = await self._get(f"{account}/phone_numbers", {"fields": "id"})
            ids = [_mapping(it).get("id") for it in _listed(told.get("data"))]
            if self._settings.phone_number_id in ids:
                return account
        raise _Stop(Finding(TEMPLATE, Level.SKIPPED, "doctor_whatsapp_unseen"))

    def _template(self, found: list[Mapping[str, Any]]) -> Finding:
        name, language = self._settings.template, self._settings.template_language
        named = [it for it in found if it.get("name") == name]
        values: dict[str, Any] = {"template": name, "language": language}
        right = next((it for it in named if it.get("language") == language), None)
        if right is None:
            values["languages"] = (
                ", ".join(printable(it.get("language"), 10) for it in named) or "-"
            )
            cure = "doctor_cure_whatsapp_template"
            return Finding(TEMPLATE, Level.RED, "doctor_whatsapp_no_template", values, cure)
        status = printable(right.get("status"), 30)
        if status != "APPROVED":
            values["status"] = status
            cure = "doctor_cure_whatsapp_status"
            return Finding(TEMPLATE, Level.RED, "doctor_whatsapp_template_status", values, cure)
        if not _fits(right):
            cure = "doctor_cure_whatsapp_template"
            return Finding(TEMPLATE, Level.RED, "doctor_whatsapp_template_form", values, cure)
        return Finding(TEMPLATE, Level.GREEN, "doctor_whatsapp_template", values)

    async def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        """A JSON object that the Graph API answers; raises _Stop."""
        token = self._settings.token.get_secret_value()
        request = Request(
            "GET",
            f"{self._settings.url.rstrip('/')}/{path}",
            {"Authorization": f"Bearer {token}"},
            list(query.items()),
        )
        try:
            status, body = await exchange(
                self._http,
                request,
                clock=self._reactor,
                seconds=self._settings.timeout,
                max_bytes=WHATSAPP_ANSWER_BYTES,
            )
        except RequestFailed as failure:
            values = {"why": brief(failure)}
            cure = "doctor_cure_whatsapp_reach"
            raise _Stop(Finding(NUMBER, Level.RED, "doctor_whatsapp_reach", values, cure)) from None
        if status != 200:
            raise _Stop(self._refused(status, error_code(body)))
        try:
            return _mapping(json.loads(body))
        except (ValueError, RecursionError):
            raise _Stop(self._refused(status, None)) from None

    def _refused(self, status: int, code: int | None) -> Finding:
        """Meta's own words may repeat the token: its code says enough (3.1)."""
        values = {"id": self._settings.phone_number_id, "code": code, "status": status}
        if code is None:
            cure = "doctor_cure_whatsapp_reach"
            values = {"why": f"HTTP {status}"}
            return Finding(NUMBER, Level.RED, "doctor_whatsapp_reach", values, cure)
        if code in (0, 190):
            cure = "doctor_cure_whatsapp_token"
            return Finding(TOKEN, Level.RED, "doctor_whatsapp_token_dead", values, cure)
        if code in (100, 33, 131009):
            cure = "doctor_cure_whatsapp_number"
            return Finding(NUMBER, Level.RED, "doctor_whatsapp_no_number", values, cure)
        if code in (3, 10, 131005) or 200 <= code <= 299:
            values["missing"] = _MANAGEMENT
            cure = "doctor_cure_whatsapp_rights"
            return Finding(TOKEN, Level.RED, "doctor_whatsapp_rights", values, cure)
        cure = "doctor_cure_whatsapp_account"
        return Finding(NUMBER, Level.RED, "doctor_whatsapp_account", values, cure)


async def _webhook(
    whatsapp: WhatsAppSettings, where: WebhookSettings, http: HTTPClient, reactor: Any
) -> Finding:
    """The handshake that Meta does, against the daemon; without one: is the port free?"""
    values: dict[str, Any] = {"interface": where.interface, "port": where.port, "path": where.path}
    challenge = secrets.token_hex(8)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(where.interface, where.interface)
    query = [
        ("hub.mode", "subscribe"),
        ("hub.verify_token", whatsapp.verify_token.get_secret_value()),
        ("hub.challenge", challenge),
    ]
    request = Request("GET", f"http://{host}:{where.port}{where.path}", {}, query)
    try:
        status, body = await exchange(
            http, request, clock=reactor, seconds=DOCTOR_REACH_SECONDS, max_bytes=4096
        )
    except RequestFailed as failure:
        if failure.trouble is Trouble.UNREACHABLE:
            return await _port(where, values, reactor)
        values["why"] = brief(failure)
        return Finding(WEBHOOK, Level.RED, "doctor_webhook_other", values, "doctor_cure_port")
    if (status, body) == (200, challenge.encode()):
        return Finding(WEBHOOK, Level.GREEN, "doctor_webhook_ok", values)
    if status == 403:
        cure = "doctor_cure_webhook_token"
        return Finding(WEBHOOK, Level.RED, "doctor_webhook_token", values, cure)
    values["why"] = f"HTTP {status}"
    return Finding(WEBHOOK, Level.RED, "doctor_webhook_other", values, "doctor_cure_port")


async def _port(where: WebhookSettings, values: dict[str, Any], reactor: Any) -> Finding:
    try:
        port = reactor.listenTCP(where.port, Factory(), interface=where.interface)
    except CannotListenError as error:
        values["why"] = getattr(error.socketError, "strerror", None) or str(error.socketError)
        return Finding(WEBHOOK, Level.RED, "doctor_webhook_other", values, "doctor_cure_port")
    await port.stopListening()
    cure = "doctor_cure_webhook_start"
    return Finding(WEBHOOK, Level.YELLOW, "doctor_webhook_free", values, cure)


def _fits(template: Mapping[str, Any]) -> bool:
    """Two variables in the body, and two quick replies: what portero sends."""
    parts = {
        str(_mapping(it).get("type")).upper(): _mapping(it)
        for it in _listed(template.get("components"))
    }
    variables = set(_VARIABLE.findall(str(parts.get("BODY", {}).get("text", ""))))
    buttons = [_mapping(it).get("type") for it in _listed(parts.get("BUTTONS", {}).get("buttons"))]
    return len(variables) == 2 and buttons == _BUTTONS


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

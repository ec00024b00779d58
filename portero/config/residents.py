"""How residents are asked whether a visitor may come in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from portero import limits
from portero.config.section import Section, Timeout
from portero.config.units import (
    Context,
    Extension,
    Host,
    NumberId,
    Port,
    Seconds,
    TemplateLanguage,
    TemplateName,
    Url,
    UrlPath,
)


class AskSettings(Section):
    """One step of the chain: somebody is asked, in one way, for so long."""

    by: Literal["whatsapp", "call"]
    contact: int = Field(default=1, ge=1, le=limits.CONTACTS_MAX)
    """1: the resident whom the visitor came for; 2 and on: the others of the same unit."""
    wait: Seconds = Field(default=45, ge=limits.ASK_SECONDS_MIN, le=limits.ASK_SECONDS_MAX)
    """Seconds until the next step."""


class NotifySettings(Section):
    """What notify_resident does: the chain of those who are asked, first to last."""

    chain: tuple[AskSettings, ...] = Field(default=(), max_length=limits.ASK_STEPS_MAX)
    """None: the Backend API's own notice, which nobody can answer to."""
    otherwise: Literal["guard", "refuse"] = "guard"
    """Where the visitor is left when nobody has answered."""
    context: Context = "from-internal"
    """Dialplan context in which residents' extensions are called."""
    caller_id: Extension | None = None
    """Number that residents see on their phone; none: the intercom's."""


class WhatsAppSettings(Section):
    """The WhatsApp Cloud API: a template with two buttons, first approve, then refuse."""

    phone_number_id: NumberId
    """Id (not the number) of the sender."""
    token: SecretStr
    """Token of a system user."""
    app_secret: SecretStr
    """Secret of the app: signs what the webhook is told."""
    verify_token: SecretStr
    """The word that Meta repeats when the webhook is set up."""
    template: TemplateName = "visita_en_puerta"
    """Template: {{1}} the visitor, {{2}} the community."""
    template_language: TemplateLanguage = "es_MX"
    url: Url = Field(default="https://graph.facebook.com/v25.0", repr=False)
    """Address of the Graph API with its version."""
    timeout: Timeout = 5


class WebhookSettings(Section):
    """Where WhatsApp's answers come in; put a proxy with a public certificate before it."""

    interface: Host = "127.0.0.1"
    port: Port = 8090
    path: UrlPath = "/whatsapp"

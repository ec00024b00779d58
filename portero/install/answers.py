"""What `portero init` asks, and what is wrong with an answer (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from portero import limits
from portero.config.rights import needs_originate
from portero.config.settings import Settings
from portero.config.units import FORMS, Context, Extension, Name, Url
from portero.messages import text

Driver = Literal["none", "hikvision", "dtmf", "webhook", "asterisk", "backend"]
DRIVERS: Final[tuple[Driver, ...]] = ("none", "hikvision", "dtmf", "webhook", "asterisk", "backend")

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    "name": TypeAdapter(Name),
    "extension": TypeAdapter(Extension),
    "context": TypeAdapter(Context),
    "url": TypeAdapter(Url),
}
_HTTP_TOKEN: Final = re.compile(r"[!#-&(-~]+")  # as portero.config.checks takes a key
_HEADER: Final = re.compile(r"[ -~]+")  # `Bearer …`: a header's value may have a space
# manager.conf: ; begins a comment, and spaces around a value are cut off.
_AMI_SECRET: Final = re.compile(r"[A-Za-z0-9._~+/@%^*-]+")
_DIGITS: Final = re.compile(r"[0-9*#A-D]+")  # as portero.config.checks_gates takes them


@dataclass(frozen=True, slots=True)
class GateAnswers:
    """The gate that an installer has: what opens it, and how it is reached.

    `url`: of the device, the webhook or the Backend API. `secret`: password (hikvision), digits
    (dtmf), the Authorization header (webhook, may be empty) or token (backend, may be empty).
    """

    driver: Driver
    id: str = "main_gate"
    name: str = ""
    url: str = field(default="", repr=False)
    user: str = ""
    kind: Literal["door", "barrier"] = "door"
    extension: str = ""
    context: str = "from-internal"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AsteriskSide:
    """What Asterisk is told of portero: its AMI user, and where its calls go.

    `originates`: portero makes calls itself, so that its user needs the right to.
    """

    secret: str = field(repr=False)
    user: str = "portero"
    originates: bool = False
    fastagi: str = "127.0.0.1:4574"

    @classmethod
    def of(cls, settings: Settings) -> AsteriskSide:
        """As settings want it that are there already."""
        ami, fastagi = settings.asterisk.ami, settings.asterisk.fastagi
        anywhere = fastagi.interface in ("0.0.0.0", "::")
        host = "127.0.0.1" if anywhere else fastagi.interface
        return cls(
            secret=ami.password.get_secret_value(),
            user=ami.username,
            originates=needs_originate(settings),
            fastagi=f"[{host}]:{fastagi.port}" if ":" in host else f"{host}:{fastagi.port}",
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """All that `portero init` needs; every value has passed `wrong`."""

    language: Literal["es", "en"]
    tenant: str
    name: str
    extensions: tuple[str, ...]
    dids: tuple[str, ...]
    guard: str
    ami_secret: str = field(repr=False)
    api_key: str = field(repr=False)
    guard_context: str = "from-internal"
    gate: GateAnswers | None = None
    calls_residents: bool = False

    @property
    def side(self) -> AsteriskSide:
        """What Asterisk is to be told of portero."""
        opened_by_call = self.gate is not None and self.gate.driver == "asterisk"
        return AsteriskSide(self.ami_secret, originates=self.calls_residents or opened_by_call)


def wrong(kind: str, value: str, language: str) -> str | None:
    """What is wrong with an answer of that kind, as a sentence; secrets are not quoted.

    Kinds: name, extension, context, url, device, title, user; api_key, ami_secret, password,
    digits, header.
    """
    key = _wrong(kind, value)
    if key is None:
        return None
    return text(key, language, value=value, limit=limits.AMI_SECRET_CHARACTERS_MIN)


def _wrong(kind: str, value: str) -> str | None:
    if kind in _ADAPTERS:
        return _by_form(_ADAPTERS[kind], value)
    if kind == "device":
        bare = urlsplit(value).path in ("", "/") and not set(value) & set("?#")
        return _wrong("url", value) or (None if bare else "device_url_path")
    if kind == "api_key":
        return None if _HTTP_TOKEN.fullmatch(value) else "api_key_form"
    if kind == "ami_secret":
        if len(value) < limits.AMI_SECRET_CHARACTERS_MIN:
            return "init_ami_secret_short"
        return None if _AMI_SECRET.fullmatch(value) else "init_ami_secret_form"
    if kind == "digits":
        return None if _DIGITS.fullmatch(value) else "digits_form"
    if kind == "header":
        return None if not value or _HEADER.fullmatch(value) else "init_secret_form"
    return None if value.strip() and value.isprintable() else "init_text_form"


def _by_form(adapter: TypeAdapter[Any], value: str) -> str | None:
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return FORMS[error.errors()[0]["ctx"]["pattern"]]
    return None


def doubtful_key(value: str) -> bool:
    """Whether a key is none of OpenAI's, which all begin with sk-."""
    return not value.startswith("sk-")

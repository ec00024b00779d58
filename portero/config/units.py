"""Field types that people write with a unit: durations, port ranges, networks, addresses.

What is wrong is raised as a `PydanticCustomError` whose type is a key of `portero.messages`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.x509 import load_pem_x509_certificate
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from portero import limits

_MILLISECONDS: Final = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|min|h)?", re.ASCII)
_PORTS: Final = re.compile(r"(\d{1,5})\s*-\s*(\d{1,5})", re.ASCII)


def parse_milliseconds(value: Any, *, bare_unit: str) -> Decimal:
    """A duration in ms from `20ms`, `5s`, `1.5s`, `15min`, `2h`, or a bare number of `bare_unit`.

    Raises:
        PydanticCustomError: `duration`, for any other form.
    """
    match = None if isinstance(value, bool) else _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise PydanticCustomError("duration", "not a duration")
    number, unit = match.groups()
    return Decimal(number) * _MILLISECONDS[unit or bare_unit]


def _seconds(value: Any) -> float:
    return float(parse_milliseconds(value, bare_unit="s") / 1000)


def _whole_milliseconds(value: Any) -> int:
    milliseconds = parse_milliseconds(value, bare_unit="ms")
    if milliseconds % 1:
        raise PydanticCustomError("duration_fraction", "not a whole number of milliseconds")
    return int(milliseconds)


def _port_range(value: Any) -> Any:
    match = _PORTS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None:
        value = (int(match[1]), int(match[2]))
    pair = isinstance(value, list | tuple) and len(value) == 2
    if not pair or not all(isinstance(port, int) for port in value) or value[0] > value[1]:
        raise PydanticCustomError("port_range", "not a range of ports")
    return value


def _network(value: Any) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError:
        raise PydanticCustomError("network", "not a network") from None


_DURATION_SCHEMA: Final = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _DURATION.pattern}]
}
_PORTS_SCHEMA: Final = {
    "anyOf": [
        {"type": "string", "pattern": _PORTS.pattern},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    ]
}

Seconds = Annotated[float, BeforeValidator(_seconds), WithJsonSchema(_DURATION_SCHEMA)]
"""Seconds as a float; written `5s`, `500ms`, `15min`, or a bare number of seconds."""

Milliseconds = Annotated[
    int, BeforeValidator(_whole_milliseconds), WithJsonSchema(_DURATION_SCHEMA)
]
"""Whole milliseconds; written `20ms`, `5s`, or a bare number of milliseconds."""

Port = Annotated[int, Field(ge=1, le=limits.PORT_MAX)]
PortRange = Annotated[
    tuple[Port, Port], BeforeValidator(_port_range), WithJsonSchema(_PORTS_SCHEMA)
]
"""First and last port, both included; written `21000-21999`."""

Network = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(_network), WithJsonSchema({"type": "string"})
]


def _certificate(value: Any) -> str:
    try:
        load_pem_x509_certificate(str(value).encode())
    except ValueError:
        raise PydanticCustomError("form_certificate", "not a certificate in PEM format") from None
    return str(value)


_HOURS: Final = re.compile(
    r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*((?:[01]?\d|2[0-3]):[0-5]\d|24:00)", re.ASCII
)


def _hours(value: Any) -> Any:
    match = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None:
        hour, minute = match[3].split(":")
        value = (int(match[1]) * 60 + int(match[2]), int(hour) * 60 + int(minute))
    if not (isinstance(value, list | tuple) and len(value) == 2) or value[0] == value[1]:
        raise PydanticCustomError("hours", "not a range of hours")
    return value


_Minute = Annotated[int, Field(ge=0, le=24 * 60)]
Hours = Annotated[
    tuple[_Minute, _Minute],
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": _HOURS.pattern}),
]
"""First minute of the day and the one after the last; written `07:00-22:00`."""


def _time_zone(value: Any) -> str:
    try:
        return str(ZoneInfo(str(value)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError("time_zone", "not a time zone") from None


TimeZone = Annotated[str, BeforeValidator(_time_zone), WithJsonSchema({"type": "string"})]
"""A name of the tz database: America/Mexico_City."""

Certificate = Annotated[str, BeforeValidator(_certificate)]
"""The PEM text of an X.509 certificate; of several, the first counts."""

# Texts of one form; `FORMS` names the message that explains each.
_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_TOOL: Final = r"^[a-zA-Z0-9_-]{1,64}$"
_EXTENSION: Final = r"^[0-9A-Za-z*#+_-]{1,79}$"
_CONTEXT: Final = r"^[0-9A-Za-z_.-]{1,79}$"
_HOST: Final = r"^[0-9A-Za-z.:_-]{1,253}$"
_LANGUAGE: Final = r"^[a-z]{2}(-[A-Z]{2})?$"
_URL: Final = r"^https?://[^\s/?#@]+([/?#]\S*)?$"
_WEBSOCKET_URL: Final = r"^wss?://[^\s/]+\S*$"
_DATABASE_URL: Final = r"^(sqlite|postgresql(\+psycopg)?)://\S*$"
_PATH: Final = r"^/\S*$"
_NUMBER_ID: Final = r"^[0-9]{1,32}$"
_TEMPLATE: Final = r"^[a-z0-9_]{1,512}$"
_TEMPLATE_LANGUAGE: Final = r"^[a-z]{2}(_[A-Z]{2})?$"
FORMS: Final = {
    _NAME: "form_name",
    _TOOL: "form_tool",
    _EXTENSION: "form_extension",
    _CONTEXT: "form_context",
    _HOST: "form_host",
    _LANGUAGE: "form_language",
    _URL: "form_url",
    _WEBSOCKET_URL: "form_websocket",
    _DATABASE_URL: "form_database",
    _PATH: "form_path",
    _NUMBER_ID: "form_number_id",
    _TEMPLATE: "form_template",
    _TEMPLATE_LANGUAGE: "form_template_language",
}

Name = Annotated[str, Field(pattern=_NAME)]
"""What people name things by in the file: tenants and gates."""

ToolName = Annotated[str, Field(pattern=_TOOL)]
"""A function's name as the Realtime API takes it."""

Extension = Annotated[
    str,
    Field(pattern=_EXTENSION),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _EXTENSION}, {"type": "integer"}]}),
]
"""An extension or DID: nothing that means more than itself to a dialplan or to AMI."""

Context = Annotated[str, Field(pattern=_CONTEXT)]
Host = Annotated[str, Field(pattern=_HOST)]
LanguageTag = Annotated[str, Field(pattern=_LANGUAGE)]
Url = Annotated[str, Field(pattern=_URL)]
WebSocketUrl = Annotated[str, Field(pattern=_WEBSOCKET_URL)]
DatabaseUrl = Annotated[str, Field(pattern=_DATABASE_URL)]
UrlPath = Annotated[str, Field(pattern=_PATH)]

# As Meta writes them.
NumberId = Annotated[str, Field(pattern=_NUMBER_ID)]
TemplateName = Annotated[str, Field(pattern=_TEMPLATE)]
TemplateLanguage = Annotated[str, Field(pattern=_TEMPLATE_LANGUAGE)]

"""What the stand-in for the Graph API takes, to the letter (gates-and-notices.md 3.1)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

PAYLOAD_CHARS: Final = 128  # of older texts; the newer ones say 256
BODY_CHARS: Final = 1024
CALLBACK_CHARS: Final = 512
TEXT_CHARS: Final = 4096
_COMMON: Final = {"messaging_product", "recipient_type", "type"}
_TO: Final = re.compile(r"\d{8,15}")
_RECIPIENT: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")


class Refused(Exception):
    """A message that the Graph API answers with an error of this code."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code


@dataclass(frozen=True, slots=True)
class Template:
    """A template that Meta has approved."""

    name: str = "visita_en_puerta"
    language: str = "es_MX"
    variables: int = 2
    buttons: int = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """What a right message says. payloads: of its buttons, in order; texts: what is read."""

    to: str
    kind: str
    texts: tuple[str, ...]
    payloads: tuple[str, ...] = ()
    callback: str = ""


def check_message(body: bytes, template: Template) -> Checked:
    """The message in `body`; raises Refused."""
    try:
        message = json.loads(body)
    except ValueError:
        raise Refused(100, "the body is no JSON") from None
    _need(isinstance(message, dict), 100, "the body is no object")
    _need(message.get("messaging_product") == "whatsapp", 100, "messaging_product")
    _need(message.get("recipient_type") == "individual", 100, "recipient_type")
    person = {"to", "recipient"} & set(message)
    _need(len(person) == 1, 131008, "either to or recipient")
    to = message[next(iter(person))]
    form = _TO if "to" in person else _RECIPIENT
    _need(isinstance(to, str) and bool(form.fullmatch(to)), 131009, "to")
    kind = message.get("type")
    if kind == "text":
        _keys(message, _COMMON | person | {"text"})
        return Checked(to, kind, (_text(message["text"]),))
    _need(kind == "template", 131009, "type")
    _keys(message, _COMMON | person | {"template"}, {"biz_opaque_callback_data"})
    callback = message.get("biz_opaque_callback_data", "")
    _need(isinstance(callback, str) and len(callback) <= CALLBACK_CHARS, 131009, "callback data")
    texts, payloads = _components(message["template"], template)
    return Checked(to, kind, texts, payloads, callback)


def _text(text: Any) -> str:
    _keys(text, {"body"}, {"preview_url"})
    body = text["body"]
    _need(isinstance(body, str) and 0 < len(body) <= TEXT_CHARS, 131009, "text.body")
    return str(body)


def _components(given: Any, known: Template) -> tuple[tuple[str, ...], tuple[str, ...]]:
    _keys(given, {"name", "language", "components"})
    _keys(given["language"], {"code"})
    right = (given["name"], given["language"]["code"]) == (known.name, known.language)
    _need(right, 132001, "no such template in this language")
    components = given["components"]
    _need(isinstance(components, list) and bool(components), 132000, "components")
    texts = _body(components[0], known)
    _need(len(components) == 1 + known.buttons, 132000, "the number of buttons")
    payloads = tuple(_button(item, index) for index, item in enumerate(components[1:]))
    _need(len(set(payloads)) == len(payloads), 131009, "two buttons with one payload")
    return texts, payloads


def _body(component: Any, known: Template) -> tuple[str, ...]:
    _keys(component, {"type", "parameters"})
    _need(component["type"] == "body", 132012, "the body comes first")
    texts = tuple(_parameter(item) for item in component["parameters"])
    _need(len(texts) == known.variables, 132000, "the number of parameters")
    _need(sum(map(len, texts)) <= BODY_CHARS, 132005, "the text is too long")
    return texts


def _parameter(item: Any) -> str:
    _keys(item, {"type", "text"})
    text = item["text"]
    _need(item["type"] == "text" and isinstance(text, str) and bool(text), 132012, "parameter")
    _need(not re.search(r"[\n\r\t]| {5}", text), 132018, "newline, tab or 5 spaces")
    return str(text)


def _button(item: Any, index: int) -> str:
    _keys(item, {"type", "sub_type", "index", "parameters"})
    right = (item["type"], item["sub_type"], item["index"]) == ("button", "quick_reply", str(index))
    _need(right and len(item["parameters"]) == 1, 132012, "button")
    (parameter,) = item["parameters"]
    _keys(parameter, {"type", "payload"})
    payload = parameter["payload"]
    fits = isinstance(payload, str) and 0 < len(payload) <= PAYLOAD_CHARS
    _need(parameter["type"] == "payload" and fits, 131009, "payload")
    return str(payload)


def _keys(given: Any, wanted: set[str], optional: set[str] | None = None) -> None:
    _need(isinstance(given, dict), 131009, "an object is expected")
    _need(wanted <= set(given), 131008, f"missing: {sorted(wanted - set(given))}")
    unknown = set(given) - wanted - (optional or set())
    _need(not unknown, 100, f"unknown keys: {sorted(unknown)}")


def _need(condition: bool, code: int, details: str) -> None:
    if not condition:
        raise Refused(code, details)

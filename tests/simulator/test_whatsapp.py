"""The stand-in for the Graph API is strict: told by hand-made requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portero.simulator.whatsapp_checks import (
    BODY_CHARS,
    CALLBACK_CHARS,
    PAYLOAD_CHARS,
    TEXT_CHARS,
    Checked,
    Refused,
    Template,
    check_message,
)


def message() -> dict[str, Any]:
    buttons = [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": index,
            "parameters": [{"type": "payload", "payload": f"p{index}"}],
        }
        for index in ("0", "1")
    ]
    body = [{"type": "text", "text": "Juan"}, {"type": "text", "text": "Los Robles"}]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "525512345678",
        "type": "template",
        "template": {
            "name": "visita_en_puerta",
            "language": {"code": "es_MX"},
            "components": [{"type": "body", "parameters": body}, *buttons],
        },
        "biz_opaque_callback_data": "q1",
    }


def put(target: Any, path: str, value: Any) -> None:
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        target = target[step]
    if value is KeyError:
        del target[last]
    else:
        target[last] = value


def code(given: Any) -> int | None:
    try:
        check_message(json.dumps(given).encode(), Template())
    except Refused as refusal:
        return refusal.code
    return None


def test_a_right_message_is_taken() -> None:
    checked = check_message(json.dumps(message()).encode(), Template())
    texts = ("Juan", "Los Robles")
    assert checked == Checked("525512345678", "template", texts, ("p0", "p1"), "q1")


BODY, BUTTON = "template.components.0.parameters.0", "template.components.1"


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("messaging_product", "sms", 100),
        ("recipient_type", KeyError, 100),
        ("to", KeyError, 131008),
        ("to", "+525512345678", 131009),
        ("recipient", "MX.abc", 131008),
        ("type", "hologram", 131009),
        ("extra", 1, 100),
        ("template.extra", 1, 100),
        ("template.name", "other", 132001),
        ("template.language.code", "en_US", 132001),
        ("template.components", [], 132000),
        (f"{BODY}.text", "a\nb", 132018),
        (f"{BODY}.text", "a\tb", 132018),
        (f"{BODY}.text", "a     b", 132018),
        (f"{BODY}.text", "", 132012),
        (f"{BODY}.text", "x" * (BODY_CHARS + 1), 132005),
        (f"{BODY}.extra", 1, 100),
        (f"{BUTTON}.index", 0, 132012),
        (f"{BUTTON}.sub_type", "url", 132012),
        (f"{BUTTON}.parameters.0.payload", "x" * (PAYLOAD_CHARS + 1), 131009),
        (f"{BUTTON}.parameters.0.payload", "p1", 131009),
        ("template.components.2", KeyError, 132000),
        ("template.components.0.parameters.1", KeyError, 132000),
        ("biz_opaque_callback_data", "x" * (CALLBACK_CHARS + 1), 131009),
    ],
)
def test_what_the_graph_api_refuses_is_refused(path: str, value: Any, wanted: int) -> None:
    given = message()
    put(given, path, value)
    assert code(given) == wanted


@pytest.mark.parametrize("body", [b"", b"x", b"[]"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        check_message(body, Template())


def test_a_text_has_a_length() -> None:
    given = {key: value for key, value in message().items() if key in ("to", "recipient_type")}
    given |= {"messaging_product": "whatsapp", "type": "text"}
    assert code(given | {"text": {"body": "x" * TEXT_CHARS}}) is None
    assert code(given | {"text": {"body": "x" * (TEXT_CHARS + 1)}}) == 131009
    assert code(given | {"text": {"body": ""}}) == 131009

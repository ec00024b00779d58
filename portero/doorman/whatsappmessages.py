"""WhatsApp Cloud API: what is sent and what its answers mean (pure; gates-and-notices.md 3)."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, Final

from portero.limits import WHATSAPP_PARAMETER_CHARS

_BSUID: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_MEXICO: Final = re.compile(r"52(?:1)?([0-9]{10})")
_NATIONAL: Final = re.compile(r"[0-9]{10}")
_NUMBER: Final = re.compile(r"[0-9]{8,15}")  # E.164, without its +
_ANSWERS: Final = {"1": "approve", "2": "refuse"}  # as the keys of a phone


class Remedy(Enum):
    """What to do about an error; the value is what the installer reads in the log."""

    STOP = "the token, the permission or the account is refused: see doorman.whatsapp and Meta"
    FIX = "the message is not accepted: check the number, doorman.whatsapp.template and language"
    BACKOFF = "too much at once: tried again a little later"
    PAUSE = "too much to this person: tried again after some seconds"
    RETRY = "a passing fault: tried again"
    OTHER_FORM = "this number can't be reached: the other Mexican form is tried, then another way"
    OTHER_WAY = "WhatsApp does not deliver this: another way is taken"


def number_key(number: str | None) -> str | None:
    """What a person is known by: 52 + 10 digits in Mexico, other numbers as they are, or a BSUID.

    10 digits are Mexican (people write them so); None for what is no number.
    """
    text = (number or "").strip()
    if _BSUID.fullmatch(text):
        return text
    digits = re.sub(r"[\s().+-]", "", text).removeprefix("00")
    if _NATIONAL.fullmatch(digits) and not text.startswith(("+", "00")):
        return f"52{digits}"
    if mexican := _MEXICO.fullmatch(digits):
        return f"52{mexican[1]}"
    return digits if _NUMBER.fullmatch(digits) else None


def other_form(key: str) -> str | None:
    """521 + 10 digits, as the ids of older Mexican accounts are; None for any other country."""
    mexican = _MEXICO.fullmatch(key)
    return f"521{mexican[1]}" if mexican else None


def clean(text: str) -> str:
    """`text` as a parameter may be: one line, single spaces, not empty, not long (132018)."""
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return one_line[:WHATSAPP_PARAMETER_CHARS].strip() or "-"


def payloads(token: str) -> tuple[str, str]:
    """Of the two buttons: approve and refuse."""
    return f"{token}.1", f"{token}.2"


def read_payload(payload: str) -> tuple[str, str] | None:
    """The token and the answer of a button; None if it is none of ours."""
    token, _, key = payload.rpartition(".")
    return (token, _ANSWERS[key]) if token and key in _ANSWERS else None


def template(
    to: str, name: str, language: str, parameters: tuple[str, ...], token: str, callback: str
) -> dict[str, Any]:
    """A template message with body parameters and two buttons; callback comes in each status."""
    body = [{"type": "text", "text": clean(text)} for text in parameters]
    buttons = [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(index),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for index, payload in enumerate(payloads(token))
    ]
    return {
        **_common(to),
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language},
            "components": [{"type": "body", "parameters": body}, *buttons],
        },
        "biz_opaque_callback_data": callback,
    }


def free_text(to: str, text: str) -> dict[str, Any]:
    """A message that is only taken inside the 24 h that a tap opens."""
    return {**_common(to), "type": "text", "text": {"body": text}}


def _common(to: str) -> dict[str, Any]:
    person = "recipient" if _BSUID.fullmatch(to) else "to"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", person: to}


def message_id(body: bytes) -> str | None:
    """The wamid of an answer 200; None if it is not in the answer."""
    try:
        found = json.loads(body)["messages"][0]["id"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return found if isinstance(found, str) and found else None


def error_code(body: bytes) -> int | None:
    """`error.code`, which alone counts; None if the answer is none of the Graph API's."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def remedy(code: int) -> Remedy:
    """What the table of 3.1 says; a code that it does not know is not tried again."""
    if 200 <= code <= 299:
        return Remedy.STOP
    return _REMEDIES.get(code, Remedy.FIX)


_REMEDIES: Final = {
    **dict.fromkeys((0, 190, 3, 10, 131005), Remedy.STOP),
    **dict.fromkeys((131048, 131064, 368, 131031, 130497, 131042), Remedy.STOP),
    **dict.fromkeys((133010, 131045, 131037), Remedy.STOP),
    **dict.fromkeys((100, 131008, 131009, 33, 131047, 131062, 137000), Remedy.FIX),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018), Remedy.FIX),
    **dict.fromkeys((4, 80007, 130429), Remedy.BACKOFF),
    131056: Remedy.PAUSE,
    **dict.fromkeys((1, 2, 131000, 131016, 131057, 133004), Remedy.RETRY),
    **dict.fromkeys((131026, 131030), Remedy.OTHER_FORM),
    **dict.fromkeys((131049, 130472), Remedy.OTHER_WAY),
}

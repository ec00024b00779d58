"""What WhatsApp's webhook tells (pure; gates-and-notices.md 3.2); the unknown is passed over."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portero.doorman.whatsappmessages import number_key
from portero.limits import WEBHOOK_ID_CHARS

_STATUSES: Final = frozenset({"delivered", "read", "failed"})
_CHANGED: Final = frozenset({"user_changed_number", "user_changed_user_id"})
_UNDELIVERABLE: Final = 131026
_LATEST: Final = 253402300799  # the last second of the year 9999: what a datetime holds


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button. senders: keys (`number_key`) and BSUIDs of who tapped; at: seconds of the epoch."""

    message_id: str
    payload: str
    senders: frozenset[str]
    at: int

    def __repr__(self) -> str:
        return "<Tapped>"  # a payload opens a gate


@dataclass(frozen=True, slots=True)
class Told:
    """A status of a message of ours: `delivered`, `read` or `failed`. callback: our question."""

    message_id: str
    status: str
    callback: str
    code: int | None = None

    @property
    def undeliverable(self) -> bool:
        """Whether this number can't be reached, perhaps only in this form."""
        return self.code == _UNDELIVERABLE


@dataclass(frozen=True, slots=True)
class Typed:
    """A message that is no button (text, sound, picture): it never opens anything."""

    message_id: str


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """Somebody has another number or BSUID now: not the same resident until somebody says so."""

    message_id: str


Event = Tapped | Told | Typed | ChangedNumber


def signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether `X-Hub-Signature-256` is right for these very bytes."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = (header or "").encode("utf-8", "replace")
    return hmac.compare_digest(given, wanted.encode())


def read_events(body: bytes, phone_number_id: str) -> list[Event]:
    """All that a body tells about our number. Raises ValueError for what is no JSON object."""
    try:
        told = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(told, Mapping):
        raise ValueError("no JSON object")
    return [event for value in _values(told) for event in _of_value(value, phone_number_id)]


def _values(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if told.get("object") != "whatsapp_business_account":
        return
    for entry in _objects(told, "entry"):
        for change in _objects(entry, "changes"):
            if change.get("field") == "messages":
                yield _object(change, "value")


def _of_value(value: Mapping[str, Any], phone_number_id: str) -> Iterator[Event]:
    if _text(_object(value, "metadata"), "phone_number_id") != phone_number_id:
        return
    contacts = _objects(value, "contacts")
    for message in _objects(value, "messages"):
        if _id(message):
            yield _message(message, contacts)
    for status in _objects(value, "statuses"):
        if _id(status) and _text(status, "status") in _STATUSES:
            codes = [error.get("code") for error in _objects(status, "errors")]
            code = next((it for it in codes if isinstance(it, int)), None)
            callback = _text(status, "biz_opaque_callback_data")
            yield Told(_id(status), _text(status, "status"), callback, code)


def _message(message: Mapping[str, Any], contacts: list[Mapping[str, Any]]) -> Event:
    if _text(message, "type") == "system" and (
        _text(_object(message, "system"), "type") in _CHANGED
    ):
        return ChangedNumber(_id(message))
    payload, at = _payload(message), _seconds(message)
    if not payload or at is None:
        return Typed(_id(message))
    return Tapped(_id(message), payload, _senders(message, contacts), at)


def _payload(message: Mapping[str, Any]) -> str:
    """Of a template's button, or the id of a reply button."""
    match _text(message, "type"):
        case "button":
            return _text(_object(message, "button"), "payload")
        case "interactive":
            interactive = _object(message, "interactive")
            if _text(interactive, "type") == "button_reply":
                return _text(_object(interactive, "button_reply"), "id")
    return ""


def _senders(message: Mapping[str, Any], contacts: list[Mapping[str, Any]]) -> frozenset[str]:
    """Whom this message says it is from; a contact is only asked when there is but one."""
    said = [_text(message, "from"), _text(message, "from_user_id")]
    if len(contacts) == 1 and not any(said):
        said = [_text(contacts[0], "wa_id"), _text(contacts[0], "user_id")]
    return frozenset(key for text in said if (key := number_key(text)))


def _seconds(message: Mapping[str, Any]) -> int | None:
    text = _text(message, "timestamp")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LATEST))):
        return None
    return min(int(text), _LATEST)


def _id(row: Mapping[str, Any]) -> str:
    text = _text(row, "id")
    return text if len(text) <= WEBHOOK_ID_CHARS else ""


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    fits = isinstance(value, str) and "\0" not in value and value.isprintable()
    return str(value) if fits else ""


def _object(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = row.get(key)
    return value if isinstance(value, Mapping) else {}


def _objects(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []

"""Gates and cameras: what opens, and what reads plates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from portero import limits
from portero.config.rules import PolicySettings
from portero.config.section import Section, Timeout
from portero.config.units import Certificate, Context, Extension, Milliseconds, Seconds, Url


class GateSettings(Section):
    """A gate, door or barrier, and what opens it."""

    name: str = ""
    """What people call it."""
    driver: Literal["backend", "webhook", "hikvision", "dtmf", "asterisk"] = "backend"
    """backend: POST /gates/open of the Backend API; webhook: a request of our own; hikvision:
    ISAPI; dtmf: digits into the intercom's own call; asterisk: a call to an extension."""
    kind: Literal["door", "barrier"] = "door"
    """hikvision: RemoteControl of a door, or of a barrier."""
    door: int = Field(default=1, ge=1, le=limits.DOORS_MAX)
    """Which door (or barrier) of its controller; the Backend API knows it as door_number."""
    url: Url | None = Field(default=None, repr=False)
    """Address of the webhook, or of the Hikvision device: https://192.0.2.20."""
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: dict[str, SecretStr] = {}
    """Headers of the webhook; they are treated as secrets."""
    body: str | None = Field(default=None, repr=False)
    """Body of the webhook, sent as it is."""
    certificate: Certificate | None = Field(default=None, repr=False)
    """PEM text of the device's own certificate: with it, no other is taken, whoever signed it."""
    username: str = ""
    """hikvision: a user of portero's own on the device (operator, remote control)."""
    password: SecretStr = SecretStr("")
    """hikvision: that user's password: `!env NAME` or `!file PATH`."""
    digits: SecretStr = SecretStr("")
    """dtmf: the code that the intercom waits for, such as 00* (0-9 * # A-D)."""
    tone_ms: Milliseconds = Field(default=160, ge=limits.TONE_MS_MIN, le=limits.TONE_MS_MAX)
    """dtmf: length of each tone."""
    gap_ms: Milliseconds = Field(default=120, ge=limits.TONE_MS_MIN, le=limits.TONE_MS_MAX)
    """dtmf: silence between tones."""
    extension: Extension | None = None
    """asterisk: the extension whose dialplan opens the gate."""
    context: Context = "from-internal"
    """asterisk: dialplan context of that extension."""
    confirm: Seconds = Field(default=4, ge=0, le=limits.CONFIRM_SECONDS_MAX)
    """hikvision: how long the state is read back after an order; 0 is not at all."""
    timeout: Timeout = 5
    """Seconds for the request."""
    policy: PolicySettings | None = None
    """Rules of this gate, in place of the tenant's."""


class CameraSettings(Section):
    """A Hikvision camera that reads plates (ISAPI)."""

    url: Url = Field(repr=False)
    """Address: https://192.0.2.21."""
    username: str = ""
    password: SecretStr = SecretStr("")
    certificate: Certificate | None = Field(default=None, repr=False)
    """PEM text of the camera's own certificate."""
    channel: int = Field(default=1, ge=1, le=limits.DOORS_MAX)
    """Video channel."""
    every: Seconds = Field(default=5, ge=limits.CAMERA_SECONDS_MIN, le=limits.CAMERA_SECONDS_MAX)
    """Seconds between two questions for new plates."""
    timeout: Timeout = 5

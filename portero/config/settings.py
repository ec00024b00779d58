"""Every setting of portero, as frozen models: what it means, its unit, its bounds, its default.

The models know only themselves; what must hold between them is in `portero.config.checks`.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from portero import limits
from portero.config.gates import CameraSettings as CameraSettings
from portero.config.gates import GateSettings as GateSettings
from portero.config.keypad import DuressSettings, FallbackSettings, GuessSettings, KeypadSettings
from portero.config.operations import (
    ConsoleSettings,
    LogSettings,
    RecordingSettings,
    RecordSettings,
)
from portero.config.prices import TranscriptionPrice
from portero.config.residents import NotifySettings, WebhookSettings, WhatsAppSettings
from portero.config.rules import PolicySettings
from portero.config.section import Section as Section
from portero.config.section import Timeout
from portero.config.tools import ToolSettings as ToolSettings
from portero.config.units import (
    Context,
    DatabaseUrl,
    Extension,
    Host,
    LanguageTag,
    Milliseconds,
    Name,
    Network,
    Port,
    PortRange,
    Seconds,
    TimeZone,
    ToolName,
    Url,
    UrlPath,
    WebSocketUrl,
)

FolderPath = Literal[""] | UrlPath
"""An absolute path without spaces, as AGI and the dialplan take it."""

Leg = Literal["rtp", "audiosocket"]
SoundFormat = Literal["slin16", "slin24", "slin", "g722", "ulaw", "alaw"]

BUILT_IN_TOOLS: Final = (
    "check_visitor",
    "find_resident",
    "notify_resident",
    "open_gate",
    "get_recent_plates",
    "transfer_to_guard",
    "register_visitor",
    "end_call",
)

LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
APPEND_LENGTHS_MS: Final = (20, 40, 60, 100)


def _append_length(value: int) -> int:
    if value not in APPEND_LENGTHS_MS:
        raise PydanticCustomError("append_length", "not a length of append")
    return value


class AMISettings(Section):
    """How portero logs in to the Asterisk Manager Interface."""

    host: Host = "127.0.0.1"
    """Host of Asterisk."""
    port: Port = 5038
    """TCP port: 5038, or 5039 with TLS on FreePBX."""
    tls: bool = False
    """Speak TLS."""
    username: str = "portero"
    """User in manager.conf; needs read=call,dtmf and write=call,reporting."""
    password: SecretStr = SecretStr("")
    """That user's secret: `!env NAME` or `!file PATH`."""
    plaintext_login: bool = False
    """Send the secret as it is, not as an MD5 answer to a challenge."""


class FastAGISettings(Section):
    """Where Asterisk's AGI(agi://…) finds portero."""

    interface: Host = "127.0.0.1"
    """Address to listen on."""
    port: Port = 4574
    """TCP port; 4573 belongs to FreePBX."""
    allow: tuple[Network, ...] = LOOPBACK
    """Networks whose hosts may send calls."""
    script: Name = "portero"
    """The path of the agi:// address; others are refused."""
    own_address: Literal[""] | Host = ""
    """Where several daemons stand behind one address: this one's own, as Asterisk reaches it.
    Residents who were called answer to the daemon that has called them."""


class PromptSettings(Section):
    """Where the sentences lie that Asterisk plays, to visitors and on residents' phones."""

    folder: FolderPath = ""
    """Folder that portero writes and Asterisk reads; none: only Asterisk's own sounds are used."""
    seen_as: FolderPath = ""
    """That folder as Asterisk sees it, where that differs (a container, another host)."""


class AsteriskSettings(Section):
    """Asterisk, and how many of its calls portero takes."""

    ami: AMISettings = AMISettings()
    fastagi: FastAGISettings = FastAGISettings()
    prompts: PromptSettings = PromptSettings()
    max_calls: int = Field(default=100, ge=1, le=limits.MAX_CALLS)
    """Calls at one time, of all tenants together; one more goes on in the dialplan (BUSY)."""
    max_call_seconds: Seconds = Field(
        default=600, ge=limits.MIN_CALL_SECONDS, le=limits.MAX_CALL_SECONDS
    )
    """Longest call, in seconds or with a unit: 10min."""
    drain_seconds: Seconds = Field(default=60, ge=0, le=limits.DRAIN_SECONDS_MAX)
    """How long calls may go on when the daemon is asked to stop; then they go to the guard."""


class MediaSettings(Section):
    """How sound comes from Asterisk and goes back."""

    leg: Leg = "rtp"
    """rtp (UnicastRTP) or audiosocket."""
    format: SoundFormat = "slin16"
    """Sound on the leg. rtp: slin16, slin, g722, ulaw, alaw; audiosocket: slin16, slin24."""
    host: Host = "127.0.0.1"
    """Address of portero, as Asterisk reaches it."""
    ports: PortRange = (21000, 21999)
    """UDP ports of the rtp leg, first-last; outside 10000-20000, which Asterisk uses itself."""
    audiosocket_port: Port = 4575
    """TCP port of the audiosocket leg."""
    noise_gate: int = Field(default=0, ge=0, le=limits.SAMPLE_MAX)
    """Sound below this RMS level (0 to 32767) becomes silence; 0 is off."""
    prebuffer_frames: int = Field(default=3, ge=0, le=limits.PREBUFFER_FRAMES_MAX)
    """Frames of 20 ms kept back before the agent's voice starts."""
    queue_frames: int = Field(default=3000, ge=limits.QUEUE_FRAMES_MIN, le=limits.QUEUE_FRAMES_MAX)
    """Frames of 20 ms that may wait to be played, for each call."""
    append_ms: Annotated[Milliseconds, AfterValidator(_append_length)] = 20
    """Length of what is sent to the model at once: 20, 40, 60 or 100 ms."""
    jitter_ms: Milliseconds = Field(default=60, ge=0, le=limits.JITTER_MS_MAX)
    """How long the rtp leg waits for a late packet, in ms."""


class ServerVad(Section):
    """The server decides by loudness that the visitor has spoken."""

    type: Literal["server_vad"] = "server_vad"
    threshold: float = Field(default=0.5, ge=0, le=1)
    """0 to 1; higher asks for louder speech."""
    prefix_padding_ms: Milliseconds = Field(default=300, ge=0, le=limits.VAD_PADDING_MS_MAX)
    """Sound kept from before the speech, in ms."""
    silence_duration_ms: Milliseconds = Field(default=500, ge=0, le=limits.VAD_SILENCE_MS_MAX)
    """Silence that ends the visitor's turn, in ms."""
    idle_timeout_ms: (
        Annotated[Milliseconds, Field(ge=limits.VAD_IDLE_MS_MIN, le=limits.VAD_IDLE_MS_MAX)] | None
    ) = None
    """Silence after which the agent asks again, in ms (5s to 30s); none by default."""


class SemanticVad(Section):
    """The server decides by the words that the visitor has finished."""

    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    """How soon it takes a sentence for finished: low waits up to 8 s, high 2 s."""


def _vad_type(value: Any) -> Any:
    """Reads a `vad` without a type as server_vad, the API's own default."""
    return {"type": "server_vad", **value} if isinstance(value, dict) else value


Vad = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class TranscriptionSettings(Section):
    """How the visitor's words are written down."""

    model: str = "gpt-transcribe"
    """Model that transcribes the visitor."""
    prompt: str = ""
    """Words to expect: names of streets, families, the community."""


class PriceSettings(Section):
    """Prices in USD per million tokens, where the built-in table does not know the model."""

    text_in: float = Field(ge=0)
    text_cached: float = Field(ge=0)
    text_out: float = Field(ge=0)
    audio_in: float = Field(ge=0)
    audio_cached: float = Field(ge=0)
    audio_out: float = Field(ge=0)
    image_in: float = Field(default=0, ge=0)
    image_cached: float = Field(default=0, ge=0)
    transcription_minute: float | None = Field(default=None, ge=0)
    """USD for a minute of the visitor's speech; for a transcription that is not in the table."""
    transcription_in: float | None = Field(default=None, ge=0)
    transcription_out: float | None = Field(default=None, ge=0)

    @property
    def transcription(self) -> TranscriptionPrice | None:
        """The price of transcribing, if it is set."""
        given = (self.transcription_minute, self.transcription_in, self.transcription_out)
        if given == (None, None, None):
            return None
        return TranscriptionPrice(*(value or 0 for value in given))


def _off(value: Any) -> Any:
    return None if value is False or value == "off" else value


NoiseReduction = Annotated[Literal["near_field", "far_field"] | None, BeforeValidator(_off)]


class RealtimeSettings(Section):
    """The speech model."""

    url: WebSocketUrl = Field(default="wss://api.openai.com/v1/realtime", repr=False)
    """Address of the Realtime server."""
    api_key: SecretStr = SecretStr("")
    """Its key: `!env NAME` or `!file PATH`; by default OPENAI_API_KEY."""
    model: str = Field(default="gpt-realtime-2.1", min_length=1)
    """Model; gpt-realtime-2.1-mini costs a third."""
    voice: str = Field(default="marin", min_length=1)
    """Voice, where a tenant names none."""
    language: LanguageTag = "es-MX"
    """Language spoken, where a tenant names none."""
    vad: Annotated[Vad, BeforeValidator(_vad_type)] = ServerVad()
    transcription: TranscriptionSettings = TranscriptionSettings()
    noise_reduction: NoiseReduction = None
    """near_field (handset), far_field (speakerphone) or off; done by the server."""
    speed: float = Field(default=1.0, ge=limits.SPEED_MIN, le=limits.SPEED_MAX)
    """Speed of the voice; 1 is normal."""
    max_output_tokens: Literal["inf"] | Annotated[int, Field(ge=1, le=limits.OUTPUT_TOKENS_MAX)] = (
        "inf"
    )
    """Longest answer in tokens (20 a second), or inf."""
    connect_timeout: Timeout = 5
    """Seconds until the server must have answered."""
    prices: PriceSettings | None = None


class DoormanSettings(Section):
    """The Backend API that knows residents and visitors."""

    backend_url: Url | None = Field(default=None, repr=False)
    """Its address, without /api/v1; none: the embedded backend."""
    backend_token: SecretStr | None = None
    """Sent as a Bearer token."""
    timeout: Timeout = 5
    """Seconds for each request."""
    whatsapp: WhatsAppSettings | None = None
    webhook: WebhookSettings = WebhookSettings()


class RegistrySettings(Section):
    """portero's own database: ledger, PINs and approvals, and the embedded backend's residents."""

    url: DatabaseUrl = Field(default="sqlite:///portero.db", repr=False)
    """SQLAlchemy address: sqlite:///FILE or postgresql+psycopg://…; daemons may share one."""
    keep_days: int = Field(default=365, ge=limits.KEEP_DAYS_MIN, le=limits.KEEP_DAYS_MAX)
    """Days until rows of the ledger and of the registry's logs may be forgotten."""


class GuardSettings(Section):
    """Where a visitor is handed to a person."""

    extension: Extension
    """Extension of the guard."""
    context: Context = "from-internal"
    """Dialplan context of that extension."""
    ring_seconds: Seconds = Field(
        default=30, ge=limits.RING_SECONDS_MIN, le=limits.RING_SECONDS_MAX
    )
    """Seconds until the guard counts as not answering."""


class TenantSettings(Section):
    """A gated community: what brings a call to it, and how its calls are handled."""

    id: Name
    """Short name, used by PORTERO_TENANT, ?tenant= and X-Tenant-ID."""
    name: str = ""
    """What the agent calls the place."""
    extensions: tuple[Extension, ...] = ()
    """Dialled extensions that belong to it."""
    dids: tuple[Extension, ...] = ()
    """Dialled outside numbers that belong to it."""
    instructions: str = ""
    """What the agent is and does; empty: the text that portero brings along."""
    greeting: str = ""
    """First sentence to the visitor; empty: the text that portero brings along."""
    voice: str = ""
    """Voice; empty: realtime.voice."""
    language: Literal[""] | LanguageTag = ""
    """Language spoken; empty: realtime.language."""
    tools: tuple[ToolName, ...] = BUILT_IN_TOOLS
    """Tools that its agent may use."""
    gates: dict[Name, GateSettings] = {}
    """Gates by id; the model knows them by it."""
    cameras: dict[Name, CameraSettings] = {}
    """Cameras that read plates, by id."""
    policy: PolicySettings = PolicySettings()
    guard: GuardSettings | None = None
    notify: NotifySettings = NotifySettings()
    keypad: KeypadSettings = KeypadSettings()
    fallback: FallbackSettings = FallbackSettings()
    guesses: GuessSettings = GuessSettings()
    duress: DuressSettings = DuressSettings()
    timezone: TimeZone = "America/Mexico_City"
    """Zone of its schedules, as in the tz database."""
    max_calls: int = Field(default=limits.MAX_CALLS, ge=1, le=limits.MAX_CALLS)
    """Calls at one time; by default only asterisk.max_calls counts."""
    recording: RecordingSettings = RecordingSettings()
    daily_limit_usd: float | None = Field(default=None, gt=0)
    """USD a day (of its clock) for the model, after which calls go to the guard; none: no limit."""


class Settings(Section):
    """All of config.yaml."""

    language: Literal["es", "en"] = "es"
    """Language of what portero tells the installer."""
    debug: bool = False
    """Log sound figures every few seconds."""
    asterisk: AsteriskSettings = AsteriskSettings()
    media: MediaSettings = MediaSettings()
    realtime: RealtimeSettings = RealtimeSettings()
    doorman: DoormanSettings = DoormanSettings()
    registry: RegistrySettings = RegistrySettings()
    records: RecordSettings = RecordSettings()
    console: ConsoleSettings = ConsoleSettings()
    log: LogSettings = LogSettings()
    tenants: tuple[TenantSettings, ...] = ()
    tools: dict[ToolName, ToolSettings] = {}

"""What must hold between settings."""

from __future__ import annotations

import pytest
from settings_folder import NEEDED, Folder

from portero.limits import DURESS_WORD_LETTERS_MIN
from portero.simulator.rt_certificate import self_made_certificate

TENANT = "tenants: [{id: a, extensions: [1], tools: [find_resident]}]\n"
LIMITED = "tenants: [{id: a, extensions: [1], tools: [find_resident], daily_limit_usd: 5}]\n"
PRICES = "text_in: 1, text_cached: 1, text_out: 1, audio_in: 1, audio_cached: 1, audio_out: 1"


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        ("media: {ports: 9000-10000}", "media.ports", "RTP ports of Asterisk"),
        ("media: {ports: 20000-21000}", "media.ports", "RTP ports of Asterisk"),
        ("media: {ports: 5000-30000}", "media.ports", "RTP ports of Asterisk"),
        ("media: {ports: 4570-4574}", "media.ports", "port 4574 of asterisk.fastagi.port"),
        ("media: {ports: 4575-4600}", "media.ports", "port 4575 of media.audiosocket_port"),
        ("media: {ports: 21001-21001}", "media.ports", "enough for 0 calls"),
        ("media: {audiosocket_port: 4574}", "media.audiosocket_port", "asterisk.fastagi.port"),
        ("media: {leg: rtp, format: slin24}", "media.format", "slin16, slin, g722, ulaw, alaw"),
        ("media: {leg: audiosocket, format: ulaw}", "media.format", "use: slin16, slin24"),
        ("realtime: {model: gpt-live-1.1}", "realtime.model", "another protocol"),
        (
            "tenants: [{id: a}, {id: a}]",
            "tenants[1].id",
            "a already belongs to tenants[0]",
        ),
        (
            "tenants: [{id: a, dids: [5, 6]}, {id: b, dids: [6]}]",
            "tenants[1].dids[0]",
            "6 already belongs to tenants[0] (a)",
        ),
        (
            "tenants: [{id: a, tools: [open_gat]}]",
            "tenants[0].tools[0]",
            "did you mean open_gate?",
        ),
        ("tenants: [{id: a, tools: [zzzz]}]", "tenants[0].tools[0]", "there are: check_visitor"),
        (
            "tenants: [{id: a, gates: {main: {driver: webhook}}}]",
            "tenants[0].gates.main",
            "driver: webhook also needs: url",
        ),
        (
            "tenants: [{id: a, gates: {main: {driver: backend}}}]",
            "tenants[0].gates.main",
            "set driver (webhook",
        ),
        (
            "tenants: [{id: a, gates: {main: {driver: webhook, url: 'http://x'}}}]\n"
            "tools: {open_gate: {gate: mian}}",
            "tools.open_gate.gate",
            "the tenant a has no gate mian; did you mean main?",
        ),
        ("tools: {get_parcels: {path: /parcels}}", "tools.get_parcels", "needs description and"),
        ("tools: {open_gate: {path: /open}}", "tools.open_gate.path", "it takes no path"),
        ("tools: {find_resident: {gate: main}}", "tools.find_resident.gate", "only open_gate"),
        ("tools: {open_gate: {parameters: {type: 7}}}", "tools.open_gate.parameters", "Schema"),
        (
            "tools: {open_gate: {parameters: {type: array}}}",
            "tools.open_gate.parameters",
            "type: object",
        ),
    ],
)
def test_what_does_not_fit_together_is_an_error(
    folder: Folder, content: str, path: str, says: str
) -> None:
    (line,) = folder.errors(content)
    assert f": {path}: " in line
    assert says in line


WEB = "{driver: webhook, url: 'http://x'}"
PEOPLE = "tenants: [{id: a, tools: [find_resident], guard: {extension: 1}, %s}]"
RULES = (
    f"tenants: [{{id: a, gates: {{main_gate: {WEB}}}, tools: [open_gate], policy: {{rules: %s}}}}]"
)
WHATSAPP = "whatsapp: {phone_number_id: 1, token: a, app_secret: b, verify_token: c}"
GATE = "tenants: [{id: a, tools: [open_gate], gates: {main: %s}}]"
HIKVISION = "driver: hikvision, username: u, password: p"


@pytest.fixture(autouse=True)
def _private(folder: Folder) -> None:
    """Secrets may be written into this file: nobody else can read it."""
    folder.file.touch(0o600)


@pytest.mark.parametrize(
    ("gate", "path", "says"),
    [
        ("{driver: hikvision}", "", "also needs: url, username, password"),
        (f"{{{HIKVISION}, url: 'https://x/ISAPI'}}", ".url", "without a path"),
        ("{driver: dtmf}", "", "driver: dtmf also needs digits, in quotes"),
        ("{driver: dtmf, digits: '00w*'}", ".digits", "only tones of a telephone"),
        ("{driver: dtmf, digits: '٣'}", ".digits", "only tones of a telephone"),
        ("{driver: asterisk}", "", "driver: asterisk also needs: extension"),
    ],
)
def test_a_driver_is_told_what_it_lacks(folder: Folder, gate: str, path: str, says: str) -> None:
    (line,) = folder.errors(GATE % gate)
    assert line.startswith("config.yaml:1:")
    assert f": tenants[0].gates.main{path}: " in line
    assert says in line
    assert "00w" not in line


@pytest.mark.parametrize(
    ("gate", "key"),
    [
        ("{driver: webhook, url: 'http://x', digits: '1'}", "digits"),
        ("{driver: webhook, url: 'http://x', door: 2}", "door"),
        (f"{{{HIKVISION}, url: 'https://x', headers: {{A: b}}}}", "headers"),
        ("{driver: dtmf, digits: '1', timeout: 3s}", "timeout"),
        ("{driver: asterisk, extension: 1, confirm: 1s}", "confirm"),
    ],
)
def test_what_a_driver_has_no_use_for_is_a_warning(folder: Folder, gate: str, key: str) -> None:
    (line,) = folder.warnings(GATE % gate)
    assert f": tenants[0].gates.main.{key}: driver: " in line
    assert "has no use for it" in line


@pytest.mark.parametrize(
    "gate",
    [
        f"{{{HIKVISION}, url: 'https://x', kind: barrier, door: 2, confirm: 0, timeout: 3s}}",
        "{driver: dtmf, digits: 12*#ABCD, tone_ms: 200ms, gap_ms: 200ms, name: Alberca}",
        "{driver: asterisk, extension: 1, context: gates, timeout: 9s}",
    ],
)
def test_gates_that_have_what_they_need(folder: Folder, gate: str) -> None:
    assert folder.warnings(GATE % gate) == []


@pytest.mark.parametrize(
    ("where", "content"),
    [
        ("gates.main", GATE % f"{{{HIKVISION}, url: 'http://x'}}"),
        (
            "cameras.entry",
            PEOPLE % "cameras: {entry: {url: 'http://x', username: u, password: p}}",
        ),
    ],
)
def test_a_device_without_tls_is_a_warning(folder: Folder, where: str, content: str) -> None:
    (line,) = folder.warnings(content)
    assert f"tenants[0].{where}.url: without https" in line


def test_a_camera_needs_a_user_and_a_password(folder: Folder) -> None:
    (line,) = folder.errors(PEOPLE % "cameras: {entry: {url: 'https://x'}}")
    assert "tenants[0].cameras.entry: driver: hikvision also needs: username, password" in line


@pytest.mark.parametrize(
    ("rules", "path", "says"),
    [
        ("[{name: a, pin: true, gates: [main_gat]}]", "[0].gates[0]", "did you mean main_gate?"),
        ("[{name: a}]", "[0]", "opens and asks for nothing"),
        ("[{name: a, schedule: {days: [mon]}}]", "[0]", "opens and asks for nothing"),
        ("[{name: a, pin: true, anybody: true}]", "[0].anybody", "without any proof"),
        ("[{name: a, effect: refuse, anybody: true, callers: [1]}]", "[0].anybody", "any proof"),
        ("[{name: a, pin: true}, {name: a, expected: true}]", "[1].name", "a rule a already"),
        ("[{name: too_soon, pin: true}]", "[0].name", "word of the ledger's own"),
        ("[{name: a, pin: true, effect: alow}]", "[0].effect", "did you mean allow?"),
        ("[{name: a, pin: true, schedule: {hours: '7-9'}}]", "[0].schedule.hours", "07:00-22:00"),
    ],
)
def test_rules_that_can_not_be_meant_so(folder: Folder, rules: str, path: str, says: str) -> None:
    (line,) = folder.errors(RULES % rules)
    assert line.startswith("config.yaml:1:")
    assert f": tenants[0].policy.rules{path}: " in line
    assert says in line


@pytest.mark.parametrize(
    ("rules", "path", "says"),
    [
        ("[{name: a, effect: refuse}]", "[0]", "always refuses"),
        (
            "[{name: a, pin: true}, {name: b, pin: true, effect: refuse}]",
            "[0]",
            "a never opens: b refuses the same",
        ),
        (
            "[{name: a, anybody: true, callers: [1]},"
            " {name: b, effect: refuse, callers: [1, 2], gates: [main_gate]},"
            " {name: c, effect: refuse, callers: [1, 2]}]",
            "[0]",
            "a never opens: c refuses",
        ),
        (
            "[{name: a, approved_within: 60}, {name: b, approved_within: 90, effect: refuse}]",
            "[0]",
            "a never opens: b refuses",
        ),
    ],
)
def test_rules_that_stand_in_each_others_way_are_a_warning(
    folder: Folder, rules: str, path: str, says: str
) -> None:
    (line,) = folder.warnings(RULES % rules)
    assert f": tenants[0].policy.rules{path}: the rule " in line
    assert says in line


@pytest.mark.parametrize(
    "rules",
    [
        "[{name: a, anybody: true}, {name: b, effect: refuse, schedule: {hours: '22:00-06:00'}}]",
        "[{name: a, pin: true}, {name: b, effect: refuse, gates: [main_gate]}]",
        "[{name: a, pin: true}, {name: b, effect: refuse, pin: true, callers: [9]}]",
        "[{name: a, approved_within: 90}, {name: b, approved_within: 60, effect: refuse}]",
        "[{name: a, plate_within: 9}, {name: b, plate_within: 9, plate_confidence: 0.9,"
        " effect: refuse}]",
        "[]",
    ],
)
def test_rules_that_leave_each_other_room(folder: Folder, rules: str) -> None:
    assert folder.warnings(RULES % rules) == []


def test_the_rules_of_a_gate_are_checked_as_well(folder: Folder) -> None:
    gate = "{driver: webhook, url: 'http://x', policy: {rules: [{name: a}]}}"
    (line,) = folder.errors(GATE % gate)
    assert ": tenants[0].gates.main.policy.rules[0]: " in line


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        (PEOPLE % "keypad: {gate: mian}, gates: {main: %s}" % WEB, "keypad.gate", "mean main?"),
        (PEOPLE % "notify: {chain: [{by: whatsapp}]}", "notify.chain[0].by", "doorman.whatsapp"),
        (
            PEOPLE % "keypad: {enabled: false}, fallback: {mode: keypad}",
            "fallback.mode",
            "needs keypad.enabled",
        ),
        (PEOPLE % "duress: {words: [Zoé]}", "duress.words", "at least 4 letters"),
        (PEOPLE % "duress: {words: ['a 1 b 2']}", "duress.words", "at least 4 letters"),
        (PEOPLE % "duress: {words: [tulipán, Hola]}", "duress.words", "anybody says that"),
        (PEOPLE % "duress: {words: ['¡Buenas TARDES!']}", "duress.words", "anybody says that"),
        (
            "tenants: [{id: a, tools: [find_resident], duress: {words: [tulipán]}}]",
            "duress",
            "nobody to tell",
        ),
    ],
)
def test_what_people_can_not_be_asked_or_told(
    folder: Folder, content: str, path: str, says: str
) -> None:
    (line,) = folder.errors(content)
    assert f": tenants[0].{path}: " in line
    assert says in line
    assert "Zoé" not in line
    assert "tulip" not in line


def test_a_duress_word_has_so_many_letters(folder: Folder) -> None:
    content = PEOPLE % "duress: {words: [%s]}"
    folder.load(content % "zapotes"[:DURESS_WORD_LETTERS_MIN])
    (line,) = folder.errors(content % "zapotes"[: DURESS_WORD_LETTERS_MIN - 1])
    assert f"at least {DURESS_WORD_LETTERS_MIN} letters" in line


@pytest.mark.parametrize(
    ("doorman", "says"),
    [
        ("webhook: {port: 4574}", "4574 is already that of asterisk.fastagi.port"),
        ("webhook: {port: 4575}", "4575 is already that of media.audiosocket_port"),
    ],
)
def test_the_webhook_takes_no_other_port(folder: Folder, doorman: str, says: str) -> None:
    (line,) = folder.errors(f"doorman: {{{WHATSAPP}, {doorman}}}")
    assert "doorman.webhook.port: " in line
    assert says in line
    folder.load(f"doorman: {{{doorman}}}")  # nothing listens there


def test_asterisks_own_http_server_keeps_its_port(folder: Folder) -> None:
    content = TENANT + f"doorman: {{{WHATSAPP}, webhook: {{port: %s}}}}"
    (line,) = folder.warnings(content % 8088)
    assert "doorman.webhook.port: port 8088 is that of Asterisk's own" in line
    assert folder.warnings(content % 8090) == []


@pytest.mark.parametrize(
    ("tool", "path", "says"),
    [
        ("t: {description: x}", "t", "a way to work: path, http, transfer, dtmf"),
        ("t: {hangup: {}}", "t", "needs description"),
        ("t: {description: x, path: /a, hangup: {}}", "t", "here are: path, hangup"),
        ("open_gate: {dtmf: {digits: '1'}}", "open_gate.dtmf", "make a tool of another name"),
        ("t: {description: x, dtmf: {digits: '1x'}}", "t.dtmf.digits", "only tones"),
        ("t: {description: x, dtmf: {digits: ''}}", "t.dtmf.digits", "must not be empty"),
        ("t: {description: x, http: {url: 'https://{h}.x/a'}}", "t.http.url", "after the host"),
        ("t: {description: x, http: {url: 'https://x:{p}?a'}}", "t.http.url", "after the host"),
        ("t: {description: x, hangup: {}, requires: [cheked]}", "t.requires[0]", "checked?"),
    ],
)
def test_a_tool_has_one_way_to_work(folder: Folder, tool: str, path: str, says: str) -> None:
    (line,) = folder.errors(f"tools: {{{tool}}}")
    assert f": tools.{path}: " in line
    assert says in line


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        ("asterisk: {fastagi: {port: 4573}}\n" + TENANT, "asterisk.fastagi.port", "FreePBX"),
        ("media: {ports: 21000-21197}\n" + TENANT, "media.ports", "for 99 calls"),
        ("media: {ports: 21001-21199}\n" + TENANT, "media.ports", "for 99 calls"),
        ("realtime: {voice: marin2}\n" + TENANT, "realtime.voice", "marin2 is not known"),
        ("tenants: []", "tenants", "no call will be answered"),
        (
            "tenants: [{id: a, extensions: [1], tools: [find_resident], "
            "recording: {enabled: true, notice: Grabamos.}}]",
            "tenants[0].recording.notice",
            "asterisk.prompts.folder",
        ),
        (
            "realtime: {model: my-deployment}\n" + LIMITED,
            "tenants[0].daily_limit_usd",
            "the price of my-deployment is not known",
        ),
        (
            "realtime: {transcription: {model: whisper-9}}\n" + LIMITED,
            "tenants[0].daily_limit_usd",
            "transcribing with whisper-9 is not known",
        ),
        (
            "realtime: {transcription: {model: whisper-9}, prices: {" + PRICES + "}}\n" + LIMITED,
            "tenants[0].daily_limit_usd",
            "transcribing with whisper-9 is not known",
        ),
        (
            "tenants: [{id: a, voice: juan, tools: [find_resident]}]",
            "tenants[0].voice",
            "juan is not known",
        ),
        ("tenants: [{id: a, tools: [open_gate]}]", "tenants[0].gates", "can open nothing"),
        ("tenants: [{id: a, tools: [transfer_to_guard]}]", "tenants[0].guard", "no guard"),
    ],
)
def test_what_is_doubtful_is_a_warning(folder: Folder, content: str, path: str, says: str) -> None:
    (line,) = folder.warnings(content)
    assert f": {path}: " in line
    assert says in line


@pytest.mark.parametrize(
    "content",
    [
        "media: {ports: 9000-9999}",
        "media: {ports: 21000-21199}",
        "media: {ports: 21001-21200}",
        "media: {ports: 21000-21001, leg: audiosocket}",
        "media: {ports: 20001-21000}",
        "media: {leg: audiosocket, format: slin24}",
        *(f"media: {{format: {name}}}" for name in ("slin16", "slin", "g722", "ulaw", "alaw")),
        "realtime: {voice: voice_68a1}",
        "realtime: {voice: juan, url: 'wss://voices.example/v1/realtime'}",
        "tools: {get_parcels: {description: x, path: /parcels}}",
        "tools: {t: {description: x, http: {url: 'https://x/{unit}?a={b}'}}}",
        "tools: {t: {description: x, transfer: {extension: 1}}}",
        "tools: {t: {description: x, originate: {extension: 1}, requires: [pin, approved]}}",
        "tools: {t: {description: x, hangup: {}}}",
        "doorman: {backend_url: 'http://127.0.0.1:8000'}",
    ],
)
def test_what_fits_is_not_complained_of(folder: Folder, content: str) -> None:
    assert folder.warnings(f"{content}\n{TENANT}") == []


def test_one_extension_may_stand_twice_in_one_tenant_and_as_a_did_in_another(
    folder: Folder,
) -> None:
    content = "tenants: [{id: a, extensions: [7, 7]}, {id: b, dids: [7]}]"
    assert len(folder.load(content).settings.tenants) == 2


def test_a_server_on_this_machine_needs_no_key(folder: Folder) -> None:
    environ = {"ASTERISK_AMI_PASSWORD": "x"}
    folder.load("realtime: {url: 'ws://127.0.0.1:8765/v1/realtime'}", environ)
    assert len(folder.errors("realtime: {url: 'wss://192.0.2.1/v1/realtime'}", environ)) == 1


def test_a_backend_of_ones_own_opens_gates(folder: Folder) -> None:
    environ = {**NEEDED, "BACKEND_API_URL": "http://127.0.0.1:8000"}
    loaded = folder.load("tenants: [{id: a, gates: {main_gate: {}}}]", environ)
    assert loaded.settings.tenants[0].gates["main_gate"].url is None


@pytest.mark.parametrize("gate", ["driver: webhook, url: 'http://gate'", "driver: backend"])
def test_a_pinned_certificate_without_tls_would_protect_nothing(folder: Folder, gate: str) -> None:
    (folder.path / "gate.pem").write_bytes(self_made_certificate().dumpPEM())
    content = f"tenants: [{{id: a, gates: {{main: {{{gate}, certificate: !file gate.pem}}}}}}]"
    errors = "\n".join(folder.errors(content.encode(), NEEDED))
    assert "tenants[0].gates.main.certificate" in errors
    assert "https://" in errors


A_RULE = "tenants: [{id: a, policy: {rules: [%s]}}]"
A_GATE = "tenants: [{id: a, extensions: [1], tools: [open_gate], gates: {main: {%s}}}]"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        *(
            (A_RULE % f"{{name: a, pin: true, schedule: {{days: [{written}]}}}}", f"mean {day}?")
            for written, day in [
                ("lun", "mon"),
                ("Martes", "tue"),
                ("MIÉ", "wed"),
                ("sábado", "sat"),
                ("dom", "sun"),
                ("Friday", "fri"),
            ]
        ),
        (A_RULE % "{name: a, pin: true, schedule: {days: [feriado]}}", "lunes is mon"),
        ("doorman: {whatsapp: {phone_number_id: '+5255'}}", "not the telephone number"),
        ("registry: {url: 'postgresql+psycopg2://x/y'}", "postgresql+psycopg://"),
        ("tenants:\n  - id: a\n    guard:\n   extension: 100\n", "indentation"),
        ("media:\n  leg: rtp\n    format: slin\n", "indentation"),
    ],
)
def test_what_people_write_is_answered_with_what_to_write(
    folder: Folder, content: str, says: str
) -> None:
    assert any(says in line for line in folder.errors(content))


@pytest.mark.parametrize(
    "content",
    [
        A_GATE % "driver: hikvision, url: 192.0.2.1, username: u, password: p",
        A_GATE % "driver: hikvision, url: 'https://h', username: u, password: !env NONE",
        A_GATE % "driver: tonos, digits: '5'",
        A_RULE % "{name: a, plate_whitin: 1min}",
        A_RULE % "{name: a, effect: deny, schedule: {days: [mon]}}",
        "doorman: {whatsapp: {phone_number_id: '1', token: a, app_secret: b, verify_token: c}}\n"
        "tenants: [{id: a, notify: {chain: [{by: letter, contact: 1}]}}]",
    ],
)
def test_one_mistake_is_one_error(folder: Folder, content: str) -> None:
    (line,) = folder.errors(content)
    assert line.startswith("config.yaml:")

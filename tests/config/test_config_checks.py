"""What must hold between settings."""

from __future__ import annotations

import pytest
from settings_folder import NEEDED, Folder

from portero.simulator.rt_certificate import self_made_certificate

TENANT = "tenants: [{id: a, extensions: [1], tools: [find_resident]}]\n"


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
            "driver: webhook needs url",
        ),
        (
            "tenants: [{id: a, gates: {main: {driver: backend}}}]",
            "tenants[0].gates.main",
            "set driver: webhook and url",
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


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        ("asterisk: {fastagi: {port: 4573}}\n" + TENANT, "asterisk.fastagi.port", "FreePBX"),
        ("media: {ports: 21000-21197}\n" + TENANT, "media.ports", "for 99 calls"),
        ("media: {ports: 21001-21199}\n" + TENANT, "media.ports", "for 99 calls"),
        ("realtime: {voice: marin2}\n" + TENANT, "realtime.voice", "marin2 is not known"),
        ("tenants: []", "tenants", "no call will be answered"),
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

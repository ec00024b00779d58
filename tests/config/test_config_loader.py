"""Every mistake at once, each where it stands, in the installer's language."""

from __future__ import annotations

import pytest
from settings_folder import NEEDED, Folder

from portero.limits import DOORS_MAX

GATE = "tenants: [{id: a, gates: {m: {driver: webhook, url: 'http://a'"
THREE_MISTAKES = """\
asterisk:
  fastagi:
    prot: 4574
media:
  append_ms: 30
tenants:
  - id: norte
    extensions: [100]
  - id: sur
    extensions: [200, 100]
"""


def test_three_mistakes_give_three_errors_with_their_lines(folder: Folder) -> None:
    assert folder.errors(THREE_MISTAKES) == [
        "config.yaml:3:5: asterisk.fastagi.prot: unknown key; did you mean port?",
        "config.yaml:5:14: media.append_ms: 30 does not fit; use 20ms, 40ms, 60ms or 100ms",
        "config.yaml:10:23: tenants[1].extensions[1]: 100 already belongs to tenants[0] (norte); "
        "a call can only be of one tenant",
    ]


@pytest.mark.parametrize(
    ("content", "environ", "says"),
    [
        ("", {"LANG": "en_US.UTF-8"}, "set it"),
        ("", {"LANG": "es_MX.UTF-8"}, "defínala"),
        ("", {"LANG": "es_MX.UTF-8", "LC_ALL": "en_GB"}, "set it"),
        ("", {"LANG": "de_DE.UTF-8"}, "defínala"),
        ("", {}, "defínala"),
        ("language: en\n", {"LANG": "es_MX.UTF-8"}, "set it"),
        ("language: es\n", {"LANG": "en_US.UTF-8"}, "defínala"),
    ],
)
def test_problems_are_told_in_the_installers_language(
    folder: Folder, content: str, environ: dict[str, str], says: str
) -> None:
    content += "realtime: {api_key: !env NOPE}\nasterisk: {ami: {password: x}}\n"
    (line,) = folder.errors(content, environ)
    assert "NOPE" in line
    assert says in line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("realtime: {vad: {type: server_vda}}", "did you mean server_vad?"),
        ("realtime: {vad: {type: semantic_vad, threshold: 0.5}}", "there are: type, eagerness"),
        ("realtime: {vad: {treshold: 0.5}}", "did you mean threshold?"),
        ("media: {max_call_seconds: 60}", "it belongs in asterisk.max_call_seconds"),
        ("media: {zzzz: 1}", "there are: leg, format, host, ports"),
        ("meda: {}", "did you mean media?"),
        ("tenants: [{id: a, gates: {main: {ulr: x, driver: webhook, url: 'http://a'}}}]", "url?"),
        ("media: {leg: rtpp}", "rtpp is not a choice; did you mean rtp?"),
        ("asterisk: {max_call_seconds: 20 sec}", "20 sec is not a duration; write 20ms, 5s or 15"),
        ("doorman: {timeout: soon}", "write 20ms, 5s or 15min"),
        ("media: {jitter_ms: 1.5ms}", "whole number of milliseconds"),
        ("media: {ports: 21999-21000}", "write 21000-21999"),
        ("media: {ports: 21000}", "write 21000-21999"),
        ("asterisk: {fastagi: {allow: [10.0.0.0/33]}}", "10.0.0.0/33 is not a network"),
        ("asterisk: {max_calls: many}", "many is not a whole number"),
        ("asterisk: {ami: {tls: perhaps}}", "perhaps is neither true nor false"),
        ("realtime: {speed: fast}", "fast is not a number"),
        ("realtime: {max_output_tokens: lots}", "lots is not a whole number"),
        ("realtime: {model: ''}", "must not be empty"),
        (
            "tenants: [{id: a, recording: {notice: " + "a" * 401 + "}}]",
            "is longer than 400 letters",
        ),
        ("asterisk: 5038", "lines of `key: value` go below it"),
        ("tenants: demo", "is a list"),
        ("tenants: [demo]", "lines of `key: value` go below it"),
        ("tenants: [{name: Norte}]", "tenants[0].id: this value is missing"),
        ("tenants: [{id: Norte Sur}]", "only small letters"),
        ("tenants: [{id: a, extensions: ['1,2']}]", "an extension has only digits"),
        ("tenants: [{id: a, guard: {extension: 1, context: 'a b'}}]", "a context has only"),
        ("tenants: [{id: a, language: spanish}]", "write es, es-MX or en-US"),
        ("tools: {'a b': {description: x, path: /x}}", "only letters, digits"),
        ("realtime: {url: 'https://api.openai.com'}", "must begin with wss://"),
        ("doorman: {backend_url: 'backend:8000'}", "must begin with http://"),
        ("doorman: {backend_url: 'http://u:p@backend'}", "without spaces or user:password@"),
        (
            "tenants: [{id: a, gates: {m: {driver: webhook, url: 'https://a', certificate: x}}}]",
            "is not a certificate in PEM format",
        ),
        (f"{GATE}, door: 0}}}}}}]", "less than 1"),
        (f"{GATE}, door: {DOORS_MAX + 1}}}}}}}]", "greater than"),
        ("registry: {url: portero.db}", "sqlite:///FILE"),
    ],
)
def test_one_mistake_gives_one_line_that_says_what_to_do(
    folder: Folder, line: str, says: str
) -> None:
    (found,) = folder.errors(line + "\n")
    assert found.startswith("config.yaml:1:")
    assert says in found


def test_a_mistake_does_not_hide_those_that_stand_behind_it(folder: Folder) -> None:
    errors = folder.errors(
        """\
        media: {leg: audiosocket, format: g722, ports: lots}
        tenants:
          - extensions: [100]
          - id: sur
            extensions: [100]
            tools: [open_gates]
        """
    )
    assert [line.split(": ")[1] for line in errors] == [
        "media.format",
        "media.ports",
        "tenants[0].id",
        "tenants[1].extensions[0]",
        "tenants[1].tools[0]",
    ]


@pytest.mark.parametrize(
    "other",
    [
        "asterisk: {fastagi: {allow: [here, 10.0.0.0/8]}}",
        "tenants: [7]",
        "tenants: [{extensions: [a b]}]",
        "realtime: {prices: {text_in: x}}",
        "realtime: !env NOPE",
        "tools: {open_gate: 7}",
    ],
)
def test_what_does_not_fit_is_told_beside_any_other_mistake(folder: Folder, other: str) -> None:
    errors = folder.errors(f"{other}\nmedia: {{format: slin24}}\n")
    assert len(errors) > 1
    assert "config.yaml:2:17: media.format: slin24 does not go" in errors[-1]


def test_a_faulty_variable_is_named_and_not_the_file(folder: Folder) -> None:
    (line,) = folder.errors("", {**NEEDED, "VAD_THRESHOLD": "loud"})
    assert line == "VAD_THRESHOLD: realtime.vad.threshold: loud is not a number"


def test_missing_key_and_password_name_their_variables(folder: Folder) -> None:
    errors = folder.errors("", {"LANG": "en"})
    assert any("OPENAI_API_KEY" in line for line in errors)
    assert any("ASTERISK_AMI_PASSWORD" in line for line in errors)
    assert len(errors) == 2

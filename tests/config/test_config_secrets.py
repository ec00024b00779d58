"""Secrets, and what may carry one, never come out again: not shown, not quoted, not in a repr."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settings_folder import NEEDED, Folder

from portero.config import ConfigError, load
from portero.config.environment import VARIABLES
from portero.config.report import report
from portero.limits import SECRET_BYTES_MAX

CANARY = "CANARY7f3a9"

# One-line files with a place for a secret.
PLACES = [
    "realtime: {api_key: $}",
    "asterisk: {ami: {password: $}}",
    "doorman: {backend_token: $}",
    "doorman: {backend_url: 'http://user:$@backend.example'}",
    "doorman: {backend_url: 'http://backend.example/?token=$'}",
    "doorman: {backend_url: $}",
    "registry: {url: 'postgresql+psycopg://user:$@db.example/portero'}",
    "registry: {url: 'postgresql+psycopg://db.example/portero?password=$'}",
    "registry: {url: $}",
    "realtime: {url: 'wss://voices.example/v1/realtime?key=$'}",
    "realtime: {url: $}",
    "tenants: [{id: a, gates: {main: {driver: webhook, url: 'http://u:$@relay.example/'}}}]",
    "tenants: [{id: a, gates: {main: {driver: webhook, url: 'http://relay.example/hook/$'}}}]",
    "tenants: [{id: a, gates: {main: {driver: webhook, url: $}}}]",
    "tenants: [{id: a, gates: {main: {driver: webhook, url: 'http://x', body: $}}}]",
    "tenants: [{id: a, gates: {main: {driver: webhook, url: 'http://x', headers: {X-Key: $}}}}]",
    "tenants: [{id: a, gates: {main: {driver: hikvision, url: 'http://x', password: $}}}]",
    "tenants: [{id: a, gates: {main: {driver: dtmf, digits: $}}}]",
    "tenants: [{id: a, cameras: {main: {url: 'http://x', password: $}}}]",
    "tenants: [{id: a, cameras: {main: {url: 'http://u:$@x'}}}]",
    "tenants: [{id: a, duress: {words: [$]}}]",
    "tenants: [{id: a, duress: {url: 'http://relay.example/hook/$'}}]",
    "doorman: {whatsapp: {phone_number_id: 1, token: $, app_secret: a, verify_token: b}}",
    "doorman: {whatsapp: {phone_number_id: 1, token: a, app_secret: $, verify_token: b}}",
    "doorman: {whatsapp: {phone_number_id: 1, token: a, app_secret: b, verify_token: $}}",
    "tools: {t: {description: d, http: {url: 'http://x/hook/$'}}}",
    "tools: {t: {description: d, http: {url: 'http://x', headers: {X-Key: $}}}}",
    "tools: {t: {description: d, dtmf: {digits: $}}}",
]


def everything_said(file: Path, environ: dict[str, str], *, with_reprs: bool = True) -> str:
    """All that anyone could see of loading a file: the report and reprs, or the error."""
    try:
        loaded = load(file, environ)
    except ConfigError as error:
        shown = [repr(error), *error.errors, *error.warnings]
        return "\n".join([*shown, *traceback.format_exception(error)])
    lines = [*report(loaded), *loaded.warnings]
    reprs = [repr(loaded), str(loaded.settings), repr(loaded.settings)] if with_reprs else []
    return "\n".join([*lines, *reprs])


def write(folder: Path, content: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(content)
    return file


@pytest.mark.parametrize("mistake", ["", "debug: perhaps\n", "nonsense: 1\n", "\t"])
@pytest.mark.parametrize("line", PLACES)
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_secret_in_its_place_is_not_shown(
    tmp_path: Path, line: str, mistake: str, language: str
) -> None:
    file = write(tmp_path, f"{line.replace('$', CANARY)}\n{mistake}")
    assert CANARY not in everything_said(file, {**NEEDED, "LANG": language})


@given(
    line=st.sampled_from(PLACES),
    before=st.text("!&*@%`'\"|>{}[],:?-#= \n\t.0", max_size=4),
    after=st.text("!&*@%`'\"|>{}[],:?-#= \n\t.0", max_size=4),
)
def test_a_secret_that_is_badly_written_is_not_quoted(line: str, before: str, after: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), line.replace("$", f"{before}{CANARY}{after}"))
        assert CANARY not in everything_said(file, NEEDED)


@pytest.mark.parametrize("written", ["[$]", "{$: 1}", "{a: !x $}", "{$: !x 1}", "{$: 1, $: 2}"])
@pytest.mark.parametrize("line", [line for line in PLACES if "'$" not in line and ": $" in line])
def test_a_secret_of_the_wrong_shape_is_not_quoted(tmp_path: Path, line: str, written: str) -> None:
    if "headers" in line:  # the names of headers are no secrets
        written = written.replace("$:", "a:")
    file = write(tmp_path, line.replace("$", written).replace("$", CANARY))
    assert CANARY not in everything_said(file, NEEDED)


@pytest.mark.parametrize(
    "line",
    [
        "realtime: {speed: $}",
        "realtime: {voice: $}",
        "realtime: {vad: {type: $}}",
        "realtime: {vad: $}",
        "media: {leg: $}",
        "media: $",
        "asterisk: {max_call_seconds: $, fastagi: {allow: [$]}}",
        "tenants: [{id: a, tools: [$], extensions: [$], voice: $}]",
        "debug: $",
    ],
)
@pytest.mark.parametrize("source", ["!env SECRET", "!file secret"])
def test_what_came_from_a_secret_is_hidden_wherever_it_is_used(
    folder: Folder, line: str, source: str
) -> None:
    (folder.path / "secret").write_text(CANARY)
    file = write(folder.path, line.replace("$", source))
    environ = {**NEEDED, "SECRET": CANARY}
    assert CANARY not in everything_said(file, environ, with_reprs=False)


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "ASTERISK_AMI_PASSWORD", "BACKEND_API_URL", "OPENAI_REALTIME_URL"]
)
@pytest.mark.parametrize("value", [CANARY, f"http://u:{CANARY}@x/", f"wss://x/?key={CANARY}"])
def test_secrets_of_the_environment_are_not_shown(tmp_path: Path, name: str, value: str) -> None:
    assert name in VARIABLES
    file = write(tmp_path, "language: en\n")
    assert CANARY not in everything_said(file, {**NEEDED, name: value})


def test_secrets_reach_those_who_ask_for_them(folder: Folder) -> None:
    (folder.path / "token").write_text(f"{CANARY}\r\n")
    loaded = folder.load(
        """
        realtime: {api_key: !env KEY}
        doorman: {backend_token: !file token}
        """,
        {**NEEDED, "KEY": "sk-1\n"},
    )
    assert loaded.settings.realtime.api_key.get_secret_value() == "sk-1"
    token = loaded.settings.doorman.backend_token
    assert token is not None
    assert token.get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("!env NOPE", "the environment variable NOPE is not set or empty; set it"),
        ("!env EMPTY", "the environment variable EMPTY is not set or empty; set it"),
        ("!env sk-abc", "followed by the name of a variable, not by its value"),
        ("!env", "followed by the name of a variable, not by its value"),
        ("!file nope", "nope; check the path"),
        ("!file empty", "empty is empty"),
        ("!file .", "is a folder"),
        ("!file binary", "is not UTF-8 text"),
        ("!file large", f"is larger than {SECRET_BYTES_MAX} bytes"),
    ],
)
def test_a_secret_that_cannot_be_had_is_one_error_that_names_it(
    folder: Folder, written: str, says: str
) -> None:
    (folder.path / "empty").write_text("\n")
    (folder.path / "binary").write_bytes(b"\xff\xfe")
    (folder.path / "large").write_text("x" * (SECRET_BYTES_MAX + 1))
    (line,) = folder.errors(f"realtime: {{api_key: {written} }}", {**NEEDED, "EMPTY": ""})
    assert line.startswith("config.yaml:1:21: realtime.api_key: ")
    assert says in line
    assert "sk-abc" not in line


@pytest.mark.parametrize("key", ['"sk-1"', "sk-1\nsk-2", "“sk-1”", "sk 1"])
def test_a_key_that_no_header_takes_is_told_and_not_shown(folder: Folder, key: str) -> None:
    (folder.path / "key").write_text(key)
    (line,) = folder.errors("realtime: {api_key: !file key}", NEEDED)
    place = f"config.yaml:1:21: realtime.api_key ({folder.path / 'key'}): "
    assert line.startswith(f"{place}the key has quotes")
    assert "sk" not in line


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 0), (0o604, 1), (0o644, 1)])
def test_a_secret_that_others_can_read_is_a_warning(folder: Folder, mode: int, warned: int) -> None:
    secret = folder.path / "key"
    secret.write_text("sk-1")
    secret.chmod(mode)
    tenant = "tenants: [{id: a, tools: [find_resident]}]\n"
    warnings = folder.warnings(f"{tenant}realtime: {{api_key: !file key}}\n")
    assert len(warnings) == warned
    assert all(f"chmod o-r {secret}" in line for line in warnings)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 0), (0o644, 3)])
def test_secrets_written_into_a_file_that_others_can_read_are_warnings(
    folder: Folder, mode: int, warned: int
) -> None:
    folder.file.touch(mode)
    folder.file.chmod(mode)
    warnings = folder.warnings(
        """\
        realtime: {api_key: sk-1}
        doorman: {backend_token: "1", backend_url: "http://127.0.0.1"}
        asterisk: {ami: {password: !env ASTERISK_AMI_PASSWORD}}
        tenants:
          - id: a
            tools: [find_resident]
            gates: {main: {driver: webhook, url: "http://x", headers: {A: b}}}
        """
    )
    assert len(warnings) == warned
    assert all("every user can read this secret" in line for line in warnings)


def test_secrets_of_gates_tools_and_duress_come_from_environment_or_file(folder: Folder) -> None:
    (folder.path / "secret").write_text("tulipán azul\n")
    (folder.path / "secret").chmod(0o600)
    loaded = folder.load(
        """
        tenants:
          - id: a
            guard: {extension: 1}
            gates:
              main: {driver: dtmf, digits: !env CODE}
              car: {driver: hikvision, url: "https://x", username: u, password: !file secret}
              pool: {driver: webhook, url: "http://x", headers: {A: !file secret}}
            duress: {words: [!file secret], url: "http://alarm.example/hook/secret"}
        tools:
          light: {description: x, dtmf: {digits: !env CODE}}
        """,
        {**NEEDED, "CODE": "00*"},
    )
    tenant = loaded.settings.tenants[0]
    assert tenant.gates["main"].digits.get_secret_value() == "00*"
    assert tenant.gates["car"].password.get_secret_value() == "tulipán azul"
    assert tenant.gates["pool"].headers["A"].get_secret_value() == "tulipán azul"
    assert [word.get_secret_value() for word in tenant.duress.words] == ["tulipán azul"]
    shown = "\n".join(report(loaded))
    assert "00*" not in shown
    assert "tulip" not in shown
    assert "tenants[0].duress.url = http://alarm.example/…" in shown
    assert "tenants[0].gates.main.digits = (hidden)" in shown


def test_hours_are_shown_as_they_are_written(folder: Folder) -> None:
    rules = "[{name: a, pin: true, schedule: {hours: '22:00-6:30'}}]"
    loaded = folder.load(f"tenants: [{{id: a, policy: {{rules: {rules}}}}}]")
    shown = "\n".join(report(loaded))
    assert "tenants[0].policy.rules[0].schedule.hours = 22:00-06:30  (" in shown


@pytest.mark.parametrize("name", ["own/key", "given/key", "given/portero_key"])
def test_a_credential_is_what_systemd_gave_or_a_file_beside_the_settings(
    folder: Folder, name: str
) -> None:
    """systemd.exec(5): a folder that is loaded as `portero` gives `portero_FILE`."""
    file = folder.path / name.replace("own", "credentials")
    file.parent.mkdir()
    file.write_text("sk-1\n")
    file.chmod(0o600)
    environ = {**NEEDED, "CREDENTIALS_DIRECTORY": str(folder.path / "given")}
    loaded = folder.load("realtime: {api_key: !credential key}", environ)
    assert loaded.settings.realtime.api_key.get_secret_value() == "sk-1"
    shown = "\n".join(report(loaded))
    assert f"realtime.api_key = (hidden)  ({folder.file}:1, !credential key)" in shown


def test_what_systemd_gave_goes_before_the_file(folder: Folder) -> None:
    for place, key in (("credentials", "key"), ("given", "portero_key")):
        (folder.path / place).mkdir()
        (folder.path / place / key).write_text(place)
    environ = {**NEEDED, "CREDENTIALS_DIRECTORY": str(folder.path / "given")}
    loaded = folder.load("realtime: {api_key: !credential key}", environ)
    assert loaded.settings.realtime.api_key.get_secret_value() == "given"


@pytest.mark.parametrize(
    ("written", "where"), [("!credential key", "{folder}/credentials/key"), ("!env KEY", "$KEY")]
)
def test_what_is_wrong_with_a_secret_names_the_place_where_it_stands(
    folder: Folder, written: str, where: str
) -> None:
    (folder.path / "credentials").mkdir(mode=0o700)
    (folder.path / "credentials" / "key").write_text("sk 1")
    (line,) = folder.errors(f"realtime: {{api_key: {written}}}", {**NEEDED, "KEY": "sk 1"})
    assert f"realtime.api_key ({where.format(folder=folder.path)}): the key has quotes" in line


@pytest.mark.parametrize(
    ("written", "language", "says"),
    [
        ("key", "en", "there is no such credential: save it as"),
        ("key", "es", "no hay credencial: guárdela en"),
        ("../key", "en", "followed by the name of a file, without a folder"),
        ("sk 1", "es", "va el nombre de un archivo, sin carpeta"),
        ("", "en", "followed by the name of a file, without a folder"),
    ],
)
@pytest.mark.parametrize("systemd", [{}, {"CREDENTIALS_DIRECTORY": "/nowhere"}])
def test_a_credential_that_is_not_there_is_told(
    folder: Folder, written: str, language: str, says: str, systemd: dict[str, str]
) -> None:
    environ = {**NEEDED, "LANG": language, **systemd}
    (line,) = folder.errors(f"realtime: {{api_key: !credential {written} }}", environ)
    assert line.startswith("config.yaml:1:21: realtime.api_key: ")
    assert says in line
    assert written != "key" or "credentials/key " in line


@pytest.mark.skipif(os.geteuid() != 0, reason="root lends itself the rights of nobody")
@pytest.mark.parametrize(("language", "says"), [("en", "with sudo"), ("es", "con sudo")])
def test_a_credential_that_only_root_can_read_asks_for_root(language: str, says: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        own = Path(made) / "credentials"
        own.mkdir(0o700)
        (own / "key").write_text("sk-1")
        file = write(Path(made), "realtime: {api_key: !credential key}")
        assert load(file, NEEDED).settings.realtime.api_key.get_secret_value() == "sk-1"
        os.seteuid(65534)
        try:
            with pytest.raises(ConfigError) as caught:
                load(file, {**NEEDED, "LANG": language})
        finally:
            os.seteuid(0)
    (line,) = caught.value.errors
    assert line.startswith(f"{file}:1:21: realtime.api_key: ")
    assert f"{own}/key" in line
    assert says in line


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o400, 0), (0o644, 1)])
def test_a_credential_that_others_can_read_is_a_warning(
    folder: Folder, mode: int, warned: int
) -> None:
    (folder.path / "credentials").mkdir()
    secret = folder.path / "credentials" / "key"
    secret.write_text("sk-1")
    secret.chmod(mode)
    tenant = "tenants: [{id: a, tools: [find_resident]}]\n"
    warnings = folder.warnings(f"{tenant}realtime: {{api_key: !credential key}}\n")
    assert len(warnings) == warned
    assert all(f"chmod o-r {secret}" in line for line in warnings)

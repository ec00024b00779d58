"""`portero check` on what installers hand in: each time the thing, the place and the cure."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from newhouse import FULL, NewHouse

from portero.cli import main
from portero.messages import CATALOGUE

SAMPLE = Path(__file__).parents[2] / "config.yaml"
LOCALES = {"es": "es_MX.UTF-8", "en": "en_US.UTF-8"}
NEEDED = "asterisk: {ami: {password: x}}\nrealtime: {api_key: sk-CANARY}\n"


def check(file: Path, language: str, *options: str) -> Result:
    return CliRunner().invoke(
        main,
        ["check", "-c", str(file), *options],
        env={"LC_ALL": LOCALES[language], "OPENAI_API_KEY": "", "ASTERISK_AMI_PASSWORD": ""},
    )


def dense_sample() -> str:
    """The sample without its comments."""
    lines = (re.sub(r"\s+#.*$", "", line) for line in SAMPLE.read_text().splitlines())
    return "\n".join(line for line in lines if line.strip() and not line.startswith("#")) + "\n"


# What was handed in; where it is told; the thing and the cure, in Spanish and in English.
CASES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "cut in a key": (
        NEEDED + "media:\n  leg: rtp\n  for",
        ":5:3: ",
        ("le falta `: valor`", "¿el archivo se cortó"),
        ("lacks its `: value`", "was the file cut off"),
    ),
    "cut in a quote": (
        NEEDED + 'tenants:\n  - id: "rob',
        ":4:9: ",
        ("lo que empieza aquí", "no se cierra"),
        ("what begins here", "is never closed"),
    ),
    "cut in a list": (
        NEEDED + "tenants:\n  - {id: a, extensions: [7000, ",
        ":4:25: ",
        ("no se cierra", "¿el archivo está incompleto?"),
        ("is never closed", "is the file incomplete?"),
    ),
    "cut after a dash": (
        NEEDED + "tenants:\n  -",
        ":4:4: tenants[0].id: ",
        ("falta este valor",),
        ("this value is missing",),
    ),
    "cut before a value": (
        NEEDED + "tenants:\n  - id:",
        ":4:8: tenants[0].id: ",
        ("falta este valor",),
        ("this value is missing",),
    ),
    "two tenants with one extension": (
        NEEDED + "tenants:\n  - {id: a, extensions: [7000]}\n  - {id: b, extensions: [7000]}\n",
        ":5:26: tenants[1].extensions[0]: ",
        ("7000 ya es de tenants[0] (a)", "una llamada solo puede ser de una residencial"),
        ("7000 already belongs to tenants[0] (a)", "a call can only be of one tenant"),
    ),
    "two tenants with one DID": (
        NEEDED + 'tenants:\n  - {id: a, dids: ["0201"]}\n  - {id: b, dids: ["0201"]}\n',
        ":5:20: tenants[1].dids[0]: ",
        ("0201 ya es de tenants[0] (a)",),
        ("0201 already belongs to tenants[0] (a)",),
    ),
    "an unknown key": (
        NEEDED + "media:\n  prebufer_frames: 3\n",
        ":4:3: media.prebufer_frames: ",
        ("¿quiso decir prebuffer_frames?",),
        ("did you mean prebuffer_frames?",),
    ),
    "an unknown section": (
        NEEDED + "tenant: []\n",
        ":3:1: tenant: ",
        ("¿quiso decir tenants?",),
        ("did you mean tenants?",),
    ),
    "a key in the wrong section": (
        NEEDED + "media: {noise_reduction: far_field}\n",
        ":3:9: media.noise_reduction: ",
        ("su lugar es realtime.noise_reduction",),
        ("it belongs in realtime.noise_reduction",),
    ),
    "a credential that is not there": (
        "realtime: {api_key: !credential llave}\nasterisk: {ami: {password: x}}\n",
        ":1:21: realtime.api_key: ",
        ("no hay credencial: guárdela en", "systemctl restart portero"),
        ("there is no such credential: save it as", "systemctl restart portero"),
    ),
    "a section twice": (
        NEEDED + "asterisk: {fastagi: {port: 4573}, ami: {password: x}}\n",
        ":3:1: asterisk: ",
        ("aparece dos veces (antes en la línea 1)",),
        ("line 1",),
    ),
    "no key": (
        "asterisk: {ami: {password: x}}\n",
        "realtime.api_key: ",
        ("falta la clave de OpenAI", "!file RUTA"),
        ("the OpenAI key is missing", "!file PATH"),
    ),
}


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("case", CASES)
def test_what_installers_hand_in(tmp_path: Path, case: str, language: str) -> None:
    content, place, *sentences = CASES[case]
    file = tmp_path / "config.yaml"
    file.write_text(content)
    result = check(file, language)
    assert result.exit_code == 1
    line = next((line for line in result.stderr.splitlines() if place in line), result.stderr)
    assert line.startswith("error: ")
    for part in sentences[language == "en"]:
        assert part in line
    assert "Traceback" not in result.output
    assert "CANARY" not in result.output


@pytest.mark.parametrize("language", LOCALES)
def test_a_sample_cut_off_anywhere_is_told_or_right(tmp_path: Path, language: str) -> None:
    """At every third character: what is told has file and line, and no English in the Spanish."""
    file = tmp_path / "config.yaml"
    text = dense_sample().replace("!env ASTERISK_AMI_PASSWORD", "x").replace("!env O", "x#")
    for end in range(0, len(text), 3):
        file.write_text(text[:end])
        result = check(file, language)
        assert result.exception is None or isinstance(result.exception, SystemExit), text[:end]
        errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert bool(errors) == (result.exit_code == 1)
        missing = ("realtime.api_key", "asterisk.ami.password")  # they have no line
        for line in errors:
            assert re.match(rf"error: {re.escape(str(file))}:\d", line) or any(
                name in line for name in missing
            ), line
            assert "YAML válido: " not in line  # the parser's own reasons are English


@pytest.mark.parametrize(
    ("language", "says"),
    [("es", "cualquier usuario puede leer"), ("en", "every user can read")],
)
@pytest.mark.parametrize("tag", ["!file credentials/key", "!credential key"])
def test_a_secret_that_others_can_read_is_a_warning(
    tmp_path: Path, language: str, says: str, tag: str
) -> None:
    secret = tmp_path / "credentials" / "key"
    secret.parent.mkdir()
    secret.write_text("sk-CANARY")
    secret.chmod(0o644)
    file = tmp_path / "config.yaml"
    file.write_text(f"asterisk: {{ami: {{password: x}}}}\nrealtime: {{api_key: {tag}}}\n")
    file.chmod(0o640)
    result = check(file, language)
    assert result.exit_code == 0
    (line,) = [line for line in result.stderr.splitlines() if "realtime.api_key" in line]
    assert line.startswith("aviso: " if language == "es" else "warning: ")
    assert f"{file}:2:21: " in line
    assert says in line
    assert f"chmod o-r {secret}" in line
    assert "CANARY" not in result.output


@pytest.mark.parametrize(("language", "says"), [("es", "no existe"), ("en", "there is no")])
def test_a_file_that_is_not_there(tmp_path: Path, language: str, says: str) -> None:
    result = check(tmp_path / "nope.yaml", language)
    assert result.exit_code == 1
    assert f"{says} {tmp_path}/nope.yaml" in result.stderr
    assert "portero init" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="root lends itself the rights of nobody")
@pytest.mark.parametrize(("language", "says"), [("es", "con sudo"), ("en", "with sudo")])
@pytest.mark.parametrize("closed", ["portero/config.yaml", "portero"])
def test_a_file_that_only_root_can_read(
    monkeypatch: pytest.MonkeyPatch, language: str, says: str, closed: str
) -> None:
    """Also where `portero check` finds the file by itself."""
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "portero" / "config.yaml"
        file.parent.mkdir()
        file.write_text(NEEDED)
        Path(made).chmod(0o755)
        (Path(made) / closed).chmod(0o600)
        monkeypatch.setattr("portero.config.loader.SYSTEM_FILE", file)
        monkeypatch.chdir(made)
        os.seteuid(65534)
        try:
            results = [
                check(file, language),
                CliRunner().invoke(main, ["check"], env={"LC_ALL": LOCALES[language]}),
            ]
        finally:
            os.seteuid(0)
    for result in results:
        assert result.exit_code == 1
        assert str(file) in result.stderr
        assert says in result.stderr


# -- for programs


def test_json_has_every_mistake_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "media: {leg: rtpp}\nasterisk: {fastagi: {port: 4573}, ami: {password: x}}\n"
        "realtime: {api_key: sk-1}\ntenants: 5\n"
    )
    result = check(file, "en", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert told["ok"] is False
    assert told["settings"] == []
    assert told["errors"][0] == {
        "kind": "choice_near",
        "file": str(file),
        "line": 1,
        "column": 14,
        "setting": "media.leg",
        "text": told["errors"][0]["text"],
    }
    assert "did you mean rtp?" in told["errors"][0]["text"]
    warned = {warning["kind"]: warning["setting"] for warning in told["warnings"]}
    assert warned["port_of_freepbx"] == "asterisk.fastagi.port"
    assert {it["kind"] for it in told["errors"]} <= CATALOGUE.keys()


def test_json_has_every_setting_with_its_origin_and_no_secret(house: NewHouse) -> None:
    house.init(*FULL)
    file = house.file("/etc/portero/config.yaml")
    told = json.loads(check(file, "en", "--json").stdout)
    assert told["ok"] is True
    settings = {entry["path"]: entry for entry in told["settings"]}
    assert settings["media.leg"] == {"path": "media.leg", "value": "rtp", "origin": "default"}
    key = settings["realtime.api_key"]
    assert key["value"] == "(hidden)"
    assert key["origin"].endswith(", !credential openai-api-key")
    assert "CANARY" not in json.dumps(told)


# -- for editors


class _Tagged(yaml.SafeLoader):
    """What an editor makes of the file: secrets' tags are texts."""


for _tag in ("!env", "!file", "!credential"):
    _Tagged.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node))


def test_the_first_line_leads_editors_to_a_schema_that_takes_what_was_written(
    house: NewHouse,
) -> None:
    house.init(*FULL)
    text = house.read("/etc/portero/config.yaml")
    named = re.fullmatch(r"# yaml-language-server: \$schema=\./(.*)", text.splitlines()[0])
    assert named is not None
    schema: dict[str, Any] = json.loads(house.read(f"/etc/portero/{named[1]}"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(yaml.load(text, _Tagged))
    assert schema == json.loads(CliRunner().invoke(main, ["schema"]).stdout)

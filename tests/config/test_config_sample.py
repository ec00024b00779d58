"""config.yaml at the root: it loads as it is, shows every option, and fits the schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from settings_folder import NEEDED, Folder

from portero.config import Settings, load
from portero.config.fields import all_names
from portero.config.schema import json_schema

SAMPLE = Path(__file__).parents[2] / "config.yaml"


class _Tagged(yaml.SafeLoader):
    """What an editor makes of the file: `!env` and `!file` are texts."""


for tag in ("!env", "!file"):
    _Tagged.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))


def plain(content: str) -> Any:
    return yaml.load(content, _Tagged)


def test_the_sample_loads_without_a_warning() -> None:
    assert load(SAMPLE, NEEDED).warnings == ()


def test_the_sample_asks_for_the_key_and_the_password_and_nothing_else(folder: Folder) -> None:
    errors = folder.errors(SAMPLE.read_bytes(), {"LANG": "en"})
    asked = [re.findall(r"[A-Z]+(?:_[A-Z]+)+", line) for line in errors]
    assert asked == [["ASTERISK_AMI_PASSWORD"], ["OPENAI_API_KEY"]]


@pytest.mark.parametrize("path", sorted({path[-1] for path in all_names()}, key=str))
def test_the_sample_shows_every_option(path: str) -> None:
    shown = re.search(rf"^[ #{{-]*(.*[{{ ])?{path}:", SAMPLE.read_text(), re.MULTILINE)
    assert shown or path in ("image_in", "image_cached")


def test_what_the_sample_shows_as_default_is_the_default(folder: Folder) -> None:
    """With every simple `# option: value` uncommented, nothing changes."""
    simple = r"^( *)# ([a-z_]+: [^{|!\s][^#\n]*?)(  +#.*)?$"
    alternatives = ("backend_url", "dids", "vad:", "url: sqlite")
    lines = []
    for line in SAMPLE.read_text().splitlines():
        found = re.match(simple, line)
        skip = found is None or found[2].startswith(alternatives) or found[2].endswith(",")
        lines.append(line if skip or found is None else f"{found[1]}{found[2]}")
    uncommented = "\n".join(lines)
    assert uncommented.count("#") < SAMPLE.read_text().count("#") - 20
    assert folder.load(uncommented).settings == load(SAMPLE, NEEDED).settings


def test_the_schema_takes_the_sample() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(plain(SAMPLE.read_text()))


@pytest.mark.parametrize(
    "mistake",
    ["meda: {}", "media: {leg: rtpp}", "asterisk: {max_calls: 0}", "tenants: [{name: x}]"],
)
def test_the_schema_refuses_mistakes(mistake: str) -> None:
    assert not Draft202012Validator(json_schema()).is_valid(plain(mistake))


def test_the_samples_first_line_leads_editors_to_the_schema() -> None:
    first = SAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./portero.schema.json"


def test_the_schema_describes_every_section() -> None:
    sections = json_schema()["$defs"].values()
    assert all(section["description"] for section in sections)
    assert Settings.__doc__

"""A whole file of settings around a sample that a page shows."""

from __future__ import annotations

import re
from typing import Any

import yaml

from portero.config.settings import Settings

ENVIRON = {"OPENAI_API_KEY": "sk-test", "ASTERISK_AMI_PASSWORD": "ami", "LANG": "en_US.UTF-8"}
BASE = """
asterisk: {ami: {password: p}}
realtime: {api_key: k}
tenants:
  - id: robles
    name: Los Robles
    extensions: [1]
    guard: {extension: 100}
    tools: [open_gate]
    gates: {main_gate: {driver: dtmf, digits: "#"}}
"""


def laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` wins; sections are joined, as somebody does who adds a sample to his file."""
    joined = dict(under)
    for key, value in over.items():
        below = joined.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        joined[key] = laid_over(below, value) if both else value  # type: ignore[arg-type]
    return joined


def whole(shown: str) -> dict[str, Any]:
    """A file of settings around a sample: a part of it, of its tenant, or of its gates."""
    text = re.sub(r"!file \S*\.pem", "null", shown)  # a certificate that is not here
    sample: dict[str, Any] = yaml.safe_load(re.sub(r"!file \S+", "secret", text))
    settings: dict[str, Any] = yaml.safe_load(BASE)
    tenant = settings["tenants"][0]
    for key, value in sample.items():
        if key == "tenants":
            same = [laid_over(tenant, it) if it["id"] == "robles" else it for it in value]
            settings["tenants"] = same
        elif key in Settings.model_fields:
            settings = laid_over(settings, {key: value})
        elif key == "policy":
            tenant["policy"] = value
        else:
            tenant["gates"][key] = value
    return settings

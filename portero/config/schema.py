"""The JSON Schema of config.yaml, for editors."""

from __future__ import annotations

from typing import Any

from portero.config.settings import Settings


def json_schema() -> dict[str, Any]:
    """The schema of the file as the loader takes it: what may be left out may also be null."""
    schema = Settings.model_json_schema()
    for section in (schema, *schema.get("$defs", {}).values()):
        required = section.get("required", [])
        for name, rule in section.get("properties", {}).items():
            if name not in required:
                section["properties"][name] = _or_null(rule)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _or_null(rule: dict[str, Any]) -> dict[str, Any]:
    """`rule`, or nothing; what editors show (title, description, default) stays outside."""
    outside = ("title", "description", "default")
    told = {key: value for key, value in rule.items() if key in outside}
    inner = {key: value for key, value in rule.items() if key not in outside}
    return {**told, "anyOf": [inner, {"type": "null"}]}

"""What must hold for tools: a way to work, and only one (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from portero.config.checks_gates import check_digits
from portero.config.findings import Finding
from portero.config.problems import KeyPath
from portero.config.settings import BUILT_IN_TOOLS, Settings, ToolSettings

# Tools that are no request to the Backend API.
OWN_ACTIONS: Final = ("open_gate", "transfer_to_guard", "end_call")
_WAYS: Final = ("path", "http", "transfer", "dtmf", "originate", "hangup")


def check_tools(settings: Settings) -> Iterator[Finding]:
    """What does not fit in the tools."""
    for name, tool in settings.tools.items():
        at: KeyPath = ("tools", name)
        yield from _check_ways(name, tool, at)
        if name != "open_gate" and tool.gate:
            yield Finding((*at, "gate"), "tool_gate")
        if tool.parameters is not None and not _is_object_schema(tool.parameters):
            yield Finding((*at, "parameters"), "tool_parameters")
        if tool.http is not None and "{" in _origin(tool.http.url):
            yield Finding((*at, "http", "url"), "tool_host")
        if tool.dtmf is not None:
            yield from check_digits(tool.dtmf.digits, (*at, "dtmf", "digits"))
            if not tool.dtmf.digits.get_secret_value():
                yield Finding((*at, "dtmf", "digits"), "too_short")


def _check_ways(name: str, tool: ToolSettings, at: KeyPath) -> Iterator[Finding]:
    ways = [way for way in _WAYS if getattr(tool, way) is not None]
    if name not in BUILT_IN_TOOLS:
        if not tool.description or not ways:
            yield Finding(at, "tool_incomplete", {"choices": ", ".join(_WAYS)})
        if len(ways) > 1:
            yield Finding(at, "tool_ways", {"names": ", ".join(ways)})
        return
    for way in ways:
        if way != "path":
            yield Finding((*at, way), "tool_built_in", {"value": name, "way": way})
        elif name in OWN_ACTIONS:
            yield Finding((*at, way), "tool_path", {"value": name})


def _origin(url: str) -> str:
    """Scheme, host and port: all up to the path."""
    scheme, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return f"{scheme}://{rest[:end]}"


def _is_object_schema(schema: dict[str, Any]) -> bool:
    """What the Realtime API and the doorman take: an object, whole in itself."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return schema.get("type") == "object" and "$ref" not in str(schema)

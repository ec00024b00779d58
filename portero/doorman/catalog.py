"""The packaged tools as the installer's `tools:` changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from portero.config.settings import TenantSettings, ToolSettings
from portero.doorman.declarations import (
    END_CALL,
    OPEN_GATE,
    BadTool,
    Tool,
    load_tools,
    packaged_entries,
)
from portero.doorman.ways import OwnRequest, Route

MAIN_GATE: Final = "main_gate"


def build_catalog(changes: Mapping[str, ToolSettings]) -> dict[str, Tool]:
    """All tools by name; raises BadTool for a change that can't work."""
    entries = packaged_entries()
    for name, change in changes.items():
        entries[name] = _changed(name, entries.get(name, {}), change)
    return load_tools(entries)


def tools_for(tenant: TenantSettings, catalog: Mapping[str, Tool]) -> dict[str, Tool]:
    """The tools of one tenant; its `open_gate` knows the tenant's gates and no other."""
    allowed = {*tenant.tools, END_CALL}  # every agent may hang up
    tools = {name: tool for name, tool in catalog.items() if name in allowed}
    if OPEN_GATE in tools:
        gates = {gate_id: gate.name or gate_id for gate_id, gate in tenant.gates.items()}
        opener = tools.pop(OPEN_GATE)
        if gates:
            tools[OPEN_GATE] = _with_gates(opener, gates)
    return tools


def _with_gates(opener: Tool, gates: Mapping[str, str]) -> Tool:
    """`open_gate` for these gates (id: name); with a default where one is plain."""
    parameters = dict(opener.parameters)
    gate_id = dict(parameters["properties"]["gate_id"])
    preferred = gate_id.pop("default", MAIN_GATE)
    gate_id["enum"] = list(gates)
    gate_id["description"] = "; ".join(f"{key}: {name}" for key, name in gates.items())
    required = set(opener.required)
    if preferred in gates or len(gates) == 1:
        gate_id["default"] = preferred if preferred in gates else next(iter(gates))
    else:
        required.add("gate_id")
    parameters["properties"] = {**parameters["properties"], "gate_id": gate_id}
    parameters["required"] = sorted(required)
    return replace(opener, parameters=parameters)


def _changed(name: str, entry: Mapping[str, Any], change: ToolSettings) -> dict[str, Any]:
    changed = dict(entry)
    if change.description is not None:
        changed["description"] = change.description
    if change.parameters is not None:
        changed["parameters"] = change.parameters
    if change.gate is not None:
        changed["parameters"] = _default_gate(name, changed, change.gate)
    if change.path is not None:
        if "action" in entry:
            raise BadTool(f"tools.{name}: portero does this itself, it takes no path")
        changed["http"] = _route(change, changed)
    if change.timeout is not None and "http" in changed:
        changed["http"] = {**changed["http"], "timeout": change.timeout}
    if (route := _own_route(change)) is not None:
        changed["route"] = route
    if change.requires:
        changed["requires"] = change.requires
    if "meanwhile" in change.model_fields_set:
        changed["meanwhile"] = change.meanwhile
    return changed


def _own_route(change: ToolSettings) -> Route | None:
    """What the tool does outside the Backend API; None for nothing."""
    if change.http is not None:
        own = change.http
        return OwnRequest(own.method, own.url, own.headers, own.body, own.answer, change.timeout)
    return change.transfer or change.dtmf or change.originate or change.hangup


def _default_gate(name: str, entry: Mapping[str, Any], gate: str) -> dict[str, Any]:
    if entry.get("action") != OPEN_GATE:
        raise BadTool(f"tools.{name}: only open_gate has a gate")
    parameters = dict(entry["parameters"])
    properties = dict(parameters["properties"])
    properties["gate_id"] = {**properties["gate_id"], "default": gate}
    return {**parameters, "properties": properties}


def _route(change: ToolSettings, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A request that carries every argument under its own name."""
    parameters = entry.get("parameters", {}).get("properties", {})
    arguments = {argument: f"{{{argument}}}" for argument in parameters}
    kept = entry.get("http", {})
    where = "query" if change.method == "GET" else "json"
    return {
        "method": change.method,
        "path": change.path,
        where: arguments,
        "answer": change.answer or kept.get("answer", ()),
        "items": kept.get("items"),
        "match": kept.get("match", ()),
    }

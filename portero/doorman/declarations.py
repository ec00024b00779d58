"""Tools as they are declared in YAML: what the model is told and what portero does (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from portero.doorman.answers import MATCHES
from portero.doorman.templates import host_of, placeholders
from portero.doorman.ways import OwnRequest, Route
from portero.errors import PorteroError

CHECK_VISITOR: Final = "check_visitor"
OPEN_GATE: Final = "open_gate"
TRANSFER_TO_GUARD: Final = "transfer_to_guard"
END_CALL: Final = "end_call"

# What portero does itself, and the arguments that it reads.
ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    OPEN_GATE: frozenset({"visitor_name", "resident_id", "gate_id"}),
    TRANSFER_TO_GUARD: frozenset({"reason"}),
    END_CALL: frozenset({"reason"}),
}
CHECKED: Final = frozenset({"name", "plate", "id_number", "resident_id"})
# What no request of the model's may reach: it would let people in past policy and the access log.
# A plate that a tool reports is one that no camera saw; a resident's phone that a tool changes is
# the one that says yes.
_KEPT_FROM_TOOLS: Final = (
    "/gates",
    "/access/logs",
    "/visitors/authorize",
    "/camera-events",
    "/pins",
    "/approvals",
    "/residents",
)
_SEGMENT: Final = r"(?:[A-Za-z0-9._~-]|\{[a-z0-9_.]+\})+"
_PATH: Final = re.compile(rf"(?:/{_SEGMENT})+/?")
CALL_VALUES: Final = frozenset({"call.id", "call.tenant", "call.caller"})
_KEYS: Final = frozenset(
    {"description", "parameters", "http", "action", "route", "requires", "meanwhile"}
)
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # OpenAI's rule for function names


class BadTool(PorteroError):
    """A tool is declared wrongly; the text says which and how."""


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """A request to the Backend API; texts may hold `{argument}` placeholders."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    answer: tuple[str, ...] = ()
    items: str | None = None
    match: tuple[str, ...] = ()
    timeout: float | None = None


@dataclass(frozen=True)
class Tool:
    """One tool; exactly one of `http` (of the Backend API), `action` and `route` is set.

    requires: what must have happened in the call before; meanwhile: whether the agent may talk.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    http: HttpRoute | None = None
    action: str | None = None
    route: Route | None = None
    requires: tuple[str, ...] = ()
    meanwhile: str = "talk"

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.parameters)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.parameters.get("required", ()))

    @property
    def defaults(self) -> dict[str, Any]:
        properties = self.parameters.get("properties", {})
        return {name: rule["default"] for name, rule in properties.items() if "default" in rule}

    def declaration(self) -> dict[str, Any]:
        """The entry of `session.tools` for the Realtime API."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }


def packaged_entries() -> dict[str, dict[str, Any]]:
    """The seven tools and `end_call`, as `tools.yaml` beside this module declares them."""
    return deepcopy(_packaged())


@cache
def _packaged() -> dict[str, dict[str, Any]]:
    text = resources.files("portero.doorman").joinpath("tools.yaml").read_text("utf-8")
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return entries


def load_tools(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Tool]:
    """Tools from their YAML shape; raises BadTool for the first that is wrong."""
    return {name: _load(name, dict(entry)) for name, entry in declared.items()}


def _load(name: str, entry: dict[str, Any]) -> Tool:
    def check(condition: bool, problem: str) -> None:
        if not condition:
            raise BadTool(f"tools.{name}: {problem}")

    check(_NAME.fullmatch(name) is not None, "the name may hold letters, digits, _ and -")
    unknown = set(entry) - _KEYS
    check(not unknown, f"unknown keys: {', '.join(sorted(unknown))}")
    description, action = entry.get("description"), entry.get("action")
    check(isinstance(description, str), "description is missing")
    parameters = entry.get("parameters", {"type": "object", "properties": {}})
    _check_parameters(parameters, check)
    missing = ACTIONS.get(action or "", frozenset()) - set(parameters.get("properties", {}))
    check(not missing, f"parameters must keep {sorted(missing)}")
    _check_texts(name, action, parameters.get("properties", {}), check)
    http, route = entry.get("http"), entry.get("route")
    ways = [way for way in (http, action, route) if way is not None]
    check(len(ways) == 1, "give one of path, http, transfer, dtmf, originate, hangup")
    check(action is None or action in ACTIONS, f"action must be one of {sorted(ACTIONS)}")
    tool = Tool(
        name,
        str(description),
        parameters,
        None if http is None else _load_route(http, check),
        action,
        route,
        tuple(entry.get("requires", ())),
        entry.get("meanwhile", "talk"),
    )
    if tool.http is not None:
        _check_placeholders(tool, tool.http.path, [tool.http.query, tool.http.json], check)
    if isinstance(route, OwnRequest):
        check(not set(placeholders(host_of(route.url))), "its host can't hold placeholders")
        _check_placeholders(tool, route.url, [route.body], check)
    return tool


def _check_parameters(parameters: Any, check: Any) -> None:
    check(isinstance(parameters, Mapping), "parameters must be a mapping")
    check(parameters.get("type") == "object", "parameters must have `type: object`")
    check("$ref" not in str(parameters), "parameters can't use $ref")
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        check(False, f"parameters are no JSON Schema: {error.message}")


def _check_texts(name: str, action: Any, properties: Mapping[str, Any], check: Any) -> None:
    """What policy reads must be text, and what it compares must be asked for."""
    read = ACTIONS.get(action or "", frozenset())
    if name == CHECK_VISITOR:
        read = CHECKED & set(properties)
        check(read - {"resident_id"}, "parameters must keep name, plate or id_number")
    for parameter in sorted(read):
        is_text = properties[parameter].get("type") == "string"
        check(is_text, f"parameters.{parameter} must have `type: string`")


def _load_route(http: Any, check: Any) -> HttpRoute:
    check(isinstance(http, Mapping), "http must be a mapping")
    unknown = set(http) - {"method", "path", "query", "json", "answer", "items", "match", "timeout"}
    check(not unknown, f"http has unknown keys: {', '.join(sorted(unknown))}")
    method, path = http.get("method", "GET"), http.get("path", "")
    check(method in _METHODS, f"http.method must be one of {sorted(_METHODS)}")
    _check_path(method, path, check)
    answer, match = tuple(http.get("answer", ())), tuple(http.get("match", ()))
    check(set(match) <= set(MATCHES), f"http.match may hold {sorted(MATCHES)}")
    query, body, timeout = http.get("query") or {}, http.get("json"), http.get("timeout")
    return HttpRoute(method, path, query, body, answer, http.get("items"), match, timeout)


def _check_path(method: str, path: Any, check: Any) -> None:
    well_formed = isinstance(path, str) and _PATH.fullmatch(path) and "/." not in path
    check(well_formed, "http.path must be like /visits/{visitor_name}, without . or query")
    if method == "GET":
        return
    for kept in _KEPT_FROM_TOOLS:
        check(not _may_reach(path, kept), f"http.path: {method} {kept} is not for tools")


def _may_reach(path: str, kept: str) -> bool:
    """Whether some value of its placeholders takes `path` to `kept` or below."""
    pairs = zip(path.lower().split("/")[1:], kept.split("/")[1:], strict=False)
    long_enough = path.rstrip("/").count("/") >= kept.count("/")
    return long_enough and all("{" in ours or ours == theirs for ours, theirs in pairs)


def _check_placeholders(tool: Tool, address: str, rest: Any, check: Any) -> None:
    known = set(tool.parameters.get("properties", {})) | CALL_VALUES
    wanted = set(placeholders([address, rest]))
    check(wanted <= known, f"placeholders without a parameter: {sorted(wanted - known)}")
    always = tool.required | set(tool.defaults) | CALL_VALUES
    optional = set(placeholders(address)) - always
    check(not optional, f"its address needs required parameters: {sorted(optional)}")

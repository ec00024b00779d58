"""The commented config.yaml, filled in with the installer's answers (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from portero.install.answers import Answers, GateAnswers

API_KEY: Final = "openai-api-key"
AMI_SECRET: Final = "ami-secret"
BACKEND_TOKEN: Final = "backend-token"
DATABASE: Final = "/var/lib/portero/portero.db"  # in the unit's StateDirectory=
PROMPTS: Final = "/var/cache/portero"  # the unit's CacheDirectory=

# What YAML takes for a number or a text as it stands; a word of its own (null) is in quotes.
_PLAIN: Final = re.compile(r"[1-9][0-9]{0,17}|(?!null|true|false)[a-z][a-z0-9_-]*")


class SampleChanged(Exception):
    """The sample has no such place (or several): it was changed, and `_SettingsText` was not."""


def settings_file(sample: str, answers: Answers) -> str:
    """config.yaml: the sample with its comments, the answers in their places, no secret in it."""
    text = _SettingsText(sample)
    text.line("# language: es ", f"language: {answers.language}   ")
    text.line("    password: !env ASTERISK_AMI_PASSWORD", f"    password: !credential {AMI_SECRET}")
    text.line("  api_key: !env OPENAI_API_KEY", f"  api_key: !credential {API_KEY}")
    if answers.language == "en":
        text.line("  # language: es-MX", "  language: en-US")
    text.line("  # prompts: ", "  prompts: ")
    text.line("  #   folder: ", f"    folder: {PROMPTS} ")
    text.line("  # url: sqlite:///portero.db ", f"  url: sqlite:///{DATABASE} ")
    text.line("  - id: demo ", f"  - id: {quoted(answers.tenant)} ")
    text.line("    name: Residencial Demo", f"    name: {quoted(answers.name)}")
    extensions = "" if answers.extensions else "# "
    numbers = answers.extensions or ("7000",)
    text.line("    extensions: [7000] ", f"    {extensions}extensions: {listed(numbers)} ")
    if answers.dids:
        text.line('    # dids: ["5550001234"] ', f"    dids: {listed(answers.dids)} ")
    text.line(
        "      extension: 100", f"      extension: {quoted(answers.guard)}", after="    guard:"
    )
    if answers.guard_context != "from-internal":
        context = f"      context: {quoted(answers.guard_context)}"
        text.line("      # context: from-internal", context, after="    guard:")
    _gate(text, answers.gate)
    if answers.calls_residents:
        chain = "[{by: call, contact: 1}, {by: call, contact: 2}]"
        text.line("      # chain: ", f"      chain: {chain} ", after="    notify:")
    return text.whole()


def secrets(answers: Answers) -> Iterator[tuple[str, str]]:
    """The secrets that config.yaml names by `!credential`: name and value."""
    yield AMI_SECRET, answers.ami_secret
    yield API_KEY, answers.api_key
    gate = answers.gate
    if gate is not None and gate.secret:
        yield gate_secret(gate), gate.secret


def gate_secret(gate: GateAnswers) -> str:
    """The name of the credential that opens a gate."""
    return BACKEND_TOKEN if gate.driver == "backend" else f"gate-{gate.id}"


def quoted(value: str) -> str:
    """A text as YAML takes it: a plain number or word, or in double quotes."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def listed(values: tuple[str, ...]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(quoted, values))}]"


def _gate(text: _SettingsText, gate: GateAnswers | None) -> None:
    """The sample's one gate that is no comment, replaced or made a comment."""
    first, last = "      main_gate:", "        url: http://192.0.2.10/relay/1/pulse"
    if gate is None:
        text.comment_out("    gates:", last)
        return
    if gate.driver == "backend":
        url = f"  backend_url: {quoted(gate.url)} "
        text.line("  # backend_url: https://backend.example/ ", url)
        token = f"  backend_token: !credential {BACKEND_TOKEN}"
        if gate.secret:
            text.line("  # backend_token: !file /etc/portero/backend-token", token)
    if gate.driver != "webhook":
        last = "        # timeout: 5s"  # and what only a webhook has
    text.block(first, last, [f"      {quoted(gate.id)}:", *_gate_lines(gate)])
    if gate.driver == "webhook" and gate.secret:
        header = f"        headers: {{Authorization: !credential {gate_secret(gate)}}}"
        text.line("        # headers: {Authorization: !file /etc/portero/gate-token}", header)


def _gate_lines(gate: GateAnswers) -> Iterator[str]:
    secret = f"!credential {gate_secret(gate)}"
    if gate.name:
        yield f"        name: {quoted(gate.name)}"
    yield f"        driver: {gate.driver:<19} # webhook backend hikvision dtmf asterisk"
    match gate.driver:
        case "webhook":
            yield f"        url: {quoted(gate.url)}"
        case "hikvision":
            yield f"        url: {quoted(gate.url)}"
            yield f"        username: {quoted(gate.user)}"
            yield f"        password: {secret}"
            yield f"        kind: {gate.kind}"
        case "dtmf":
            yield f"        digits: {secret}"
        case "asterisk":
            yield f"        extension: {quoted(gate.extension)}"
            yield f"        context: {quoted(gate.context)}"


class _SettingsText:
    """The sample's lines, changed one place at a time; each place must be there exactly once."""

    def __init__(self, sample: str) -> None:
        self._lines = sample.splitlines()

    def whole(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, start: str, put: str, *, after: str = "") -> None:
        """Replaces the start of a line (the first below `after`); comments keep their column."""
        at = self._find(start, self._find(after) if after else None)
        rest = self._lines[at][len(start) :]
        if rest.startswith(" ") and put.endswith(" "):
            put = put.rstrip()
            column = len(start) + len(rest) - len(rest.lstrip())
            rest = " " * max(1, column - len(put)) + rest.lstrip()
        self._lines[at] = put + rest

    def block(self, first: str, last: str, put: list[str]) -> None:
        """Replaces the lines from `first` to `last`."""
        start = self._find(first)
        self._lines[start : self._find(last, start) + 1] = put

    def comment_out(self, first: str, last: str) -> None:
        """Makes comments of the lines from `first` to `last`, as indented as the first."""
        start = self._find(first)
        indent = len(first) - len(first.lstrip())
        for at in range(start, self._find(last, start) + 1):
            line = self._lines[at]
            self._lines[at] = f"{line[:indent]}# {line[indent:]}"

    def _find(self, start: str, below: int | None = None) -> int:
        first = 0 if below is None else below + 1
        found = [at for at in range(first, len(self._lines)) if self._lines[at].startswith(start)]
        if not found or (below is None and len(found) > 1):
            raise SampleChanged(start)
        return found[0]

"""The installer's answers: from the command's options, else asked for, one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

import click

from portero.install.answers import DRIVERS, Answers, Driver, GateAnswers, doubtful_key, wrong
from portero.messages import text
from portero.registry.names import short_name

KINDS: Final = ("door", "barrier")

_QUESTIONS: Final = {
    "--tenant": "init_ask_tenant",
    "--name": "init_ask_name",
    "--extension": "init_ask_extension",
    "--did": "init_ask_did",
    "--guard": "init_ask_guard",
    "--guard-context": "init_ask_guard_context",
    "--call-residents": "init_ask_call_residents",
    "--gate": "init_ask_gate",
    "--gate-id": "init_ask_gate_id",
    "--gate-name": "init_ask_gate_name",
    "--gate-url": "init_ask_gate_request",
    "--gate-user": "init_ask_gate_user",
    "--gate-kind": "init_ask_gate_kind",
    "--gate-extension": "init_ask_gate_extension",
    "--gate-context": "init_ask_gate_context",
    "--gate-secret-file": "init_ask_gate_header",
    "--openai-key-file": "init_ask_openai_key",
    "--ami-secret-file": "init_ask_ami_secret",
}
# What an option asks for hangs on the driver here.
_QUESTIONS_OF: Final = {
    ("hikvision", "--gate-url"): "init_ask_gate_device",
    ("hikvision", "--gate-secret-file"): "init_ask_gate_password",
    ("dtmf", "--gate-secret-file"): "init_ask_gate_digits",
    ("backend", "--gate-url"): "init_ask_gate_backend",
    ("backend", "--gate-secret-file"): "init_ask_gate_token",
}
_CHOICES: Final = {
    "none": "init_choice_none",
    "hikvision": "init_choice_hikvision",
    "dtmf": "init_choice_dtmf",
    "webhook": "init_choice_webhook",
    "asterisk": "init_choice_asterisk",
    "backend": "init_choice_backend",
    "door": "init_choice_door",
    "barrier": "init_choice_barrier",
}
_YES: Final = {"es": "s", "en": "y"}


@dataclass(frozen=True, slots=True)
class Given:
    """What the options (or the environment) say; None: nothing."""

    tenant: str | None = None
    name: str | None = None
    extensions: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()
    guard: str | None = None
    guard_context: str | None = None
    ami_secret: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    call_residents: bool | None = None
    gate: Driver | None = None
    gate_id: str | None = None
    gate_name: str | None = None
    gate_url: str | None = field(default=None, repr=False)
    gate_user: str | None = None
    gate_kind: Literal["door", "barrier"] | None = None
    gate_extension: str | None = None
    gate_context: str | None = None
    gate_secret: str | None = field(default=None, repr=False)


class Missing(Exception):
    """Nobody may be asked, and these are missing or wrong: a sentence for each."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Asker:
    """Takes each answer from its option, from a person, or from its default; bad ones are told.

    `ask`: whether a person is there. Without one, what is wrong is kept in `sentences`.
    """

    def __init__(self, language: Literal["es", "en"], ask: bool) -> None:
        self.language = language
        self.ask = ask
        self.sentences: list[str] = []

    def get(
        self,
        option: str,
        kind: str,
        given: str | None,
        default: str | None = None,
        *,
        hidden: bool = False,
        driver: str = "",
    ) -> str:
        """An answer of `kind`, as `wrong` knows them; what is the default passes as it is.

        driver: of the gate that is asked about, where one is.
        """
        question = _QUESTIONS_OF.get((driver, option), _QUESTIONS[option])
        value = given.strip() if given is not None else None
        while True:
            if value is not None:
                said = None if value == default else wrong(kind, value, self.language)
                if said is None:
                    return value
                self._tell(option, said)
                if not self.ask:
                    return value
            elif not self.ask:
                if default is None:
                    self._tell(option, text("init_missing", self.language))
                return default or ""
            value = self._prompt(question, default or "", hidden)
            if not value and default is None:
                self._tell(option, text("init_missing", self.language))
                value = None

    def numbers(self, option: str, given: tuple[str, ...]) -> tuple[str, ...]:
        """Several extensions or DIDs, perhaps none."""
        while True:
            wrongs = [wrong("extension", value, self.language) for value in given]
            for said in filter(None, wrongs):
                self._tell(option, said)
            if not any(wrongs) or not self.ask:
                return given
            given = self.list_of(option)

    def list_of(self, option: str) -> tuple[str, ...]:
        asked = self._prompt(_QUESTIONS[option], "", False)
        return tuple(part for part in asked.replace(",", " ").split() if part)

    def confirm(self, option: str, given: bool | None) -> bool:
        if given is not None or not self.ask:
            return bool(given)
        return confirm(text(_QUESTIONS[option], self.language), self.language)

    def choose(self, option: str, given: str | None, choices: tuple[str, ...]) -> str:
        if given is not None or not self.ask:
            return given or choices[0]
        question = text(_QUESTIONS[option], self.language)
        for choice in choices:
            click.echo(f"  {choice:<10}{text(_CHOICES[choice], self.language)}")
        asked = click.prompt(
            question, type=click.Choice(choices), default=choices[0], show_choices=False
        )
        return str(asked)

    def _prompt(self, question: str, default: str, hidden: bool) -> str:
        asked = click.prompt(
            text(question, self.language),
            default=default,
            hide_input=hidden,
            show_default=bool(default) and not hidden,
        )
        return str(asked).strip()

    def _tell(self, option: str, said: str) -> None:
        if self.ask:
            click.secho(said, fg="red", err=True)
        else:
            self.sentences.append(f"{option}: {said}")


def confirm(question: str, language: str, *, usual: bool = False) -> bool:
    """Yes or no, in the installer's language; Enter is what is `usual`."""
    yes = _YES["en" if language == "en" else "es"]
    shown = f"{yes.upper()}/n" if usual else f"{yes}/N"
    asked = click.prompt(f"{question} [{shown}]", default="", show_default=False)
    said = str(asked).strip().lower()[:1]
    return said in {yes, "y"} if said else usual


def ask_all(given: Given, asker: Asker, make_secret: Callable[[], str]) -> Answers:
    """All the answers.

    Raises:
        Missing: nobody could be asked.
    """
    tenant, name = _community(given, asker)
    extensions, dids = _numbers(given, asker)
    guard = asker.get("--guard", "extension", given.guard)
    context = asker.get("--guard-context", "context", given.guard_context, "from-internal")
    calls = asker.confirm("--call-residents", given.call_residents)
    gate = _gate(given, asker)
    key = asker.get("--openai-key-file", "api_key", given.api_key, hidden=True)
    if key and doubtful_key(key):
        click.secho(text("init_key_doubtful", asker.language), fg="yellow", err=True)
    secret = asker.get("--ami-secret-file", "ami_secret", given.ami_secret, "", hidden=True)
    if asker.sentences:
        raise Missing(tuple(asker.sentences))
    return Answers(
        language=asker.language,
        tenant=tenant,
        name=name,
        extensions=extensions,
        dids=dids,
        guard=guard,
        guard_context=context,
        ami_secret=secret or make_secret(),
        api_key=key,
        gate=gate,
        calls_residents=calls,
    )


def _community(given: Given, asker: Asker) -> tuple[str, str]:
    """Short name and name. Whoever is asked says the name, and is offered the short one."""
    if asker.ask and given.tenant is None:
        name = asker.get("--name", "title", given.name)
        short = short_name(name)
        offered = "residencial" if wrong("name", short, asker.language) else short
        return asker.get("--tenant", "name", None, offered), name
    tenant = asker.get("--tenant", "name", given.tenant)
    return tenant, asker.get("--name", "title", given.name, tenant.replace("_", " ").title() or "-")


def _numbers(given: Given, asker: Asker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Extensions and DIDs: one of them at least, for a call must find its tenant."""
    extensions = asker.numbers("--extension", given.extensions)
    dids = asker.numbers("--did", given.dids)
    while not (extensions or dids):
        if not asker.ask:
            said = text("init_no_number", asker.language)
            asker.sentences.append(f"--extension, --did: {said}")
            break
        extensions = asker.numbers("--extension", asker.list_of("--extension"))
        dids = asker.numbers("--did", asker.list_of("--did"))
        if not (extensions or dids):
            click.secho(text("init_no_number", asker.language), fg="red", err=True)
    return extensions, dids


def _gate(given: Given, asker: Asker) -> GateAnswers | None:
    chosen = asker.choose("--gate", given.gate, DRIVERS)
    driver = next(driver for driver in DRIVERS if driver == chosen)
    if driver == "none":
        return None
    gate = asker.get("--gate-id", "name", given.gate_id, "main_gate")
    entrance = text("init_gate_name", asker.language)
    name = asker.get("--gate-name", "title", given.gate_name, entrance)
    url = user = extension = secret = ""
    context = "from-internal"
    kind: Literal["door", "barrier"] = given.gate_kind or "door"
    get = partial(asker.get, driver=driver)
    match driver:
        case "hikvision":
            url = get("--gate-url", "device", given.gate_url)
            user = get("--gate-user", "user", given.gate_user, "portero")
            if given.gate_kind is None and asker.choose("--gate-kind", None, KINDS) == "barrier":
                kind = "barrier"
            secret = get("--gate-secret-file", "password", given.gate_secret, hidden=True)
        case "dtmf":
            secret = get("--gate-secret-file", "digits", given.gate_secret, hidden=True)
        case "webhook" | "backend":
            url = get("--gate-url", "url", given.gate_url)
            secret = get("--gate-secret-file", "header", given.gate_secret, "", hidden=True)
        case "asterisk":
            extension = get("--gate-extension", "extension", given.gate_extension)
            context = get("--gate-context", "context", given.gate_context, context)
    return GateAnswers(driver, gate, name, url, user, kind, extension, context, secret)

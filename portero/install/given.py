"""What is known before anything is asked: options, files of secrets, the environment, last time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from portero import limits
from portero.install.asking import Given, Missing
from portero.install.settingsfile import AMI_SECRET, API_KEY
from portero.messages import text


def read_given(options: Mapping[str, Any], kept: Mapping[str, str], language: str) -> Given:
    """The options; secrets from files, the environment, or an earlier `portero init` (`kept`).

    Raises:
        Missing: a file of a secret can't be read.
    """

    def secret(option: str, variable: str = "", name: str = "") -> str | None:
        file = options[option]
        if file is not None:
            return _secret_of(file, f"--{option.replace('_', '-')}", language)
        found = os.environ.get(variable, "").strip() if variable else ""
        return found or kept.get(name, "").strip() or None

    return Given(
        tenant=options["tenant"],
        name=options["name"],
        extensions=options["extensions"],
        dids=options["dids"],
        guard=options["guard"],
        guard_context=options["guard_context"],
        ami_secret=secret("ami_secret_file", "ASTERISK_AMI_PASSWORD", AMI_SECRET),
        api_key=secret("openai_key_file", "OPENAI_API_KEY", API_KEY),
        call_residents=options["call_residents"],
        gate=options["gate"],
        gate_id=options["gate_id"],
        gate_name=options["gate_name"],
        gate_url=options["gate_url"],
        gate_user=options["gate_user"],
        gate_kind=options["gate_kind"],
        gate_extension=options["gate_extension"],
        gate_context=options["gate_context"],
        gate_secret=secret("gate_secret_file"),
    )


def _secret_of(file: str, option: str, language: str) -> str:
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            return str(opened.read(limits.SECRET_BYTES_MAX))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        told = text("init_file_wrong", language, option=option, file=file, reason=reason)
        raise Missing((told,)) from None

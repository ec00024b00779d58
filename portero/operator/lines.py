"""What a simulated visitor says: typed lines, a script, recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from portero.config.settings import Settings
from portero.config.tenants import find_tenant
from portero.errors import PorteroError
from portero.limits import CONFIG_BYTES_MAX, VISIT_LINES
from portero.messages import text


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be spoken, or a recording."""

    words: str = ""
    wav: Path | None = None


def read_script(file: Path, language: str) -> tuple[Line, ...]:
    """A YAML list of sentences and of `wav: FILE` (beside the script).

    Raises:
        PorteroError: it can't be read, or is something else.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            told = yaml.safe_load(opened.read(CONFIG_BYTES_MAX))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        why = getattr(error, "strerror", None) or str(error).replace("\n", " ")
        raise PorteroError(text("visit_script", language, file=file, why=why)) from None
    if not isinstance(told, list) or not 0 < len(told) <= VISIT_LINES:
        raise PorteroError(text("visit_script_form", language, file=file, most=VISIT_LINES))
    return tuple(_line(item, number, file, language) for number, item in enumerate(told, 1))


def _line(item: Any, number: int, file: Path, language: str) -> Line:
    if isinstance(item, dict) and list(item) == ["wav"] and isinstance(item["wav"], str):
        return Line(wav=file.parent / item["wav"])
    if isinstance(item, str | int) and str(item).strip():
        return Line(str(item).strip())
    raise PorteroError(text("visit_script_line", language, file=file, number=number))


def spoken_to(settings: Settings, *, did: str = "", extension: str = "") -> str:
    """The language (a tag such as es-MX) of whoever answers that DID or extension."""
    tenant = find_tenant(settings, variable="", url_tenant="", did=did, extension=extension)
    return (tenant.language if tenant else "") or settings.realtime.language


def check_voice(lines: Sequence[Line] | None, language: str) -> None:
    """Raises PorteroError if something is to be spoken, and nothing here can (None: typed)."""
    if lines is not None and all(line.wav for line in lines):
        return
    if find_spec("py_nanotts") is None:
        raise PorteroError(text("visit_no_voice", language))

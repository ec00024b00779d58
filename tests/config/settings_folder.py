"""A folder where tests write settings and read them back."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from portero.config import ConfigError, Loaded, load

NEEDED = {"OPENAI_API_KEY": "sk-test", "ASTERISK_AMI_PASSWORD": "ami-test", "LANG": "en_US.UTF-8"}


class Folder:
    """A folder where settings are written and read, under an environment of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "config.yaml"

    def load(self, content: str | bytes, environ: Mapping[str, str] = NEEDED) -> Loaded:
        """Loads `content`, dedented, as config.yaml; NEEDED is what every daemon needs."""
        if isinstance(content, str):
            content = textwrap.dedent(content).encode()
        self.file.write_bytes(content)
        return load(self.file, environ)

    def errors(self, content: str | bytes, environ: Mapping[str, str] = NEEDED) -> list[str]:
        """The errors of `content`, each without the folder's name."""
        with pytest.raises(ConfigError) as caught:
            self.load(content, environ)
        return [line.removeprefix(f"{self.path}/") for line in caught.value.errors]

    def warnings(self, content: str, environ: Mapping[str, str] = NEEDED) -> list[str]:
        """The warnings of `content`, which has no errors."""
        found = self.load(content, environ).warnings
        return [line.removeprefix(f"{self.path}/") for line in found]

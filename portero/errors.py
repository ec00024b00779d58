"""Errors that people read: what is wrong, where, and what to do about it."""

from __future__ import annotations


class PorteroError(Exception):
    """Base of every error that portero raises on purpose; its text is a sentence for a person."""

    def said(self, language: str) -> str:
        """The sentence in `language`, where it was not made in one."""
        return str(self)


class NoRoom(PorteroError):
    """A bounded resource (calls, ports) is used up."""


class ConfigError(PorteroError):
    """The settings can't be used; `errors` and `warnings` have a line for each problem."""

    def __init__(
        self, errors: tuple[str, ...], warnings: tuple[str, ...] = (), language: str = "es"
    ) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors
        self.warnings = warnings
        self.language = language

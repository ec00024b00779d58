"""Errors that people read: what is wrong, where, and what to do about it."""

from __future__ import annotations


class PorteroError(Exception):
    """Base of every error that portero raises on purpose; its text is a sentence for a person."""


class NoRoom(PorteroError):
    """A bounded resource (calls, ports) is used up."""

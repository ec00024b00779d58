"""Keys, guesses and duress: what a visitor may do besides talking."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from portero import limits
from portero.config.section import Section
from portero.config.units import Extension, Name, Seconds, Url


class KeypadSettings(Section):
    """PINs that the visitor types, ended by #; the model never learns them."""

    enabled: bool = True
    gate: Name | None = None
    """Gate that a right PIN asks for; none: main_gate, or the only one."""
    attempts: int = Field(default=3, ge=1, le=limits.PIN_ATTEMPTS_MAX)
    """Wrong PINs from one caller number until it is locked out."""
    lockout: Seconds = Field(
        default=900, ge=limits.LOCKOUT_SECONDS_MIN, le=limits.EVIDENCE_SECONDS_MAX
    )
    """How long a lockout lasts, and how long wrong PINs are counted."""
    pause: Seconds = Field(default=6, ge=1, le=limits.PIN_PAUSE_SECONDS_MAX)
    """Seconds between two keys until what was typed is forgotten."""


class FallbackSettings(Section):
    """What happens when the model is not there."""

    mode: Literal["guard", "keypad"] = "guard"
    """guard: straight to the guard; keypad: prompts, then a PIN, a unit, or 0 for the guard."""
    reconnects: int = Field(default=2, ge=0, le=limits.RECONNECTS_MAX)
    """Times that a connection which broke in mid-call is opened again."""
    tries: int = Field(default=3, ge=1, le=limits.PIN_ATTEMPTS_MAX)
    """Times that the keypad's menu is played before the guard is called."""


class GuessSettings(Section):
    """Names and units tried by people who do not know whom they visit."""

    per_call: int = Field(default=8, ge=1, le=limits.GUESSES_MAX)
    """Different names, units and plates that may be asked for in one call."""
    per_caller: int = Field(default=60, ge=1, le=limits.GUESSES_MAX)
    """Those asked for in vain, in an hour, by all calls from one caller number (an intercom)."""
    confirm_names: bool = False
    """Let the agent tell whether a resident of that name lives there; off: it confirms nothing."""


class DuressSettings(Section):
    """A word that tells the guard, and nobody else, that somebody is forced."""

    words: tuple[SecretStr, ...] = Field(default=(), max_length=limits.DURESS_WORDS_MAX)
    """Words that a resident under duress says; use `!env NAME` or `!file PATH`."""
    extension: Extension | None = None
    """Extension that is called silently; none: the guard's."""
    url: Url | None = Field(default=None, repr=False)
    """Address that is told by POST as well."""
    open: bool = False
    """Whether gates still open in such a call; off: the agent says that the gate does not work."""

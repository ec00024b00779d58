"""The words by which policy says why, and the texts that each stands for (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from portero.messages import text


class Texts(NamedTuple):
    """Keys of `portero.messages`: what the visitor may hear, and what the installer reads."""

    sentence: str
    why: str


# A sentence never tells a visitor more than they said: whoever is not let in hears the same
# whether the name is unknown, expected elsewhere, or has just been refused by somebody at home.
WORDS: Final[Mapping[str, Texts]] = {
    "no_gate": Texts("no_gate", "why_no_gate"),
    "duress": Texts("gate_stuck", "why_duress"),
    "refused_by_rule": Texts("refused_by_rule", "why_applies"),
    "too_soon": Texts("already_ordered", "why_too_soon"),
    "too_often": Texts("too_often", "why_too_often"),
    "no_rule": Texts("not_allowed", "why_no_rule"),
    "not_this_gate": Texts("not_allowed", "why_not_this_gate"),
    "not_this_caller": Texts("not_allowed", "why_not_this_caller"),
    "out_of_hours": Texts("out_of_hours", "why_out_of_hours"),
    "asks_nothing": Texts("not_allowed", "why_asks_nothing"),
    "not_checked": Texts("not_checked", "why_not_checked"),
    "by_plate": Texts("not_checked", "why_by_plate"),
    "not_authorized": Texts("not_authorized", "why_not_authorized"),
    "other_resident": Texts("not_authorized", "why_other_resident"),
    "other_gate": Texts("not_authorized", "why_other_gate"),
    "not_approved": Texts("not_allowed", "why_not_approved"),
    "resident_refused": Texts("not_allowed", "why_resident_refused"),
    "approval_old": Texts("not_allowed", "why_approval_old"),
    "no_plate": Texts("not_allowed", "why_no_plate"),
    "plate_unsure": Texts("not_allowed", "why_plate_unsure"),
    "plate_old": Texts("not_allowed", "why_plate_old"),
    "other_visit": Texts("not_allowed", "why_other_visit"),
    "no_pin": Texts("not_allowed", "why_no_pin"),
    "used_up": Texts("not_authorized", "why_used_up"),  # found out when it was to be counted
    "two_limited": Texts("not_allowed", "why_two_limited"),
}


@dataclass(frozen=True, slots=True)
class Miss:
    """A condition that is not met: its word, and what its text wants to know."""

    word: str
    values: Mapping[str, str | float] = field(default_factory=dict)


def sentence(word: str, language: str) -> str:
    """What the agent may say to a visitor who is refused for `word`."""
    return text(WORDS[word].sentence, language)


def in_words(
    words: Sequence[str], values: Mapping[str, str | float], language: str, *, applies: bool
) -> str:
    """Why a rule applies or not, for the installer; `words` as in a finding."""
    if applies and not words:
        return text("why_applies", language)
    return "; ".join(text(WORDS[word].why, language, **values) for word in words)

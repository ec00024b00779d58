"""Which of Asterisk's own sounds stand in for a prompt of ours (pure).

Names as of `asterisk-core-sounds` (es and en); what they say is in that package's text files.
"""

from __future__ import annotations

from typing import Final

from portero.limits import PROMPT_NAME_CHARS

STOCK: Final[dict[str, tuple[str, ...]]] = {
    "keypad_menu": ("agent-pass", "vm-reachoper"),
    "pin_wrong": ("vm-incorrect",),
    "pin_locked": ("vm-incorrect",),
    "calling_resident": ("pbx-transfer",),
    "calling_guard": ("pbx-transfer",),
    "no_answer": ("vm-nobodyavail",),
    "gate_ordered": ("auth-thankyou",),
    "gate_refused": ("followme/sorry",),
    "gate_failed": ("tt-somethingwrong",),
    "goodbye": ("vm-goodbye",),
    "visitor_at_gate": ("followme/no-recording",),
    "visitor_named": ("followme/no-recording",),
    "resident_menu": ("followme/options",),
    "resident_thanks": ("auth-thankyou",),
    "joining": ("pbx-transfer",),
    "visitor_left": ("vm-goodbye",),
    "duress": ("beeperr", "tt-somethingwrong", "beeperr"),
}
"""Each word of a prompt, and what is played where no voice is installed."""


def speakable(name: str) -> str:
    """What of a name may be spoken: letters and single spaces, and not more than a name has.

    A name is a stranger's text; a voice that read out digits or marks could say anything.
    """
    letters = "".join(sign if sign.isalpha() else " " for sign in name)
    return " ".join(letters.split())[:PROMPT_NAME_CHARS].strip()

"""Which of Asterisk's own sounds stand in for a prompt of ours (pure).

Names as of `asterisk-core-sounds` (es and en); what they say is in that package's text files.
"""

from __future__ import annotations

from typing import Final

from portero.limits import PROMPT_NAME_CHARS

STOCK: Final[dict[str, tuple[str, ...]]] = {
    "prompt_keypad_menu": ("agent-pass", "vm-reachoper"),
    "prompt_pin_wrong": ("vm-incorrect",),
    "prompt_pin_locked": ("vm-incorrect",),
    "prompt_calling_resident": ("pbx-transfer",),
    "prompt_calling_guard": ("pbx-transfer",),
    "prompt_no_answer": ("vm-nobodyavail",),
    "prompt_gate_ordered": ("auth-thankyou",),
    "prompt_gate_refused": ("followme/sorry",),
    "prompt_gate_failed": ("tt-somethingwrong",),
    "prompt_goodbye": ("vm-goodbye",),
    "prompt_visitor_at_gate": ("followme/no-recording",),
    "prompt_visitor_named": ("followme/no-recording",),
    "prompt_resident_menu": ("followme/options",),
    "prompt_resident_thanks": ("auth-thankyou",),
    "prompt_joining": ("pbx-transfer",),
    "prompt_visitor_left": ("vm-goodbye",),
    "prompt_recording_notice": ("conf-now-recording",),
    "prompt_duress": ("beeperr", "tt-somethingwrong", "beeperr"),
}
"""The text of each prompt, and what is played where no voice is installed."""


def speakable(name: str) -> str:
    """What of a name may be spoken: letters and single spaces, and not more than a name has.

    A name is a stranger's text; a voice that read out digits or marks could say anything.
    """
    letters = "".join(sign if sign.isalpha() else " " for sign in name)
    return " ".join(letters.split())[:PROMPT_NAME_CHARS].strip()

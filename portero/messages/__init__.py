"""What portero tells installers and visitors, in Spanish and English: one catalogue.

What is for the log is English and stays where it is logged; what a person acts on is here, in a
part for each reader.
"""

from __future__ import annotations

from typing import Any, Final

from portero.messages import (
    doctor,
    doctor_asterisk,
    doctor_doors,
    doctor_machine,
    doctor_media,
    doctor_servers,
    install,
    operating,
    policy,
    registry,
    rehearsal,
    settings,
    visitors,
)
from portero.messages.wording import Wording as Wording

CATALOGUE: Final[dict[str, Wording]] = {
    key: wording
    for part in (
        doctor,
        doctor_asterisk,
        doctor_doors,
        doctor_machine,
        doctor_media,
        doctor_servers,
        install,
        operating,
        policy,
        registry,
        rehearsal,
        settings,
        visitors,
    )
    for key, wording in part.TEXTS.items()
}


def text(key: str, language: str, /, **values: Any) -> str:
    """The text `key` in `language` (`es`, `es-MX`, `en_US.UTF-8`…; Spanish for any other).

    Raises:
        KeyError: no such text, or a placeholder without a value.
    """
    wording = CATALOGUE[key]
    wanted = wording.en if language[:2].lower() == "en" else wording.es
    return wanted.format(**values)

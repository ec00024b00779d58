"""What the agent may say when a tool could not do its work, in the tenant's language (pure)."""

from __future__ import annotations

from typing import Final

_SPANISH: Final = {
    "unknown_tool": "Esa herramienta no existe aquí.",
    "bad_arguments": "Los datos no son válidos; corrígelos e intenta de nuevo.",
    "not_found": "No encontré ese registro.",
    "refused": "El sistema no aceptó esos datos.",
    "backend_down": "No puedo consultar el sistema en este momento. ¿Lo comunico con el guardia?",
    "no_gate": "Esa puerta no existe aquí.",
    "not_checked": "Primero debo verificar su autorización. ¿Me da su nombre completo?",
    "not_authorized": "No encuentro una autorización vigente a su nombre.",
    "other_resident": "La autorización que encuentro es para visitar a otra persona.",
    "authorized": "Su autorización está vigente.",
    "not_recorded": "No pude registrar la entrada, así que no abrí. Lo comunico con el guardia.",
    "acknowledged": "Di la orden de abrir la puerta. Puede pasar cuando se abra.",
    "unconfirmed": "Envié la orden, pero la puerta no la confirmó. Si no se abre, avíseme.",
    "failed": "La puerta no respondió a la orden. Lo comunico con el guardia.",
    "already_ordered": "Ya di la orden de abrir esa puerta.",
}

_ENGLISH: Final = {
    "unknown_tool": "There is no such tool here.",
    "bad_arguments": "The data is not valid; correct it and try again.",
    "not_found": "I found no such record.",
    "refused": "The system did not accept that data.",
    "backend_down": "I can't reach the system right now. Shall I put you through to the guard?",
    "no_gate": "There is no such gate here.",
    "not_checked": "I have to check your authorisation first. What is your full name?",
    "not_authorized": "I find no valid authorisation in your name.",
    "other_resident": "The authorisation that I find is for visiting someone else.",
    "authorized": "Your authorisation is valid.",
    "not_recorded": "I could not record the visit, so I did not open. I'll get the guard.",
    "acknowledged": "I gave the order to open. You may pass when the gate is open.",
    "unconfirmed": "I sent the order, but the gate did not confirm it. Tell me if it stays shut.",
    "failed": "The gate did not take the order. I'll put you through to the guard.",
    "already_ordered": "I have already given the order to open that gate.",
}


def sentence(code: str, language: str) -> str:
    """The sentence for `code`; English for 'en', 'en-US', ..., otherwise Spanish."""
    return (_ENGLISH if language.casefold().startswith("en") else _SPANISH)[code]

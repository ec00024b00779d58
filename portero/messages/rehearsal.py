"""What `portero rehearse` says."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
    # portero rehearse.
    "rehearse_went_well": Wording("bien", "fine"),
    "rehearse_went_wrong": Wording("MAL ", "FAIL"),
    "rehearse_shut": Wording("no abrió nada ({words})", "opened nothing ({words})"),
    "rehearse_by_rule": Wording("{gate} por {rule}", "{gate} by {rule}"),
    "rehearse_opened": Wording(
        "se abrió {gate} por la regla {rule}, y no debía",
        "{gate} opened by the rule {rule}, and should not have",
    ),
    "rehearse_stayed_shut": Wording(
        "{gate} debía abrirse por la regla {rule}, y no se abrió ({why})",
        "{gate} should have opened by the rule {rule}, and did not ({why})",
    ),
    "rehearse_not_refused": Wording(
        "debía negarse por {word}; se negó por: {words}",
        "should have been refused for {word}; it was for: {words}",
    ),
    "rehearse_not_asked": Wording(
        "debía preguntarse a {name}; se preguntó a: {names}",
        "{name} should have been asked; those asked: {names}",
    ),
    "rehearse_not_told": Wording(
        "al modelo debía decírsele: {words}", "the model should have been told: {words}"
    ),
    "rehearse_told": Wording(
        "al modelo se le dijo, y no debía: {words}",
        "the model was told, and should not have been: {words}",
    ),
    "rehearse_leaked": Wording(
        "al modelo se le dijo lo que nadie había dicho: {words}",
        "the model was told what nobody had said: {words}",
    ),
    "rehearse_alarm": Wording(
        "se alertó al guardia, y no debía", "the guard was alerted, and should not have been"
    ),
    "rehearse_no_alarm": Wording(
        "debía alertarse al guardia en silencio", "the guard should have been alerted silently"
    ),
    "rehearse_guard": Wording(
        "se pasó al guardia, y no debía", "was handed to the guard, and should not have been"
    ),
    "rehearse_no_guard": Wording(
        "debía pasarse al guardia", "should have been handed to the guard"
    ),
    "rehearse_ledger": Wording(
        "la bitácora no está completa: fallas: {count}", "the ledger is not whole: flaws: {count}"
    ),
    "rehearse_all_fine": Wording("Visitas: {count}, todas bien.", "Visits: {count}, all fine."),
    "rehearse_some_wrong": Wording(
        "Visitas: {count}; MAL: {wrong}.", "Visits: {count}; FAILED: {wrong}."
    ),
    "rehearse_skipped": Wording(
        "No se ensayaron con su configuración {count} visitas que dependen de la del corpus.",
        "{count} visits that depend on the corpus' own settings were not played with yours.",
    ),
    "rehearse_what": Wording(
        "dé un archivo de ensayos, o --corpus", "give a file of rehearsals, or --corpus"
    ),
    "rehearse_tenant": Wording(
        "{file}: diga la residencial con --tenant, una de: {choices}",
        "{file}: name the tenant with --tenant, one of: {choices}",
    ),
    "rehearse_no_gate": Wording(
        "{tenant}: no tiene puertas que ensayar", "{tenant}: has no gates to rehearse"
    ),
}

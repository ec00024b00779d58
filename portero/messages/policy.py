"""Why a gate opens or not: `portero policy`, the ledger."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
    # Why a rule applies to a request or not: portero policy, the ledger.
    "why_applies": Wording("se cumple todo lo que pide", "all that it asks for is so"),
    "why_no_gate": Wording("la residencial no tiene esa puerta", "the tenant has no such gate"),
    "why_duress": Wording(
        "se dijo una palabra de auxilio y duress.open es false",
        "a duress word was said and duress.open is false",
    ),
    "why_too_soon": Wording(
        "se ordenó abrir hace {age:g} s; cooldown es de {cooldown:g} s",
        "an order was given {age:g} s ago; cooldown is {cooldown:g} s",
    ),
    "why_too_often": Wording("van {count}; el límite es {limit}", "{count} so far of {limit}"),
    "why_no_rule": Wording("ninguna regla es para esta puerta", "no rule is about this gate"),
    "why_not_this_gate": Wording("no es para esta puerta", "is not about this gate"),
    "why_not_this_caller": Wording(
        "no es para este número que llama", "is not about this caller number"
    ),
    "why_out_of_hours": Wording("fuera de su horario", "outside its hours"),
    "why_asks_nothing": Wording(
        "no pide ninguna prueba y no dice anybody: true",
        "asks for no proof and does not say anybody: true",
    ),
    "why_not_checked": Wording(
        "check_visitor no se usó para este visitante en esta llamada",
        "check_visitor was not used for this visitor in this call",
    ),
    "why_by_plate": Wording(
        "check_visitor solo lo encontró por la placa, que cualquiera puede leer",
        "check_visitor found the visitor by the plate alone, which anybody can read",
    ),
    "why_not_authorized": Wording(
        "check_visitor no encontró una autorización vigente",
        "check_visitor found no valid authorisation",
    ),
    "why_other_resident": Wording("es para otro residente", "is for another resident"),
    "why_other_gate": Wording("vale para otra puerta", "is good for another gate"),
    "why_not_approved": Wording(
        "ningún residente ha contestado por este visitante",
        "no resident has answered for this visitor",
    ),
    "why_resident_refused": Wording("el residente dijo que no", "the resident said no"),
    "why_approval_old": Wording(
        "la aprobación no es de los últimos {most:g} s",
        "the approval is not of the last {most:g} s",
    ),
    "why_no_plate": Wording(
        "ninguna cámara vio la placa de una visita autorizada",
        "no camera saw the plate of an authorised visit",
    ),
    "why_plate_unsure": Wording(
        "la lectura de la placa tiene confianza menor que {least:g}, o ninguna",
        "the reading of the plate has less confidence than {least:g}, or none",
    ),
    "why_plate_old": Wording(
        "la placa no se vio en los últimos {within:g} s",
        "the plate was not seen in the last {within:g} s",
    ),
    "why_other_visit": Wording(
        "la placa es de otra visita, o no se dio su nombre",
        "the plate belongs to another visit, or its name was not given",
    ),
    "why_no_pin": Wording("no se tecleó un PIN válido", "no valid PIN was typed"),
    "why_two_limited": Wording(
        "gastaría dos permisos de usos contados a la vez",
        "would use up two limited permissions at once",
    ),
    # portero policy.
    "policy_case": Wording(
        "{at}  puerta {gate}, visitante {visitor}, residente {resident}, {by}",
        "{at}  gate {gate}, visitor {visitor}, resident {resident}, {by}",
    ),
    "policy_by_model": Wording("la pidió el agente", "asked for by the agent"),
    "policy_by_pin": Wording("la pidió un PIN", "asked for by a PIN"),
    "policy_by_resident": Wording("la pidió el residente", "asked for by the resident"),
    "policy_applies": Wording("SÍ", "YES"),
    "policy_applies_not": Wording("no", "no"),
    "policy_allow": Wording("permite", "allows"),
    "policy_refuse": Wording("niega", "refuses"),
    "policy_limit": Wording("límite", "limit"),
    "policy_opens": Wording("Se abre, por la regla {rule}.", "It opens, by the rule {rule}."),
    "policy_shut": Wording("No se abre: {rule}.", "It stays shut: {rule}."),
    "policy_heard": Wording("El visitante oye: {sentence}", "The visitor hears: {sentence}"),
    "policy_answered": Wording(
        "  {at}  la puerta contestó: {said}", "  {at}  the gate answered: {said}"
    ),
    "policy_moment": Wording(
        "{value} no es una fecha con hora como 2026-12-24T18:00",
        "{value} is no date and time like 2026-12-24T18:00",
    ),
    "gate_one_of": Wording(
        "--gate debe ser una de config.yaml: {choices}",
        "--gate must be one of config.yaml's: {choices}",
    ),
    "policy_no_call": Wording(
        "la bitácora no tiene la llamada {call}; el identificador está en el registro y en "
        "PORTERO_CALL_ID",
        "the ledger has no call {call}; its id is in the log and in PORTERO_CALL_ID",
    ),
    "policy_no_request": Wording(
        "En esa llamada nadie pidió abrir una puerta.", "Nobody asked for a gate in that call."
    ),
    "one_moment": Wording(
        "Dile al visitante, en pocas palabras, que te permita un momento.",
        "Ask the visitor, in few words, to give you a moment.",
    ),
    "pin_told": Wording(
        "El visitante acaba de teclear una clave. Dile esto, sin agregar nada: {sentence}",
        "The visitor has just typed a PIN. Tell them this and add nothing: {sentence}",
    ),
    "pin_wrong": Wording("Esa clave no es válida.", "That PIN is not valid."),
    "pin_unavailable": Wording(
        "No puedo revisar claves en este momento. ¿Lo comunico con el guardia?",
        "I can't check PINs right now. Shall I put you through to the guard?",
    ),
    "pin_which_gate": Wording(
        "Su clave es válida. ¿Qué puerta necesita?", "Your PIN is valid. Which gate do you need?"
    ),
    "pin_wanted": Wording(
        "Para eso hace falta una clave; tecléela, terminada en gato.",
        "That needs a PIN; type it, ended by the pound key.",
    ),
    "resident_noted": Wording(
        "Anotado. No digas si esa persona o esa casa existe, ni quién vive ahí.",
        "Noted. Do not say whether that person or house exists, or who lives there.",
    ),
    "unknown_resident": Wording(
        "Ese resident_id no es de esta llamada; usa el que dio find_resident o check_visitor.",
        "That resident_id is not of this call; use the one that find_resident or check_visitor "
        "gave.",
    ),
    "whom_to_visit": Wording(
        "Primero dígame a quién visita, y en qué casa.", "First tell me whom you visit, and where."
    ),
    "unnamed_visitor": Wording("una visita", "a visitor"),
}

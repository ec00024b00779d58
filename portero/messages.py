"""What portero tells installers and visitors, in Spanish and English: one catalogue.

What is for the log is English and stays where it is logged; what a person acts on is here.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Wording(NamedTuple):
    """One text in each language; both have the same `{placeholders}`."""

    es: str
    en: str


def text(key: str, language: str, /, **values: Any) -> str:
    """The text `key` in `language` (`es`, `es-MX`, `en_US.UTF-8`…; Spanish for any other).

    Raises:
        KeyError: no such text, or a placeholder without a value.
    """
    wording = CATALOGUE[key]
    wanted = wording.en if language[:2].lower() == "en" else wording.es
    return wanted.format(**values)


CATALOGUE: Final[dict[str, Wording]] = {
    # What keeps the daemon from starting.
    "cant_start": Wording(
        "portero no puede arrancar: {error}. Para ver todo: portero doctor",
        "portero can't start: {error}. To see all of it: portero doctor",
    ),
    "cant_listen": Wording(
        "{setting}: no se puede escuchar en {where} ({why}): detenga a quien lo tiene, o "
        "ponga otro",
        "{setting}: can't listen on {where} ({why}): stop who has it, or set another",
    ),
    # How the daemon is: portero status, /health, systemctl status.
    "house_draining": Wording(
        "Se está deteniendo: ya no toma llamadas; siguen {calls}.",
        "It is stopping: it takes no more calls; {calls} go on.",
    ),
    "house_ami_away": Wording(
        "Sin sesión AMI con Asterisk en {host}:{port}: las visitas pasan al guardia. Corra: "
        "portero doctor",
        "No AMI session with Asterisk at {host}:{port}: visitors go to the guard. Run: portero "
        "doctor",
    ),
    "house_registry_away": Wording(
        "La base de datos no responde, y sin ella no se abre ninguna puerta: {why}",
        "The database does not answer, and without it no gate opens: {why}",
    ),
    # What a visitor hears, or the agent is told to say.
    "greeting": Wording(
        "Hola, bienvenido a {place}. ¿Me dice su nombre y a quién visita?",
        "Hello, welcome to {place}. May I have your name, and who you are visiting?",
    ),
    "say_exactly": Wording(
        "Di exactamente esto, sin agregar nada: {text}",
        "Say exactly this and add nothing: {text}",
    ),
    "apology": Wording(
        "La comunicación se cortó un momento y el visitante espera. Discúlpate en pocas palabras "
        "(«Disculpe, se cortó un momento») y sigue donde te quedaste: atiende lo último que dijo.",
        "The connection broke off for a moment and the visitor is waiting. Apologise in a few "
        'words ("Sorry, we were cut off for a moment") and go on where you left off: attend to '
        "what they said last.",
    ),
    "announce_guard": Wording(
        "Dile al visitante, en una frase corta, que lo comunicas con el guardia y que no cuelgue.",
        "Tell the visitor, in one short sentence, that you are putting them through to the guard "
        "and that they should hold the line.",
    ),
    "say_goodbye": Wording(
        "Despídete del visitante en una frase corta y amable.",
        "Say goodbye to the visitor in one short, kind sentence.",
    ),
    "guard_no_answer": Wording(
        "El guardia no contestó; el visitante sigue en la línea. Discúlpate y ofrece intentarlo "
        "otra vez o tomar sus datos.",
        "The guard did not answer; the visitor is still on the line. Apologise and offer to try "
        "again or to take their details.",
    ),
    "no_guard": Wording(
        "Aquí no hay un guardia a quien pasar la llamada. Discúlpate y sigue atendiendo.",
        "There is no guard here to hand the call to. Apologise and carry on.",
    ),
    "visitor_speaks": Wording(
        "El visitante volvió a hablar: escúchalo y no cuelgues todavía.",
        "The visitor spoke again: listen, and do not hang up yet.",
    ),
    "tool_broke": Wording(
        "Hubo una falla interna y no se hizo nada. Discúlpate y ofrece al guardia.",
        "Something broke inside and nothing was done. Apologise and offer the guard.",
    ),
    # What the agent may say when a tool is refused, fails, or has moved a gate.
    "unknown_tool": Wording("Esa herramienta no existe aquí.", "There is no such tool here."),
    "bad_arguments": Wording(
        "Los datos no son válidos; corrígelos e intenta de nuevo.",
        "The data is not valid; correct it and try again.",
    ),
    "not_found": Wording("No encontré ese registro.", "I found no such record."),
    "refused": Wording("El sistema no aceptó esos datos.", "The system did not accept that data."),
    "backend_down": Wording(
        "No puedo consultar el sistema en este momento. ¿Lo comunico con el guardia?",
        "I can't reach the system right now. Shall I put you through to the guard?",
    ),
    "too_many_calls": Wording(
        "Ya se consultó el sistema demasiadas veces en esta llamada. Lo comunico con el guardia.",
        "The system was asked too often in this call. I'll get the guard.",
    ),
    "too_many_checks": Wording(
        "Ya se verificaron demasiados nombres en esta llamada. Lo comunico con el guardia.",
        "Too many names were checked in this call. I'll get the guard.",
    ),
    "no_gate": Wording("Esa puerta no existe aquí.", "There is no such gate here."),
    "not_checked": Wording(
        "Primero debo verificar su autorización. ¿Me da su nombre completo?",
        "I have to check your authorisation first. What is your full name?",
    ),
    "not_authorized": Wording(
        "No encuentro una autorización vigente a su nombre.",
        "I find no valid authorisation in your name.",
    ),
    "not_allowed": Wording(
        "No tengo autorización para abrir. ¿Lo comunico con el guardia?",
        "I am not authorised to open. Shall I put you through to the guard?",
    ),
    "out_of_hours": Wording(
        "A esta hora no puedo abrir. ¿Lo comunico con el guardia?",
        "I can't open at this hour. Shall I put you through to the guard?",
    ),
    "refused_by_rule": Wording(
        "Las reglas de este acceso no me permiten abrir. ¿Lo comunico con el guardia?",
        "The rules of this entrance do not let me open. Shall I put you through to the guard?",
    ),
    "too_often": Wording(
        "Ya se pidió abrir demasiadas veces. Lo comunico con el guardia.",
        "The gate was asked for too often. I'll get the guard.",
    ),
    "gate_stuck": Wording(
        "La puerta no está funcionando en este momento.", "The gate is not working right now."
    ),
    "authorized": Wording("Su autorización está vigente.", "Your authorisation is valid."),
    "not_recorded": Wording(
        "No pude registrar la entrada, así que no abrí. Lo comunico con el guardia.",
        "I could not record the visit, so I did not open. I'll get the guard.",
    ),
    "acknowledged": Wording(
        "Di la orden de abrir la puerta. Puede pasar cuando se abra.",
        "I gave the order to open. You may pass when the gate is open.",
    ),
    "unconfirmed": Wording(
        "Envié la orden, pero la puerta no la confirmó. Si no se abre, avíseme.",
        "I sent the order, but the gate did not confirm it. Tell me if it stays shut.",
    ),
    "failed": Wording(
        "La puerta no respondió a la orden. Lo comunico con el guardia.",
        "The gate did not take the order. I'll put you through to the guard.",
    ),
    "already_ordered": Wording(
        "Ya di la orden de abrir esa puerta.", "I have already given the order to open that gate."
    ),
    # While a resident is asked, and what came of it: what the agent tells the visitor.
    "asking_by_message": Wording(
        "Ya le escribí al residente; espero su respuesta, no cuelgue por favor.",
        "I have written to the resident and am waiting for the answer; please hold the line.",
    ),
    "asking_by_message_next": Wording(
        "Todavía no contesta; le estoy escribiendo a otro contacto.",
        "No answer yet; I am writing to another contact.",
    ),
    "asking_by_call": Wording(
        "Le estoy llamando al residente; no cuelgue por favor.",
        "I am calling the resident; please hold the line.",
    ),
    "asking_by_call_next": Wording(
        "Todavía no contesta; le estoy llamando por teléfono.",
        "No answer yet; I am making a phone call.",
    ),
    "asking_still_1": Wording(
        "Sigo esperando la respuesta, un momento por favor.",
        "I am still waiting for the answer, one moment please.",
    ),
    "asking_still_2": Wording(
        "Aún no hay respuesta; sigo con usted.", "There is no answer yet; I am still with you."
    ),
    "asking_still_3": Wording(
        "Gracias por su paciencia; sigo intentando.", "Thank you for waiting; I am still trying."
    ),
    "ask_approved": Wording(
        "El residente autorizó la visita. Ahora puedes pedir que se abra con open_gate.",
        "The resident approved the visit. You may now ask for the gate with open_gate.",
    ),
    "ask_refused": Wording(
        "No se autorizó la visita. Díselo con amabilidad y no insistas.",
        "The visit was not approved. Say so kindly, and do not insist.",
    ),
    "ask_nobody_guard": Wording(
        "No hubo respuesta. Comunica al visitante con el guardia con transfer_to_guard.",
        "There was no answer. Put the visitor through to the guard with transfer_to_guard.",
    ),
    "ask_nobody_refuse": Wording(
        "No hubo respuesta, así que la puerta no se abre. Díselo con amabilidad.",
        "There was no answer, so the gate stays shut. Say so kindly.",
    ),
    "ask_left": Wording("El visitante ya no está en la línea.", "The visitor has gone."),
    "ask_too_often": Wording(
        "Ya se avisó demasiadas veces en esta llamada. Ofrece al guardia.",
        "Too many notices were sent in this call. Offer the guard.",
    ),
    # What a resident reads on WhatsApp after a tap.
    "tap_expired": Wording(
        "Su respuesta llegó tarde: la pregunta ya venció y no se abrió nada.",
        "Your answer came too late: the question has expired and nothing was opened.",
    ),
    "tap_left": Wording(
        "El visitante ya se había retirado; no se abrió nada.",
        "The visitor had already left; nothing was opened.",
    ),
    "tap_decided": Wording(
        "Esta visita ya se había resuelto; su respuesta no cambió nada.",
        "This visit had been settled already; your answer changed nothing.",
    ),
    "tap_answered": Wording(
        "Ya había contestado esta pregunta; vale la primera respuesta.",
        "You had answered this question before; the first answer counts.",
    ),
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
    # What to ask about a plate that was not clear.
    "ask_b_or_v": Wording("¿Es be grande o ve chica?", "Is it B as in boy or V as in Victor?"),
    "ask_digits": Wording(
        "¿Me repite los números de la placa, uno por uno?",
        "Could you repeat the digits of the plate, one by one?",
    ),
    "ask_plate": Wording(
        "¿Me repite la placa, letra por letra y número por número?",
        "Could you repeat the plate, one letter and one digit at a time?",
    ),
    "why_used_up": Wording("ya se usó las veces que podía", "has been used as often as it may be"),
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
    # The settings file as a whole.
    "file_unreadable": Wording(
        "no se puede leer {name} ({reason}); revise la ruta y los permisos",
        "cannot read {name} ({reason}); check the path and its permissions",
    ),
    "file_missing": Wording(
        "no existe {name}; revise la ruta", "there is no {name}; check the path"
    ),
    "settings_missing": Wording(
        "no existe {name}; revise la ruta, o créelo con portero init",
        "there is no {name}; check the path, or make it with portero init",
    ),
    "file_closed": Wording(
        "no tiene permiso de leer {name}; ejecute el comando con sudo",
        "you may not read {name}; run the command with sudo",
    ),
    "file_is_folder": Wording(
        "{name} es una carpeta; indique un archivo", "{name} is a folder; name a file"
    ),
    "file_not_regular": Wording("{name} no es un archivo normal", "{name} is not a regular file"),
    "file_too_large": Wording(
        "{name} pasa de {most} bytes; ¿es el archivo correcto?",
        "{name} is larger than {most} bytes; is it the right file?",
    ),
    "file_not_text": Wording(
        "{name} no es texto UTF-8; guárdelo como UTF-8",
        "{name} is not UTF-8 text; save it as UTF-8",
    ),
    "file_empty": Wording("{name} está vacío", "{name} is empty"),
    "file_open_to_all": Wording(
        "cualquier usuario puede leer {name}; ejecute: chmod o-r {name}",
        "every user can read {name}; run: chmod o-r {name}",
    ),
    "secret_open_to_all": Wording(
        "cualquier usuario puede leer este secreto; use !file RUTA, o ejecute: chmod o-r {name}",
        "every user can read this secret; use !file PATH, or run: chmod o-r {name}",
    ),
    "no_file": Wording(
        "no hay archivo de configuración ({places}); se usan el entorno y los valores por omisión",
        "there is no settings file ({places}); the environment and the defaults are used",
    ),
    "yaml_html": Wording(
        "esto es HTML o XML, no YAML; ¿se guardó una página web?",
        "this is HTML or XML, not YAML; was a web page saved?",
    ),
    "yaml_character": Wording(
        "hay un carácter de control; ¿es un archivo binario?",
        "there is a control character; is it a binary file?",
    ),
    "yaml_too_large": Wording(
        "demasiados niveles o demasiadas repeticiones", "too many levels or repetitions"
    ),
    "yaml_tab": Wording(
        "hay un tabulador; YAML solo admite espacios al inicio de la línea",
        "there is a tab; YAML takes only spaces at the beginning of a line",
    ),
    "yaml_indent": Wording(
        "la sangría no coincide con la de las líneas de arriba; alinee esta línea con ellas, o "
        "revise las comillas y los : de la anterior",
        "the indentation does not fit the lines above; align this line with them, or look at the "
        "quotes and : of the line before",
    ),
    "yaml_quote": Wording(
        "un valor que empieza con * & ! % @ o ` va entre comillas",
        "a value that begins with * & ! % @ or ` must be in quotes",
    ),
    "yaml_colon": Wording(
        "a esta línea le falta `: valor` (¿el archivo se cortó aquí?), o le sobra una comilla",
        "this line lacks its `: value` (was the file cut off here?), or has a quote too many",
    ),
    "yaml_cut": Wording(
        "lo que empieza aquí (comilla, [ o {{) no se cierra; ¿el archivo está incompleto?",
        "what begins here (a quote, [ or {{) is never closed; is the file incomplete?",
    ),
    "yaml_documents": Wording(
        "hay más de un documento; quite las líneas ---",
        "there is more than one document; remove the lines ---",
    ),
    "yaml_syntax": Wording("no es YAML válido: {reason}", "not valid YAML: {reason}"),
    "yaml_not_mapping": Wording(
        "se esperaban líneas `clave: valor`", "expected lines of `key: value`"
    ),
    "yaml_key": Wording("una clave debe ser texto simple", "a key must be plain text"),
    "yaml_tag": Wording(
        "hay !credential NOMBRE, !file RUTA y !env NOMBRE; un texto que empieza con ! va entre "
        "comillas",
        "there are !credential NAME, !file PATH and !env NAME; a text that begins with ! must be "
        "in quotes",
    ),
    "duplicate_key": Wording(
        "aparece dos veces (antes en la línea {line}); quite una",
        "is given twice (first on line {line}); remove one",
    ),
    "env_name": Wording(
        "después de !env va el nombre de una variable, no su valor",
        "!env is followed by the name of a variable, not by its value",
    ),
    "env_missing": Wording(
        "la variable de entorno {name} no existe o está vacía; defínala",
        "the environment variable {name} is not set or empty; set it",
    ),
    "credential_name": Wording(
        "después de !credential va el nombre de un archivo, sin carpeta: letras, números, _ . -",
        "!credential is followed by the name of a file, without a folder: letters, digits, _ . -",
    ),
    "credential_missing": Wording(
        "no hay credencial: guárdela en {name} (solo para root) y ejecute: "
        "systemctl restart portero",
        "there is no such credential: save it as {name} (for root only) and run: "
        "systemctl restart portero",
    ),
    # A value by itself.
    "unknown_key": Wording(
        "clave desconocida; las que hay son: {names}", "unknown key; there are: {names}"
    ),
    "unknown_key_near": Wording(
        "clave desconocida; ¿quiso decir {nearest}?", "unknown key; did you mean {nearest}?"
    ),
    "unknown_key_elsewhere": Wording(
        "clave desconocida aquí; su lugar es {nearest}", "unknown key here; it belongs in {nearest}"
    ),
    "missing": Wording("falta este valor", "this value is missing"),
    "choice": Wording(
        "{value} no es una opción; use: {choices}", "{value} is not a choice; use: {choices}"
    ),
    "choice_near": Wording(
        "{value} no es una opción; ¿quiso decir {nearest}? (hay: {choices})",
        "{value} is not a choice; did you mean {nearest}? (there are: {choices})",
    ),
    "whole_number": Wording("{value} no es un número entero", "{value} is not a whole number"),
    "number": Wording("{value} no es un número", "{value} is not a number"),
    "yes_no": Wording("{value} no es true ni false", "{value} is neither true nor false"),
    "text_wanted": Wording(
        "debe ser un texto; si hace falta, entre comillas",
        "must be a text; in quotes where needed",
    ),
    "section_wanted": Wording(
        "es una sección: van debajo líneas `clave: valor`",
        "is a section: lines of `key: value` go below it",
    ),
    "list_wanted": Wording(
        "es una lista: [uno, dos], o una línea `- uno` por elemento",
        "is a list: [one, two], or a line `- one` for each",
    ),
    "at_least": Wording("{value} es menor que {limit}", "{value} is less than {limit}"),
    "at_most": Wording("{value} es mayor que {limit}", "{value} is greater than {limit}"),
    "more_than": Wording("{value} debe ser mayor que {limit}", "{value} must be more than {limit}"),
    "too_short": Wording("no puede estar vacío", "must not be empty"),
    "text_too_long": Wording("pasa de {limit} letras", "is longer than {limit} letters"),
    "invalid": Wording("valor no válido: {reason}", "not a valid value: {reason}"),
    "duration": Wording(
        "{value} no es una duración; se escribe 20ms, 5s o 15min",
        "{value} is not a duration; write 20ms, 5s or 15min",
    ),
    "duration_fraction": Wording(
        "{value} no es un número entero de milisegundos; se escribe 20ms o 5s",
        "{value} is not a whole number of milliseconds; write 20ms or 5s",
    ),
    "append_length": Wording(
        "{value} no sirve; use 20ms, 40ms, 60ms o 100ms",
        "{value} does not fit; use 20ms, 40ms, 60ms or 100ms",
    ),
    "port_range": Wording(
        "{value} no es un rango de puertos; se escribe 21000-21999",
        "{value} is not a range of ports; write 21000-21999",
    ),
    "network": Wording(
        "{value} no es una red; se escribe 127.0.0.0/8 o 192.168.1.20",
        "{value} is not a network; write 127.0.0.0/8 or 192.168.1.20",
    ),
    "form_name": Wording(
        "{value}: solo minúsculas, cifras, - y _, hasta 64",
        "{value}: only small letters, digits, - and _, up to 64",
    ),
    "form_tool": Wording(
        "{value}: solo letras, cifras, - y _, hasta 64",
        "{value}: only letters, digits, - and _, up to 64",
    ),
    "form_extension": Wording(
        "{value}: una extensión lleva solo cifras, letras, * # + - y _",
        "{value}: an extension has only digits, letters, * # + - and _",
    ),
    "form_context": Wording(
        "{value}: un contexto lleva solo letras, cifras, . - y _",
        "{value}: a context has only letters, digits, . - and _",
    ),
    "form_host": Wording(
        "{value} no es un nombre de equipo ni una dirección IP",
        "{value} is neither a host name nor an IP address",
    ),
    "form_language": Wording(
        "{value} no es un idioma; se escribe es, es-MX o en-US",
        "{value} is not a language; write es, es-MX or en-US",
    ),
    "form_url": Wording(
        "debe empezar con http:// o https://, sin espacios ni usuario:clave@ (eso va en headers)",
        "must begin with http:// or https://, without spaces or user:password@ (use headers)",
    ),
    "form_websocket": Wording(
        "debe empezar con wss:// (o ws:// en esta red) y no llevar espacios",
        "must begin with wss:// (or ws:// in this network) and have no spaces",
    ),
    "form_certificate": Wording(
        "no es un certificado en formato PEM; se escribe certificate: !file RUTA",
        "is not a certificate in PEM format; write certificate: !file PATH",
    ),
    "form_database": Wording(
        "debe ser sqlite:///ARCHIVO o postgresql+psycopg://…",
        "must be sqlite:///FILE or postgresql+psycopg://…",
    ),
    "form_number_id": Wording(
        "es el identificador del número en Meta, solo cifras y entre comillas; no es el teléfono",
        "is the number's id at Meta, only digits and in quotes; it is not the telephone number",
    ),
    "form_template": Wording(
        "{value}: una plantilla se llama con minúsculas, cifras y _, como visita_en_puerta",
        "{value}: a template's name has small letters, digits and _, like visita_en_puerta",
    ),
    "form_template_language": Wording(
        "{value} no es el idioma de una plantilla; se escribe es_MX o es",
        "{value} is not the language of a template; write es_MX or es",
    ),
    "weekday": Wording(
        "{value} no es un día; use: {choices} (lunes es mon, martes tue, miércoles wed, jueves "
        "thu, viernes fri, sábado sat, domingo sun)",
        "{value} is not a day; use: {choices} (lunes is mon, martes tue, miércoles wed, jueves "
        "thu, viernes fri, sábado sat, domingo sun)",
    ),
    "weekday_near": Wording(
        "{value} no es un día; ¿quiso decir {nearest}? (hay: {choices})",
        "{value} is not a day; did you mean {nearest}? (there are: {choices})",
    ),
    "form_path": Wording(
        "debe empezar con / y no llevar espacios", "must begin with / and have no spaces"
    ),
    # What must hold between values.
    "api_key_missing": Wording(
        "falta la clave de OpenAI: defina OPENAI_API_KEY, o escriba api_key: !file RUTA",
        "the OpenAI key is missing: set OPENAI_API_KEY, or write api_key: !file PATH",
    ),
    "api_key_form": Wording(
        "la clave lleva comillas, espacios, acentos o varias líneas; deje solo la clave",
        "the key has quotes, spaces, accents or several lines; leave only the key",
    ),
    "ami_password_missing": Wording(
        "falta la contraseña de AMI: defina ASTERISK_AMI_PASSWORD, o escriba password: !file RUTA",
        "the AMI password is missing: set ASTERISK_AMI_PASSWORD, or write password: !file PATH",
    ),
    "live_model": Wording(
        "{value} es de la Live API, otro protocolo; use gpt-realtime-2.1",
        "{value} is of the Live API, another protocol; use gpt-realtime-2.1",
    ),
    "voice_unknown": Wording(
        "no se conoce la voz {value}; las de OpenAI son: {choices}",
        "the voice {value} is not known; OpenAI's are: {choices}",
    ),
    "limit_without_price": Wording(
        "no se conoce el precio de {value}: este límite no detendrá nada hasta que ponga "
        "realtime.prices",
        "the price of {value} is not known: this limit stops nothing until realtime.prices is set",
    ),
    "limit_without_words": Wording(
        "no se conoce el precio de transcribir con {value}: eso no cuenta para este límite; ponga "
        "realtime.prices.transcription_minute",
        "the price of transcribing with {value} is not known: it does not count here; set "
        "realtime.prices.transcription_minute",
    ),
    "format_for_leg": Wording(
        "{value} no sirve con leg: {leg}; use: {choices}",
        "{value} does not go with leg: {leg}; use: {choices}",
    ),
    "ports_of_asterisk": Wording(
        "{value} toca 10000-20000, los puertos RTP de Asterisk; use por ejemplo 21000-21999",
        "{value} touches 10000-20000, the RTP ports of Asterisk; use for example 21000-21999",
    ),
    "ports_overlap": Wording(
        "{value} contiene el puerto {port} de {other}; cambie uno",
        "{value} contains port {port} of {other}; change one",
    ),
    "ports_few": Wording(
        "los puertos alcanzan para {value} llamadas (una por puerto par) y max_calls es {limit}",
        "the ports are enough for {value} calls (one on each even port) and max_calls is {limit}",
    ),
    "port_taken": Wording(
        "el puerto {port} ya es el de {other}; cambie uno",
        "port {port} is already that of {other}; change one",
    ),
    "notice_no_voice": Wording(
        "este aviso necesita una voz: ponga asterisk.prompts.folder (y pip install "
        "'portero[prompts]'), o deje vacío notice; sin aviso no se graba nada",
        "this notice needs a voice: set asterisk.prompts.folder (and pip install "
        "'portero[prompts]'), or leave notice empty; without a notice nothing is recorded",
    ),
    "port_of_freepbx": Wording(
        "el puerto 4573 es del FastAGI propio de FreePBX; use 4574",
        "port 4573 is that of FreePBX's own FastAGI; use 4574",
    ),
    "no_tenants": Wording(
        "no hay ninguna residencial (tenants): ninguna llamada se atenderá",
        "there are no tenants: no call will be answered",
    ),
    "given_twice": Wording(
        "{value} ya es de {other}; una llamada solo puede ser de una residencial",
        "{value} already belongs to {other}; a call can only be of one tenant",
    ),
    "tool_unknown": Wording(
        "no hay herramienta {value}; las que hay son: {choices}",
        "there is no tool {value}; there are: {choices}",
    ),
    "tool_unknown_near": Wording(
        "no hay herramienta {value}; ¿quiso decir {nearest}?",
        "there is no tool {value}; did you mean {nearest}?",
    ),
    "tool_incomplete": Wording(
        "una herramienta propia necesita description y una forma de trabajar: {choices}",
        "a tool of your own needs description and a way to work: {choices}",
    ),
    "tool_ways": Wording(
        "solo una forma de trabajar; aquí hay: {names}", "only one way to work; here are: {names}"
    ),
    "tool_built_in": Wording(
        "{value} es de portero y no se cambia por {way}; haga una herramienta con otro nombre",
        "{value} is portero's own and can't become {way}; make a tool of another name",
    ),
    "tool_host": Wording(
        "los {{datos}} van solo después del nombre del equipo: https://equipo/ruta/{{unit}}",
        "{{arguments}} come only after the host: https://host/path/{{unit}}",
    ),
    "hours": Wording(
        "se esperan horas como 07:00-22:00, no {value}",
        "hours like 07:00-22:00 are wanted, not {value}",
    ),
    "time_zone": Wording(
        "{value} no es una zona horaria como America/Mexico_City",
        "{value} is no time zone like America/Mexico_City",
    ),
    "gate_unknown": Wording(
        "la residencial {tenant} no tiene la puerta {value}; tiene: {choices}",
        "the tenant {tenant} has no gate {value}; it has: {choices}",
    ),
    "gate_unknown_near": Wording(
        "la residencial {tenant} no tiene la puerta {value}; ¿quiso decir {nearest}?",
        "the tenant {tenant} has no gate {value}; did you mean {nearest}?",
    ),
    "gate_needs": Wording(
        "driver: {driver} necesita además: {names}", "driver: {driver} also needs: {names}"
    ),
    "gate_needs_digits": Wording(
        'driver: {driver} necesita además digits, entre comillas: "#" (sin ellas, # empieza un '
        "comentario)",
        'driver: {driver} also needs digits, in quotes: "#" (without them, # begins a comment)',
    ),
    "gate_key_unused": Wording(
        "driver: {driver} no lo usa; usa: {choices}",
        "driver: {driver} has no use for it; it takes: {choices}",
    ),
    "certificate_without_tls": Wording(
        "solo sirve con una url que empieza con https://",
        "is only for a url that begins with https://",
    ),
    "digits_form": Wording(
        "solo lleva tonos de teléfono: 0-9 * # A-D, sin espacios",
        "takes only tones of a telephone: 0-9 * # A-D, without spaces",
    ),
    "device_url_path": Wording(
        "va solo la dirección del equipo, sin ruta: https://192.0.2.20",
        "takes only the address of the device, without a path: https://192.0.2.20",
    ),
    "device_in_clear": Wording(
        "sin https, otros en la red pueden leer las órdenes y cambiarlas; active HTTPS en el "
        "equipo si lo tiene",
        "without https, others in the network can read orders and change them; switch HTTPS on in "
        "the device if it has it",
    ),
    "rule_twice": Wording(
        "ya hay una regla {value}; cada una lleva su propio nombre",
        "there is a rule {value} already; each has a name of its own",
    ),
    "rule_reserved": Wording(
        "{value} es una palabra propia de la bitácora; elija otro nombre",
        "{value} is a word of the ledger's own; choose another name",
    ),
    "rule_asks_nothing": Wording(
        "la regla {value} abre sin pedir nada: ponga expected, approved_within, plate_within o "
        "pin; si de verdad es para todos, anybody: true",
        "the rule {value} opens and asks for nothing: set expected, approved_within, plate_within "
        "or pin; if it is really for everybody, anybody: true",
    ),
    "rule_anybody": Wording(
        "anybody es para reglas que abren sin pedir ninguna prueba; quite esto o las pruebas",
        "anybody is for rules that open without any proof; remove this or the proofs",
    ),
    "rule_refuses_all": Wording(
        "la regla {value} niega siempre: ninguna puerta abrirá; póngale gates, schedule, callers "
        "o una prueba",
        "the rule {value} always refuses: no gate will open; give it gates, schedule, callers or "
        "a proof",
    ),
    "rule_never_opens": Wording(
        "la regla {value} nunca abre: {other} niega lo mismo, y negar gana",
        "the rule {value} never opens: {other} refuses the same, and refusing wins",
    ),
    "whatsapp_missing": Wording(
        "falta la sección doorman.whatsapp (phone_number_id, token, app_secret, verify_token)",
        "the section doorman.whatsapp is missing (phone_number_id, token, app_secret, "
        "verify_token)",
    ),
    "fallback_without_keypad": Wording(
        "mode: keypad necesita keypad.enabled: true", "mode: keypad needs keypad.enabled: true"
    ),
    "port_of_asterisk_http": Wording(
        "el puerto 8088 es del servidor HTTP de Asterisk; use por ejemplo 8090",
        "port 8088 is that of Asterisk's own HTTP server; use for example 8090",
    ),
    "duress_word_short": Wording(
        "una palabra de auxilio lleva al menos {limit} letras",
        "a duress word has at least {limit} letters",
    ),
    "duress_word_ordinary": Wording(
        "eso lo dice cualquiera en una puerta; elija palabras que nadie diga por casualidad",
        "anybody says that at a gate; choose words that nobody says by chance",
    ),
    "duress_nobody": Wording(
        "no hay a quién avisar: ponga extension, url, o guard en la residencial",
        "there is nobody to tell: set extension, url, or the tenant's guard",
    ),
    "gate_without_device": Wording(
        "nadie la abre: ponga driver (webhook, hikvision, dtmf, asterisk), o BACKEND_API_URL",
        "nothing opens it: set driver (webhook, hikvision, dtmf, asterisk), or BACKEND_API_URL",
    ),
    "tenant_no_gates": Wording(
        "tiene open_gate, pero ninguna puerta (gates): no podrá abrir",
        "has open_gate but no gates: it can open nothing",
    ),
    "tenant_no_guard": Wording(
        "tiene transfer_to_guard, pero no guard: no podrá pasar la llamada",
        "has transfer_to_guard but no guard: it can hand over no call",
    ),
    "tool_path": Wording(
        "portero mismo hace {value}: no lleva path", "portero does {value} itself: it takes no path"
    ),
    "tool_gate": Wording("solo open_gate lleva gate", "only open_gate takes a gate"),
    "tool_parameters": Wording(
        "no es un JSON Schema con `type: object` y sin $ref",
        "is not a JSON Schema with `type: object` and without $ref",
    ),
    # portero registry import.
    "import_nothing": Wording("no se importó nada", "nothing was imported"),
    "import_done": Wording(
        "{tenant}: unidades: {units}, residentes: {residents}, autorizaciones: {authorizations}, "
        "vehículos: {vehicles}",
        "{tenant}: units: {units}, residents: {residents}, authorizations: {authorizations}, "
        "vehicles: {vehicles}",
    ),
    "import_suffix": Wording(
        "un archivo que termina en {value} no sirve; use .yaml o .csv",
        "a file that ends in {value} is not taken; use .yaml or .csv",
    ),
    "import_rows": Wording("hay más de {most} renglones", "there are more than {most} rows"),
    "import_columns": Wording(
        "el primer renglón lleva los nombres de las columnas, entre ellas kind",
        "the first line must name the columns, kind among them",
    ),
    "import_no_csv": Wording("no es CSV válido: {reason}", "not valid CSV: {reason}"),
    "import_more_values": Wording(
        "hay más valores que columnas; ¿una coma sin comillas?",
        "there are more values than columns; a comma without quotes?",
    ),
    "import_lists": Wording(
        "se esperaban listas llamadas {choices}", "expected lists named {choices}"
    ),
    "import_list": Wording("debe ser una lista", "must be a list"),
    "import_single": Wording("debe ser un solo valor", "must be a single value"),
    "import_too_long": Wording("pasa de {limit} letras", "is longer than {limit} letters"),
    "import_blank": Wording(
        "{value} no tiene ni una letra ni una cifra", "{value} has neither a letter nor a digit"
    ),
    "import_gates": Wording(
        "{value}: se escribe como main_gate|service_gate; sin gates: todas las puertas",
        "{value}: write gates like main_gate|service_gate; without gates: all of them",
    ),
    "import_backwards": Wording(
        "valid_until debe ser después de valid_from", "valid_until must come after valid_from"
    ),
    "import_several": Wording(
        "en {value} vive más de un residente; diga cuál en resident",
        "more than one resident lives in {value}; name one as resident",
    ),
    "import_not_there": Wording(
        "nadie llamado {value} vive en {unit}", "nobody called {value} lives in {unit}"
    ),
    "import_nobody": Wording(
        "nadie vive en {value}; agréguelo antes en residents",
        "nobody lives in {value}; add them to residents first",
    ),
    "import_twice": Wording("esto ya está en la línea {line}", "this is in line {line} already"),
    # portero pin.
    "pin_weak": Wording(
        "ese PIN es muy fácil de adivinar; use de 4 a 12 cifras que no sean seguidas, repetidas ni "
        "un año",
        "that PIN is too easy to guess; use 4 to 12 digits that are no run, no repetition and no "
        "year",
    ),
    "pin_taken": Wording(
        "ese PIN no se puede usar; elija otro", "that PIN can't be used; choose another"
    ),
    "pin_too_many": Wording(
        "hay demasiados PIN de esa unidad o de la casa; quite alguno con portero pin revoke",
        "there are too many PINs of that unit or of the house; take some back with portero pin "
        "revoke",
    ),
    "pin_differs": Wording(
        "los dos no son iguales; no se guardó nada", "the two differ; nothing was kept"
    ),
    "pin_prompt": Wording("PIN (no se muestra)", "PIN (not shown)"),
    "pin_prompt_again": Wording("Otra vez", "Again"),
    "pin_added": Wording(
        "{tenant}: PIN {id} guardado para {label}", "{tenant}: PIN {id} kept for {label}"
    ),
    "pin_shown_once": Wording(
        "El PIN es {digits}. Anótelo: no se vuelve a mostrar.",
        "The PIN is {digits}. Write it down: it is not shown again.",
    ),
    "pin_typed_alone": Wording("Se teclea: PIN y #", "It is typed as: PIN, then #"),
    "pin_typed_with_unit": Wording(
        "Se teclea con la unidad: {unit}, *, PIN y #",
        "It is typed with the unit: {unit}, *, PIN, then #",
    ),
    "pin_units_from_now": Wording(
        "Ya hay más de {most} PIN: desde ahora los de residentes solo sirven con su unidad.",
        "There are more than {most} PINs now: those of residents only work with their unit.",
    ),
    "pin_none": Wording("{tenant}: no hay ningún PIN", "{tenant}: there are no PINs"),
    "pin_of_house": Wording("de la casa", "of the house"),
    "pin_once": Wording(", una sola vez", ", once"),
    "pin_listed": Wording(
        "    {whose}; puertas: {gates}; desde {begins}, hasta {ends}{once}",
        "    {whose}; gates: {gates}; from {begins} until {ends}{once}",
    ),
    "pin_all_gates": Wording("todas", "all"),
    "pin_no_end": Wording("que se quite", "taken back"),
    "pin_no_begin": Wording("siempre", "always"),
    "pin_revoked": Wording("{id}: ya no sirve", "{id}: works no more"),
    "pin_unknown": Wording(
        "no hay un PIN en uso con ese id; los que hay los dice portero pin list",
        "no PIN in use has that id; portero pin list tells those there are",
    ),
    "pin_resident_unknown": Wording(
        "nadie se llama así ni vive ahí: {value}; se escribe un nombre, una unidad, o "
        "NOMBRE/UNIDAD como están en el registro",
        "nobody has that name or lives there: {value}; write a name, a unit, or NAME/UNIT as they "
        "are in the registry",
    ),
    "pin_resident_several": Wording(
        "{value} puede ser: {choices}; escriba NOMBRE/UNIDAD",
        "{value} can be: {choices}; write NAME/UNIT",
    ),
    "pin_moment": Wording(
        '{value} no es una fecha como 2026-12-24 o "2026-12-24 18:00"',
        '{value} is no date like 2026-12-24 or "2026-12-24 18:00"',
    ),
    "pin_backwards": Wording(
        "--until debe ser después de --from y de ahora", "--until must come after --from and now"
    ),
    # What Asterisk plays: to a visitor when the model is not there, and on residents' phones.
    "prompt_keypad_menu": Wording(
        "Marque su clave y la tecla de gato. Para llamar a una casa, marque su número, asterisco "
        "y gato. Para hablar con el guardia, marque cero.",
        "Enter your code and press pound. To call a house, enter its number, star and pound. "
        "For the guard, press zero.",
    ),
    "prompt_pin_wrong": Wording("Esa clave no es válida.", "That code is not valid."),
    "prompt_pin_locked": Wording(
        "No se aceptan más claves desde aquí por ahora.", "No more codes are taken here for now."
    ),
    "prompt_calling_resident": Wording(
        "Estamos llamando. No cuelgue, por favor.", "We are calling. Please hold the line."
    ),
    "prompt_calling_guard": Wording(
        "Lo comunico con el guardia. No cuelgue, por favor.",
        "I am putting you through to the guard. Please hold the line.",
    ),
    "prompt_no_answer": Wording("No fue posible autorizar la entrada.", "Nobody let you in."),
    "prompt_gate_ordered": Wording(
        "Gracias. Se dio la orden de abrir. Avance cuando vea que está abierto.",
        "Thank you. The gate was told to open. Go ahead once you see it open.",
    ),
    "prompt_gate_refused": Wording(
        "No es posible abrir en este momento.", "The gate cannot be opened at this time."
    ),
    "prompt_gate_failed": Wording("El portón no responde.", "The gate does not answer."),
    "prompt_goodbye": Wording("Hasta luego.", "Goodbye."),
    "prompt_visitor_at_gate": Wording(
        "Llamada de la entrada. Lo busca un visitante.",
        "A call from the gate. A visitor is asking for you.",
    ),
    "prompt_visitor_named": Wording(
        "Llamada de la entrada. Lo busca alguien que dice llamarse {name}.",
        "A call from the gate. Somebody who gives the name {name} is asking for you.",
    ),
    "prompt_resident_menu": Wording(
        "Para abrir, marque uno. Para negar la entrada, marque dos. Para hablar con el visitante, "
        "marque tres.",
        "To open, press one. To refuse, press two. To talk to the visitor, press three.",
    ),
    "prompt_resident_thanks": Wording("Gracias.", "Thank you."),
    "prompt_joining": Wording(
        "Lo comunico. Mientras hablan, uno abre y dos niega la entrada.",
        "I am putting you through. While you talk, one opens and two refuses.",
    ),
    "prompt_visitor_left": Wording(
        "El visitante ya no está en la línea.", "The visitor is no longer on the line."
    ),
    "prompt_recording_notice": Wording("Esta llamada se graba.", "This call is recorded."),
    "prompt_duress": Wording(
        "Atención. Posible coacción en la entrada. No llame a la entrada; acuda con precaución.",
        "Attention. Possible duress at the gate. Do not call the gate; go there with care.",
    ),
    # portero ledger: what is wrong with a row, and with the whole.
    "ledger_flaw": Wording(
        "{tenant}, renglón {number}: {words}", "{tenant}, row {number}: {words}"
    ),
    "ledger_missing": Wording("falta, o está fuera de su lugar", "is missing, or out of its place"),
    "ledger_broken": Wording(
        "no sigue al renglón anterior: alguien quitó, metió o cambió algo",
        "does not follow the row before it: something was removed, put in or changed",
    ),
    "ledger_changed": Wording("alguien lo cambió", "was changed"),
    "ledger_cut_off": Wording(
        "desde aquí hasta el final alguien quitó renglones",
        "from here to the end rows were removed",
    ),
    "ledger_not_head": Wording(
        "no es el final que se guardó: alguien agregó, quitó o cambió renglones al final",
        "is not the end that was noted: rows at the end were added, removed or changed",
    ),
    "ledger_not_cut_by_us": Wording(
        "los renglones hasta aquí no los quitó portero: la bitácora no dice que se hayan recortado",
        "the rows up to here were not removed by portero: the ledger has no note of a cut",
    ),
    "ledger_not_anchor": Wording(
        "no es el renglón de --head: alguien escribió la bitácora de nuevo",
        "is not the row of --head: the ledger was written anew",
    ),
    "ledger_whole": Wording(
        "{tenant}: la bitácora está completa; su final es {head}",
        "{tenant}: the ledger is whole; it ends at {head}",
    ),
    "ledger_flawed": Wording(
        "la bitácora fue alterada: no le crea, y busque una copia de seguridad",
        "the ledger was tampered with: don't trust it, and look for a backup",
    ),
    "ledger_anchor_form": Wording(
        "--head es NÚMERO:HUELLA, como lo imprime portero ledger head; y pide --tenant si hay "
        "varias residenciales",
        "--head is NUMBER:HASH, as portero ledger head prints it; and it needs --tenant if there "
        "are several",
    ),
    "ledger_day": Wording(
        "{value} no es una fecha como 2026-12-24", "{value} is no date like 2026-12-24"
    ),
    "ledger_pruned": Wording(
        "{tenant}: renglones olvidados: {counts}", "{tenant}: rows forgotten: {counts}"
    ),
    "ledger_nothing_pruned": Wording("{tenant}: nada que olvidar", "{tenant}: nothing to forget"),
    "tenant_one_of": Wording(
        "--tenant debe ser una de config.yaml: {choices}",
        "--tenant must be one of config.yaml's: {choices}",
    ),
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
    # portero doctor: the model, the backend, gates, WhatsApp and this machine.
    "doctor_reach_ok": Wording(
        "{server} contesta: conexión en {ms} ms.", "{server} answers: connected in {ms} ms."
    ),
    "doctor_reach_name": Wording(
        "No se encuentra el nombre de {server} (DNS).", "The name of {server} is not found (DNS)."
    ),
    "doctor_cure_reach_name": Wording(
        "Revise {setting} y el DNS de esta máquina: getent hosts {host}",
        "Check {setting} and this machine's DNS: getent hosts {host}",
    ),
    "doctor_reach_refused": Wording(
        "{server} rechaza la conexión: nadie escucha en ese puerto.",
        "{server} refuses the connection: nobody listens on that port.",
    ),
    "doctor_cure_reach_refused": Wording(
        "Arranque ese servidor, o corrija {setting}.", "Start that server, or correct {setting}."
    ),
    "doctor_reach_slow": Wording(
        "{server} no contesta en {seconds} s.", "{server} does not answer within {seconds} s."
    ),
    "doctor_cure_reach_slow": Wording(
        "Revise {setting} y el cortafuegos: esta máquina debe poder salir a {server} por TCP.",
        "Check {setting} and the firewall: this machine must be let out to {server} by TCP.",
    ),
    "doctor_reach_route": Wording(
        "No hay camino a {server}: esta máquina no tiene red hacia allá.",
        "There is no way to {server}: this machine has no network in that direction.",
    ),
    "doctor_cure_reach_route": Wording(
        "Revise {setting}, el cable y la puerta de enlace: ip route get {host}",
        "Check {setting}, the cable and the gateway: ip route get {host}",
    ),
    "doctor_reach_cut": Wording(
        "{server} cuelga antes de contestar.", "{server} hangs up before it answers."
    ),
    "doctor_cure_reach_cut": Wording(
        "Revise {setting}: ¿es ese el puerto? Si lo es, un cortafuegos corta la conexión.",
        "Check {setting}: is it that port? If it is, a firewall cuts the connection.",
    ),
    "doctor_reach_no_tls": Wording(
        "{server} no habla TLS en ese puerto.", "{server} does not speak TLS on that port."
    ),
    "doctor_cure_reach_no_tls": Wording(
        "Corrija el puerto o el esquema (http en vez de https, ws en vez de wss) en {setting}.",
        "Correct the port or the scheme (http for https, ws for wss) in {setting}.",
    ),
    "doctor_reach_clock": Wording(
        "El certificado de {server} vale del {since} al {until}, pero el reloj de esta máquina "
        "dice {here} (el del servidor: {there}): el reloj está mal.",
        "The certificate of {server} is valid from {since} to {until}, but this machine's clock "
        "says {here} (the server's: {there}): the clock is wrong.",
    ),
    "doctor_cure_clock": Wording(
        "Ponga el reloj en hora y déjelo sincronizado: timedatectl set-ntp true",
        "Set the clock and keep it synchronised: timedatectl set-ntp true",
    ),
    "doctor_reach_expired": Wording(
        "El certificado de {server} venció el {until}.",
        "The certificate of {server} expired on {until}.",
    ),
    "doctor_cure_reach_expired": Wording(
        "Renueve el certificado en {server}; si el reloj de esta máquina no dice la hora correcta, "
        "póngalo en hora.",
        "Renew the certificate on {server}; if this machine's clock is wrong, set it.",
    ),
    "doctor_reach_untrusted": Wording(
        "El certificado de {server} lo firmó «{issuer}», que esta máquina no conoce.",
        'The certificate of {server} was signed by "{issuer}", whom this machine does not know.',
    ),
    "doctor_cure_reach_untrusted": Wording(
        "Si un cortafuegos inspecciona TLS, exceptúe a {server} o instale su CA "
        "(update-ca-certificates); si es un equipo propio, ponga su certificado en "
        "`certificate`, junto a {setting}.",
        "If a firewall inspects TLS, make an exception of {server} or install its CA "
        "(update-ca-certificates); if it is a device of yours, put its certificate into "
        "`certificate`, beside {setting}.",
    ),
    "doctor_reach_other_name": Wording(
        "El certificado de {server} es de otro nombre.",
        "The certificate of {server} is for another name.",
    ),
    "doctor_reach_pin": Wording(
        "{server} muestra otro certificado que el de la configuración.",
        "{server} shows another certificate than that of the settings.",
    ),
    "doctor_cure_reach_pin": Wording(
        "Si el equipo cambió de certificado, ponga el nuevo junto a {setting}: "
        "openssl s_client -connect {server} </dev/null | openssl x509",
        "If the device has a new certificate, put that beside {setting}: "
        "openssl s_client -connect {server} </dev/null | openssl x509",
    ),
    "doctor_realtime_proxy": Wording(
        "La variable {name} nombra un proxy; portero no lo usa: se conecta directo.",
        "The variable {name} names a proxy; portero does not use it: it connects directly.",
    ),
    "doctor_cure_proxy": Wording(
        "Deje salir a esta máquina directo a {server} por TCP.",
        "Let this machine out to {server} directly, by TCP.",
    ),
    "doctor_realtime_key_ok": Wording("La clave sirve.", "The key is accepted."),
    "doctor_realtime_key": Wording(
        "El servidor del modelo no acepta la clave.", "The model's server refuses the key."
    ),
    "doctor_cure_realtime_key": Wording(
        "Revise realtime.api_key (u OPENAI_API_KEY): completa, sin espacios, no revocada. Se crea "
        "en platform.openai.com/api-keys",
        "Check realtime.api_key (or OPENAI_API_KEY): whole, without spaces, not revoked. Keys are "
        "made at platform.openai.com/api-keys",
    ),
    "doctor_realtime_forbidden": Wording(
        "La clave es válida, pero no tiene permiso aquí ({why}).",
        "The key is valid, but has no right here ({why}).",
    ),
    "doctor_cure_realtime_forbidden": Wording(
        "Dé a la clave (o a su proyecto) permiso para Realtime; vea si la organización y el país "
        "de esta máquina pueden usarlo.",
        "Give the key (or its project) the right to Realtime; see whether the organisation and "
        "this machine's country may use it.",
    ),
    "doctor_realtime_quota": Wording(
        "La cuenta no tiene saldo ({why}).", "The account has no credit ({why})."
    ),
    "doctor_cure_realtime_quota": Wording(
        "Ponga saldo o suba el límite mensual: platform.openai.com/settings/organization/billing",
        "Add credit or raise the monthly limit: platform.openai.com/settings/organization/billing",
    ),
    "doctor_realtime_rate": Wording(
        "Demasiadas solicitudes por ahora ({why}).", "Too many requests for now ({why})."
    ),
    "doctor_cure_realtime_rate": Wording(
        "Espere un minuto y repita. Si sigue: revise el saldo y los límites de la cuenta, o use un "
        "modelo con más límite.",
        "Wait a minute and try again. If it stays: check credit and limits of the account, or use "
        "a model with a higher limit.",
    ),
    "doctor_realtime_model_ok": Wording(
        "El modelo {model} contesta: sesión lista en {seconds} s.",
        "The model {model} answers: session ready in {seconds} s.",
    ),
    "doctor_realtime_model_missing": Wording(
        "El servidor no conoce el modelo {model}, o esta clave no lo tiene ({why}).",
        "The server does not know the model {model}, or this key does not have it ({why}).",
    ),
    "doctor_cure_realtime_model": Wording(
        "Corrija realtime.model (por omisión gpt-realtime-2.1) o realtime.url, o pida acceso al "
        "modelo para el proyecto.",
        "Correct realtime.model (by default gpt-realtime-2.1) or realtime.url, or ask for access "
        "to the model for the project.",
    ),
    "doctor_realtime_address": Wording(
        "En realtime.url no contesta el protocolo Realtime ({why}).",
        "What answers at realtime.url does not speak the Realtime protocol ({why}).",
    ),
    "doctor_cure_realtime_address": Wording(
        "Corrija realtime.url: la de OpenAI es wss://api.openai.com/v1/realtime",
        "Correct realtime.url: OpenAI's is wss://api.openai.com/v1/realtime",
    ),
    "doctor_realtime_down": Wording(
        "El servidor del modelo no atiende ({why}).", "The model's server does not serve ({why})."
    ),
    "doctor_cure_realtime_down": Wording(
        "Vea status.openai.com y repita en unos minutos; con un servidor propio, lea su registro.",
        "See status.openai.com and try again in some minutes; with a server of your own, read its "
        "log.",
    ),
    "doctor_realtime_format": Wording(
        "El servidor no usa el formato de sonido que se le pide ({why}).",
        "The server does not use the sound format that it is asked for ({why}).",
    ),
    "doctor_cure_realtime_format": Wording(
        "Ponga media.format: slin16 (audio/pcm), o ulaw si el servidor solo tiene G.711.",
        "Set media.format: slin16 (audio/pcm), or ulaw if the server only has G.711.",
    ),
    "doctor_realtime_session_ok": Wording(
        "{tenant}: el servidor acepta la voz {voice}, las herramientas ({tools}) y el formato "
        "{format}.",
        "{tenant}: the server takes the voice {voice}, the tools ({tools}) and the format "
        "{format}.",
    ),
    "doctor_realtime_refused": Wording(
        "{tenant}: el servidor no acepta la sesión (voz {voice}): {why}",
        "{tenant}: the server refuses the session (voice {voice}): {why}",
    ),
    "doctor_cure_realtime_refused": Wording(
        "Corrija lo que nombra el servidor: la voz (tenants.voice, realtime.voice), una "
        "herramienta de tools, o realtime.vad.",
        "Correct what the server names: the voice (tenants.voice, realtime.voice), one of tools, "
        "or realtime.vad.",
    ),
    "doctor_realtime_mute": Wording(
        "El agente no dijo nada en {seconds} s ({model}).",
        "The agent said nothing within {seconds} s ({model}).",
    ),
    "doctor_realtime_sound": Wording(
        "Primer sonido a los {seconds} s; saludo de {spoken} s. Esta prueba costó {cost} USD.",
        "First sound after {seconds} s; a greeting of {spoken} s. This test cost {cost} USD.",
    ),
    "doctor_cure_realtime_slow": Wording(
        "Menos de 1.5 s es bueno. Mida la red (latencia, pérdida), pruebe realtime.model: "
        "gpt-realtime-2.1-mini, y repita a otra hora.",
        "Below 1.5 s is good. Measure the network (latency, loss), try realtime.model: "
        "gpt-realtime-2.1-mini, and repeat at another hour.",
    ),
    "doctor_backend_embedded": Wording(
        "Sin backend externo: portero usa el suyo.", "No external backend: portero uses its own."
    ),
    "doctor_backend_ok": Wording(
        "{tenant}: el backend contesta en {ms} ms y no autoriza a desconocidos.",
        "{tenant}: the backend answers in {ms} ms and does not authorise strangers.",
    ),
    "doctor_backend_lame": Wording(
        "{tenant}: el backend tarda {ms} ms en contestar.",
        "{tenant}: the backend takes {ms} ms to answer.",
    ),
    "doctor_backend_careless": Wording(
        "{tenant}: el backend autoriza la placa {plate}, que nadie tiene: dejaría pasar a "
        "cualquiera.",
        "{tenant}: the backend authorises the plate {plate}, which nobody has: it would let "
        "anybody in.",
    ),
    "doctor_backend_denied": Wording(
        "El backend rechaza el token.", "The backend refuses the token."
    ),
    "doctor_cure_backend_token": Wording(
        "Corrija doorman.backend_token (`!env` o `!file`); el backend dice cuáles acepta.",
        "Correct doorman.backend_token (`!env` or `!file`); the backend knows which it takes.",
    ),
    "doctor_backend_missing": Wording(
        "{tenant}: el backend no conoce esta residencial, o la ruta no es la suya ({why}).",
        "{tenant}: the backend does not know this community, or has no such path ({why}).",
    ),
    "doctor_backend_refused": Wording(
        "{tenant}: el backend no acepta ese nombre en X-Tenant-ID ({why}).",
        "{tenant}: the backend does not take that name in X-Tenant-ID ({why}).",
    ),
    "doctor_cure_backend_tenant": Wording(
        "Ponga en tenants.id el identificador que le da el backend (a veces un UUID), y revise "
        "doorman.backend_url, sin /api/v1.",
        "Set tenants.id to the id that the backend gives it (sometimes a UUID), and check "
        "doorman.backend_url, without /api/v1.",
    ),
    "doctor_backend_garbled": Wording(
        "{tenant}: lo que contesta no es la API del backend ({why}).",
        "{tenant}: what answers is not the backend's API ({why}).",
    ),
    "doctor_cure_backend_address": Wording(
        "Corrija doorman.backend_url: la dirección de la API, sin /api/v1.",
        "Correct doorman.backend_url: the address of the API, without /api/v1.",
    ),
    "doctor_backend_slow": Wording(
        "{tenant}: el backend no contesta a tiempo ({why}).",
        "{tenant}: the backend does not answer in time ({why}).",
    ),
    "doctor_backend_broken": Wording(
        "{tenant}: el backend falla ({why}).", "{tenant}: the backend fails ({why})."
    ),
    "doctor_cure_backend_log": Wording(
        "Lea el registro del backend a esta hora; doorman.timeout dice cuánto se le espera.",
        "Read the backend's log at this time; doorman.timeout says how long it is waited for.",
    ),
    "doctor_database_ok": Wording("La base de datos abre: {what}", "The database opens: {what}"),
    "doctor_database_new": Wording(
        "La base de datos {file} aún no existe.", "The database {file} does not exist yet."
    ),
    "doctor_cure_database_new": Wording(
        "Arranque portero: la crea y la pone al día él mismo (systemctl start portero).",
        "Start portero: it makes it and brings it up to date itself (systemctl start portero).",
    ),
    "doctor_database_folder": Wording(
        "No existe la carpeta {folder} de la base de datos.",
        "The database's folder {folder} does not exist.",
    ),
    "doctor_database_shut": Wording(
        "Este usuario no puede escribir en {folder}, donde va la base de datos.",
        "This user can't write to {folder}, where the database goes.",
    ),
    "doctor_cure_folder": Wording(
        "Corrija registry.url, o cree la carpeta para el usuario de portero: "
        "install -d -o portero -g portero {folder}",
        "Correct registry.url, or make the folder for portero's user: "
        "install -d -o portero -g portero {folder}",
    ),
    "doctor_database_unusable": Wording(
        "La base de datos no abre: {why}", "The database does not open: {why}"
    ),
    "doctor_cure_database": Wording(
        "Revise registry.url: que el servidor corra, el usuario, la contraseña y el nombre de la "
        "base sean esos, y pg_hba.conf lo deje entrar; con SQLite, que el archivo sea suyo y sano.",
        "Check registry.url: the server runs, user, password and name of the database are those, "
        "and pg_hba.conf lets it in; with SQLite, that the file is its own, and whole.",
    ),
    "doctor_database_tables": Wording(
        "Las tablas están al día ({newest}).", "The tables are up to date ({newest})."
    ),
    "doctor_database_old": Wording(
        "Las tablas no están al día: {here}, y este portero trae {newest}.",
        "The tables are not up to date: {here}, and this portero brings {newest}.",
    ),
    "doctor_database_newer": Wording(
        "Las tablas son de un portero más nuevo ({here}; este llega a {newest}).",
        "The tables are those of a newer portero ({here}; this one knows {newest}).",
    ),
    "doctor_cure_database_newer": Wording(
        "Instale la versión de portero que las hizo, o restaure el respaldo de antes.",
        "Install the version of portero that made them, or restore the backup from before.",
    ),
    "doctor_database_foreign": Wording(
        "La base de datos tiene tablas que no son de portero.",
        "The database has tables that are not portero's.",
    ),
    "doctor_cure_database_foreign": Wording(
        "Dé a portero una base de datos propia y vacía en registry.url.",
        "Give portero an empty database of its own in registry.url.",
    ),
    "doctor_database_written": Wording("Se puede escribir en ella.", "It can be written to."),
    "doctor_database_not_written": Wording(
        "No se puede escribir en la base de datos: {why}", "The database can't be written: {why}"
    ),
    "doctor_cure_database_write": Wording(
        "Dé al usuario de portero derecho a escribir y a crear tablas (PostgreSQL: GRANT CREATE ON "
        "SCHEMA public; SQLite: dueño del archivo y de su carpeta); vea si el disco está lleno.",
        "Let portero's user write and create tables (PostgreSQL: GRANT CREATE ON SCHEMA public; "
        "SQLite: owner of the file and of its folder); see that the disk is not full.",
    ),
    "doctor_residents": Wording("{tenant}: residentes: {count}.", "{tenant}: residents: {count}."),
    "doctor_no_residents": Wording(
        "{tenant}: no hay residentes: nadie puede recibir visitas.",
        "{tenant}: there are no residents: nobody can be visited.",
    ),
    "doctor_cure_residents": Wording(
        "portero registry import --tenant {tenant} residentes.csv",
        "portero registry import --tenant {tenant} residents.csv",
    ),
    # portero init: its questions.
    "init_ask_tenant": Wording(
        "Nombre corto de la residencial (minúsculas, cifras, - _)",
        "Short name of the community (small letters, digits, - _)",
    ),
    "init_ask_name": Wording("Cómo la llama el portero al hablar", "What the doorman calls it"),
    "init_ask_extension": Wording(
        "Extensión que marca el interfón (vacío: ninguna)",
        "Extension that the intercom dials (empty: none)",
    ),
    "init_ask_did": Wording(
        "Número externo (DID) al que llaman (vacío: ninguno)",
        "Outside number (DID) that is called (empty: none)",
    ),
    "init_ask_guard": Wording("Extensión del guardia", "The guard's extension"),
    "init_ask_guard_context": Wording(
        "Contexto del plan de marcado de esa extensión", "Dialplan context of that extension"
    ),
    "init_ask_call_residents": Wording(
        "¿Llamar por teléfono a los residentes para preguntarles? (permiso originate)",
        "Phone the residents to ask them? (the right originate)",
    ),
    "init_ask_gate": Wording("Qué abre la puerta", "What opens the gate"),
    "init_ask_gate_id": Wording("Nombre corto de la puerta", "Short name of the gate"),
    "init_ask_gate_name": Wording("Cómo la llama la gente", "What people call it"),
    "init_ask_gate_url": Wording(
        "Su dirección (https://192.0.2.20)", "Its address (https://192.0.2.20)"
    ),
    "init_ask_gate_user": Wording("Usuario en el equipo", "User on the device"),
    "init_ask_gate_kind": Wording("Puerta o barrera", "Door or barrier"),
    "init_ask_gate_extension": Wording(
        "Extensión que abre la puerta", "Extension that opens the gate"
    ),
    "init_ask_gate_context": Wording(
        "Contexto del plan de marcado de esa extensión", "Dialplan context of that extension"
    ),
    "init_ask_gate_secret": Wording(
        "Su contraseña, código de tonos o encabezado Authorization (no se ve al escribir)",
        "Its password, code of tones or Authorization header (not shown as you type)",
    ),
    "init_ask_openai_key": Wording(
        "Clave de OpenAI (no se ve al escribir)", "OpenAI key (not shown as you type)"
    ),
    "init_ask_ami_secret": Wording(
        "Contraseña para AMI (vacío: portero inventa una)",
        "Secret for AMI (empty: portero makes one up)",
    ),
    "init_gate_name": Wording("Entrada principal", "Main entrance"),
    # What is wrong with an answer.
    "init_missing": Wording("falta este dato", "this is missing"),
    "init_no_number": Wording(
        "hace falta una extensión o un DID, para saber de qué residencial es cada llamada",
        "an extension or a DID is needed, to know which community a call is for",
    ),
    "init_ami_secret_short": Wording(
        "la contraseña de AMI lleva {limit} caracteres o más",
        "the AMI secret has {limit} characters or more",
    ),
    "init_ami_secret_form": Wording(
        "la contraseña de AMI solo lleva letras sin acento, cifras y . _ ~ + / @ % ^ * -",
        "the AMI secret takes only letters without accents, digits and . _ ~ + / @ % ^ * -",
    ),
    "init_secret_form": Wording(
        "lleva acentos, varias líneas o caracteres de control; deje solo el texto secreto",
        "it has accents, several lines or control characters; leave only the secret itself",
    ),
    "init_text_form": Wording(
        "debe llevar texto, en una línea", "there must be a text, on one line"
    ),
    "init_key_doubtful": Wording(
        "aviso: las claves de OpenAI empiezan con sk-; ¿es la correcta? La revisa: portero doctor",
        "warning: OpenAI's keys begin with sk-; is it the right one? To test it: portero doctor",
    ),
    "init_file_wrong": Wording(
        "{option}: no se puede leer {file} ({reason})", "{option}: can't read {file} ({reason})"
    ),
    # What is in the way.
    "init_no_asterisk": Wording(
        "no existe la carpeta {folder}: si Asterisk está en otro lugar, indíquela con --asterisk; "
        "si está en otro equipo, indique una carpeta vacía y lleve allá lo que se escriba",
        "there is no folder {folder}: where Asterisk lies elsewhere, name it by --asterisk; where "
        "it is on another machine, name an empty folder and take there what is written",
    ),
    "init_marks": Wording(
        "{file}:{line}: las marcas «{begin}» y «{end}» no forman un solo par; corríjalas o "
        "bórrelas con lo que encierran",
        '{file}:{line}: the marks "{begin}" and "{end}" are not one pair; correct them, or delete '
        "them and what is between them",
    ),
    "init_there_already": Wording(
        "{file}:{line}: aquí ya está [portero], puesto a mano o por FreePBX; bórrelo, portero init "
        "lo escribe de nuevo",
        "{file}:{line}: [portero] is there already, put by hand or by FreePBX; delete it, portero "
        "init writes it anew",
    ),
    "init_is_link": Wording(
        "{file} es un enlace, y por enlaces no se escribe; ponga en su lugar el archivo mismo",
        "{file} is a link, and links are not written through; put the file itself in its place",
    ),
    "init_not_included": Wording(
        "{file} no incluye {name}, así que Asterisk no lo lee; agregue esta línea al final: "
        "#include {name}",
        "{file} does not include {name}, so Asterisk does not read it; add this line at its end: "
        "#include {name}",
    ),
    "init_can_not_write": Wording(
        "no se puede leer o escribir {file} ({reason}); nada cambió en él",
        "can't read or write {file} ({reason}); nothing was changed in it",
    ),
    "init_as_root": Wording("ejecute el comando con sudo", "run the command with sudo"),
    "init_folder_form": Wording(
        "{option}: {value} debe ser una ruta completa y sin espacios: /etc/portero",
        "{option}: {value} must be a whole path without spaces: /etc/portero",
    ),
    "init_would_lose": Wording(
        "{file} cambió desde que se escribió; portero init no lo sobrescribe sin --overwrite",
        "{file} has been changed since; portero init does not overwrite it without --overwrite",
    ),
    # What it does.
    "init_creates": Wording("nuevo: {file} (líneas: {count})", "new: {file} (lines: {count})"),
    "init_changes": Wording("cambia: {file}", "changes: {file}"),
    "init_hidden": Wording("(secreto: no se muestra)", "(secret: not shown)"),
    "init_ask_write": Wording("¿Escribir {file}?", "Write {file}?"),
    "init_ask_write_all": Wording("¿Escribir los archivos nuevos?", "Write the new files?"),
    "init_written": Wording("escrito: {file}", "written: {file}"),
    "init_kept": Wording("sin cambio: {file}", "unchanged: {file}"),
    "init_dry_run": Wording("Nada se escribió (--dry-run).", "Nothing was written (--dry-run)."),
    "init_nothing_written": Wording("Nada se escribió.", "Nothing was written."),
    "init_no_user": Wording(
        "El usuario portero no existe todavía; ejecute: systemd-sysusers && "
        "chgrp -R portero {folder}",
        "There is no user portero yet; run: systemd-sysusers && chgrp -R portero {folder}",
    ),
    "init_open_to_all": Wording(
        "{file} lleva contraseñas y cualquier usuario puede leerlo; ejecute: chmod o-r {file}",
        "{file} has secrets and every user can read it; run: chmod o-r {file}",
    ),
    "init_ask_apply": Wording("¿Ejecutar ahora: {command}?", "Run this now: {command}?"),
    "init_ran": Wording("ejecutado: {command}", "done: {command}"),
    "init_failed": Wording("falló ({reason}): {command}", "failed ({reason}): {command}"),
    # What remains.
    "init_steps": Wording("Lo que falta:", "What remains:"),
    "init_step_run": Wording("Ejecute: {command}", "Run: {command}"),
    "init_step_destination": Wording(
        "FreePBX, Admin → Custom Destinations: Target = portero,s,1({tenant}); Return = Yes; "
        "Destination = el guardia, que suena cuando portero no puede.",
        "FreePBX, Admin → Custom Destinations: Target = portero,s,1({tenant}); Return = Yes; "
        "Destination = the guard, who rings when portero can't.",
    ),
    "init_step_route": Wording(
        "FreePBX, Connectivity → Inbound Routes (o una Misc Application para un número interno): "
        "Set Destination = ese Custom Destination; Apply Config.",
        "FreePBX, Connectivity → Inbound Routes (or a Misc Application for an inside number): "
        "Set Destination = that Custom Destination; Apply Config.",
    ),
    "doctor_nothing_opened": Wording(
        "No se abrió nada: si el usuario del equipo tiene permiso de abrir se ve al abrir una vez, "
        "con alguien en la puerta.",
        "Nothing was opened: whether the device's user may open is seen by opening once, with "
        "somebody at the gate.",
    ),
    "doctor_gate_webhook": Wording(
        "{place}: {server} se alcanza en {ms} ms; no se le envió nada.",
        "{place}: {server} is reached in {ms} ms; nothing was sent to it.",
    ),
    "doctor_gate_dtmf": Wording(
        "{place}: se abre con {count} tonos en la llamada del propio videoportero.",
        "{place}: opens by {count} tones in the intercom's own call.",
    ),
    "doctor_gate_backend": Wording(
        "{place}: la abre el backend.", "{place}: the backend opens it."
    ),
    "doctor_gate_no_backend": Wording(
        "{place}: la abriría el backend, pero el de portero no mueve puertas.",
        "{place}: the backend would open it, but portero's own moves no gates.",
    ),
    "doctor_cure_gate_driver": Wording(
        "Ponga en {place}.driver lo que la abre (hikvision, dtmf, asterisk, webhook), o "
        "doorman.backend_url.",
        "Set {place}.driver to what opens it (hikvision, dtmf, asterisk, webhook), or set "
        "doorman.backend_url.",
    ),
    "doctor_gate_unasked": Wording(
        "{place}: sin sesión AMI no se sabe si existe {extension}@{context}.",
        "{place}: without an AMI session nobody knows whether {extension}@{context} exists.",
    ),
    "doctor_gate_extension": Wording(
        "{place}: la extensión {extension}@{context} existe.",
        "{place}: the extension {extension}@{context} exists.",
    ),
    "doctor_gate_no_extension": Wording(
        "{place}: en el dialplan no existe {extension}@{context}.",
        "{place}: there is no {extension}@{context} in the dialplan.",
    ),
    "doctor_cure_gate_extension": Wording(
        "Agregue esa extensión en extensions_custom.conf, en [{context}], y recargue: "
        "asterisk -rx 'dialplan reload'",
        "Add that extension to extensions_custom.conf, in [{context}], and reload: "
        "asterisk -rx 'dialplan reload'",
    ),
    "doctor_device_login": Wording(
        "{place}: {device} ({model}) acepta al usuario.",
        "{place}: {device} ({model}) lets the user in.",
    ),
    "doctor_device_password": Wording(
        "{place}: {device} rechaza usuario o contraseña (se probó una sola vez).",
        "{place}: {device} refuses user or password (tried only once).",
    ),
    "doctor_cure_device_password": Wording(
        "Corrija {place}.username y {place}.password; no repita a ciegas: con unas cinco fallas el "
        "equipo bloquea a esta máquina 30 minutos.",
        "Correct {place}.username and {place}.password; do not repeat blindly: after some five "
        "failures the device locks this machine out for 30 minutes.",
    ),
    "doctor_device_locked": Wording(
        "{place}: {device} tiene bloqueada a esta máquina por intentos fallidos; faltan unos "
        "{minutes} min.",
        "{place}: {device} has locked this machine out for failed logins; some {minutes} min are "
        "left.",
    ),
    "doctor_cure_device_locked": Wording(
        "Espere, o quite el bloqueo en la página del equipo (Seguridad, direcciones bloqueadas); "
        "dé a portero un usuario propio y busque quién más usa el anterior.",
        "Wait, or lift the lock on the device's page (Security, locked addresses); give portero a "
        "user of its own, and look for who else uses the old one.",
    ),
    "doctor_device_digest": Wording(
        "{place}: {device} no ofrece la autenticación digest.",
        "{place}: {device} does not offer digest authentication.",
    ),
    "doctor_cure_device_digest": Wording(
        "En la página del equipo: Seguridad, Autenticación web: digest.",
        "On the device's page: Security, Web authentication: digest.",
    ),
    "doctor_device_slow": Wording(
        "{place}: {device} no contesta en {seconds} s.",
        "{place}: {device} does not answer within {seconds} s.",
    ),
    "doctor_device_answer": Wording(
        "{place}: {device} corta, o contesta lo que nadie entiende ({why}).",
        "{place}: {device} hangs up, or answers what nobody understands ({why}).",
    ),
    "doctor_cure_device_answer": Wording(
        "Vea si su página web contesta; reinicie el equipo. {place}.timeout dice cuánto se espera.",
        "See whether its web page answers; restart the device. {place}.timeout says how long it is "
        "waited for.",
    ),
    "doctor_device_no_isapi": Wording(
        "{place}: {device} no contesta como un equipo Hikvision ({why}).",
        "{place}: {device} does not answer as a Hikvision device does ({why}).",
    ),
    "doctor_cure_device_isapi": Wording(
        "Corrija {place}.url; en el equipo, habilite ISAPI y dé al usuario permiso de ver "
        "parámetros.",
        "Correct {place}.url; on the device, enable ISAPI and let the user read parameters.",
    ),
    "doctor_device_clock": Wording(
        "{place}: el reloj de {device} difiere {seconds} s del de esta máquina.",
        "{place}: the clock of {device} differs by {seconds} s from this machine's.",
    ),
    "doctor_device_timeless": Wording(
        "{place}: {device} no dice la hora, y sin ella ninguna placa tiene fecha.",
        "{place}: {device} tells no time, and without it no plate can be dated.",
    ),
    "doctor_cure_device_clock": Wording(
        "En la página del equipo: Sistema, Hora: NTP y la zona horaria; y revise el reloj de esta "
        "máquina: timedatectl",
        "On the device's page: System, Time: NTP and the time zone; and check this machine's "
        "clock: timedatectl",
    ),
    "doctor_door_shut": Wording(
        "{place}: la puerta {door} está cerrada; su estado se puede leer.",
        "{place}: door {door} is shut; its state can be read.",
    ),
    "doctor_door_open": Wording(
        "{place}: la puerta {door} está ABIERTA ahora.", "{place}: door {door} is OPEN now."
    ),
    "doctor_door_stateless": Wording(
        "{place}: el equipo no dice el estado de la puerta {door}: ninguna apertura se confirma.",
        "{place}: the device tells no state of door {door}: no opening is confirmed.",
    ),
    "doctor_cure_door_state": Wording(
        "Conecte el sensor de la puerta (o los finales de carrera de la pluma), o ponga "
        "{place}.confirm: 0 para no esperarlo.",
        "Wire the door's sensor (or the barrier's limit switches), or set {place}.confirm: 0 to "
        "not wait for it.",
    ),
    "doctor_door_unable": Wording(
        "{place}: este modelo no tiene la orden de abrir.",
        "{place}: this model has no order to open.",
    ),
    "doctor_cure_door_model": Wording(
        "Ponga {place}.kind: barrier si es una pluma; si no, ábrala con dtmf o por un relevador "
        "(asterisk, webhook).",
        "Set {place}.kind: barrier if it is one; else open it by dtmf or by a relay (asterisk, "
        "webhook).",
    ),
    "doctor_door_number": Wording(
        "{place}: no hay puerta {door}: el equipo tiene {most}.",
        "{place}: there is no door {door}: the device has {most}.",
    ),
    "doctor_cure_door_number": Wording(
        "Corrija {place}.door: del 1 al {most}.", "Correct {place}.door: 1 to {most}."
    ),
    "doctor_camera_plates": Wording(
        "{place}: la cámara entrega su lista de placas.",
        "{place}: the camera hands out its list of plates.",
    ),
    "doctor_camera_no_plates": Wording(
        "{place}: la cámara no entrega placas ({why}).",
        "{place}: the camera hands out no plates ({why}).",
    ),
    "doctor_cure_camera_plates": Wording(
        "Corrija {place}.channel; vea que la cámara lea placas (ANPR activado) y que el usuario "
        "tenga permiso de verlas.",
        "Correct {place}.channel; see that the camera reads plates (ANPR on), and that the user "
        "may see them.",
    ),
    "doctor_whatsapp_number": Wording(
        "WhatsApp: el número {number} ({name}) existe.",
        "WhatsApp: the number {number} ({name}) exists.",
    ),
    "doctor_whatsapp_quality": Wording(
        "WhatsApp: el número {number} ({name}) tiene calidad baja: Meta puede limitarlo.",
        "WhatsApp: the number {number} ({name}) has a low quality rating: Meta may limit it.",
    ),
    "doctor_cure_whatsapp_quality": Wording(
        "Muchos residentes bloquearon o reportaron el número: pregunte solo a quien lo aceptó.",
        "Many residents blocked or reported the number: ask only those who have agreed.",
    ),
    "doctor_whatsapp_no_number": Wording(
        "WhatsApp: no existe el número con id {id}, o el token no lo ve (error {code}).",
        "WhatsApp: there is no number with the id {id}, or the token can't see it (error {code}).",
    ),
    "doctor_cure_whatsapp_number": Wording(
        "Copie el id (no el número) de Meta: WhatsApp, Configuración de la API, y póngalo en "
        "doorman.whatsapp.phone_number_id.",
        "Copy the id (not the number) from Meta: WhatsApp, API Setup, and put it into "
        "doorman.whatsapp.phone_number_id.",
    ),
    "doctor_whatsapp_reach": Wording(
        "WhatsApp: la API Graph no contesta como debe ({why}).",
        "WhatsApp: the Graph API does not answer as it should ({why}).",
    ),
    "doctor_cure_whatsapp_reach": Wording(
        "Revise doorman.whatsapp.url y que esta máquina pueda salir a graph.facebook.com:443.",
        "Check doorman.whatsapp.url, and that this machine is let out to graph.facebook.com:443.",
    ),
    "doctor_whatsapp_account": Wording(
        "WhatsApp: Meta no atiende a esta cuenta (error {code}, HTTP {status}).",
        "WhatsApp: Meta does not serve this account (error {code}, HTTP {status}).",
    ),
    "doctor_cure_whatsapp_account": Wording(
        "Vea el aviso en business.facebook.com (límite, pago, política) y repita más tarde.",
        "See the notice at business.facebook.com (limit, payment, policy) and try again later.",
    ),
    "doctor_whatsapp_token": Wording("WhatsApp: el token sirve.", "WhatsApp: the token works."),
    "doctor_whatsapp_token_ends": Wording(
        "WhatsApp: el token vence en {hours} horas.",
        "WhatsApp: the token expires in {hours} hours.",
    ),
    "doctor_whatsapp_token_dead": Wording(
        "WhatsApp: Meta no acepta el token (error {code}).",
        "WhatsApp: Meta refuses the token (error {code}).",
    ),
    "doctor_cure_whatsapp_token": Wording(
        "Cree en business.facebook.com un usuario del sistema y un token suyo que no venza, con "
        "whatsapp_business_messaging y whatsapp_business_management; póngalo en "
        "doorman.whatsapp.token.",
        "Make a system user at business.facebook.com, and a token of his that does not expire, "
        "with whatsapp_business_messaging and whatsapp_business_management; put it into "
        "doorman.whatsapp.token.",
    ),
    "doctor_whatsapp_rights": Wording(
        "WhatsApp: al token le falta permiso: {missing}.",
        "WhatsApp: the token lacks a permission: {missing}.",
    ),
    "doctor_cure_whatsapp_rights": Wording(
        "Dé al usuario del sistema la app y la cuenta de WhatsApp, y genere el token otra vez con "
        "whatsapp_business_messaging y whatsapp_business_management.",
        "Give the system user the app and the WhatsApp account, and make the token again with "
        "whatsapp_business_messaging and whatsapp_business_management.",
    ),
    "doctor_whatsapp_unseen": Wording(
        "WhatsApp: la plantilla no se pudo ver con este token.",
        "WhatsApp: the template could not be seen with this token.",
    ),
    "doctor_whatsapp_template": Wording(
        "WhatsApp: la plantilla {template} ({language}) está aprobada.",
        "WhatsApp: the template {template} ({language}) is approved.",
    ),
    "doctor_whatsapp_no_template": Wording(
        "WhatsApp: no existe la plantilla {template} en {language} (idiomas que hay: {languages}).",
        "WhatsApp: there is no template {template} in {language} (languages there are: "
        "{languages}).",
    ),
    "doctor_whatsapp_template_form": Wording(
        "WhatsApp: la plantilla {template} ({language}) no tiene dos variables y dos botones de "
        "respuesta rápida.",
        "WhatsApp: the template {template} ({language}) does not have two variables and two "
        "quick-reply buttons.",
    ),
    "doctor_cure_whatsapp_template": Wording(
        "Cree en el administrador de WhatsApp la plantilla {template} ({language}, utilidad): "
        "{{{{1}}}} el visitante, {{{{2}}}} la residencial; botones de respuesta rápida: primero "
        "aprobar, luego rechazar.",
        "Make the template {template} ({language}, utility) in WhatsApp Manager: {{{{1}}}} the "
        "visitor, {{{{2}}}} the community; quick-reply buttons: first approve, then refuse.",
    ),
    "doctor_whatsapp_template_status": Wording(
        "WhatsApp: la plantilla {template} ({language}) no está aprobada: {status}.",
        "WhatsApp: the template {template} ({language}) is not approved: {status}.",
    ),
    "doctor_cure_whatsapp_status": Wording(
        "PENDING: espere (minutos a un día). REJECTED, PAUSED o DISABLED: vea el motivo en el "
        "administrador de WhatsApp y envíe otra.",
        "PENDING: wait (minutes to a day). REJECTED, PAUSED or DISABLED: see the reason in "
        "WhatsApp Manager and submit another.",
    ),
    "doctor_whatsapp_subscribed": Wording(
        "WhatsApp: la app recibe las respuestas.", "WhatsApp: the app is told of the answers."
    ),
    "doctor_whatsapp_unsubscribed": Wording(
        "WhatsApp: la app no está suscrita a la cuenta {account}: las respuestas no llegarán.",
        "WhatsApp: the app is not subscribed to the account {account}: no answer will come.",
    ),
    "doctor_cure_whatsapp_subscribe": Wording(
        "En developers.facebook.com, su app, WhatsApp, Configuración: ponga la URL pública del "
        "webhook con el verify_token y suscriba el campo messages.",
        "At developers.facebook.com, your app, WhatsApp, Configuration: set the webhook's public "
        "URL with the verify_token, and subscribe to the field messages.",
    ),
    "doctor_webhook_ok": Wording(
        "El webhook de portero contesta en {interface}:{port}{path}; afuera debe verse por HTTPS.",
        "portero's webhook answers at {interface}:{port}{path}; outside it must be seen by HTTPS.",
    ),
    "doctor_webhook_free": Wording(
        "Nadie escucha en {interface}:{port}: el puerto del webhook está libre.",
        "Nobody listens on {interface}:{port}: the webhook's port is free.",
    ),
    "doctor_cure_webhook_start": Wording(
        "Arranque portero (systemctl start portero) y repita.",
        "Start portero (systemctl start portero) and try again.",
    ),
    "doctor_webhook_token": Wording(
        "El webhook en {interface}:{port}{path} no acepta doorman.whatsapp.verify_token.",
        "The webhook at {interface}:{port}{path} refuses doorman.whatsapp.verify_token.",
    ),
    "doctor_cure_webhook_token": Wording(
        "El portero que corre tiene otra configuración: portero reload",
        "The portero that runs has other settings: portero reload",
    ),
    "doctor_webhook_other": Wording(
        "En {interface}:{port} no está el webhook de portero, sino otro programa ({why}).",
        "What is at {interface}:{port} is not portero's webhook but another program ({why}).",
    ),
    "doctor_cure_port": Wording(
        "Vea quién es (ss -ltnp 'sport = :{port}'), deténgalo, o ponga otro doorman.webhook.port.",
        "See who it is (ss -ltnp 'sport = :{port}'), stop it, or set another doorman.webhook.port.",
    ),
    "doctor_clock_ok": Wording(
        "El reloj va bien (comparado con: {names}).", "The clock is right (against: {names})."
    ),
    "doctor_clock_wrong": Wording(
        "El reloj de esta máquina difiere {seconds} s del de {name} (esta {direction} {name}).",
        "This machine's clock differs by {seconds} s from that of {name} "
        "(this {direction} {name}).",
    ),
    "doctor_clock_untold": Wording(
        "Nadie dijo la hora con qué comparar el reloj.",
        "Nobody told the time to compare the clock with.",
    ),
    "doctor_disk": Wording(
        "{folder}: {free} MB libres en disco.", "{folder}: {free} MB free on the disk."
    ),
    "doctor_disk_no_inodes": Wording(
        "{folder}: no caben más archivos (sin inodos).",
        "{folder}: no more files fit (no inodes left).",
    ),
    "doctor_cure_disk": Wording(
        "Libere espacio: du -xh {folder} | sort -h | tail; journalctl --vacuum-size=200M; borre "
        "grabaciones viejas.",
        "Make room: du -xh {folder} | sort -h | tail; journalctl --vacuum-size=200M; delete old "
        "recordings.",
    ),
    "doctor_disk_read_only": Wording(
        "{folder}: el disco está en solo lectura.", "{folder}: the disk is read-only."
    ),
    "doctor_cure_disk_fault": Wording(
        "El sistema lo cerró por una falla, o se montó así: dmesg | tail; mount | grep ' ro,'",
        "The system shut it after a fault, or it was mounted so: dmesg | tail; mount | grep ' ro,'",
    ),
    "doctor_memory": Wording(
        "Memoria disponible: {free} MB; {calls} llamadas piden {need} MB.",
        "Memory available: {free} MB; {calls} calls ask for {need} MB.",
    ),
    "doctor_cure_memory": Wording(
        "Baje asterisk.max_calls, o dé más memoria a esta máquina.",
        "Lower asterisk.max_calls, or give this machine more memory.",
    ),
    "doctor_files": Wording(
        "Archivos abiertos a la vez: hasta {limit}; {calls} llamadas piden {need}.",
        "Files open at a time: up to {limit}; {calls} calls ask for {need}.",
    ),
    "doctor_cure_files": Wording(
        "systemctl edit portero: [Service] LimitNOFILE=8192; o baje asterisk.max_calls.",
        "systemctl edit portero: [Service] LimitNOFILE=8192; or lower asterisk.max_calls.",
    ),
    "doctor_versions": Wording(
        "portero {portero}, Python {python}, {openssl}.",
        "portero {portero}, Python {python}, {openssl}.",
    ),
    "doctor_secrets_kept": Wording(
        "Archivos con secretos: {count}; nadie más los puede leer.",
        "Files with secrets: {count}; nobody else can read them.",
    ),
    "doctor_secret_open": Wording(
        "{file} lleva secretos, y su modo {mode} deja a otros leerlo o cambiarlo.",
        "{file} has secrets, and its mode {mode} lets others read or change it.",
    ),
    "doctor_cure_secret": Wording("{command}", "{command}"),
    "doctor_config_shut": Wording(
        "{file}: el usuario {user} del servicio no puede leerlo.",
        "{file}: the service's user {user} can't read it.",
    ),
    "doctor_database_own": Wording(
        "{file}: el usuario {user} del servicio puede escribirlo.",
        "{file}: the service's user {user} may write it.",
    ),
    "doctor_database_owner": Wording(
        "{file}: el usuario {user} del servicio no puede escribirlo (es de {owner}).",
        "{file}: the service's user {user} may not write it (it is {owner}'s).",
    ),
    "doctor_cure_database_owner": Wording(
        "chown -R {user}: {file} (y su carpeta)", "chown -R {user}: {file} (and its folder)"
    ),
    "doctor_unit_unasked": Wording(
        "Esta máquina no corre con systemd.", "This machine does not run systemd."
    ),
    "doctor_unit_missing": Wording(
        "El servicio {name} no está instalado.", "The service {name} is not installed."
    ),
    "doctor_cure_unit_install": Wording(
        "portero init escribe la unidad actual; luego: systemctl daemon-reload",
        "portero init writes the present unit; then: systemctl daemon-reload",
    ),
    "doctor_unit_active": Wording(
        "El servicio {name} corre ({state}).", "The service {name} runs ({state})."
    ),
    "doctor_unit_failed": Wording(
        "El servicio {name} falló ({result}).", "The service {name} has failed ({result})."
    ),
    "doctor_unit_changing": Wording(
        "El servicio {name} está entre dos estados ({state}).",
        "The service {name} is between two states ({state}).",
    ),
    "doctor_unit_inactive": Wording(
        "El servicio {name} no corre ({state}).", "The service {name} does not run ({state})."
    ),
    "doctor_cure_unit_start": Wording("systemctl start portero", "systemctl start portero"),
    "doctor_unit_disabled": Wording(
        "El servicio {name} no arranca con la máquina ({enabled}).",
        "The service {name} does not start with the machine ({enabled}).",
    ),
    "doctor_cure_unit_enable": Wording("systemctl enable portero", "systemctl enable portero"),
    "doctor_unit_unwatched": Wording(
        "La unidad {name} no tiene Type=notify con WatchdogSec: si portero se traba, nadie lo "
        "reinicia.",
        "The unit {name} has no Type=notify with WatchdogSec: if portero hangs, nobody restarts "
        "it.",
    ),
    "doctor_unit_restarts": Wording(
        "systemd ha reiniciado {name} {restarts} veces.",
        "systemd has restarted {name} {restarts} times.",
    ),
    "doctor_cure_unit_log": Wording("journalctl -u portero -n 50", "journalctl -u portero -n 50"),
    # portero check.
    "error": Wording("error", "error"),
    "warning": Wording("aviso", "warning"),
    "from_environment": Wording("entorno {name}", "environment {name}"),
    "from_default": Wording("por omisión", "default"),
    "hidden": Wording("(oculto)", "(hidden)"),
    "not_set": Wording("(sin definir)", "(not set)"),
    "check_failed": Wording("errores: {count}", "errors: {count}"),
    "check_passed": Wording("La configuración es correcta.", "The settings are fine."),
    # The control socket: portero status, calls, reload…
    "console_no_call": Wording(
        "No hay ninguna llamada «{call}», o varias empiezan así; `portero calls` las enumera.",
        'There is no call "{call}", or several begin like that; `portero calls` lists them.',
    ),
    "console_no_path": Wording(
        "Esta versión de portero ({version}) no conoce eso; ¿el comando es de otra versión?",
        "This version of portero ({version}) does not know that; is the command of another one?",
    ),
    "console_bad_number": Wording(
        "«ended» debe ser un número entre 1 y {most}.", '"ended" must be a number from 1 to {most}.'
    ),
    "console_readers": Wording(
        "Ya hay {most} lectores de eventos; cierre alguno.",
        "There are {most} readers of events already; close one.",
    ),
    "console_broke": Wording(
        "portero falló al contestar; su registro (journalctl -u portero) dice por qué.",
        "portero failed to answer; its log (journalctl -u portero) says why.",
    ),
    "console_port_taken": Wording(
        "console.port: no se puede escuchar en {where} ({why}): detenga a quien lo tiene, o ponga "
        "otro puerto (0: ninguno).",
        "console.port: can't listen on {where} ({why}): stop who has it, or set another port "
        "(0: none).",
    ),
    "socket_taken": Wording(
        "console.socket: otro portero ya contesta en {path}; deténgalo, o ponga otra ruta.",
        "console.socket: another portero answers at {path} already; stop it, or set another path.",
    ),
    "socket_other_file": Wording(
        "console.socket: {path} existe y no es un socket; quítelo, o ponga otra ruta.",
        "console.socket: {path} exists and is no socket; remove it, or set another path.",
    ),
    "socket_too_long": Wording(
        "console.socket: la ruta {path} es más larga de lo que el sistema admite ({most} bytes).",
        "console.socket: the path {path} is longer than the system allows ({most} bytes).",
    ),
    "socket_refused": Wording(
        "console.socket: no se puede crear {path} ({why}): cree la carpeta para el usuario de "
        "portero, o ponga otra ruta.",
        "console.socket: can't make {path} ({why}): make its folder for portero's user, or set "
        "another path.",
    ),
    # portero call: how Asterisk is asked to make it.
    "originate_bad_number": Wording(
        "«{value}» no es un número ni un nombre de contexto: solo letras, cifras y * # + _ -.",
        '"{value}" is no number and no context: only letters, digits and * # + _ -.',
    ),
    "originate_no_console": Wording(
        "`{command} -rx` no llegó a Asterisk ({why}): ¿corre Asterisk aquí, y lo pide root?",
        "`{command} -rx` did not get through to Asterisk ({why}): does Asterisk run here, and is "
        "it root who asks?",
    ),
    # The operator's commands: portero status, calls, show, tail, reload, stop, records, call.
    "operator_no_daemon": Wording(
        "No hay un portero en marcha: nadie contesta en {paths}. Arránquelo: systemctl start "
        "portero",
        "No portero is running: nobody answers at {paths}. Start it: systemctl start portero",
    ),
    "operator_no_permission": Wording(
        "Su usuario no puede abrir {path}. Use sudo (sudo portero status), o entre al grupo y "
        "vuelva a iniciar sesión: sudo usermod -aG portero $USER",
        "Your user may not open {path}. Use sudo (sudo portero status), or join the group and log "
        "in again: sudo usermod -aG portero $USER",
    ),
    "operator_lost": Wording(
        "portero dejó de contestar ({why}); vea journalctl -u portero.",
        "portero stopped answering ({why}); see journalctl -u portero.",
    ),
    "operator_state_starting": Wording("arrancando", "starting"),
    "operator_state_ready": Wording("listo", "ready"),
    "operator_state_degraded": Wording("con problemas", "degraded"),
    "operator_state_draining": Wording("deteniéndose", "draining"),
    "operator_title": Wording(
        "portero {version}: {state}, proceso {pid}, desde {since} ({age})",
        "portero {version}: {state}, process {pid}, since {since} ({age})",
    ),
    "operator_settings": Wording("Configuración", "Settings"),
    "operator_read_at": Wording("{file} (leída {at})", "{file} (read {at})"),
    "operator_no_file": Wording("sin archivo (entorno)", "no file (environment)"),
    "operator_ami_yes": Wording("conectado", "connected"),
    "operator_ami_no": Wording("sin conexión", "not connected"),
    "operator_calls": Wording("Llamadas", "Calls"),
    "operator_calls_of": Wording("{calls} de {most}", "{calls} of {most}"),
    "operator_waiting": Wording("Espera un reinicio", "Waits for a restart"),
    "operator_tenant": Wording("Comunidad", "Tenant"),
    "operator_today": Wording("Hoy, USD", "Today, USD"),
    "operator_limit": Wording("Límite, USD", "Limit, USD"),
    "operator_call": Wording("Llamada", "Call"),
    "operator_began": Wording("Inicio", "Began"),
    "operator_caller": Wording("Quién llama", "Caller"),
    "operator_dialled": Wording("Marcó", "Dialled"),
    "operator_channel": Wording("Canal", "Channel"),
    "operator_took": Wording("Duró", "Took"),
    "operator_ended": Wording("Final", "End"),
    "operator_opened": Wording("Abrió", "Opened"),
    "operator_guard": Wording("Guardia", "Guard"),
    "operator_guard_answered": Wording("contestó", "answered"),
    "operator_cost": Wording("Costo", "Cost"),
    "operator_recording": Wording("Grabación", "Recording"),
    "operator_sound": Wording("Sonido", "Sound"),
    "operator_standing": Wording("en curso", "going on"),
    "operator_no_calls": Wording("No hay llamadas en curso.", "No calls stand."),
    "operator_no_ended": Wording("No hay llamadas registradas.", "There are no records of calls."),
    "operator_visitor": Wording("visitante", "visitor"),
    "operator_agent": Wording("agente", "agent"),
    "operator_tool": Wording("herramienta", "tool"),
    "operator_gate": Wording("puerta", "gate"),
    "operator_begins": Wording("llama {who}", "{who} calls"),
    "operator_nobody": Wording("número oculto", "number withheld"),
    "operator_gate_opened": Wording("orden de abrir: {gate}", "ordered to open: {gate}"),
    "operator_guard_rang": Wording("{who} no contestó", "{who} did not answer"),
    "operator_guard_took": Wording("{who} contestó", "{who} answered"),
    "operator_tail_waits": Wording(
        "Aquí aparece lo que pasa en las llamadas; Ctrl-C termina.",
        "What happens in calls appears here; Ctrl-C ends it.",
    ),
    "operator_from_registry": Wording(
        "portero no está en marcha: esto viene de la base de datos.",
        "portero is not running: this comes from the registry.",
    ),
    "operator_no_such_tenant": Wording(
        "No hay una comunidad «{tenant}»; hay: {choices}.",
        'There is no tenant "{tenant}"; there are: {choices}.',
    ),
    "operator_bad_day": Wording(
        "«{value}» no es un día como 2026-12-24.", '"{value}" is no day such as 2026-12-24.'
    ),
    "operator_reloaded": Wording(
        "Configuración leída; vale para las próximas llamadas.",
        "Settings read; they count for the next calls.",
    ),
    "operator_reload_same": Wording("Nada cambió.", "Nothing has changed."),
    "operator_changed": Wording("cambió: {what}", "changed: {what}"),
    "operator_needs_restart": Wording(
        "espera un reinicio (systemctl restart portero): {what}",
        "waits for a restart (systemctl restart portero): {what}",
    ),
    "operator_reload_failed": Wording(
        "errores: {count}; sigue valiendo la configuración anterior.",
        "errors: {count}; the old settings still hold.",
    ),
    "operator_stopping": Wording("portero se detiene", "portero is stopping"),
    "operator_calls_left": Wording("llamadas que siguen: {calls}", "calls that go on: {calls}"),
    "operator_stopped": Wording("portero se detuvo.", "portero has stopped."),
    "operator_still_stopping": Wording(
        "portero sigue deteniéndose; `portero status` dice cómo va.",
        "portero goes on stopping; `portero status` tells how it goes.",
    ),
    "operator_exported": Wording(
        "llamadas exportadas: {count} a {file}", "calls exported: {count} to {file}"
    ),
    "operator_exporting": Wording("exportando llamadas", "exporting calls"),
    "quality_good": Wording("bueno", "good"),
    "quality_fair": Wording("regular", "fair"),
    "quality_bad": Wording("malo", "bad"),
    "quality_lost": Wording(
        "se perdió o llegó tarde {value:.1%} de lo que dijo el visitante",
        "{value:.1%} of what the visitor said was lost or late",
    ),
    "quality_jitter": Wording(
        "llegó a saltos (jitter {value:.0f} ms)", "it came in jerks (jitter {value:.0f} ms)"
    ),
    "quality_underruns": Wording(
        "cortes en la voz del agente: {value}", "times the agent's voice broke off: {value}"
    ),
    "quality_response": Wording(
        "el agente tardó {value} ms en responder", "the agent took {value} ms to answer"
    ),
    "quality_first_sound": Wording(
        "la primera palabra tardó {value} ms", "the first word took {value} ms"
    ),
    "quality_reconnects": Wording(
        "conexiones perdidas con el modelo: {value}",
        "connections to the model lost: {value}",
    ),
    "reason_visitor_hung_up": Wording("el visitante colgó", "the visitor hung up"),
    "reason_channel_gone": Wording("el canal desapareció", "the channel was gone"),
    "reason_agent_said_goodbye": Wording("el agente se despidió", "the agent said goodbye"),
    "reason_agent_asked": Wording(
        "el agente lo pasó a una persona", "the agent put them through to a person"
    ),
    "reason_shutdown": Wording("portero se detuvo", "portero was stopped"),
    "reason_stopping": Wording("portero se estaba deteniendo", "portero was stopping"),
    "reason_max_calls": Wording("había demasiadas llamadas", "there were too many calls"),
    "reason_tenant_max_calls": Wording(
        "la comunidad tenía demasiadas llamadas", "the tenant had too many calls"
    ),
    "reason_ami_down": Wording("no había sesión AMI", "there was no AMI session"),
    "reason_unknown_tenant": Wording("nadie tiene ese número", "no tenant has that number"),
    "reason_daily_limit": Wording(
        "se gastó el límite del día (daily_limit_usd)",
        "the day's limit was spent (daily_limit_usd)",
    ),
    "reason_too_long": Wording(
        "duró más de max_call_seconds", "it took longer than max_call_seconds"
    ),
    "reason_no_media_port": Wording(
        "no quedaban puertos (media.ports)", "no ports were left (media.ports)"
    ),
    "reason_no_media_leg": Wording(
        "Asterisk no pudo conectar el sonido", "Asterisk could not connect the sound"
    ),
    "reason_leg_ended": Wording("el sonido se cortó", "the sound broke off"),
    "reason_keypad": Wording("el visitante terminó por teclado", "the visitor was done by keypad"),
    "reason_realtime_lost": Wording(
        "se perdió la conexión con el modelo: portero doctor",
        "the connection to the model was lost: portero doctor",
    ),
    "reason_realtime_unreachable": Wording(
        "el modelo no contestó: portero doctor", "the model did not answer: portero doctor"
    ),
    "reason_agent_silent": Wording("el agente se quedó callado", "the agent fell silent"),
    "reason_no_first_sound": Wording(
        "el agente no saludó a tiempo: portero doctor",
        "the agent did not greet in time: portero doctor",
    ),
    "reason_too_many_tools": Wording(
        "el agente pidió demasiadas herramientas a la vez", "the agent asked for too many tools"
    ),
    "reason_realtime": Wording(
        "el servidor Realtime lo rechazó ({code}): portero doctor",
        "the Realtime server refused ({code}): portero doctor",
    ),
    "reason_fault": Wording(
        "portero falló (vea journalctl -u portero)", "portero broke (see journalctl -u portero)"
    ),
    # portero call.
    "visit_script": Wording("{file}: no se puede leer ({why}).", "{file}: can't be read ({why})."),
    "visit_script_form": Wording(
        "{file}: debe ser una lista de 1 a {most} frases, cada una en su renglón con «- » delante.",
        '{file}: must be a list of 1 to {most} sentences, each on its line after "- ".',
    ),
    "visit_script_line": Wording(
        "{file}: el elemento {number} no es una frase ni «wav: ARCHIVO».",
        '{file}: item {number} is neither a sentence nor "wav: FILE".',
    ),
    "visit_no_voice": Wording(
        "Para hablar hace falta py-nanotts: pip install 'portero[simulator]'. O use --wav ARCHIVO.",
        "To speak, py-nanotts is needed: pip install 'portero[simulator]'. Or use --wav FILE.",
    ),
    "visit_no_number": Wording(
        "Ninguna comunidad tiene extensiones ni DID; indique --extension o --did.",
        "No tenant has extensions or DIDs; name one by --extension or --did.",
    ),
    "visit_needs_ami": Wording(
        "Para llamar a un DID, el usuario «{user}» de AMI necesita originate ({why}): en su "
        "write= de manager_portero.conf o manager_custom.conf agregue originate y corra asterisk "
        '-rx "manager reload". O llame a una extensión: --extension.',
        'To call a DID, the AMI user "{user}" needs originate ({why}): add originate to its '
        'write= in manager_portero.conf or manager_custom.conf and run asterisk -rx "manager '
        'reload". Or call an extension: --extension.',
    ),
    "visit_no_way": Wording(
        "Asterisk no hace la llamada. Por AMI: {why}; agregue originate al write= del usuario "
        '«{user}» y corra asterisk -rx "manager reload". Por su consola: {console}',
        "Asterisk does not make the call. By AMI: {why}; add originate to the write= of the user "
        '"{user}" and run asterisk -rx "manager reload". On its console: {console}',
    ),
    "visit_not_taken": Wording(
        "La llamada no llegó a portero en {seconds} s: el plan de marcado no la lleva, o portero "
        "no la tomó. Corra: portero doctor, y vea journalctl -u portero.",
        "The call did not come to portero in {seconds} s: the dialplan does not lead it there, or "
        "portero did not take it. Run: portero doctor, and see journalctl -u portero.",
    ),
    "visit_type": Wording(
        "Escriba lo que dice el visitante; Ctrl-D espera la respuesta y cuelga, Ctrl-C cuelga ya.",
        "Type what the visitor says; Ctrl-D waits for the answer and hangs up, Ctrl-C hangs up "
        "now.",
    ),
    "visit_calling": Wording("llamando a {number}…", "calling {number}…"),
    "visit_saved": Wording("lo que se oyó: {file}", "what was heard: {file}"),
    # portero doctor: its frame, and its look at Asterisk.
    "doctor_summary": Wording(
        "{green} bien, {yellow} por mejorar, {red} mal, {skipped} sin revisar.",
        "{green} fine, {yellow} to improve, {red} wrong, {skipped} not looked at.",
    ),
    "doctor_all_well": Wording("Todo está bien.", "All is well."),
    "doctor_first": Wording(
        "Primero arregle {step}, y vuelva a correr portero doctor.",
        "First mend {step}, and run portero doctor again.",
    ),
    "doctor_looking": Wording("… {step}: {seconds} s", "… {step}: {seconds} s"),
    "doctor_no_step": Wording(
        "No hay un paso «{name}»; hay: {names}",
        "There is no step `{name}`; there are: {names}",
    ),
    "doctor_skipped": Wording(
        "Sin revisar: primero hay que arreglar {because}.",
        "Not looked at: {because} has to be mended first.",
    ),
    "doctor_late": Wording("No terminó en {seconds} s.", "It was not done within {seconds} s."),
    "doctor_cure_late": Wording(
        "Vuelva a intentarlo; si se repite, corra DEBUG=1 portero doctor --only {step}.",
        "Try again; if it happens again, run DEBUG=1 portero doctor --only {step}.",
    ),
    "doctor_defect": Wording(
        "Este paso falló por un defecto de portero ({why}); no dice nada de su instalación.",
        "This step broke by a defect of portero's ({why}); it says nothing about your "
        "installation.",
    ),
    "doctor_cure_defect": Wording(
        "Corra DEBUG=1 portero doctor --only {step} y mande lo que salga a quienes hacen portero.",
        "Run DEBUG=1 portero doctor --only {step} and send what it prints to portero's makers.",
    ),
    "doctor_config_ok": Wording("La configuración es válida: {file}", "The settings hold: {file}"),
    "doctor_config_doubt": Wording("{why}", "{why}"),
    "doctor_config_wrong": Wording("{why}", "{why}"),
    "doctor_cure_config": Wording(
        "Corrija esa línea; portero check lo revisa sin red.",
        "Correct that line; portero check looks at it without the network.",
    ),
    "doctor_ami_reached": Wording(
        "Asterisk contesta en {host}:{port} (AMI).",
        "Asterisk answers at {host}:{port} (AMI).",
    ),
    "doctor_ami_name": Wording(
        "Nadie conoce el nombre {host} (asterisk.ami.host).",
        "Nobody knows the name {host} (asterisk.ami.host).",
    ),
    "doctor_cure_ami_host": Wording(
        "Escriba en asterisk.ami.host la dirección IP de Asterisk; 127.0.0.1 si está en esta "
        "máquina.",
        "Write Asterisk's IP address to asterisk.ami.host; 127.0.0.1 if it is on this machine.",
    ),
    "doctor_ami_refusing": Wording(
        "En {host}:{port} no escucha nadie: Asterisk no corre, o su AMI está apagada o en otro "
        "puerto.",
        "Nobody listens at {host}:{port}: Asterisk does not run, or its AMI is off or on another "
        "port.",
    ),
    "doctor_cure_ami_refusing": Wording(
        "Arranque Asterisk (FreePBX: fwconsole start); en manager.conf debe decir enabled=yes y "
        'port={port}. Revise: asterisk -rx "manager show settings"',
        "Start Asterisk (FreePBX: fwconsole start); manager.conf must say enabled=yes and "
        'port={port}. See: asterisk -rx "manager show settings"',
    ),
    "doctor_ami_silent": Wording(
        "{host}:{port} acepta la conexión y no dice nada: no es la AMI.",
        "{host}:{port} takes the connection and says nothing: that is not the AMI.",
    ),
    "doctor_cure_ami_port": Wording(
        "Corrija asterisk.ami.host y port: la AMI escucha en 5038, o en 5039 con TLS "
        "(asterisk.ami.tls: true).",
        "Correct asterisk.ami.host and port: the AMI listens on 5038, or on 5039 with TLS "
        "(asterisk.ami.tls: true).",
    ),
    "doctor_ami_far": Wording(
        "{host}:{port} no contesta: algo en el camino se traga los paquetes.",
        "{host}:{port} does not answer: something on the way swallows the packets.",
    ),
    "doctor_ami_unreachable": Wording(
        "No hay camino a {host}:{port}: {why}",
        "There is no way to {host}:{port}: {why}",
    ),
    "doctor_cure_ami_far": Wording(
        "Revise asterisk.ami.host y el cortafuegos: FreePBX solo deja entrar a 5038 desde redes "
        "«Trusted» (Connectivity → Firewall).",
        "Check asterisk.ami.host and the firewall: FreePBX lets only Trusted networks in to 5038 "
        "(Connectivity → Firewall).",
    ),
    "doctor_ami_tls": Wording(
        "{host}:{port}: no se pudo usar TLS: {why}",
        "{host}:{port}: TLS does not work: {why}",
    ),
    "doctor_cure_ami_tls": Wording(
        "Si Asterisk no usa TLS ahí, ponga asterisk.ami.tls: false y port: 5038; si lo usa, su "
        "certificado debe ser válido para ese nombre.",
        "If Asterisk speaks no TLS there, set asterisk.ami.tls: false and port: 5038; if it "
        "does, its certificate must be good for that name.",
    ),
    "doctor_ami_closed": Wording(
        "{host}:{port} cuelga sin decir nada: demasiadas sesiones sin entrar (authlimit), u otro "
        "programa.",
        "{host}:{port} hangs up without a word: too many sessions that have not logged in "
        "(authlimit), or another program.",
    ),
    "doctor_cure_ami_closed": Wording(
        "Espere un minuto y repita; si sigue, vea quién entra una y otra vez: asterisk -rx "
        '"manager show connected" y /var/log/asterisk/full.',
        "Wait a minute and try again; if it goes on, see who logs in again and again: asterisk "
        '-rx "manager show connected" and /var/log/asterisk/full.',
    ),
    "doctor_ami_stranger": Wording(
        "En {host}:{port} no contesta la AMI de Asterisk sino {what}.",
        "At {host}:{port} not Asterisk's AMI answers but {what}.",
    ),
    "doctor_ami_logged_in": Wording("Entró como {user}.", "Logged in as {user}."),
    "doctor_ami_cut": Wording(
        "La sesión terminó antes de entrar: {why}",
        "The session ended before the login: {why}",
    ),
    "doctor_ami_no_answer": Wording(
        "Asterisk no contestó la entrada de {user}: {why}",
        "Asterisk did not answer the login of {user}: {why}",
    ),
    "doctor_ami_denied": Wording(
        "Asterisk rechazó a {user} desde {address}. No dice por qué: el usuario, el secreto o la "
        "dirección.",
        "Asterisk refused {user} from {address}. It does not say why: the user, the secret or "
        "the address.",
    ),
    "doctor_cure_ami_denied": Wording(
        "Corra sudo portero doctor en la máquina de Asterisk, que lo averigua; o asterisk -rx "
        '"manager show user {user}": debe existir, con permit para {address}, y su secret igual '
        'a asterisk.ami.password. Tras cambiarlo: asterisk -rx "manager reload"',
        "Run sudo portero doctor on Asterisk's machine, which finds out; or asterisk -rx "
        '"manager show user {user}": there must be one, with a permit for {address}, and a '
        'secret like asterisk.ami.password. After a change: asterisk -rx "manager reload"',
    ),
    "doctor_ami_no_user": Wording(
        "Asterisk no conoce a ningún usuario AMI {user}.",
        "Asterisk knows no AMI user {user}.",
    ),
    "doctor_cure_ami_no_user": Wording(
        "Ponga la sección [{user}] en manager_custom.conf (portero init la escribe), y luego: "
        'asterisk -rx "manager reload"',
        "Put the section [{user}] into manager_custom.conf (portero init writes it), and then: "
        'asterisk -rx "manager reload"',
    ),
    "doctor_ami_permit": Wording(
        "Asterisk conoce a {user}, pero no lo deja entrar desde {address} (deny y permit).",
        "Asterisk knows {user}, but does not let him in from {address} (deny and permit).",
    ),
    "doctor_cure_ami_permit": Wording(
        "Agregue a [{user}] en manager_custom.conf la línea permit={address}/255.255.255.255, y "
        'luego: asterisk -rx "manager reload"',
        "Add the line permit={address}/255.255.255.255 to [{user}] in manager_custom.conf, and "
        'then: asterisk -rx "manager reload"',
    ),
    "doctor_ami_secret": Wording(
        "El secreto de {user} no es el que tiene Asterisk.",
        "The secret of {user} is not the one that Asterisk has.",
    ),
    "doctor_cure_ami_secret": Wording(
        "Iguale asterisk.ami.password y el secret de [{user}] en manager_custom.conf, y luego: "
        'asterisk -rx "manager reload"',
        "Make asterisk.ami.password and the secret of [{user}] in manager_custom.conf the same, "
        'and then: asterisk -rx "manager reload"',
    ),
    "doctor_ami_lost": Wording(
        "Asterisk dejó de contestar: {why}",
        "Asterisk stopped answering: {why}",
    ),
    "doctor_cure_ami_lost": Wording(
        "Vea si Asterisk sigue en marcha, y su registro: /var/log/asterisk/full",
        "See whether Asterisk still runs, and its log: /var/log/asterisk/full",
    ),
    "doctor_rights_ok": Wording(
        "{user} puede lo que portero necesita (write = {wanted}).",
        "{user} may do what portero needs (write = {wanted}).",
    ),
    "doctor_rights_missing": Wording("{user} no puede: {missing}.", "{user} may not: {missing}."),
    "doctor_rights_calls": Wording(
        "{user} no puede llamar ({missing}), y la configuración pide llamar a residentes, "
        "guardias o puertas.",
        "{user} may not make calls ({missing}), and the settings want calls to residents, guards "
        "or gates.",
    ),
    "doctor_cure_rights": Wording(
        "En [{user}] de manager_custom.conf escriba write = {wanted}, y luego: asterisk -rx "
        '"manager reload"',
        "In [{user}] of manager_custom.conf write write = {wanted}, and then: asterisk -rx "
        '"manager reload"',
    ),
    "doctor_rights_read": Wording(
        "{user} no recibe sucesos de clase {missing}: portero no sabría dónde está el sonido, ni "
        "qué teclas oprimen.",
        "{user} gets no events of class {missing}: portero would not know where the sound is, "
        "nor which keys are pressed.",
    ),
    "doctor_cure_rights_read": Wording(
        "En [{user}] de manager_custom.conf escriba read = call,dtmf, y luego: asterisk -rx "
        '"manager reload"',
        "In [{user}] of manager_custom.conf write read = call,dtmf, and then: asterisk -rx "
        '"manager reload"',
    ),
    "doctor_rights_excess": Wording(
        "{user} puede más de lo que necesita: {excess}. Quien robe su secreto tiene el conmutador.",
        "{user} may do more than he needs: {excess}. Whoever steals his secret has the PBX.",
    ),
    "doctor_cure_rights_excess": Wording(
        "En [{user}] de manager_custom.conf deje write = {wanted}, y luego: asterisk -rx "
        '"manager reload"',
        "In [{user}] of manager_custom.conf leave write = {wanted}, and then: asterisk -rx "
        '"manager reload"',
    ),
    "doctor_version_ok": Wording("Asterisk {version}.", "Asterisk {version}."),
    "doctor_version_unknown": Wording(
        "Asterisk {version}: no se sabe si es al menos la {oldest}.",
        "Asterisk {version}: nobody can tell whether it is {oldest} or newer.",
    ),
    "doctor_cure_unsure": Wording(
        "Pruébelo con portero doctor --only media.echo, o instale una versión publicada.",
        "Try it with portero doctor --only media.echo, or install a released version.",
    ),
    "doctor_version_old": Wording(
        "Asterisk {version} es demasiado viejo: portero necesita {oldest} o más nuevo.",
        "Asterisk {version} is too old: portero needs {oldest} or newer.",
    ),
    "doctor_cure_version": Wording(
        "Actualice Asterisk (FreePBX 17: asterisk-version-switch).",
        "Update Asterisk (FreePBX 17: asterisk-version-switch).",
    ),
    "doctor_version_leg": Wording(
        "Asterisk {version} no lleva el sonido de media.leg: audiosocket; eso llegó con 20.17, "
        "22.7 y 23.1.",
        "Asterisk {version} does not carry the sound of media.leg: audiosocket; that came with "
        "20.17, 22.7 and 23.1.",
    ),
    "doctor_cure_version_leg": Wording(
        "Ponga media.leg: rtp, que sirve desde Asterisk {oldest}, o actualice Asterisk.",
        "Set media.leg: rtp, which works from Asterisk {oldest} on, or update Asterisk.",
    ),
    "doctor_version_holes": Wording(
        "Asterisk {version} tiene fallas de seguridad que la {fixed} corrige.",
        "Asterisk {version} has security holes that {fixed} closes.",
    ),
    "doctor_cure_version_holes": Wording(
        "Actualice a {fixed} o más nuevo.",
        "Update to {fixed} or newer.",
    ),
    "doctor_modules_ok": Wording(
        "Los módulos están cargados: {names}.",
        "The modules are loaded: {names}.",
    ),
    "doctor_modules_unseen": Wording(
        "No se puede ver qué módulos tiene Asterisk: falta func_module.so.",
        "Nobody can see which modules Asterisk has: func_module.so is missing.",
    ),
    "doctor_cure_modules_unseen": Wording(
        'Corra sudo portero doctor en la máquina de Asterisk, o: asterisk -rx "module load '
        'func_module.so"',
        "Run sudo portero doctor on Asterisk's machine, or: asterisk -rx "
        '"module load '
        'func_module.so"',
    ),
    "doctor_module_missing": Wording(
        "Asterisk no tiene cargado {module} ({why}).",
        "Asterisk has not loaded {module} ({why}).",
    ),
    "doctor_cure_module": Wording(
        'asterisk -rx "module load {module}"; para siempre: quite su noload de modules.conf '
        "(FreePBX: Settings → Asterisk Modules).",
        'asterisk -rx "module load {module}"; for good: take its noload out of modules.conf '
        "(FreePBX: Settings → Asterisk Modules).",
    ),
    "doctor_context_ok": Wording(
        "El contexto [{context}] está en el plan de marcado.",
        "The context [{context}] is in the dialplan.",
    ),
    "doctor_context_missing": Wording(
        "El plan de marcado no tiene el contexto [{context}].",
        "The dialplan has no context [{context}].",
    ),
    "doctor_cure_context": Wording(
        "Corra sudo portero init --snippets, o copie extensions_portero.conf e inclúyalo en "
        'extensions_custom.conf; luego: asterisk -rx "dialplan reload"',
        "Run sudo portero init --snippets, or copy extensions_portero.conf and include it in "
        'extensions_custom.conf; then: asterisk -rx "dialplan reload"',
    ),
    "doctor_context_old": Wording(
        "Falta el contexto [{context}]: el plan de marcado es de un portero anterior, y no se "
        "puede probar el sonido.",
        "The context [{context}] is missing: the dialplan is that of an older portero, and the "
        "sound can't be tried.",
    ),
    "doctor_cure_context_old": Wording(
        "Corra sudo portero init --snippets (o copie de nuevo extensions_portero.conf), y luego: "
        'asterisk -rx "dialplan reload"',
        "Run sudo portero init --snippets (or copy extensions_portero.conf again), and then: "
        'asterisk -rx "dialplan reload"',
    ),
    "doctor_agi_ok": Wording("[{context}] llama a {url}.", "[{context}] calls {url}."),
    "doctor_agi_none": Wording(
        "[{context}] no llama a ninguna dirección agi://.",
        "[{context}] calls no agi:// address.",
    ),
    "doctor_agi_freepbx": Wording(
        "[{context}] llama a {url}: el puerto 4573 es de FreePBX, no de portero.",
        "[{context}] calls {url}: port 4573 is FreePBX's, not portero's.",
    ),
    "doctor_agi_port": Wording(
        "[{context}] llama a {url}, y portero escucha en otro puerto (asterisk.fastagi.port).",
        "[{context}] calls {url}, and portero listens on another port (asterisk.fastagi.port).",
    ),
    "doctor_agi_script": Wording(
        "[{context}] llama a {url}: portero rechaza esa ruta.",
        "[{context}] calls {url}: portero refuses that path.",
    ),
    "doctor_agi_host": Wording(
        "[{context}] llama a {url}: ahí no escucha este portero (asterisk.fastagi.interface).",
        "[{context}] calls {url}: this portero does not listen there (asterisk.fastagi.interface).",
    ),
    "doctor_agi_localhost": Wording(
        "[{context}] llama a {url}: localhost puede ser primero ::1, y la llamada pierde 2 s.",
        "[{context}] calls {url}: localhost may be ::1 first, and the call loses 2 s.",
    ),
    "doctor_cure_agi": Wording(
        'Escriba {name}={wanted} en globals_custom.conf, y luego: asterisk -rx "dialplan reload"',
        'Write {name}={wanted} to globals_custom.conf, and then: asterisk -rx "dialplan reload"',
    ),
    "doctor_guard_ok": Wording(
        "{tenant}: el guardia {extension}@{context} existe.",
        "{tenant}: the guard {extension}@{context} exists.",
    ),
    "doctor_guard_missing": Wording(
        "{tenant}: el guardia {extension}@{context} no está en el plan de marcado: nadie "
        "contestaría.",
        "{tenant}: the guard {extension}@{context} is not in the dialplan: nobody would answer.",
    ),
    "doctor_cure_guard": Wording(
        "Corrija tenants.{tenant}.guard (extension y context), o cree la extensión. Revise: "
        'asterisk -rx "dialplan show {extension}@{context}"',
        "Correct tenants.{tenant}.guard (extension and context), or create the extension. See: "
        'asterisk -rx "dialplan show {extension}@{context}"',
    ),
    "doctor_port_free": Wording(
        "{name}: {where} está libre; portero no está en marcha.",
        "{name}: {where} is free; portero is not running.",
    ),
    "doctor_port_ours": Wording("{name}: {where} es de portero.", "{name}: {where} is portero's."),
    "doctor_port_unused": Wording(
        "{name}: nadie escucha en {where}, aunque portero corre: arrancó con otra configuración.",
        "{name}: nobody listens on {where}, though portero runs: it began with other settings.",
    ),
    "doctor_cure_restart": Wording("systemctl restart portero", "systemctl restart portero"),
    "doctor_port_taken": Wording(
        "{name}: {where} lo tiene otro programa: {who}.",
        "{name}: {where} belongs to another program: {who}.",
    ),
    "doctor_cure_port_taken": Wording(
        "Detenga ese programa, o ponga otro puerto en {name} (y en el plan de marcado).",
        "Stop that program, or set another port in {name} (and in the dialplan).",
    ),
    "doctor_port_unbound": Wording(
        "{name}: no se puede escuchar en {where}: {why}.",
        "{name}: can't listen on {where}: {why}.",
    ),
    "doctor_cure_port_unbound": Wording(
        "La dirección debe ser de esta máquina (ip addr), y el puerto mayor que 1023.",
        "The address must be one of this machine (ip addr), and the port above 1023.",
    ),
    "doctor_port_freepbx": Wording(
        "{name}: 4573 es el puerto de FreePBX (core-fastagi), que a veces arranca después.",
        "{name}: 4573 is FreePBX's port (core-fastagi), which sometimes starts later.",
    ),
    "doctor_cure_port_freepbx": Wording(
        "Ponga asterisk.fastagi.port: 4574, y el mismo puerto en el plan de marcado.",
        "Set asterisk.fastagi.port: 4574, and the same port in the dialplan.",
    ),
    "doctor_ports_free": Wording(
        "media.ports {ports}: bastan para {calls} llamadas.",
        "media.ports {ports}: enough for {calls} calls.",
    ),
    "doctor_ports_few": Wording(
        "media.ports {ports} tiene {free} puertos pares, y asterisk.max_calls pide {calls}.",
        "media.ports {ports} has {free} even ports, and asterisk.max_calls wants {calls}.",
    ),
    "doctor_cure_ports_few": Wording(
        "Amplíe media.ports (dos por llamada), o baje asterisk.max_calls.",
        "Widen media.ports (two for each call), or lower asterisk.max_calls.",
    ),
    "doctor_ports_taken": Wording(
        "media.ports {ports}: todos los tiene otro programa: {who}.",
        "media.ports {ports}: another program has them all: {who}.",
    ),
    "doctor_ports_shared": Wording(
        "media.ports {ports}: otro programa tiene algunos ({who}); quedan {free} de {all}.",
        "media.ports {ports}: another program has some ({who}); {free} of {all} are left.",
    ),
    "doctor_ports_overlap": Wording(
        "media.ports {ports} se cruza con los puertos RTP de Asterisk ({theirs}).",
        "media.ports {ports} overlaps with Asterisk's RTP ports ({theirs}).",
    ),
    "doctor_cure_ports_taken": Wording(
        "Ponga en media.ports puertos que nadie usa, fuera de 10000-20000: 21000-21999.",
        "Set media.ports to ports that nobody uses, outside of 10000-20000: 21000-21999.",
    ),
    "doctor_media_host_ok": Wording(
        "media.host {host} es de esta máquina.",
        "media.host {host} is this machine's.",
    ),
    "doctor_media_host": Wording(
        "media.host {host} no es una dirección de esta máquina: {why}.",
        "media.host {host} is no address of this machine: {why}.",
    ),
    "doctor_cure_media_host": Wording(
        "Ponga 127.0.0.1 si Asterisk está en esta máquina, o la dirección de esta máquina en su "
        "red (ip addr).",
        "Set 127.0.0.1 if Asterisk is on this machine, or this machine's address in its network "
        "(ip addr).",
    ),
    "doctor_media_far": Wording(
        "media.host es {host}, y Asterisk está en {asterisk}: mandaría el sonido a sí mismo.",
        "media.host is {host}, and Asterisk is at {asterisk}: it would send the sound to itself.",
    ),
    "doctor_cure_media_far": Wording(
        "Ponga en media.host la dirección de esta máquina que {asterisk} alcanza (ip addr).",
        "Set media.host to the address of this machine that {asterisk} can reach (ip addr).",
    ),
    "doctor_echo_ok": Wording(
        "El sonido va y vuelve: {delay_ms} ms, {level_db} dB, {lost} perdido.",
        "Sound goes and comes back: {delay_ms} ms, {level_db} dB, {lost} lost.",
    ),
    "doctor_echo_nobody": Wording(
        "Nadie puede hacer la llamada de prueba: el usuario AMI no puede llamar, y aquí no corre "
        "la consola de Asterisk.",
        "Nobody can make the test call: the AMI user may not make calls, and Asterisk's console "
        "can't be run here.",
    ),
    "doctor_cure_echo_nobody": Wording(
        "Corra sudo portero doctor en la máquina de Asterisk; o --console COMANDO, si Asterisk "
        "está en un contenedor.",
        "Run sudo portero doctor on Asterisk's machine; or --console COMMAND, if Asterisk is in "
        "a container.",
    ),
    "doctor_echo_denied": Wording(
        "No se puede pedir la prueba al portero en marcha: {why}",
        "The running portero can't be asked for the test: {why}",
    ),
    "doctor_cure_root": Wording("Corra sudo portero doctor.", "Run sudo portero doctor."),
    "doctor_echo_busy": Wording(
        "Ya hay otra llamada de prueba en curso.",
        "Another test call is going on.",
    ),
    "doctor_cure_echo_busy": Wording("Espere 20 s y repita.", "Wait 20 s and try again."),
    "doctor_echo_no_call": Wording(
        "Asterisk hizo la llamada, pero no llegó a portero por AGI.",
        "Asterisk made the call, but it did not come to portero by AGI.",
    ),
    "doctor_cure_echo_no_call": Wording(
        "Revise la dirección agi:// de [portero-doctor], asterisk.fastagi.allow (¿está "
        "Asterisk?) y el cortafuegos; /var/log/asterisk/full dice por qué falló AGI().",
        "Check the agi:// address of [portero-doctor], asterisk.fastagi.allow (is Asterisk in "
        "it?) and the firewall; /var/log/asterisk/full says why AGI() failed.",
    ),
    "doctor_echo_failed": Wording(
        "No se pudo hacer la llamada de prueba: {why}",
        "The test call could not be made: {why}",
    ),
    "doctor_cure_echo_failed": Wording(
        "Vea /var/log/asterisk/full y journalctl -u portero, y repita.",
        "See /var/log/asterisk/full and journalctl -u portero, and try again.",
    ),
    "doctor_echo_no_port": Wording(
        "No hay puerto para el sonido: {why}",
        "There is no port for the sound: {why}",
    ),
    "doctor_echo_no_leg": Wording(
        "Asterisk no conectó el sonido ({why}).",
        "Asterisk did not connect the sound ({why}).",
    ),
    "doctor_cure_echo_no_leg": Wording(
        "¿Tiene el usuario AMI read = call,dtmf y write = call,reporting, y Asterisk chan_rtp (o "
        "chan_audiosocket)? /var/log/asterisk/full dice por qué falló Dial().",
        "Does the AMI user have read = call,dtmf and write = call,reporting, and Asterisk "
        "chan_rtp (or chan_audiosocket)? /var/log/asterisk/full says why Dial() failed.",
    ),
    "doctor_echo_nothing": Wording(
        "No llegó nada de Asterisk: o su sonido no llega a media.host, o el de portero no llega allá y "
        "no hay qué devolver.",
        "Nothing came from Asterisk: either its sound does not get to media.host, or portero's does "
        "not get there and there is nothing to send back.",
    ),
    "doctor_cure_echo_nothing": Wording(
        "Revise media.host (la dirección de portero que Asterisk alcanza) y abra en el cortafuegos los "
        "puertos UDP de media.ports (hacia portero) y de rtp.conf (hacia Asterisk).",
        "Check media.host (the address of portero that Asterisk can reach) and open the UDP ports of "
        "media.ports (towards portero) and of rtp.conf (towards Asterisk) in the firewall.",
    ),
    "doctor_echo_silent": Wording(
        "Asterisk se oye aquí ({frames_in} tramas), pero lo que portero manda no se oye allá.",
        "Asterisk is heard here ({frames_in} frames), but what portero sends is not heard there.",
    ),
    "doctor_cure_echo_silent": Wording(
        "Abra los puertos RTP de Asterisk (rtp.conf) para portero; con media.format: slin16 "
        "pruebe también slin o ulaw.",
        "Open Asterisk's RTP ports (rtp.conf) to portero; with media.format: slin16 try slin or "
        "ulaw too.",
    ),
    "doctor_echo_garbled": Wording(
        "Lo que vuelve no es lo que se mandó (parecido {likeness}): otro formato, u otro sonido.",
        "What comes back is not what was sent (likeness {likeness}): another format, or another "
        "sound.",
    ),
    "doctor_cure_echo_garbled": Wording(
        "Ponga media.leg: rtp y media.format: ulaw y repita; si así sirve, cargue "
        "codec_resample.so. [portero-doctor] debe ser el de extensions_portero.conf.",
        "Set media.leg: rtp and media.format: ulaw and try again; if that works, load "
        "codec_resample.so. [portero-doctor] must be that of extensions_portero.conf.",
    ),
    "doctor_echo_level": Wording(
        "El sonido vuelve con {level_db} dB: debería ser 0.",
        "The sound comes back at {level_db} dB: it should be 0.",
    ),
    "doctor_cure_echo_level": Wording(
        "Quite VOLUME(), AGC() y filtros del plan de marcado y de la ruta (FreePBX: ganancia del "
        "troncal).",
        "Take VOLUME(), AGC() and filters out of the dialplan and the route (FreePBX: the "
        "trunk's gain).",
    ),
    "doctor_echo_delay": Wording(
        "El sonido tarda {delay_ms} ms en ir y volver.",
        "The sound takes {delay_ms} ms to go and come back.",
    ),
    "doctor_cure_echo_delay": Wording(
        "Baje media.jitter_ms, quite JITTERBUFFER() del plan de marcado, y vea la carga de la "
        "máquina (top).",
        "Lower media.jitter_ms, take JITTERBUFFER() out of the dialplan, and look at the "
        "machine's load (top).",
    ),
    "doctor_echo_lost": Wording("Se pierde {lost} del sonido.", "{lost} of the sound is lost."),
    "doctor_cure_echo_lost": Wording(
        "Vea la carga de esta máquina y de Asterisk (top), y la red entre ambas (ping -i 0.02); "
        "en máquinas virtuales, deles CPU propia.",
        "Look at the load of this machine and of Asterisk (top), and the network between them "
        "(ping -i 0.02); give virtual machines a CPU of their own.",
    ),
    "doctor_daemon_ready": Wording(
        "portero {version} está en marcha (proceso {pid}).",
        "portero {version} is running (process {pid}).",
    ),
    "doctor_daemon_trouble": Wording(
        "portero {version} está en marcha, pero: {why}",
        "portero {version} is running, but: {why}",
    ),
    "doctor_cure_daemon_trouble": Wording(
        "Arregle lo que sale abajo en rojo; luego: portero status",
        "Mend what is red below; then: portero status",
    ),
    "doctor_daemon_none": Wording(
        "portero no está en marcha: el doctor prueba en su lugar.",
        "portero is not running: the doctor tries things in its place.",
    ),
    "doctor_cure_daemon_none": Wording("systemctl start portero", "systemctl start portero"),
    "doctor_daemon_denied": Wording("{why}", "{why}"),
}

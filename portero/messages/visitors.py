"""What visitors hear, residents read, and the agent is told to say."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
}

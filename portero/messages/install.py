"""What `portero init` asks and does."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
    # portero init: its questions.
    "init_ask_name": Wording(
        "Nombre de la residencial, como lo dirá el portero",
        "Name of the community, as the doorman will say it",
    ),
    "init_ask_tenant": Wording(
        "Su nombre corto (minúsculas, cifras, - _)",
        "Its short name (small letters, digits, - _)",
    ),
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
        "¿Llamar por teléfono a los residentes para preguntarles? (da a portero originate en AMI)",
        "Phone the residents to ask them? (gives portero originate in AMI)",
    ),
    "init_ask_gate": Wording("Qué abre la puerta", "What opens the gate"),
    "init_choice_none": Wording(
        "nada por ahora: el guardia abre", "nothing for now: the guard opens"
    ),
    "init_choice_hikvision": Wording(
        "un equipo Hikvision, por la red (ISAPI)", "a Hikvision device, over the network (ISAPI)"
    ),
    "init_choice_dtmf": Wording(
        "el interfón mismo, con tonos en la llamada",
        "the intercom itself, by tones in the call",
    ),
    "init_choice_webhook": Wording(
        "un relevador u otro equipo, con una petición HTTP",
        "a relay or another device, by an HTTP request",
    ),
    "init_choice_asterisk": Wording(
        "una extensión de Asterisk a la que se llama", "an extension of Asterisk that is called"
    ),
    "init_choice_backend": Wording(
        "su propio sistema, por la Backend API", "a system of your own, by the Backend API"
    ),
    "init_choice_door": Wording("puerta o portón", "a door or gate"),
    "init_choice_barrier": Wording("pluma", "a barrier"),
    "init_ask_gate_id": Wording("Nombre corto de la puerta", "Short name of the gate"),
    "init_ask_gate_name": Wording("Cómo la llama la gente", "What people call it"),
    "init_ask_gate_device": Wording(
        "Dirección del equipo (https://192.0.2.20)", "Address of the device (https://192.0.2.20)"
    ),
    "init_ask_gate_request": Wording(
        "Dirección que abre (http://192.0.2.20/relay/1)",
        "Address that opens it (http://192.0.2.20/relay/1)",
    ),
    "init_ask_gate_backend": Wording(
        "Dirección de su sistema (https://backend.example/)",
        "Address of your system (https://backend.example/)",
    ),
    "init_ask_gate_user": Wording("Usuario en el equipo", "User on the device"),
    "init_ask_gate_kind": Wording("Qué mueve", "What it moves"),
    "init_ask_gate_extension": Wording(
        "Extensión que abre la puerta", "Extension that opens the gate"
    ),
    "init_ask_gate_context": Wording(
        "Contexto del plan de marcado de esa extensión", "Dialplan context of that extension"
    ),
    "init_ask_gate_password": Wording(
        "Contraseña de ese usuario (no se ve al escribir)",
        "That user's password (not shown as you type)",
    ),
    "init_ask_gate_digits": Wording(
        "Tonos que abren, como *9 (no se ven al escribir)",
        "Tones that open it, such as *9 (not shown as you type)",
    ),
    "init_ask_gate_header": Wording(
        "Encabezado Authorization que pide (vacío: ninguno; no se ve al escribir)",
        "Authorization header that it wants (empty: none; not shown as you type)",
    ),
    "init_ask_gate_token": Wording(
        "Clave de la Backend API (vacío: ninguna; no se ve al escribir)",
        "Token of the Backend API (empty: none; not shown as you type)",
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
}

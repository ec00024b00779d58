"""The running daemon: `portero status`, `calls`, `show`, `tail`, `call`, `reload`, `stop`."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
    "reload_no_tenants": Wording(
        "Ya no hay ninguna residencial (tenants): ¿está a medio escribir? Si de verdad no debe "
        "haber ninguna, reinicie portero.",
        "There are no tenants any more: is it half written? If there shall be none, restart "
        "portero.",
    ),
    "reload_stopping": Wording(
        "Se está deteniendo: la nueva configuración cuenta desde que vuelva a arrancar.",
        "It is stopping: the new settings count when it has started again.",
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
    "socket_gone": Wording(
        "console.socket: borraron {path} y no se puede volver a crear ({why}): mientras no exista "
        "su carpeta, los comandos de portero no lo alcanzan; las llamadas siguen.",
        "console.socket: {path} was removed and can't be made again ({why}): until its folder "
        "is there, portero's commands don't reach it; calls go on.",
    ),
    "socket_again": Wording(
        "console.socket: borraron {path}; se volvió a crear.",
        "console.socket: {path} was removed; it has been made again.",
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
        "portero; si no arranca: portero check, portero doctor",
        "No portero is running: nobody answers at {paths}. Start it: systemctl start portero; if "
        "it does not start: portero check, portero doctor",
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
    "operator_refuses": Wording(
        "{who} llamó al {number} y no fue atendido: {ending}",
        "{who} called {number} and was not taken: {ending}",
    ),
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
    "quality_unheard": Wording(
        "del visitante no llegó ningún sonido", "no sound at all came from the visitor"
    ),
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
    "visit_refused": Wording(
        "portero no tomó la llamada: {ending}.", "portero did not take the call: {ending}."
    ),
    "visit_type": Wording(
        "Escriba lo que dice el visitante; Ctrl-D espera la respuesta y cuelga, Ctrl-C cuelga ya.",
        "Type what the visitor says; Ctrl-D waits for the answer and hangs up, Ctrl-C hangs up "
        "now.",
    ),
    "visit_calling": Wording("llamando a {number}…", "calling {number}…"),
    "visit_saved": Wording("lo que se oyó: {file}", "what was heard: {file}"),
}

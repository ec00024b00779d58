"""What is wrong in the settings: `portero check`."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
    # portero check.
    "error": Wording("error", "error"),
    "warning": Wording("aviso", "warning"),
    "from_environment": Wording("entorno {name}", "environment {name}"),
    "from_default": Wording("por omisión", "default"),
    "hidden": Wording("(oculto)", "(hidden)"),
    "not_set": Wording("(sin definir)", "(not set)"),
    "check_failed": Wording("errores: {count}", "errors: {count}"),
    "check_passed": Wording("La configuración es correcta.", "The settings are fine."),
}

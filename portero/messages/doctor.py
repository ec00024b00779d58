"""What `portero doctor` finds around Asterisk, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
    "doctor_media_host_ok": Wording(
        "media.host {host} es de esta máquina.",
        "media.host {host} is this machine's.",
    ),
    "doctor_cure_root": Wording("Corra sudo portero doctor.", "Run sudo portero doctor."),
}

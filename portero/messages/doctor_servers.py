"""What `portero doctor` finds at the model, the backend and the database, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
}

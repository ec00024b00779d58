"""What `portero doctor` finds at gates, their devices and WhatsApp, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
}

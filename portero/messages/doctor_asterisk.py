"""What `portero doctor` finds about Asterisk, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
    "doctor_cure_port": Wording(
        "Vea quién es (ss -ltnp 'sport = :{port}'), deténgalo, o ponga otro doorman.webhook.port.",
        "See who it is (ss -ltnp 'sport = :{port}'), stop it, or set another doorman.webhook.port.",
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
    "doctor_cure_ami_untrusted": Wording(
        "Instale aquí la CA que firmó el certificado de Asterisk: cópiela a "
        "/usr/local/share/ca-certificates/asterisk.crt, luego: update-ca-certificates && "
        "systemctl restart portero",
        "Install the CA that signed Asterisk's certificate here: copy it to "
        "/usr/local/share/ca-certificates/asterisk.crt, then: update-ca-certificates && "
        "systemctl restart portero",
    ),
    "doctor_cure_ami_expired": Wording(
        "Renueve el certificado de Asterisk (tlscertfile en manager.conf) y luego: touch "
        '/etc/asterisk/manager.conf && asterisk -rx "manager reload". Si el reloj de esta máquina '
        "está mal, póngalo en hora.",
        "Renew Asterisk's certificate (tlscertfile in manager.conf), then: touch "
        '/etc/asterisk/manager.conf && asterisk -rx "manager reload". If this machine\'s clock is '
        "wrong, set it.",
    ),
    "doctor_cure_ami_other_name": Wording(
        "Ponga en asterisk.ami.host un nombre que esté en el certificado de Asterisk (tlscertfile "
        "en manager.conf), o haga uno para {host}.",
        "Set asterisk.ami.host to a name that is in Asterisk's certificate (tlscertfile in "
        "manager.conf), or make one for {host}.",
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
        "Corra sudo portero init --snippets, que le da a Asterisk el secreto de portero; o iguale "
        "usted asterisk.ami.password y el secret de [{user}] en manager_custom.conf, y luego: "
        'asterisk -rx "manager reload"',
        "Run sudo portero init --snippets, which gives Asterisk portero's secret; or make "
        "asterisk.ami.password and the secret of [{user}] in manager_custom.conf the same, and "
        'then: asterisk -rx "manager reload"',
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
        "[{context}] no tiene la extensión {extension}: el plan de marcado es de un portero "
        "anterior, y no todo se puede probar.",
        "[{context}] has no extension {extension}: the dialplan is that of an older portero, and "
        "not everything can be tried.",
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
    "doctor_daemon_ready": Wording(
        "portero {version} está en marcha (proceso {pid}).",
        "portero {version} is running (process {pid}).",
    ),
    "doctor_daemon_trouble": Wording(
        "portero {version} está en marcha, pero: {why}",
        "portero {version} is running, but: {why}",
    ),
    "doctor_cure_daemon_trouble": Wording(
        "Arregle lo que sale en rojo; luego: portero reload && portero status",
        "Mend what is red; then: portero reload && portero status",
    ),
    "doctor_daemon_none": Wording(
        "portero no está en marcha: el doctor prueba en su lugar.",
        "portero is not running: the doctor tries things in its place.",
    ),
    "doctor_cure_daemon_none": Wording("systemctl start portero", "systemctl start portero"),
    "doctor_daemon_denied": Wording("{why}", "{why}"),
}

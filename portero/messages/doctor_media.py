"""What `portero doctor` finds at the ports and on the test call, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
        "No llegó nada de Asterisk, ni el tono que toca al final: su sonido no llega a media.host.",
        "Nothing came from Asterisk, not even the tone that it plays at the end: its sound does "
        "not get to media.host.",
    ),
    "doctor_cure_echo_nothing": Wording(
        "Revise media.host (la dirección de portero que Asterisk alcanza) y abra hacia portero, en "
        "el cortafuegos, los puertos UDP de media.ports. [portero-doctor] debe ser el de "
        "extensions_portero.conf.",
        "Check media.host (the address of portero that Asterisk can reach) and open the UDP ports "
        "of media.ports towards portero in the firewall. [portero-doctor] must be that of "
        "extensions_portero.conf.",
    ),
    "doctor_echo_silent": Wording(
        "Asterisk se oye aquí ({frames_in} tramas), pero lo que portero manda no se oye allá.",
        "Asterisk is heard here ({frames_in} frames), but what portero sends is not heard there.",
    ),
    "doctor_cure_echo_silent": Wording(
        "Abra hacia Asterisk, en su cortafuegos, los puertos UDP de rtp.conf; con media.format: "
        "slin16 pruebe también slin o ulaw.",
        "Open the UDP ports of rtp.conf towards Asterisk in its firewall; with media.format: "
        "slin16 try slin or ulaw too.",
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
}

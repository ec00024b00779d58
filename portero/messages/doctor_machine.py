"""What `portero doctor` finds on this machine, and the cures."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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
}

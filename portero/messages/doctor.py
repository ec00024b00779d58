"""How `portero doctor` tells what it finds."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
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

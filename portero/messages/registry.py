"""Residents, PINs and the ledger: `portero registry`, `pin`, `ledger`."""

from __future__ import annotations

from typing import Final

from portero.messages.wording import Wording

TEXTS: Final[dict[str, Wording]] = {
    # The database.
    "registry_no_address": Wording(
        "registry.url no es la dirección de una base de datos",
        "registry.url is no address of a database",
    ),
    "registry_no_driver": Wording(
        "registry.url: PostgreSQL necesita un controlador: pip install 'portero[postgresql]'",
        "registry.url: PostgreSQL needs a driver: pip install 'portero[postgresql]'",
    ),
    "registry_unusable": Wording(
        "registry.url: la base de datos no se puede usar: {why}",
        "registry.url: the database can't be used: {why}",
    ),
    "registry_place": Wording(
        " ({place}: ¿puede este usuario escribir en su carpeta, y está lleno el disco?)",
        " ({place}: can this user write to its folder, and is its disk full?)",
    ),
    "registry_newer": Wording(
        "registry.url: las tablas no son de este portero, o son de uno más nuevo ({why}): instale "
        "la versión que las hizo, o restaure el respaldo de antes",
        "registry.url: the tables are not this portero's, or a newer one's ({why}): install the "
        "version that made them, or restore the backup from before",
    ),
    "registry_away": Wording(
        "registry.url: la base de datos no contesta: {why}",
        "registry.url: the database does not answer: {why}",
    ),
    "registry_file_gone": Wording(
        "registry.url: el archivo {why} ya no es el que portero abrió: póngalo de vuelta; o "
        "detenga portero, borre {why}-wal y {why}-shm, restaure el respaldo y arranque portero",
        "registry.url: the file {why} is not the one any more that portero has opened: put it "
        "back; or stop portero, remove {why}-wal and {why}-shm, restore the backup, start portero",
    ),
    "registry_refused": Wording(
        "registry.url: la base de datos se negó: {why}",
        "registry.url: the database refused: {why}",
    ),
    "registry_not_running": Wording("el registro no está en marcha", "the registry is not running"),
    # portero registry import.
    "import_nothing": Wording("no se importó nada", "nothing was imported"),
    "import_done": Wording(
        "{tenant}: unidades: {units}, residentes: {residents}, autorizaciones: {authorizations}, "
        "vehículos: {vehicles}",
        "{tenant}: units: {units}, residents: {residents}, authorizations: {authorizations}, "
        "vehicles: {vehicles}",
    ),
    "import_suffix": Wording(
        "un archivo que termina en {value} no sirve; use .yaml o .csv",
        "a file that ends in {value} is not taken; use .yaml or .csv",
    ),
    "import_rows": Wording("hay más de {most} renglones", "there are more than {most} rows"),
    "import_columns": Wording(
        "el primer renglón lleva los nombres de las columnas, entre ellas kind",
        "the first line must name the columns, kind among them",
    ),
    "import_no_csv": Wording("no es CSV válido: {reason}", "not valid CSV: {reason}"),
    "import_more_values": Wording(
        "hay más valores que columnas; ¿una coma sin comillas?",
        "there are more values than columns; a comma without quotes?",
    ),
    "import_lists": Wording(
        "se esperaban listas llamadas {choices}", "expected lists named {choices}"
    ),
    "import_list": Wording("debe ser una lista", "must be a list"),
    "import_single": Wording("debe ser un solo valor", "must be a single value"),
    "import_too_long": Wording("pasa de {limit} letras", "is longer than {limit} letters"),
    "import_blank": Wording(
        "{value} no tiene ni una letra ni una cifra", "{value} has neither a letter nor a digit"
    ),
    "import_gates": Wording(
        "{value}: se escribe como main_gate|service_gate; sin gates: todas las puertas",
        "{value}: write gates like main_gate|service_gate; without gates: all of them",
    ),
    "import_backwards": Wording(
        "valid_until debe ser después de valid_from", "valid_until must come after valid_from"
    ),
    "import_several": Wording(
        "en {value} vive más de un residente; diga cuál en resident",
        "more than one resident lives in {value}; name one as resident",
    ),
    "import_not_there": Wording(
        "nadie llamado {value} vive en {unit}", "nobody called {value} lives in {unit}"
    ),
    "import_nobody": Wording(
        "nadie vive en {value}; agréguelo antes en residents",
        "nobody lives in {value}; add them to residents first",
    ),
    "import_twice": Wording("esto ya está en la línea {line}", "this is in line {line} already"),
    # portero pin.
    "pin_weak": Wording(
        "ese PIN es muy fácil de adivinar; use de 4 a 12 cifras que no sean seguidas, repetidas ni "
        "un año",
        "that PIN is too easy to guess; use 4 to 12 digits that are no run, no repetition and no "
        "year",
    ),
    "pin_taken": Wording(
        "ese PIN no se puede usar; elija otro", "that PIN can't be used; choose another"
    ),
    "pin_too_many": Wording(
        "hay demasiados PIN de esa unidad o de la casa; quite alguno con portero pin revoke",
        "there are too many PINs of that unit or of the house; take some back with portero pin "
        "revoke",
    ),
    "pin_differs": Wording(
        "los dos no son iguales; no se guardó nada", "the two differ; nothing was kept"
    ),
    "pin_prompt": Wording("PIN (no se muestra)", "PIN (not shown)"),
    "pin_prompt_again": Wording("Otra vez", "Again"),
    "pin_added": Wording(
        "{tenant}: PIN {id} guardado para {label}", "{tenant}: PIN {id} kept for {label}"
    ),
    "pin_shown_once": Wording(
        "El PIN es {digits}. Anótelo: no se vuelve a mostrar.",
        "The PIN is {digits}. Write it down: it is not shown again.",
    ),
    "pin_typed_alone": Wording("Se teclea: PIN y #", "It is typed as: PIN, then #"),
    "pin_typed_with_unit": Wording(
        "Se teclea con la unidad: {unit}, *, PIN y #",
        "It is typed with the unit: {unit}, *, PIN, then #",
    ),
    "pin_units_from_now": Wording(
        "Ya hay más de {most} PIN: desde ahora los de residentes solo sirven con su unidad.",
        "There are more than {most} PINs now: those of residents only work with their unit.",
    ),
    "pin_none": Wording("{tenant}: no hay ningún PIN", "{tenant}: there are no PINs"),
    "pin_of_house": Wording("de la casa", "of the house"),
    "pin_once": Wording(", una sola vez", ", once"),
    "pin_listed": Wording(
        "    {whose}; puertas: {gates}; desde {begins}, hasta {ends}{once}",
        "    {whose}; gates: {gates}; from {begins} until {ends}{once}",
    ),
    "pin_all_gates": Wording("todas", "all"),
    "pin_no_end": Wording("que se quite", "taken back"),
    "pin_no_begin": Wording("siempre", "always"),
    "pin_revoked": Wording("{id}: ya no sirve", "{id}: works no more"),
    "pin_unknown": Wording(
        "no hay un PIN en uso con ese id; los que hay los dice portero pin list",
        "no PIN in use has that id; portero pin list tells those there are",
    ),
    "pin_resident_unknown": Wording(
        "nadie se llama así ni vive ahí: {value}; se escribe un nombre, una unidad, o "
        "NOMBRE/UNIDAD como están en el registro",
        "nobody has that name or lives there: {value}; write a name, a unit, or NAME/UNIT as they "
        "are in the registry",
    ),
    "pin_resident_several": Wording(
        "{value} puede ser: {choices}; escriba NOMBRE/UNIDAD",
        "{value} can be: {choices}; write NAME/UNIT",
    ),
    "pin_moment": Wording(
        '{value} no es una fecha como 2026-12-24 o "2026-12-24 18:00"',
        '{value} is no date like 2026-12-24 or "2026-12-24 18:00"',
    ),
    "pin_backwards": Wording(
        "--until debe ser después de --from y de ahora", "--until must come after --from and now"
    ),
    # portero ledger: what is wrong with a row, and with the whole.
    "ledger_flaw": Wording(
        "{tenant}, renglón {number}: {words}", "{tenant}, row {number}: {words}"
    ),
    "ledger_missing": Wording("falta, o está fuera de su lugar", "is missing, or out of its place"),
    "ledger_broken": Wording(
        "no sigue al renglón anterior: alguien quitó, metió o cambió algo",
        "does not follow the row before it: something was removed, put in or changed",
    ),
    "ledger_changed": Wording("alguien lo cambió", "was changed"),
    "ledger_cut_off": Wording(
        "desde aquí hasta el final alguien quitó renglones",
        "from here to the end rows were removed",
    ),
    "ledger_not_head": Wording(
        "no es el final que se guardó: alguien agregó, quitó o cambió renglones al final",
        "is not the end that was noted: rows at the end were added, removed or changed",
    ),
    "ledger_not_cut_by_us": Wording(
        "los renglones hasta aquí no los quitó portero: la bitácora no dice que se hayan recortado",
        "the rows up to here were not removed by portero: the ledger has no note of a cut",
    ),
    "ledger_not_anchor": Wording(
        "no es el renglón de --head: alguien escribió la bitácora de nuevo",
        "is not the row of --head: the ledger was written anew",
    ),
    "ledger_whole": Wording(
        "{tenant}: la bitácora está completa; su final es {head}",
        "{tenant}: the ledger is whole; it ends at {head}",
    ),
    "ledger_flawed": Wording(
        "la bitácora fue alterada: no le crea, y busque una copia de seguridad",
        "the ledger was tampered with: don't trust it, and look for a backup",
    ),
    "ledger_anchor_form": Wording(
        "--head es NÚMERO:HUELLA, como lo imprime portero ledger head; y pide --tenant si hay "
        "varias residenciales",
        "--head is NUMBER:HASH, as portero ledger head prints it; and it needs --tenant if there "
        "are several",
    ),
    "ledger_day": Wording(
        "{value} no es una fecha como 2026-12-24", "{value} is no date like 2026-12-24"
    ),
    "ledger_pruned": Wording(
        "{tenant}: renglones olvidados: {counts}", "{tenant}: rows forgotten: {counts}"
    ),
    "ledger_nothing_pruned": Wording("{tenant}: nada que olvidar", "{tenant}: nothing to forget"),
    "tenant_one_of": Wording(
        "--tenant debe ser una de config.yaml: {choices}",
        "--tenant must be one of config.yaml's: {choices}",
    ),
}

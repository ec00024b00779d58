"""What the model asks the Backend API, and the little that it is told of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from portero.config.settings import BUILT_IN_TOOLS
from portero.doorman.answers import WrongShape, matching, select, unwrap
from portero.doorman.arguments import BadArguments
from portero.doorman.backend import BackendClient
from portero.doorman.checking import learn
from portero.doorman.declarations import CHECK_VISITOR, CHECKED, HttpRoute, Tool
from portero.doorman.disclosure import Handles, about_plates, about_resident, about_visitor
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.guessing import GuessBook
from portero.doorman.memory import CallMemory
from portero.doorman.opening import PlateSource
from portero.doorman.spelling import parse
from portero.doorman.templates import fill, fill_path
from portero.registry.authorization import Said
from portero.registry.names import name_key

FIND_RESIDENT: Final = "find_resident"
NOTIFY_RESIDENT: Final = "notify_resident"
REGISTER_VISITOR: Final = "register_visitor"
RECENT_PLATES: Final = "get_recent_plates"
GUESSED: Final = frozenset({CHECK_VISITOR, FIND_RESIDENT})
_PLATES: Final = ("plate", "visitor_plate", "vehicle_plate")


class TooManyGuesses(Exception):
    """More names, units and plates were asked for than somebody knows who is expected."""


class NoSuchResident(Exception):
    """The model gave an id that it was not given in this call."""


class UnclearPlate(Exception):
    """A plate that may be several, or none; `ask` is the question to put (`portero.messages`)."""

    def __init__(self, ask: str) -> None:
        super().__init__(ask)
        self.ask = ask


class Lookups:
    """The requests of one call. `call`: the values of {call.…} placeholders."""

    def __init__(
        self,
        backend: BackendClient,
        memory: CallMemory,
        guesses: GuessBook,
        plates: PlateSource,
        *,
        call: Mapping[str, str],
        confirm_names: bool,
        language: str,
        now: Callable[[], float],
    ) -> None:
        self._backend = backend
        self._memory = memory
        self._guesses = guesses
        self._plates = plates
        self._call = call
        self._confirm = confirm_names
        self._language = language
        self._now = now
        self._handles = Handles()
        self._several_homes: set[str] = set()
        self._plates_said: set[str] = set()

    async def run(self, tool: Tool, values: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The answer for the model. key: of a request that changes something.

        Raises RequestFailed, WrongShape, BadArguments, TooManyGuesses, NoSuchResident,
        UnclearPlate.
        """
        assert tool.http is not None
        if tool.name in BUILT_IN_TOOLS:
            values = _plates_heard(values)
        if tool.name in GUESSED and not await self._guesses.allows(tool.name, values):
            raise TooManyGuesses
        self._plates_said.update(str(values[name]) for name in _PLATES if values.get(name))
        match tool.name:
            case "check_visitor":
                return await self._check_visitor(tool, values)
            case "find_resident":
                return await self._find_resident(tool, values)
            case "get_recent_plates":
                seen = await self._plates.seen(values["minutes"] * 60)
                return about_plates(seen, self._plates_said)
        return await self._other(tool, values, key)

    async def count_name(self, name: str) -> None:
        """Count a name that a gate is asked for and that was not checked: it is a guess too.

        Raises TooManyGuesses.
        """
        said = {"name": name}
        if not self._was_checked(name) and not await self._guesses.allows(CHECK_VISITOR, said):
            raise TooManyGuesses

    async def named_in_vain(self, name: str) -> None:
        """Nothing opened for this name."""
        if not self._was_checked(name):
            await self._guesses.in_vain(CHECK_VISITOR, {"name": name})

    def _was_checked(self, name: str) -> bool:
        """Whether check_visitor was asked about this very name, and counted it."""
        return any(name_key(check.asked or "") == name_key(name) for check in self._memory.checks)

    def residents(self, handle: str | None) -> tuple[str, ...]:
        """Whom a handle means, perhaps nobody. Raises NoSuchResident."""
        if handle is None:
            return ()
        meant = self._handles.resolve(handle)
        if meant is None:
            raise NoSuchResident
        return meant

    def at_home(self, handle: str) -> tuple[str, ...]:
        """Whom to disturb for a handle: nobody, when two Marías in two houses fit it.

        Raises NoSuchResident.
        """
        meant = self.residents(handle)
        return () if handle in self._several_homes else meant

    async def _check_visitor(self, tool: Tool, values: Mapping[str, Any]) -> dict[str, Any]:
        said = Said(**{name: values[name] for name in CHECKED if name in values})
        meant = self.residents(said.resident_id)
        if said.resident_id is not None:  # with several in a unit, the name has to be enough
            only = meant[0] if len(meant) == 1 else None
            values = {**values, "resident_id": only} if only else _without(values, "resident_id")
            said = Said(said.name, said.plate, said.id_number, only)
        assert tool.http is not None
        answer = await self._request(tool.http, values, None)
        if not isinstance(answer, Mapping):
            raise WrongShape("expected an object")
        check = learn(said, answer, self._now())
        self._memory.checks.append(check)
        if not check.authorized:
            await self._guesses.in_vain(tool.name, values)
        told = check.authorized and not check.by_plate and check.resident_id is not None
        # A handle that is made and not told would tell by the next one's number.
        handle = self._handles.hand_out([str(check.resident_id)]) if told else None
        return about_visitor(check, handle, language=self._language)

    async def _find_resident(self, tool: Tool, values: Mapping[str, Any]) -> dict[str, Any]:
        assert tool.http is not None
        answer = await self._request(tool.http, values, None)
        found = _residents(answer)
        if found:
            self._memory.resident_found = True
        else:
            await self._guesses.in_vain(tool.name, values)
        handle = self._handles.hand_out(str(resident["id"]) for resident in found)
        if len({(resident.get("unit"), resident.get("building")) for resident in found}) > 1:
            self._several_homes.add(handle)
        return about_resident(handle, found, confirm=self._confirm, language=self._language)

    async def _other(self, tool: Tool, values: Mapping[str, Any], key: str) -> dict[str, Any]:
        """register_visitor, and tools of the installer's own on the Backend API."""
        assert tool.http is not None
        if "resident_id" in values:
            meant = self.at_home(str(values["resident_id"]))
            if not meant:
                return {"done": True}  # as for a resident who exists
            values = {**values, "resident_id": meant[0]}
        if tool.name in (REGISTER_VISITOR, NOTIFY_RESIDENT):
            await self._tell(tool.http, values, key)
            return {"done": True}
        answer = await self._request(tool.http, values, key)
        return select(answer, tool.http.answer) or {"done": True}

    async def _tell(self, route: HttpRoute, values: Mapping[str, Any], key: str) -> None:
        """Tell the Backend API; that it won't hear of this resident is for its log, not the model.

        Of a resident who does not exist it is not even asked.
        """
        try:
            await self._request(route, values, key)
        except RequestFailed as failure:
            if failure.trouble not in (Trouble.MISSING, Trouble.REFUSED):
                raise

    async def _request(self, route: HttpRoute, values: Mapping[str, Any], key: str | None) -> Any:
        known = {**values, **self._call}
        try:
            path = fill_path(route.path, known)
        except ValueError as problem:
            raise BadArguments(str(problem)) from None
        answer = await self._backend.request(
            route.method,
            path,
            tenant=self._call["call.tenant"],
            query=fill(route.query, known),
            json=None if route.json is None else fill(route.json, known),
            key=None if route.method == "GET" else key,
            timeout=route.timeout,
        )
        found = unwrap({} if answer is None else answer, route.items)
        return matching(found, values, route.match)


def _residents(answer: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(it, Mapping) for it in answer):
        raise WrongShape("expected a list of residents")
    return [resident for resident in answer if resident.get("id") is not None]


def _plates_heard(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plates as they are written, from how they were spelt: "a be de burro ce doce...".

    Raises UnclearPlate for one that may be several: a gate is no place to guess.
    """
    heard = dict(values)
    for name in _PLATES:
        if not isinstance(values.get(name), str):
            continue
        spelled = parse(values[name])
        if len(spelled.candidates) != 1:
            raise UnclearPlate(spelled.ask or "ask_plate")
        heard[name] = spelled.candidates[0]
    return heard


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}

"""The registry of commands: one function a verb, with everything that a test or a screen may want to enumerate."""

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any, LiteralString, TypeVar, get_type_hints

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

MOMENT_MIN, MOMENT_END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
DAY_MIN, DAY_END = date(1900, 1, 1), date(2200, 1, 1)
REASON_LENGTH_MAX = 500
# ISO 8601, as people and programs write it; whether the parts are a time, and in which zone, is asked after that.
_ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}\S*", re.ASCII)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Order(BaseModel):
    """What a command is asked to do: frozen, and nothing unknown in it. Parsed alike from a form and from JSON."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        ser_json_timedelta="iso8601",
        defer_build=True,  # most of the hundreds are not asked for in a day: each is built at its first use
    )


class CommandResult(BaseModel):
    """The answer of a command. As with orders, what writes it as JSON is made when it is written first."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class NoResult(CommandResult):
    """The answer of a command that has nothing to tell but that it was done."""


class Unfit(ValueError):
    """A value of the right type that no order may hold, with the sentence that its field shows."""

    def __init__(self, text: T) -> None:
        self.text = text
        super().__init__(str(text))


def _one_kind_of_line(value: Any) -> Any:
    """Lines end alike, whatever system or browser wrote them: a form ends them as old printers did."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _printable(value: str) -> str:
    if any(ord(character) < 32 and character not in "\n\t" for character in value):
        raise ValueError("control characters are not text")
    return value


def _storable(value: str) -> str:
    """PostgreSQL holds no NUL. A reader's other control characters separate the parts of a symbol, and stay."""
    if "\x00" in value:
        raise ValueError("a symbol holds no NUL")
    return value


def _spelled(kind: type, form: re.Pattern[str], fault: LiteralString) -> BeforeValidator:
    """Reads a time or a day that is spelled as one; pydantic would take numbers, and texts of digits alone, as well."""
    reader: TypeAdapter[Any] = TypeAdapter(kind)

    def read(value: Any) -> Any:
        if isinstance(value, date):
            return value
        if isinstance(value, str) and form.fullmatch(value.strip()):
            with suppress(ValidationError):
                return reader.validate_python(value.strip())
        raise PydanticCustomError(fault, "this is not ISO 8601")

    return BeforeValidator(read)


def _moment(value: datetime) -> datetime:
    """Far from both ends of the calendar, where no zone and no window carries a time over the edge."""
    if not MOMENT_MIN <= value < MOMENT_END:
        raise Unfit(T("Enter a time from 2000 to 2199."))
    return value


def _day(value: date) -> date:
    if not DAY_MIN <= value < DAY_END:
        raise Unfit(T("Enter a date from 1900 to 2199."))
    return value


def _said(value: Any) -> Any:
    """Blanks alone say nothing."""
    return (value.strip() or None) if isinstance(value, str) else value


# What the fields of orders are made of. Whatever one of them takes, both databases can hold and compare.
Text = Annotated[str, BeforeValidator(_one_kind_of_line), AfterValidator(_printable)]
Symbol = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[AwareDatetime, AfterValidator(_moment), _spelled(datetime, _ISO_MOMENT, "datetime_parsing")]
Day = Annotated[date, AfterValidator(_day), _spelled(date, _ISO_DAY, "date_parsing")]
# Why an entry is made, which may stand beside any order.
Why = Annotated[Annotated[Text, StringConstraints(max_length=REASON_LENGTH_MAX)] | None, BeforeValidator(_said)]


AS_TEXT = "text"


def scanned(*kinds: str, design: str = "", as_printed: bool = False, part: str = "") -> dict[str, Any]:
    """Names what a text field takes from a scanner, by the two letters of each kind: `json_schema_extra=scanned(...)`.

    A field of an identifier's type names its kinds by itself. `as_printed` keeps the symbol itself where the command
    wants to see what was scanned, and not the thing that wears it; `design` narrows labels to one design. `part` is
    what of another code system's symbol the field takes: `gs1:lot`; AS_TEXT takes what nobody here gave, such as the
    number of a seal, into the field that waits. Without kinds and part nothing is scanned into it.
    """
    said = {"kinds": [str(kind) for kind in kinds], "design": design, "as_printed": as_printed}
    return {"x-scan": {**said, "part": part} if part else said}


def listed(source: str) -> dict[str, Any]:
    """Names the list out of which a form lets a person choose, instead of entering a number: `House.lists`."""
    return {"x-list": source}


@dataclass(frozen=True)
class Command:
    """One verb of the product: its function and what is declared about it."""

    capability: str
    verb: str
    function: Callable[..., Any]
    order: type[Order]
    result: TypeAdapter[Any]
    result_type: Any
    permission: str
    event: str
    version: int
    subject: str | None
    signature: str | None
    signs: Callable[..., Json] | None
    internal: bool
    prepare: Callable[..., Any] | None
    at_once: bool
    cannot_wait: bool

    @property
    def path(self) -> str:
        """`quality/release`: its place in the JSON API."""
        return f"{self.capability}/{self.verb}"


REGISTRY: dict[str, Command] = {}
Function = TypeVar("Function", bound=Callable[..., Any])


def command(
    *,
    event: str,
    permission: str | None = None,
    version: int = 1,
    subject: str | None = None,
    signature: str | None = None,
    signs: Callable[..., Json] | None = None,
    internal: bool = False,
    prepare: Callable[..., Any] | None = None,
    at_once: bool = False,
    cannot_wait: bool = False,
) -> Callable[[Function], Function]:
    """Register `function(tx, by, order) -> result` as a command.

    event       what the ledger says once it is done, `capability:thing:past_form`
    permission  `<capability>.<verb>` unless another is named
    subject     field of the order that names what the entry is about (or the command calls `tx.about`)
    signature   the meaning a signer confirms; its presence makes the command a decision that is signed
    signs       `signs(tx, order)`: the facts whose hash the signature binds; without it, the rows as written
    internal    run by the system or by a reaction, never from outside
    at_once     it counts when it is done and is never entered afterwards, like a scan at the bedside
    cannot_wait its signature counts although its signer has a newer agreement on signatures to read yet: it stops
                harm, or is about what its signer signs with
    prepare     `prepare(house, order)`, slow work done before the write lock is taken: a file kept, a password hashed;
                the command finds what it gives in `tx.prepared`
    """

    def register(function: Function) -> Function:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters)
        ensure(parameters == ["tx", "by", "order"], f"{function.__name__} takes tx, by, order")
        capability = function.__module__.split(".")[1]
        verb = function.__name__
        result_type = hints["return"]
        made = Command(
            capability=capability,
            verb=verb,
            function=function,
            order=hints["order"],
            result=TypeAdapter(result_type),
            result_type=result_type,
            permission=permission or f"{capability}.{verb}",
            event=event,
            version=version,
            subject=subject,
            signature=signature,
            signs=signs,
            internal=internal,
            prepare=prepare,
            at_once=at_once,
            cannot_wait=cannot_wait,
        )
        ensure(made.path not in REGISTRY, f"{made.path} is registered once")
        REGISTRY[made.path] = made
        return function

    return register


def command_of(function: Callable[..., Any]) -> Command:
    """The registered command behind `function`."""
    found = REGISTRY[f"{function.__module__.split('.')[1]}/{function.__name__}"]
    ensure(found.function is function, f"{function.__name__} is a registered command")
    return found


def act_of(command: Command, order: Order) -> str:
    """The digest of what somebody is about to do: a passkey that signs answers about this, and nothing else."""
    return hashlib.sha256(f"{command.path}\n{order.model_dump_json()}".encode()).hexdigest()


@dataclass(frozen=True)
class Reaction:
    """What the house does by itself when something is recorded: one row of the table in `main.py`.

    `order` makes the order from the recorded facts, or None when there is nothing to do.
    """

    event: str
    command: Callable[..., Any]
    order: Callable[[Mapping[str, Any]], Order | None]

    @property
    def rule(self) -> str:
        """The name that stands in the entry's `on_behalf`."""
        return f"{self.event} -> {command_of(self.command).path}"

"""Native identifiers (contract.md section 5): fourteen characters that name one thing for ever.

    BG 01 26 000412 57
    |  |  |  |      two check digits
    |  |  |  six digits sequence, counted a kind, site and year
    |  |  two digits year, 2000 to 2099
    |  two digits site
    two letters for the kind

The check digits are ISO/IEC 7064 MOD 97-10 over everything before them, the letters read as A = 10 to Z = 35, so that
the letters are protected like the digits. What that catches, and why:

- Kind by position comes first: letters in front, digits behind. A letter where a digit belongs, or the other way round,
  is refused whatever the check digits say.
- One wrong character of the right sort changes the number by d * 10^k, where d is 1 to 25. 97 is prime and divides
  neither factor.
- Two exchanged characters of the same sort, adjacent or not, change it by a * (10^j - 10^k). Powers of 10 repeat modulo
  97 only after 96 places and the number has 16, so the difference is never zero.
- Exchanged characters of different sorts fail the position rule.

So every single error and every transposition of two differing characters is caught. Two independent errors slip through
once in about 97 times: the check digits catch keying and reading errors, they do not prove identity.

The chain-of-identity number has the same form under a kind of its own, CI. contract.md lists it apart from the other
kinds because it names a recipient's therapy and not a thing that carries a symbol. In this form it survives being read
aloud and typed like every other code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cellchain.kernel.ensure import ensure
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

LENGTH = 14
SITE_MAX = 99
SEQUENCE_MAX = 999_999
YEAR_FIRST, YEAR_LAST = 2000, 2099
PREVIEW_SEQUENCE = 0


class Kind(StrEnum):
    """What an identifier names: its first two letters."""

    DONOR = "DN"
    DONATION = "DO"
    LOT = "LT"
    BAG = "BG"
    CONTAINER = "CT"
    CRYOVIAL = "CV"
    SAMPLE = "SM"
    RECIPIENT = "RC"
    WRISTBAND = "WB"
    LABEL = "LB"
    PERSON = "PS"
    MATERIAL_LOT = "ML"
    EQUIPMENT = "EQ"
    LOCATION = "LC"
    SHIPMENT = "SH"
    COMMAND = "CM"
    CHAIN_OF_IDENTITY = "CI"


_KINDS = {kind.value: kind for kind in Kind}
_DIGITS = re.compile(r"[0-9]+")


class Reason(StrEnum):
    """Why a text is not an identifier, or not the one that is expected here."""

    WRONG_LENGTH = "identity.wrong_length"
    UNKNOWN_KIND = "identity.unknown_kind"
    NOT_DIGITS = "identity.not_digits"
    BAD_CHECK = "identity.bad_check"
    WRONG_KIND = "identity.wrong_kind"


SENTENCES: Mapping[str, T] = {
    Reason.WRONG_LENGTH: T("An identifier has 14 characters. Scan the symbol again."),
    Reason.UNKNOWN_KIND: T("The first two letters name nothing that cellchain knows. Scan a cellchain label."),
    Reason.NOT_DIGITS: T("An identifier has digits after its two letters. Scan the symbol again."),
    Reason.BAD_CHECK: T("The check digits do not fit: a character was misread or mistyped. Scan the symbol again."),
    Reason.WRONG_KIND: T("This identifier names something else than is asked for here. Scan the right label."),
}


class NotACode(ValueError):
    """A text is not a valid identifier. `reason` is the stable code, `text` the sentence for a person."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.text = SENTENCES[reason]
        super().__init__(str(self.text))


@dataclass(frozen=True, slots=True)
class Code:
    """A valid identifier, taken apart. `year` has four digits; `text` is what a symbol carries."""

    kind: Kind
    site: int
    year: int
    sequence: int
    text: str

    @property
    def is_preview(self) -> bool:
        """Sequence 0 is never issued: the symbol stands on a preview, and scanning it must stop."""
        return self.sequence == PREVIEW_SEQUENCE


def issue(kind: Kind, site: int, year: int, sequence: int) -> str:
    """The identifier with this number. Who counts the sequence is the caller; sequence 0 makes a preview's.

    `site` is 0 to 99, `year` 2000 to 2099 with four digits, `sequence` 0 to 999999. Raises InvariantBroken otherwise.
    """
    ensure(0 <= site <= SITE_MAX, "a site has two digits")
    ensure(YEAR_FIRST <= year <= YEAR_LAST, "the year of an identifier lies in 2000 to 2099")
    ensure(0 <= sequence <= SEQUENCE_MAX, "a sequence has six digits")
    body = f"{Kind(kind)}{site:02d}{year % 100:02d}{sequence:06d}"
    return body + _check_digits(body)


def preview_label(site: int, year: int) -> LabelCode:
    """The serial that every symbol of a label preview carries: valid check digits, sequence 0."""
    return LabelCode(issue(Kind.LABEL, site, year, PREVIEW_SEQUENCE))


def parse(text: str) -> Code:
    """Take an identifier apart. Raises NotACode; nothing is trimmed, re-cased or guessed."""
    if len(text) != LENGTH:
        raise NotACode(Reason.WRONG_LENGTH)
    letters, digits = text[:2], text[2:]
    kind = _KINDS.get(letters)
    if kind is None:
        raise NotACode(Reason.UNKNOWN_KIND)
    if _DIGITS.fullmatch(digits) is None:
        raise NotACode(Reason.NOT_DIGITS)
    # Compared with the one right answer, not by its remainder: 00 and 97 leave the same, and only 97 is ever printed.
    if text[-2:] != _check_digits(text[:-2]):
        raise NotACode(Reason.BAD_CHECK)
    return Code(kind, int(digits[:2]), YEAR_FIRST + int(digits[2:4]), int(digits[4:10]), str(text))


def grouped(text: str) -> str:
    """The identifier as it is printed for eyes, `BG 01 26 000412 57`. Raises NotACode."""
    code = parse(text).text
    return " ".join((code[:2], code[2:4], code[4:6], code[6:12], code[12:]))


def ungrouped(typed: str) -> str:
    """What a person typed from a grouped print, without its blanks. For typed entry only: a scan never has any."""
    return "".join(typed.split())


def beginning(typed: str, kinds: Collection[Kind], site: int, year: int) -> tuple[str, str] | None:
    """The first and the last identifier that begin as somebody typed: for looking things up, never for naming one.

    Blanks are allowed as they are printed, and small letters. A number alone is the sequence number of this site and
    year, of the only kind there is. None where no identifier of `kinds` begins so.
    """
    text = ungrouped(typed).upper()
    if _DIGITS.fullmatch(text) and len(text) <= len(str(SEQUENCE_MAX)) and len(kinds) == 1:
        text = f"{next(iter(kinds)).value}{site:02d}{year % 100:02d}{int(text):06d}"
    digits = text[2:]
    if text[:2] not in {kind.value for kind in kinds} or len(text) > LENGTH:
        return None
    if digits and not _DIGITS.fullmatch(digits):
        return None
    return text.ljust(LENGTH, "0"), text.ljust(LENGTH, "9")


def _check_digits(body: str) -> str:
    """ISO/IEC 7064 MOD 97-10: the two digits that make the whole number leave 1 when divided by 97."""
    number = int("".join(str(int(character, 36)) for character in body))
    return f"{98 - number * 100 % 97:02d}"


class Identifier(str):
    """A text that is a valid identifier of one of `kinds`. Calling the class checks it and raises NotACode.

    Subclasses are usable as Pydantic field types: a wrong value is a validation error of type `identity.bad_check` or
    another `Reason`.
    """

    kinds: ClassVar[tuple[Kind, ...]] = tuple(Kind)
    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if parse(text).kind not in cls.kinds:
            raise NotACode(Reason.WRONG_KIND)
        return super().__new__(cls, text)

    @property
    def code(self) -> Code:
        """The identifier, taken apart."""
        return parse(self)

    @property
    def kind(self) -> Kind:
        """What it names."""
        return Kind(self[:2])

    @property
    def is_preview(self) -> bool:
        """Whether it stands on a preview and names nothing."""
        return self.code.is_preview

    @classmethod
    def pattern(cls) -> str:
        """The regular expression of these identifiers, for JSON Schema and forms. It cannot see the check digits."""
        return f"^(?:{'|'.join(cls.kinds)})[0-9]{{{LENGTH - 2}}}$"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        # Imported here so that the code systems themselves need nothing but the standard library.
        from pydantic_core import PydanticCustomError, core_schema

        def check(text: str) -> Identifier:
            try:
                return cls(text)
            except NotACode as fault:
                raise PydanticCustomError(fault.reason.value, fault.text.template) from fault

        return core_schema.no_info_after_validator_function(check, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.pattern(), "minLength": LENGTH, "maxLength": LENGTH}


class DonorCode(Identifier):
    """A donor (DN)."""

    kinds = (Kind.DONOR,)


class DonationCode(Identifier):
    """One harvest (DO)."""

    kinds = (Kind.DONATION,)


class LotCode(Identifier):
    """One run of manufacturing (LT)."""

    kinds = (Kind.LOT,)


class BagCode(Identifier):
    """An infusion bag (BG)."""

    kinds = (Kind.BAG,)


class ContainerCode(Identifier):
    """Anything labelled that holds cells or product: bag, tube, vessel or cryovial (BG, CT, CV)."""

    kinds = (Kind.BAG, Kind.CONTAINER, Kind.CRYOVIAL)


class SampleCode(Identifier):
    """A sample (SM)."""

    kinds = (Kind.SAMPLE,)


class RecipientCode(Identifier):
    """A recipient (RC). Never proof of who lies in the bed: that is the wristband's own code."""

    kinds = (Kind.RECIPIENT,)


class WristbandCode(Identifier):
    """A wristband (WB)."""

    kinds = (Kind.WRISTBAND,)


class LabelCode(Identifier):
    """The serial of one printed label (LB)."""

    kinds = (Kind.LABEL,)


class PersonCode(Identifier):
    """A person who works here, and the badge (PS)."""

    kinds = (Kind.PERSON,)


class MaterialLotCode(Identifier):
    """A supplier's lot as received (ML)."""

    kinds = (Kind.MATERIAL_LOT,)


class EquipmentCode(Identifier):
    """A piece of equipment (EQ)."""

    kinds = (Kind.EQUIPMENT,)


class LocationCode(Identifier):
    """A place where things are stored or done (LC)."""

    kinds = (Kind.LOCATION,)


class ShipmentCode(Identifier):
    """A shipment (SH)."""

    kinds = (Kind.SHIPMENT,)


class CommandCode(Identifier):
    """A command card, which does what a button does (CM)."""

    kinds = (Kind.COMMAND,)


class ChainOfIdentityCode(Identifier):
    """The number of one recipient's therapy (CI)."""

    kinds = (Kind.CHAIN_OF_IDENTITY,)

"""What one scan of ISBT 128 says: one structure, a concatenated pair, or a compound message; whole or not at all."""

from collections.abc import Sequence
from typing import TypeVar

from cellchain.identity.isbt.base import Structure
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.identity.isbt.products import CompoundHeader, National, ProductCode, ProductDivision
from cellchain.identity.isbt.scheme import Scheme
from cellchain.identity.isbt.structures import parse_all
from cellchain.kernel.values import dataclass

Kind = TypeVar("Kind", bound=Structure)
# The kinds of structure that one field of a screen takes: whatever else is scanned into it is refused.
Field = Sequence[type[Structure]]

_PAIR = 2
_COUNT_MAX = 99


@dataclass(frozen=True, slots=True)
class Product:
    """A product code with the division that DS032 names, where the code asks for it (sections 2.4.3 and 2.4.32).

    Raises NotIsbt `DIVISION_NEEDED` when made from a code whose division is 99 alone.
    """

    code: ProductCode
    division: ProductDivision | None = None

    def __post_init__(self) -> None:
        if self.code.needs_division and self.division is None:
            raise NotIsbt(Reason.DIVISION_NEEDED)

    @property
    def division_text(self) -> str:
        """What tells this container from its siblings: six characters, or the two of the product code."""
        return self.code.division if self.division is None else self.division.division


@dataclass(frozen=True, slots=True)
class Message:
    """What one symbol says, every structure of it checked.

    `reference` is the message's number in a compound message (000: none in particular), and None in any other.
    """

    structures: tuple[Structure, ...]
    reference: str | None = None

    def one(self, kind: type[Kind]) -> Kind | None:
        """The structure of this kind; None where there is none. Raises NotIsbt `REPEATED` where there are several."""
        found = [one for one in self.structures if isinstance(one, kind)]
        if len(found) > 1:
            raise NotIsbt(Reason.REPEATED)
        return found[0] if found else None

    @property
    def product(self) -> Product | None:
        """The product; None without a product code. Raises NotIsbt `DIVISION_NEEDED` or `REPEATED`."""
        code = self.one(ProductCode)
        return None if code is None else Product(code, self.one(ProductDivision))


def read(text: str, scheme: Scheme, field: Field | None = None, *, concatenated: bool = False) -> Message:
    """Read one scan (ISBT 128 Standard Technical Specification, sections 2.2, 2.4.23 and 10). Raises NotIsbt.

    Identifier, length, form, checks, the count of a compound message and every facility are checked before any value
    is given. `field` says which kinds are taken here: each structure of a plain scan must be one of them, a compound
    message must hold one. `concatenated` is a reader that announces two neighbouring symbols read as a pair.
    """
    scheme.ensure_on()
    if not text.isascii():
        raise NotIsbt(Reason.BAD_FORM if text[:1] in {"=", "&"} else Reason.NOT_ISBT)
    message = _message(parse_all(text), concatenated=concatenated)
    if field is not None:
        _expect(message, field)
    for structure in message.structures:
        if structure.issuer is not None:
            scheme.admit(structure.issuer)
    return message


def symbol(scheme: Scheme, *structures: Structure, compound: bool = False) -> str:
    """The text of a symbol: one structure, or a compound message of several with no particular order.

    Raises NotIsbt: `OFF`, a facility that is not admitted, and `NOT_ISSUED` for what another authority defines or
    counts, and for several structures without a compound header.
    """
    scheme.ensure_on()
    if any(isinstance(one, National | CompoundHeader) for one in structures):
        raise NotIsbt(Reason.NOT_ISSUED)
    if not 1 <= len(structures) <= (_COUNT_MAX if compound else 1):
        raise NotIsbt(Reason.NOT_ISSUED)
    for structure in structures:
        if structure.issuer is not None:
            scheme.admit(structure.issuer)
    header = CompoundHeader(f"{len(structures):02d}").text if compound else ""
    return header + "".join(one.text for one in structures)


def _message(structures: tuple[Structure, ...], *, concatenated: bool) -> Message:
    if not structures:
        raise NotIsbt(Reason.NOT_ISBT)
    first, *rest = structures
    if any(isinstance(one, CompoundHeader) for one in rest):
        raise NotIsbt(Reason.WRONG_COUNT)
    if isinstance(first, CompoundHeader):
        if concatenated:
            raise NotIsbt(Reason.NOT_A_PAIR)
        if not rest or int(first.count) != len(rest):
            raise NotIsbt(Reason.WRONG_COUNT)
        return Message(tuple(rest), first.reference)
    if len(structures) > _PAIR or (concatenated and len(structures) != _PAIR):
        raise NotIsbt(Reason.NOT_A_PAIR)
    # Two of a kind are the symbols of two labels that went through as one scan.
    if len({type(one) for one in structures}) < len(structures):
        raise NotIsbt(Reason.REPEATED)
    return Message(structures)


def _expect(message: Message, field: Field) -> None:
    taken = [isinstance(one, tuple(field)) for one in message.structures]
    if not (any(taken) if message.reference is not None else all(taken)):
        raise NotIsbt(Reason.WRONG_STRUCTURE)

"""Codes typed by hand. A keying error has to be caught by the code itself, or typing it is no evidence of anything.

What protects a typed code in each scheme:

| code | protected by |
|---|---|
| native identifier | its two check digits, which it always has |
| ISBT 128 donation, donor and chain-of-identity number, infection markers | the character in the box beside the text |
| ISBT 128 registry donor | its two check digits |
| any other ISBT 128 structure | nothing: it is scanned |
| GS1 trade number | its last digit |
| GS1 lot, serial number and days | nothing: a second person compares them with the package |
"""

from dataclasses import replace
from enum import StrEnum

from cellchain.identity import codes, gs1, isbt, scan
from cellchain.identity.isbt import structures
from cellchain.identity.scan import Scan, System
from cellchain.identity.schemes import NATIVE, Schemes
from cellchain.kernel.errors import Refused

# The numbers that may be typed, and what a symbol carries behind them. The flags of a donation number are no part of it
# and are not protected, so they are not typed.
_NUMBERS: tuple[tuple[type[isbt.Structure], str], ...] = (
    (structures.DonationNumber, "00"),
    (structures.ChainOfIdentityNumber, ""),
    (structures.InfectionMarkers, ""),
    (structures.DonorNumber, ""),
    (structures.RegistryDonorNumber, ""),
)


class Capture(StrEnum):
    """How a code came in. A form that a person sends cannot tell a scan from typing."""

    WEDGE = "wedge"
    CAMERA = "camera"
    FORM = "form"
    TYPED = "typed"


class Why(StrEnum):
    """Why somebody types a code instead of scanning it. No free words: the record says this openly."""

    LABEL_DAMAGED = "label_damaged"
    OUT_OF_REACH = "out_of_reach"
    READER_BROKEN = "reader_broken"
    NO_SYMBOL = "no_symbol"


class Protection(StrEnum):
    """What catches a keying error in a typed code."""

    WITHIN = "within"
    BESIDE = "beside"
    NOTHING = "nothing"


def protection(what: type[codes.Code] | type[isbt.Structure] | str) -> Protection:
    """What protects a typed code: a native one, a kind of ISBT 128 structure, or a GS1 AI such as `01`.

    ISO/IEC 7064 MOD 97-10 for native codes, MOD 37-2 for ISBT 128 (Standard Technical Specification, section 7.5), and
    GS1 General Specifications, section 7.9.
    """
    if isinstance(what, str):
        return Protection.WITHIN if what in gs1.TRADE_NUMBERS else Protection.NOTHING
    if issubclass(what, codes.Code) or issubclass(what, structures.RegistryDonorNumber):
        return Protection.WITHIN
    return Protection.BESIDE if what.boxed else Protection.NOTHING


def read(typed: str, schemes: Schemes = NATIVE) -> Scan:
    """Read what a person typed, blanks allowed as they are printed. Never raises.

    An ISBT 128 number is typed as it is printed, without its data identifier, with the character from the box at its
    end. What has none is refused as `scan.not_typed`, what is typed without it as `isbt.bad_check` or by its length.
    A GS1 symbol is typed with its brackets.
    """
    raw, text = typed[: scan.LENGTH_MAX], codes.ungrouped(typed)
    read = replace(scan.read(text, schemes), raw=raw)
    if read.system is System.ISBT:
        # A structure as a symbol carries it has no check character, so nothing is taken from a keyboard in this form.
        refusal = read.problem if read.problem == isbt.Reason.OFF else scan.Problem.NOT_TYPED
        return Scan(raw, None, text, None, None, refusal, system=System.ISBT)
    if not schemes.isbt.on:
        return read
    messages, problem = _numbers(text, schemes.isbt)
    if len(messages) + (read.code is not None) + (read.gs1 is not None) > 1:
        return Scan(raw, None, text, None, None, scan.Problem.TWO_MEANINGS)
    if messages:
        return Scan(raw, None, text, None, None, None, system=System.ISBT, isbt=messages[0])
    if problem is not None and read.code is None and read.gs1 is None:
        return Scan(raw, None, text, None, None, problem, system=System.ISBT)
    return read


def may_type(capture: Capture, reason: str | None) -> None:
    """Raises Refused `scan.typed_needs_reason`: who types instead of scanning says why."""
    if capture is Capture.TYPED and not reason:
        raise Refused("scan.typed_needs_reason", "A typed code needs a reason. Say why it cannot be scanned.")


def _numbers(text: str, scheme: isbt.Scheme) -> tuple[list[isbt.Message], str | None]:
    """Every ISBT 128 number that the text is, checked; else why the last one of its length is none."""
    found: list[isbt.Message] = []
    problem: str | None = None
    for kind, behind in _NUMBERS:
        boxed = protection(kind) is Protection.BESIDE
        body = text[:-1] if boxed else text
        if len(body) + len(behind) != kind.length:
            continue
        try:
            message = isbt.read(kind.identifier + body + behind, scheme, (kind,))
            if boxed and message.structures[0].check != text[-1]:
                raise isbt.NotIsbt(isbt.Reason.BAD_CHECK)
        except isbt.NotIsbt as fault:
            problem = fault.reason
        else:
            found.append(message)
    return found, problem

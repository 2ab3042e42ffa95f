"""Why a text is no ISBT 128 message that may be used here: a stable code and a sentence for each reason."""

from collections.abc import Mapping
from enum import StrEnum

from cellchain.kernel.text import T


class Reason(StrEnum):
    """Why an ISBT 128 text gives no value."""

    OFF = "isbt.off"
    NOT_ISBT = "isbt.not_isbt"
    UNKNOWN_STRUCTURE = "isbt.unknown_structure"
    RETIRED = "isbt.retired"
    WRONG_LENGTH = "isbt.wrong_length"
    BAD_FORM = "isbt.bad_form"
    BAD_DATE = "isbt.bad_date"
    BAD_CHECK = "isbt.bad_check"
    WRONG_STRUCTURE = "isbt.wrong_structure"
    WRONG_COUNT = "isbt.wrong_count"
    NATIONAL_INSIDE = "isbt.national_inside"
    NOT_A_PAIR = "isbt.not_a_pair"
    REPEATED = "isbt.repeated"
    DIVISION_NEEDED = "isbt.division_needed"
    BAD_FACILITY = "isbt.bad_facility"
    DEMONSTRATION_NUMBER = "isbt.demonstration_number"
    REAL_NUMBER = "isbt.real_number"
    UNKNOWN_FACILITY = "isbt.unknown_facility"
    NOT_ISSUED = "isbt.not_issued"


SENTENCES: Mapping[str, T] = {
    Reason.OFF: T("ISBT 128 is switched off here. An administrator switches it on for a registered facility."),
    Reason.NOT_ISBT: T("This is no ISBT 128 symbol. Scan the symbol that is asked for here."),
    Reason.UNKNOWN_STRUCTURE: T("cellchain does not read this ISBT 128 structure. Scan another symbol of the label."),
    Reason.RETIRED: T("This ISBT 128 structure is retired and is not used. Scan another symbol of the label."),
    Reason.WRONG_LENGTH: T("The ISBT 128 symbol is too short or too long. Scan it again."),
    Reason.BAD_FORM: T("A character of the ISBT 128 symbol cannot stand where it does. Scan it again."),
    Reason.BAD_DATE: T("The ISBT 128 symbol names a day or a time that does not exist. Ask who printed the label."),
    Reason.BAD_CHECK: T("The check character does not fit: a character was misread or mistyped. Scan it again."),
    Reason.WRONG_STRUCTURE: T("This ISBT 128 symbol says something else than is asked for here. Scan the right one."),
    Reason.WRONG_COUNT: T(
        "The ISBT 128 symbol announces another number of parts than it holds. None is used. Scan it again."
    ),
    Reason.NATIONAL_INSIDE: T(
        "The ISBT 128 symbol mixes in a nationally defined part, which is not allowed. None of it is used."
    ),
    Reason.NOT_A_PAIR: T("Two neighbouring symbols were not read as one pair. Scan them again."),
    Reason.REPEATED: T("The ISBT 128 symbol says the same thing twice. Scan the symbol of one container alone."),
    Reason.DIVISION_NEEDED: T(
        "This product code needs its division, which stands in a symbol of its own. Scan that symbol too."
    ),
    Reason.BAD_FACILITY: T("A facility number has five characters, the first neither O nor 0. Check it."),
    Reason.DEMONSTRATION_NUMBER: T("A9997 to A9999 are numbers for demonstrations. They name nothing real."),
    Reason.REAL_NUMBER: T("A demonstration reads the numbers of A9997 to A9999 only. Real labels stay outside it."),
    Reason.UNKNOWN_FACILITY: T(
        "This number comes from a facility that is not known here. Ask an administrator to enter the facility."
    ),
    Reason.NOT_ISSUED: T("cellchain does not issue this ISBT 128 structure."),
}


class NotIsbt(ValueError):
    """An ISBT 128 text gives no value. `reason` is the stable code, `text` the sentence for a person."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.text = SENTENCES[reason]
        super().__init__(str(self.text))

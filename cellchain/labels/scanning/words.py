"""Why a scan was not taken, in a few words, for a list of many. The sentence itself stands in docs/refusals.md."""

from collections.abc import Mapping

from cellchain.kernel.text import T

# What a page finds by itself; it reports these codes and no others.
ON_PAGES: Mapping[str, T] = {
    "scan.cut": T("Cut off before its end"),
    "scan.slow": T("Too slow for this station's settings"),
    "scan.nowhere": T("Nothing on the page takes scans"),
    "scan.no_button": T("No button on the page does this"),
    "scan.two_buttons": T("More than one button does this"),
}
SAID: Mapping[str, T] = {
    **ON_PAGES,
    "code.unknown": T("Not known here"),
    "gs1.ambiguous": T("The separators may be lost"),
    "gs1.separator": T("Another character where a separator belongs"),
    "identity.bad_check": T("The check digits do not fit"),
    "identity.not_digits": T("Letters among the digits"),
    "identity.unknown_kind": T("No symbol of this house"),
    "identity.wrong_length": T("No symbol of this house"),
    "isbt.number_unknown": T("A number that is bound to nothing"),
    "isbt.off": T("ISBT 128 is off"),
    "label.preview": T("A preview's symbol"),
    "label.replaced": T("A label that was replaced"),
    "label.stopped": T("A label that QA has to look at"),
    "label.unconfirmed": T("A label that was never scanned back"),
    "label.unknown": T("Not known here"),
    "label.void": T("A label out of use"),
    "material.expired": T("Expired"),
    "material.expiry_disagrees": T("Package and record name different days"),
    "material.gtin_unknown": T("No material has this trade number"),
    "material.lot_not_in_symbol": T("A package's symbol without its lot"),
    "material.lot_not_received": T("A lot that was not received"),
    "material.quarantined": T("In quarantine"),
    "material.several_receipts": T("A lot that was received more than once"),
    "scan.case_changed": T("Caps Lock is on"),
    "scan.empty": T("Nothing arrived"),
    "scan.field_filled": T("The field is filled already"),
    "scan.mixed_alphabets": T("Latin and Cyrillic letters mixed"),
    "scan.not_asked": T("No field asks for a scan"),
    "scan.too_long": T("More than 256 characters"),
    "scan.typed_needs_reason": T("Typed without a reason"),
    "scan.wrong_kind": T("Something else was asked for"),
    "step.none_running": T("No step is running"),
    "step.not_needed": T("The step does not need it"),
}

KINDS: Mapping[str, T] = {
    "bag": T("Infusion bag"),
    "chain_of_identity": T("Chain of identity"),
    "command": T("Command card"),
    "container": T("Container"),
    "cryovial": T("Cryovial"),
    "donation": T("Donation"),
    "donor": T("Donor"),
    "equipment": T("Equipment"),
    "gs1": T("A supplier's symbol"),
    "isbt": T("ISBT 128"),
    "label": T("Label"),
    "location": T("Location"),
    "lot": T("Lot"),
    "material_lot": T("Material lot"),
    "person": T("Badge"),
    "recipient": T("Recipient"),
    "sample": T("Sample"),
    "shipment": T("Shipment"),
    "unknown": T("Unknown"),
    "wristband": T("Wristband"),
}


def kind_said(answer: str) -> T | str:
    """What a scan stood for, in words."""
    return KINDS.get(answer, answer)


def said(problem: str) -> T | None:
    """A problem in words; a rare one has its code alone."""
    return SAID.get(problem)

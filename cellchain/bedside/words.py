"""What a STOP is called in lists: the sentence on the full screen says what to do, a list says what it was."""

from collections.abc import Mapping

from cellchain.kernel.text import T

REASONS: Mapping[str, T] = {
    "check.already_infused": T("Bag already infused"),
    "check.bag_damaged": T("Bag damaged"),
    "check.bag_not_usable": T("Bag not usable"),
    "check.bag_unassigned": T("Bag for nobody"),
    "check.bag_unreadable": T("Bag not readable"),
    "check.clumps": T("Clumps or odd colour"),
    "check.expired": T("Bag expired"),
    "check.expires_too_soon": T("Expires too soon"),
    "check.infusion_running": T("Another infusion runs"),
    "check.label_illegible": T("Label not legible"),
    "check.label_stopped": T("Label found in another place"),
    "check.label_unconfirmed": T("Label never scanned back"),
    "check.label_void": T("Label void or replaced"),
    "check.looks_wrong": T("Bag looks wrong"),
    "check.no_consent": T("No consent"),
    "check.not_a_bag_label": T("Not the label on a bag"),
    "check.not_a_wristband": T("Not a wristband"),
    "check.not_due": T("Infusion not due"),
    "check.not_on_treatment": T("Not on treatment"),
    "check.other_chain": T("Another chain of identity"),
    "check.paper_open": T("Paper not entered yet"),
    "check.preview": T("A preview, not the real thing"),
    "check.typed": T("Typed, not scanned"),
    "check.wristband_unbound": T("Hospital's wristband not bound"),
    "check.wristband_unconfirmed": T("Wristband never scanned back"),
    "check.wristband_unknown": T("Wristband unknown"),
    "check.wristband_unreadable": T("Wristband not readable"),
    "check.wristband_void": T("Wristband void"),
    "check.wrong_content": T("Wrong content"),
    "check.wrong_dose": T("Not the dose"),
    "check.wrong_recipient": T("Bag of another recipient"),
}
_OTHER = T("Quality or custody stood against it")


def name_of(code: str) -> T:
    """A reason's name. What other rooms hold against a bag has one name here; the check's page says it in full."""
    return REASONS.get(code, _OTHER)

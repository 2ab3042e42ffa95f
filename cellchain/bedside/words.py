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
    "check.study_paused": T("Study paused"),
    "check.typed": T("Typed, not scanned"),
    "check.wristband_unbound": T("Hospital's wristband not bound"),
    "check.wristband_unconfirmed": T("Wristband never scanned back"),
    "check.wristband_unknown": T("Wristband unknown"),
    "check.wristband_unreadable": T("Wristband not readable"),
    "check.wristband_void": T("Wristband void"),
    "check.wrong_content": T("Wrong content"),
    "check.wrong_dose": T("Not the dose"),
    "check.wrong_recipient": T("Bag of another recipient"),
    "infusion.other_bag": T("Another bag, while one runs"),
    "infusion.other_recipient": T("Another wristband, while a bag runs"),
}
_OTHER = T("Quality or custody stood against it")


def name_of(code: str) -> T:
    """A reason's name. What other rooms hold against a bag has one name here; the check's page says it in full."""
    return REASONS.get(code, _OTHER)


# What leads on from a STOP, by its most important reason. A nurse never overrides it: somebody else acts, or it is
# scanned anew.
_LABORATORY = T("Call the laboratory.")
_QA = T("Call QA; the laboratory has the number.")
_PHYSICIAN = T("Call the physician.")
_BAND = T("Scan the wristband on the recipient's arm again.")
_LABEL = T("Scan the label on the bag itself again.")
_BOTH = T("Scan wristband and bag again.")
NEXT: Mapping[str, T] = {
    "check.typed": _BOTH,
    "check.preview": _BOTH,
    "check.bag_unreadable": _LABEL,
    "check.not_a_bag_label": _LABEL,
    "check.wristband_unreadable": _BAND,
    "check.not_a_wristband": _BAND,
    "check.wristband_void": _BAND,
    "check.wristband_unbound": _BAND,
    "check.wristband_unconfirmed": _BAND,
    "check.wristband_unknown": T("Call the trial office."),
    "check.not_on_treatment": _PHYSICIAN,
    "check.no_consent": _PHYSICIAN,
    "check.study_paused": _PHYSICIAN,
    "check.not_due": _PHYSICIAN,
    "check.infusion_running": T("Finish the infusion that runs."),
    "check.paper_open": T("Enter the paper, two people together."),
    "check.label_stopped": _QA,
}
_OF_QA = ("lot.", "bank.", "donation.", "donor.", "bag.", "custody.")


def next_step(code: str) -> T:
    """What to do next, as the last of the steps on a STOP."""
    return _QA if code.startswith(_OF_QA) else NEXT.get(code, _LABORATORY)

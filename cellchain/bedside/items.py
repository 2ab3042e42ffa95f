"""What a check looks at, item by item (transfusion practice, the product's own chain), and what each reason is about.

A verdict is one word; the entry of a check keeps the items behind it, so that nobody has to conclude from "MATCH" what
was looked at.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from cellchain.bedside.rules import Identity
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is looked at; `codes` are the reasons that are about it, a code with a dot at its end a family."""

    key: str
    title: T
    codes: tuple[str, ...]

    def is_about(self, code: str) -> bool:
        """Whether a reason is about this."""
        return any(code == one or (one.endswith(".") and code.startswith(one)) for one in self.codes)


ITEMS: tuple[Item, ...] = (
    Item(
        "wristband",
        T("Wristband on the arm, scanned and live"),
        (
            "check.typed",
            "check.wristband_unreadable",
            "check.not_a_wristband",
            "check.wristband_unknown",
            "check.wristband_void",
            "check.wristband_unconfirmed",
            "check.wristband_unbound",
        ),
    ),
    Item(
        "label",
        T("Label of the bag, scanned and confirmed: donation, product, division"),
        (
            "check.preview",
            "check.bag_unreadable",
            "check.not_a_bag_label",
            "check.label_unconfirmed",
            "check.label_stopped",
            "check.label_void",
            "bag.unknown",
        ),
    ),
    Item(
        "recipient",
        T("The bag is this recipient's"),
        (
            "check.wrong_recipient",
            "check.bag_unassigned",
            "bag.accepted_for_another",
            "infusion.other_recipient",
            "infusion.other_bag",
        ),
    ),
    Item("chain_of_identity", T("Chain of identity"), ("check.other_chain",)),
    Item("arm", T("The content is that of the arm"), ("check.wrong_content",)),
    Item("consent", T("Consent and treatment"), ("check.no_consent", "check.not_on_treatment", "check.study_paused")),
    Item("infusion", T("Course and infusion"), ("check.not_due", "check.infusion_running", "check.paper_open")),
    Item(
        "release",
        T("Release, and its tag"),
        (
            "lot.not_released",
            "lot.rejected",
            "lot.out_of_specification",
            "bank.not_released",
            "bank.rejected",
            "bag.issue_tag_missing",
            "bag.issue_tag_silent",
        ),
    ),
    Item(
        "stops",
        T("No hold, no recall"),
        (
            "bag.on_hold",
            "bag.recalled",
            "lot.on_hold",
            "lot.recalled",
            "bank.on_hold",
            "bank.recalled",
            "donation.on_hold",
            "donor.on_hold",
        ),
    ),
    Item("expiry", T("Expiry, to the end of the infusion"), ("check.expired", "check.expires_too_soon")),
    Item(
        "dose",
        T("Volume and dose"),
        ("check.already_infused", "check.bag_not_usable", "check.wrong_dose", "bag.load_over_limit"),
    ),
    Item("temperature", T("Temperature log and chain of custody"), ("custody.",)),
    Item(
        "look",
        T("The bag itself: leak, clumps, colour, label"),
        ("check.bag_damaged", "check.clumps", "check.label_illegible", "check.looks_wrong"),
    ),
)


def items_of(codes: Iterable[str], stated: Identity | None) -> Mapping[str, str]:
    """Every item with `ok`, or with the first reason that is about it; and whether the recipient said who they are."""
    return _items_of(tuple(codes), stated)


@lru_cache(maxsize=1_000)
def _items_of(found: tuple[str, ...], stated: Identity | None) -> Mapping[str, str]:
    return {
        "identity_stated": "not_said" if stated is None else str(stated),
        **{item.key: next((code for code in found if item.is_about(code)), "ok") for item in ITEMS},
    }

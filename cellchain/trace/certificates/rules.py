"""Which certificate a lot may have, what became of one since, and what a check of a file means. Pure."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import DispositionPhase, ResultPhase
from cellchain.trace.documents.rules import Form

RELEASED = frozenset(
    {
        DispositionPhase.RELEASED_FOR_FURTHER_USE,
        DispositionPhase.CONDITIONALLY_RELEASED,
        DispositionPhase.RELEASED,
    }
)
# Nothing of such a lot may be used: whatever was certified before no longer speaks for it.
WITHDRAWN = frozenset({DispositionPhase.REJECTED, DispositionPhase.RECALLED})


NAMES = {
    Form.ANALYSIS: T("Certificate of analysis"),
    Form.RELEASE: T("Certificate of release"),
}
MAKE = {
    Form.ANALYSIS: T("Make the certificate of analysis"),
    Form.RELEASE: T("Make the certificate of release"),
}


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate about a lot depends on.

    phases    how far each current result is
    is_signed whether the newest decision is still what was signed; None where nothing was decided
    held      what is on hold among the lot and its origins
    """

    disposition: DispositionPhase
    phases: tuple[ResultPhase, ...]
    is_signed: bool | None
    held: tuple[str, ...]
    seal_until: datetime | None


def may_ask(form: Form, facts: CertificateFacts, now: datetime) -> None:
    """Whether a lot may have this certificate now.

    Raises Refused `certificate.no_seal`, `.seal_expired`, `.no_result`, `.not_verified`, `.not_released`, `.on_hold`,
    `.decision_altered`.
    """
    if facts.seal_until is None:
        raise Refused(
            "certificate.no_seal",
            "This site has no certificate to sign documents with. Have the administrator make or import one: "
            "cellchain certificate make, or cellchain certificate import.",
        )
    if facts.seal_until <= now:
        raise Refused(
            "certificate.seal_expired",
            "The site's certificate for documents ended at {until}. Have the administrator put a new one in its place.",
            until=facts.seal_until,
        )
    if form is Form.ANALYSIS:
        _may_analyse(facts)
    else:
        _may_release(facts)


def _may_analyse(facts: CertificateFacts) -> None:
    if ResultPhase.VERIFIED not in facts.phases:
        raise Refused(
            "certificate.no_result", "No result of this lot is verified. Ask again when there is one to certify."
        )
    if ResultPhase.ENTERED in facts.phases:
        raise Refused(
            "certificate.not_verified",
            "A result of this lot waits for its second person. Have it verified, then ask again.",
        )


def _may_release(facts: CertificateFacts) -> None:
    if facts.disposition not in RELEASED:
        raise Refused(
            "certificate.not_released",
            "This lot is not released, so there is no release to certify. Decide on it first.",
        )
    if facts.held:
        raise Refused(
            "certificate.on_hold",
            "{subject} is on hold. Have the hold decided on; until then no release is certified.",
            subject=facts.held[0],
        )
    if not facts.is_signed:
        raise Refused(
            "certificate.decision_altered",
            "The record is no longer what the release was signed over. Tell QA: no certificate is made of it.",
        )


class Standing(StrEnum):
    """What a certificate is worth now. The file itself is never touched."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    ON_HOLD = "on_hold"


def standing(facts_hash: str | None, now_hash: str, facts: CertificateFacts) -> Standing:
    """What became of a certificate: whether the lot is still what it says.

    facts_hash  the fingerprint of the facts that it was made from, `now_hash` that of the facts of now
    """
    if facts.disposition in WITHDRAWN:
        return Standing.WITHDRAWN
    if facts_hash != now_hash:
        return Standing.SUPERSEDED
    return Standing.ON_HOLD if facts.held else Standing.CURRENT


STANDINGS = {
    Standing.CURRENT: ("ok", T("Current")),
    Standing.SUPERSEDED: ("off", T("Superseded")),
    Standing.WITHDRAWN: ("stop", T("Withdrawn")),
    Standing.ON_HOLD: ("hold", T("On hold")),
}
STANDING_MEANS = {
    Standing.CURRENT: T("The record still says what this certificate says."),
    Standing.SUPERSEDED: T(
        "The record changed after this certificate was made. It stays as it is; ask for a new one and use that."
    ),
    Standing.WITHDRAWN: T("The lot was rejected or recalled after this certificate was made. Use nothing of it."),
    Standing.ON_HOLD: T("Something that this lot comes from is on hold. Use nothing of it until the hold is lifted."),
}


class RootCheck(StrEnum):
    """What the root that a code on paper brought is to the ledger of now."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


ROOTS = {
    RootCheck.SAME: ("ok", T("The root on the paper is the root of the ledger's first entries, worked out anew now.")),
    RootCheck.OTHER: (
        "stop",
        T("The root on the paper is not that of this ledger. Tell QA and an administrator at once."),
    ),
    RootCheck.UNKNOWN: (
        "warn",
        T("The ledger has no such number of entries, so the root on the paper says nothing here."),
    ),
}


def problem(fault: str | None) -> T:
    """Why a certificate was not made, and what to do."""
    if fault == "TimestampRequestError":
        return T(
            "The timestamp authority did not answer. Ask again later, or have an administrator look at its address."
        )
    if fault is not None and fault.startswith("certificate."):
        return T("The record changed while this waited, and may not be certified as it is now.")
    return T("Ask for it again; if that does not help, tell an administrator: {problem}", problem=fault or "")


# ---- a file that somebody holds against the house --------------------------------------------------------------------


class Verdict(StrEnum):
    """What a check of a file found."""

    INTACT = "intact"
    FOREIGN = "foreign"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    NO_PDF = "no_pdf"


VERDICTS = {
    Verdict.INTACT: (
        "ok",
        T("Unchanged"),
        T("Not one byte of this file was changed since this site signed it."),
    ),
    Verdict.FOREIGN: (
        "warn",
        T("Not of this site"),
        T("The file is as it was signed, but by a certificate that is none of this site's. Ask where it comes from."),
    ),
    Verdict.CHANGED: (
        "stop",
        T("Changed"),
        T("This file is not what was signed: something in it was altered, added or damaged. Do not rely on it."),
    ),
    Verdict.UNSIGNED: (
        "stop",
        T("Not signed"),
        T("There is no signature in this file, so nothing shows whether it was changed. Get the signed file itself."),
    ),
    Verdict.NO_PDF: ("stop", T("No PDF"), T("This file is no PDF. Choose the certificate as it was downloaded.")),
}


@dataclass(frozen=True)
class Finding:
    """What a file itself shows. `signed_at` is what the signer says, `stamped_at` what a timestamp authority says."""

    verdict: Verdict
    signer: str = ""
    fingerprint: str = ""
    signed_at: datetime | None = None
    stamped_at: datetime | None = None
    stamped_by: str = ""


def of_this_site(finding: Finding, known: Collection[str]) -> Verdict:
    """What a finding means to a site whose certificates, earlier ones too, have the fingerprints `known`."""
    if finding.verdict is Verdict.INTACT and finding.fingerprint not in known:
        return Verdict.FOREIGN
    return finding.verdict

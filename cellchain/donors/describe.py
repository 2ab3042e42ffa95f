"""What a donor's and a donation's code stand for, and what the label of a harvest bag says."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from cellchain.donors import hazards, queries
from cellchain.donors.queries import DonationFacts, DonorFile, DonorStanding
from cellchain.donors.rules import HARVEST_INTERVAL, DonorPhase, Marker, MarkerFacts, newest
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.labels.licensed import queries as licensed
from cellchain.labels.render import local_text, utc_text
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.platform.db import ReadTx
from cellchain.web.format import grouped
from cellchain.web.i18n import LANGUAGES, Voice

HARVEST_BAG = "harvest_bag"
# Our own assumption, until the harvesting hospital states another: marrow travels cooled.
STORAGE_TEXT = "2–8 °C"

# What may come next, in the order in which a donor goes through it.
_VERBS = (
    ("record_consent", T("Record consent")),
    ("record_screening", T("Record screening")),
    ("determine_eligibility", T("Determine eligibility")),
    ("record_harvest", T("Record harvest")),
    ("report_post_donation_information", T("Report information")),
    ("defer_donor", T("Defer donor")),
    ("withdraw_consent", T("Record withdrawal of consent")),
)


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A donor or a donation, for whoever may read donors."""
    if not actor.may("donors.read"):
        return None
    try:
        return _donor(tx, code, actor) if code.startswith("DN") else _donation(tx, code)
    except NotFound:
        return None


def actions_for(standing: DonorStanding, actor: Actor) -> tuple[Action, ...]:
    """What this person may do with this donor; a harvest only while the donor may give."""
    closed = set() if standing.may_give else {"record_harvest"}
    if standing.phase is DonorPhase.INELIGIBLE:
        closed.add("defer_donor")
    return tuple(
        Action(f"donors/{verb}", label, f"/do/donors/{verb}?donor={standing.code}")
        for verb, label in _VERBS
        if verb not in closed and actor.may(f"donors.{verb}")
    )


def next_action(file: DonorFile, actions: tuple[Action, ...]) -> Action | None:
    """The one step that brings this donor forward, if this person may do it."""
    codes = {code for code, _ in file.standing.reasons}
    if file.standing.may_give:
        wanted = "record_harvest"
    elif codes & {"donor.deferred", "donor.ineligible", "donor.screening_positive", "donor.harvested_recently"}:
        return None
    elif "donor.no_consent" in codes:
        wanted = "record_consent"
    else:
        wanted = "record_screening" if file.screening_problem is not None else "determine_eligibility"
    return next((action for action in actions if action.path == f"donors/{wanted}"), None)


# What stands in the way, in the few words of a list. Whole sentences come with the refusals themselves.
_STANDS = {
    "donor.deferred": ("hold", T("Deferred")),
    "donor.ineligible": ("stop", T("Ineligible")),
    "donor.screening_positive": ("stop", T("Positive result")),
    "donor.not_determined": ("pend", T("Not yet determined")),
    "donor.determined_later": ("pend", T("Not yet determined")),
    "donor.eligibility_ended": ("warn", T("Screening too old")),
    "donor.information_since": ("hold", T("New information")),
    "donor.no_consent": ("warn", T("No consent")),
    "donor.harvested_recently": ("pend", T("Recovering")),
}


def stands(standing: DonorStanding) -> tuple[str, T]:
    """Shape and words for where a donor stands: the gravest reason, or that the donor may give."""
    return _STANDS[standing.reasons[0][0]] if standing.reasons else ("ok", T("May give"))


def headline(file: DonorFile) -> tuple[T, T | None]:
    """The answer to "may this donor give?", and what it means."""
    standing = file.standing
    if standing.may_give:
        return T("may give until {until}.", until=_day(standing.eligible_until)), None
    codes = [code for code, _ in standing.reasons]
    if codes[0] == "donor.not_determined" and file.screening_problem is not None:
        return T("not yet eligible."), T("Screening is not complete.")
    if codes == ["donor.harvested_recently"] and file.facts.harvested_at is not None:
        again = file.facts.harvested_at + HARVEST_INTERVAL
        is_covered = standing.eligible_until is not None and again <= standing.eligible_until
        return T("may give again from {day}.", day=_day(again)), None if is_covered else T("After new screening.")
    return _HEADLINES[codes[0]], None


_HEADLINES = {
    "donor.deferred": T("deferred."),
    "donor.ineligible": T("ineligible."),
    "donor.screening_positive": T("a result is positive."),
    "donor.not_determined": T("waits for a physician."),
    "donor.determined_later": T("waits for a physician."),
    "donor.eligibility_ended": T("eligibility has ended."),
    "donor.information_since": T("eligibility is open again."),
    "donor.no_consent": T("no consent stands."),
    "donor.harvested_recently": T("gave recently."),
}


def steps(file: DonorFile) -> tuple[tuple[T, ...], int]:
    """The donor's way as stops of the vein line, and the one where the donor is."""
    codes = {code for code, _ in file.standing.reasons}
    names = (T("Registered"), T("Consent"), T("Screening"), T("Eligibility"), T("Harvest"))
    if "donor.no_consent" in codes:
        return names, 1
    if file.standing.may_give or codes == {"donor.harvested_recently"}:
        return names, 4
    return names, 2 if file.screening_problem is not None else 3


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """The label of a harvest bag, by the bag's own code or its donation's. Manufacturing hands its bags over to this.

    Raises NotFound where `code` is no harvest bag, Refused `donation.label_design` for any other design.
    """
    if design != HARVEST_BAG:
        raise Refused("donation.label_design", "A harvest bag wears the label “{design}”.", design=HARVEST_BAG)
    donation = queries.donation_facts(tx, code) if code.startswith("DO") else queries.donation_in(tx, code)
    if donation is None:
        raise NotFound("record.not_found", key=code)
    profile = queries.profile(tx, donation.donor)
    tests = newest(queries.donor_facts(tx, donation.donor).results)
    fields = {
        "donation": donation.code,
        "donor": donation.donor,
        "container": donation.container,
        "storage": STORAGE_TEXT,
        "study": "—",
    }
    zone: ZoneInfo = tx.house.zone
    for language in LANGUAGES:
        voice = Voice(language, zone)
        words = {
            "product_name": voice.say(T("Human bone marrow, unprocessed. {group}", group=profile.blood_group)),
            "volume": voice.format.millilitres(donation.volume_ul),
            "anticoagulant": voice.say(_anticoagulant(donation)),
            "screening": "; ".join(voice.say(_tested(tests, marker)) for marker in Marker),
            "site": tx.house.site_name,
            "collected_local": local_text(donation.ended_at, zone, language),
            "collected_utc": utc_text(donation.ended_at, zone, language),
            "expires_local": local_text(donation.process_by, zone, language),
            "expires_utc": utc_text(donation.process_by, zone, language),
        }
        fields.update({f"{name}.{language}": said for name, said in words.items()})
    fields |= licensed.label_fields(tx, donation.code)
    return LabelData({**fields, **hazards.label_fields(tx, [donation.donor])})


def _day(at: datetime | None) -> date | None:
    """The day of a time, for a headline. The page says the minute beside it."""
    return None if at is None else at.date()


def _donor(tx: ReadTx, code: str, actor: Actor) -> Description:
    profile = queries.profile(tx, code)
    standing = queries.donor_standing(tx, code)
    title = T("Donor, blood group {group}", group=profile.blood_group)
    return Description("donor", code, title, str(profile.phase), f"/donors/{code}", actions_for(standing, actor))


def _donation(tx: ReadTx, code: str) -> Description:
    donation = queries.donation_facts(tx, code)
    title = T("Donation of {day}", day=donation.ended_at.date())
    return Description("donation", code, title, str(donation.phase), f"/donations/{code}")


def _anticoagulant(donation: DonationFacts) -> T:
    return T(
        "Heparin {units} IU in the bag, lot {lot}",
        units=donation.anticoagulant_units,
        lot=grouped(donation.anticoagulant_lot),
    )


def _tested(tests: dict[Marker, MarkerFacts], marker: Marker) -> T:
    found = tests.get(marker)
    return T("{marker}: {result}", marker=marker, result=T("not tested") if found is None else found.result)

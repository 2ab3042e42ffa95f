"""What a donor's and a donation's code stand for, and what the label of a harvest bag says."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from cellchain.donors import hazards, queries
from cellchain.donors.queries import DonationFacts, DonorFile, DonorStanding
from cellchain.donors.rules.aftercare import VisitStanding
from cellchain.donors.rules.donor import HARVEST_INTERVAL
from cellchain.donors.rules.lifecycles import Conclusion, DonorPhase, Marker
from cellchain.donors.rules.screening import SUSPECT, Finding, Key, newest
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
    ("record_questionnaire", T("Ask the health questions")),
    ("assess_questionnaire", T("Judge the answers")),
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
    codes = {code for code, _ in standing.reasons}
    closed = set() if standing.may_give else {"record_harvest"}
    if standing.phase is DonorPhase.INELIGIBLE:
        closed.add("defer_donor")
    if "donor.answers_unassessed" not in codes:
        closed.add("assess_questionnaire")
    return tuple(
        Action(f"donors/{verb}", label, _href(verb, standing.code))
        for verb, label in _VERBS
        if verb not in closed and actor.may(f"donors.{verb}")
    )


def _href(verb: str, donor: str) -> str:
    """Where a verb is done; the questions have a page of their own."""
    return f"/donors/{donor}/questions" if verb == "record_questionnaire" else f"/do/donors/{verb}?donor={donor}"


def next_action(file: DonorFile, actions: tuple[Action, ...]) -> Action | None:
    """The one step that brings this donor forward, if this person may do it."""
    codes = {code for code, _ in file.standing.reasons}
    open_code = "" if file.open_problem is None else file.open_problem[0]
    if file.standing.may_give:
        wanted = "record_harvest"
    elif codes & _NOTHING_TO_DO:
        return None
    elif "donor.no_consent" in codes:
        wanted = "record_consent"
    elif open_code in _TO_ASK:
        wanted = "record_questionnaire"
    elif open_code == "donor.answers_unassessed":
        wanted = "assess_questionnaire"
    else:
        wanted = "record_screening" if open_code else "determine_eligibility"
    return next((action for action in actions if action.path == f"donors/{wanted}"), None)


_TO_ASK = frozenset({"donor.not_asked", "donor.answers_too_old"})
# What only time, a laboratory's correction or another decision takes away.
_NOTHING_TO_DO = frozenset(
    {
        "donor.deferred",
        "donor.deferred_for_good",
        "donor.ineligible",
        "donor.screening_positive",
        "donor.answers_declined",
        "donor.harvested_recently",
    }
)


# What stands in the way, in the few words of a list. Whole sentences come with the refusals themselves.
_STANDS = {
    "donor.deferred": ("hold", T("Deferred")),
    "donor.deferred_for_good": ("stop", T("Deferred for good")),
    "donor.ineligible": ("stop", T("Ineligible")),
    "donor.screening_positive": ("stop", T("Positive result")),
    "donor.screening_reactive": ("stop", T("Reactive result")),
    "donor.screening_indeterminate": ("hold", T("Indeterminate result")),
    "donor.answers_unassessed": ("hold", T("Answers to be judged")),
    "donor.answers_declined": ("stop", T("Answers unacceptable")),
    "donor.not_determined": ("pend", T("Not yet determined")),
    "donor.determined_later": ("pend", T("Not yet determined")),
    "donor.eligibility_ended": ("warn", T("Answers or samples too old")),
    "donor.eligibility_used": ("pend", T("To be screened again")),
    "donor.information_since": ("hold", T("New information")),
    "donor.no_consent": ("warn", T("No consent")),
    "donor.harvested_recently": ("pend", T("Recovering")),
}


def stands(standing: DonorStanding) -> tuple[str, T]:
    """Shape and words for where a donor stands: what speaks against the donor, else what comes next, else nothing."""
    found = [_STANDS[code] for code, _ in standing.reasons]
    against = [one for one in found if one[0] in ("stop", "hold")]
    return next(iter([*against, *found]), ("ok", T("May give")))


def headline(file: DonorFile) -> tuple[T, T | None]:
    """The answer to "may this donor give?", and what it means."""
    standing = file.standing
    if standing.may_give:
        return T("may give until {until}.", until=_day(standing.eligible_until, file.facts.zone)), None
    codes = [code for code, _ in standing.reasons]
    if codes[0] == "donor.not_determined" and file.open_problem is not None:
        return T("not yet eligible."), _OPEN.get(file.open_problem[0], T("Screening is not complete."))
    if codes == ["donor.harvested_recently"] and file.facts.harvested_at is not None:
        again = file.facts.harvested_at + HARVEST_INTERVAL
        return T("may give again from {day}.", day=_day(again, file.facts.zone)), T("After new questions and tests.")
    return _HEADLINES[codes[0]], None


_OPEN = {
    "donor.not_asked": T("The health questions were not asked."),
    "donor.answers_too_old": T("The health questions have to be asked again."),
    "donor.answers_unassessed": T("A physician has to judge the answers."),
    "donor.answers_declined": T("A physician found the answers unacceptable."),
}
_HEADLINES = {
    "donor.deferred": T("deferred."),
    "donor.deferred_for_good": T("deferred for good."),
    "donor.ineligible": T("ineligible."),
    "donor.screening_positive": T("a result is positive."),
    "donor.screening_reactive": T("a result is reactive."),
    "donor.screening_indeterminate": T("a result is indeterminate."),
    "donor.answers_unassessed": T("answers wait for a physician."),
    "donor.answers_declined": T("a physician found the answers unacceptable."),
    "donor.not_determined": T("waits for a physician."),
    "donor.determined_later": T("waits for a physician."),
    "donor.eligibility_ended": T("eligibility has ended."),
    "donor.eligibility_used": T("may be screened again."),
    "donor.information_since": T("eligibility is open again."),
    "donor.no_consent": T("no consent stands."),
    "donor.harvested_recently": T("gave recently."),
}


def steps(file: DonorFile) -> tuple[tuple[T, ...], int]:
    """The donor's way as stops of the vein line, and the one where the donor is."""
    codes = {code for code, _ in file.standing.reasons}
    names = (T("Registered"), T("Consent"), T("Questions"), T("Screening"), T("Eligibility"), T("Harvest"))
    open_code = "" if file.open_problem is None else file.open_problem[0]
    if "donor.no_consent" in codes:
        return names, 1
    if file.standing.may_give or codes == {"donor.harvested_recently"}:
        return names, 5
    if open_code in _OPEN:
        return names, 2
    return names, 3 if open_code else 4


# Where a planned visit stands, in shape and words.
VISIT_STANDS: Mapping[VisitStanding, tuple[str, T]] = {
    VisitStanding.AHEAD: ("pend", T("To come")),
    VisitStanding.DUE: ("now", T("Due")),
    VisitStanding.OVERDUE: ("stop", T("Overdue")),
    VisitStanding.DONE: ("ok", T("Done in time")),
    VisitStanding.DONE_LATE: ("warn", T("Done late")),
    VisitStanding.MISSED: ("off", T("Missed")),
}


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


def _day(at: datetime | None, zone: tzinfo) -> date | None:
    """The site's day of a time, for a headline. The page says the minute beside it."""
    return None if at is None else at.astimezone(zone).date()


def _donor(tx: ReadTx, code: str, actor: Actor) -> Description:
    profile = queries.profile(tx, code)
    standing = queries.donor_standing(tx, code)
    title = T("Donor, blood group {group}", group=profile.blood_group)
    return Description("donor", code, title, str(profile.phase), f"/donors/{code}", actions_for(standing, actor))


def _donation(tx: ReadTx, code: str) -> Description:
    donation = queries.donation_facts(tx, code)
    title = T("Donation of {day}", day=tx.day_of(donation.ended_at))
    return Description("donation", code, title, str(donation.phase), f"/donations/{code}")


def _anticoagulant(donation: DonationFacts) -> T:
    return T(
        "Heparin {units} IU in the bag, lot {lot}",
        units=donation.anticoagulant_units,
        lot=grouped(donation.anticoagulant_lot),
    )


def _tested(tests: dict[Key, Finding], marker: Marker) -> T:
    """One word a marker, for all its tests: a label has no room for more, and the gravest of them is what counts."""
    conclusions = {tests[key].conclusion for key in tests if key[0] is marker}
    if not conclusions:
        return T("{marker}: {result}", marker=marker.label, result=T("not tested"))
    if conclusions & SUSPECT:
        return T("{marker}: {result}", marker=marker.label, result=Conclusion.POSITIVE)
    by_gravity = (Conclusion.INDETERMINATE, Conclusion.PENDING, Conclusion.NEGATIVE)
    gravest = next(one for one in by_gravity if one in conclusions)
    return T("{marker}: {result}", marker=marker.label, result=gravest)

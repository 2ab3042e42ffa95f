"""What the pack for paper says: every bag to be given now, and for whom. No name and no arm stands in it."""

from typing import Any

from cellchain.bedside import queries as bedside
from cellchain.bedside import rules as bedside_rules
from cellchain.bedside.downtime import queries as downtime
from cellchain.custody import queries as custody
from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.trace.situation import BagClock, live_bags
from cellchain.trial import queries as trial
from cellchain.web.i18n import Voice

Told = dict[str, Any]
BAGS_MAX = 60
# Somebody who holds the bag on the ward sees these for themselves, or they are what the paper is for.
_SEEN_THERE = frozenset({"custody.not_at_ward", "custody.hand_over_open", "custody.under_way"})
_UTC_FORM = "%Y-%m-%dT%H:%M:%S+00:00"


def told(tx: ReadTx, voice: Voice, *, demonstration: bool, phone: str, ward: str | None = None) -> Told:
    """The pack as plain values, in the reader's language: of one ward, or of every bag wherever it is.

    Raises NotFound, Refused `downtime.not_a_ward`.
    """
    place = None if ward is None else downtime.ward(tx, ward)
    bags = [bag for bag in live_bags(tx) if bag.recipient is not None and _is_at(tx, bag.bag, ward)][:BAGS_MAX]
    return {
        "language": voice.language,
        "zone": str(tx.zone),
        "site": tx.house.site_name,
        "ward": None if place is None else place.name,
        "people": {},
        "demonstration": demonstration,
        "phone": phone,
        "made_at": f"{tx.now:{_UTC_FORM}}",
        "bags": [_bag(tx, voice, bag) for bag in bags],
    }


def _is_at(tx: ReadTx, bag: str, ward: str | None) -> bool:
    return ward is None or custody.whereabouts(tx, bag).location == ward


def _bag(tx: ReadTx, voice: Voice, clock: BagClock) -> Told:
    recipient = clock.recipient or ""
    known, tie = trial.recipient_facts(tx, recipient), trial.assignment_of(tx, clock.bag)
    study, state = trial.study_of(tx, recipient), manufacturing.bag_facts(tx, clock.bag)
    limits = bedside.limits_of(study)
    standing = quality.standing(tx, clock.bag, tx.now)
    label = labels.live_label(tx, clock.bag, bedside.BAG_DESIGN)
    where = custody.whereabouts(tx, clock.bag)
    volume_ul = 0 if state is None else state.volume_ul
    return {
        "bag": clock.bag,
        "label": None if label is None else label.symbol,
        "recipient": recipient,
        "chain": known.chain_of_identity,
        "wristband": trial.live_wristband(tx, recipient),
        "number": 0 if tie is None else tie.number,
        "total": 0 if tie is None else tie.total,
        "volume_ul": volume_ul,
        "expires_at": f"{clock.expires_at:{_UTC_FORM}}",
        "start_by": f"{clock.start_by:{_UTC_FORM}}",
        "least_minutes": bedside_rules.least_minutes(volume_ul, limits),
        "most_minutes": limits.planned_minutes_most,
        "conditional": standing.conditional,
        "place": None if where.location is None else materials.location_facts(tx, where.location).name,
        "at_ward": clock.at_ward,
        "against": [voice.say(text) for text in _against(tx, clock.bag, standing)],
        "vitals": [point.title.say(voice.language) for point in study.vitals],
    }


def _against(tx: ReadTx, bag: str, standing: quality.Standing) -> list[T]:
    """What speaks against giving the bag when the pack is made."""
    problems = custody.custody_problems(tx, bag)
    return [text for code, text in (*standing.reasons, *problems) if code not in _SEEN_THERE]

"""`manifest.json`: who and what is in the demonstration, so that a newcomer or a script can act at once."""

from dataclasses import field
from datetime import datetime
from typing import Any

from cellchain.demo.clinic import Person
from cellchain.demo.lab import Lab
from cellchain.demo.stage import Stage
from cellchain.donors import queries as donors
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.trial import queries as trial


@dataclass
class Bag:
    """A bag of the story. `bedside` is what two nurses' checks now would find."""

    code: str
    content: str
    lot: str
    label: str
    bedside: str
    recipient: str | None = None


@dataclass
class Story:
    """What was told: rooms, people, bags."""

    stage: Stage
    rooms: Lab
    study: str
    people: list[Person] = field(default_factory=list)
    bags: list[Bag] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)  # who left the study, and why
    measured: list[int] = field(default_factory=list)  # values of visits, as they were recorded
    missed: dict[tuple[str, str], str] = field(default_factory=dict)  # a visit that did not take place, and why


def manifest_of(story: Story) -> dict[str, Any]:
    """The manifest. Arms stand here for acceptance only; the product hides them from who must not see them."""
    stage = story.stage
    with stage.installation.database.read() as tx:
        study = trial.study_definition(tx, story.study)
        donations = [one for code in story.rooms.donors for one in donors.donations_of(tx, code)]
        return {
            "study": {"code": study.code, "arms": [arm.code for arm in study.arms]},
            "made_at": _moment(stage.end),
            "people": [
                {
                    "username": member.username,
                    "password": member.password,
                    "pin": member.pin,
                    "roles": [str(role) for role in member.roles],
                    "badge": stage.badges[member.username],
                }
                for member in stage.members.values()
            ],
            "donors": [{"code": code, "phase": str(donors.donor_facts(tx, code).phase)} for code in story.rooms.donors],
            "donations": [{"code": one.code, "donor": one.donor} for one in donations],
            "lots": [_lot(tx, code) for code in story.rooms.lots.values()],
            "materials": _materials(tx, story),
            "recipients": [_recipient(tx, person) for person in story.people],
            "bags": [_bag(tx, bag) for bag in story.bags],
        }


def _lot(tx: ReadTx, code: str) -> dict[str, Any]:
    disposition = quality.disposition_of(tx, code)
    return {
        "code": code,
        "kind": str(manufacturing.lot_facts(tx, code).kind),
        "phase": None if disposition is None else str(disposition.phase),
        "donations": list(manufacturing.donations_of(tx, code)),
    }


def _materials(tx: ReadTx, story: Story) -> list[dict[str, Any]]:
    today = story.stage.end.date()
    listed = []
    for code in [*story.rooms.supplies.values(), *story.rooms.other_lots]:
        facts = materials.lot_facts(tx, code)
        standing = "expired" if facts.expires_on < today else "accepted" if facts.phase == "accepted" else "quarantined"
        listed.append({"lot": code, "material": facts.name, "standing": standing})
    return listed


def _recipient(tx: ReadTx, person: Person) -> dict[str, Any]:
    facts = trial.recipient_facts(tx, person.code)
    return {
        "code": person.code,
        "arm": person.arm,
        "wristband": trial.live_wristband(tx, person.code),
        "phase": str(facts.phase),
    }


def _bag(tx: ReadTx, bag: Bag) -> dict[str, Any]:
    facts = manufacturing.bag_facts(tx, bag.code)
    origins = manufacturing.donations_of(tx, bag.lot)
    return {
        "code": bag.code,
        "content": bag.content,
        "label": bag.label,
        "recipient": bag.recipient,
        "lot": bag.lot,
        "donation": origins[0] if origins else None,
        "bedside": bag.bedside,
        "expires_at": None if facts is None else _moment(facts.expires_at),
    }


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

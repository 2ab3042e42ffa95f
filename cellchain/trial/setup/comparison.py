"""Two versions of a study side by side, and what an amendment may not change. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Onward, StudyDefinition


@dataclass(frozen=True)
class Difference:
    """One place of the definition: what stood there and what stands there now; None where nothing does."""

    place: str
    before: str | None
    after: str | None


def differences(before: StudyDefinition, after: StudyDefinition) -> list[Difference]:
    """Every place where two versions differ, in the order of the later file. The amendment's own part is left out.

    Things with a code (visits, limits, arms …) are compared under it, so that one added in the middle moves no other.
    """
    old, new = dict(_flat(_bare(before), "")), dict(_flat(_bare(after), ""))
    places = [*new, *(place for place in old if place not in new)]
    return [Difference(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]


def _bare(known: StudyDefinition) -> dict[str, Json]:
    return {name: value for name, value in known.document.items() if name != "amendment"}


def _flat(value: Json, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for at, inner in enumerate(value, start=1):
            name = str(inner.get("code", at)) if isinstance(inner, Mapping) else str(at)
            yield from _flat(inner, f"{place}.{name}")
    elif value is not None:
        yield place, str(value).lower() if isinstance(value, bool) else str(value)


def may_import(now: StudyDefinition, new: StudyDefinition, listed: int | None) -> None:
    """Raises Refused where `new` is no amendment of `now`, or would change what stands already.

    `listed` is how many rows each level of the committed list has; None before it is committed.
    """
    number = 1 if now.amendment is None else now.amendment.number + 1
    if new.code != now.code:
        raise Refused(
            "amendment.other_study", "This file is of study “{study}”. Import it into that one.", study=new.code
        )
    if new.amendment is None or new.amendment.number != number:
        raise Refused(
            "amendment.number",
            "The file has to say that it is amendment {number} of this study. Add its part [amendment].",
            number=number,
        )
    if not differences(now, new):
        raise Refused(
            "amendment.changes_nothing", "This file says what the version in force says. Nothing was changed."
        )
    _keeps_the_list(now, new, listed)
    _keeps_what_is_used(now, new)


def _keeps_the_list(now: StudyDefinition, new: StudyDefinition, listed: int | None) -> None:
    shares = [(arm.code, arm.content, arm.ratio) for arm in now.arms]
    if shares != [(arm.code, arm.content, arm.ratio) for arm in new.arms]:
        raise Refused("amendment.arms", "An amendment does not change the arms. Open a study of its own for others.")
    if listed is None:
        return
    if new.stratum != now.stratum:
        raise Refused(
            "amendment.stratum", "The list was made for the stratum of this study. An amendment does not change it."
        )
    if new.enrolment > listed:
        raise Refused(
            "amendment.list_too_short",
            "The committed list has {count} rows for this. The enrolment cannot be more.",
            count=listed,
        )


def _keeps_what_is_used(now: StudyDefinition, new: StudyDefinition) -> None:
    """Records name sites, visits, outcomes and vitals points by their codes: none of them goes away."""
    for old, kept in (
        ({one.code for one in now.sites}, {one.code for one in new.sites}),
        ({one.code for one in now.visits}, {one.code for one in new.visits}),
        ({one.code for one in now.outcomes}, {one.code for one in new.outcomes}),
        ({one.code for one in now.vitals}, {one.code for one in new.vitals}),
    ):
        if lost := sorted(old - kept):
            raise Refused(
                "amendment.drops",
                "“{code}” is in use and is missing in this file. An amendment keeps it.",
                code=lost[0],
            )
    moves = new.amendment is not None and new.amendment.recipients is Onward.MOVE
    if moves and new.schedule.infusions != now.schedule.infusions:
        raise Refused(
            "amendment.plans",
            "Plans of {count} infusions are made already. Who is in the study keeps the version that they are under.",
            count=now.schedule.infusions,
        )

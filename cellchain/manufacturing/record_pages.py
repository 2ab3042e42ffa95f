"""Pages about master records: one version as its reviewer reads it, and two versions side by side."""

from collections.abc import Iterator, Mapping, Sequence

from cellchain.accounts.queries import display_name
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries
from cellchain.manufacturing.models import MasterRecord
from cellchain.manufacturing.rules.comparison import Change, Compared, compare
from cellchain.manufacturing.rules.definition import Definition, Parameter, Sampling, Stage, Step, load
from cellchain.manufacturing.rules.remarks import StandardRemark
from cellchain.platform.db import ReadTx

PARAMETER, SAMPLE, PHASE = "parameters", "samples", "phases"
# What the lines of a record are called on the page; what is not here is shown as it stands in the text.
LINES: Mapping[str, T] = {
    "name": T("Name"),
    "kind": T("Kind"),
    "product_code": T("Product code"),
    "shelf_life_minutes": T("Shelf life, minutes"),
    "passage_alert": T("Passage that warns"),
    "passage_limit": T("Passage that is refused"),
    "place": T("Place in the order"),
    "title.en": T("Title, English"),
    "title.ru": T("Title, Russian"),
    "phase": T("Phase"),
    "branch": T("Branch"),
    "performer": T("Performed by"),
    "verified": T("Verified by a second person"),
    "verifier": T("Verified by"),
    "repeats": T("May be repeated"),
    "optional": T("May be left out"),
    "act": T("Act"),
    "materials": T("Materials"),
    "equipment": T("Equipment"),
    "labels": T("Labels"),
    "unit": T("Unit"),
    "decimals": T("Decimal places"),
    "required": T("Required"),
    "target": T("Target"),
    "alert.low": T("Alert limit, low"),
    "alert.high": T("Alert limit, high"),
    "action.low": T("Action limit, low"),
    "action.high": T("Action limit, high"),
    "computed.formula": T("Formula"),
    "computed.of": T("Computed from"),
    "computed.expected": T("Expected yield"),
    "tests": T("Tests"),
    "volume_ul": T("Volume, µL"),
    "remarks": T("Standard remarks"),
    "count.remarks": T("Standard remarks for a second count"),
    "discards": T("Standard remarks for discarding"),
}
SHAPES: Mapping[Change, tuple[str, T]] = {
    Change.SAME: ("ok", T("The same")),
    Change.CHANGED: ("changed", T("Changed")),
    Change.ADDED: ("added", T("Added")),
    Change.REMOVED: ("removed", T("Taken away")),
}


@dataclass(frozen=True)
class RecordSheet:
    """One version of a master record, as whoever reviews and approves it reads it."""

    row: MasterRecord
    definition: Definition
    names: dict[str, str]
    versions: Sequence[MasterRecord]

    @property
    def before(self) -> MasterRecord | None:
        """The version before this one."""
        return next((other for other in self.versions if other.version == self.row.version - 1), None)

    def inputs(self, step: Step, of: Sequence[str], language: str) -> str:
        """What a value of a step is computed from, by its titles."""
        return input_titles(self.definition, step, of, language)

    def phases(self) -> Iterator[tuple[Stage | None, list[tuple[int, Step]]]]:
        """The steps with their numbers, by the phase that they stand in."""
        numbered = list(enumerate(self.definition.steps, 1))
        if not self.definition.phases:
            yield None, numbered
        for stage in self.definition.phases:
            yield stage, [(number, step) for number, step in numbered if step.phase == stage.key]

    def remarks(self, language: str) -> Iterator[tuple[StandardRemark, list[T | str]]]:
        """The standard remarks, each with where it may be chosen."""
        for remark in self.definition.remarks:
            yield remark, list(dict.fromkeys(self._where(remark, language)))

    def _where(self, remark: StandardRemark, language: str) -> Iterator[T | str]:
        for step in self.definition.steps:
            yield from (one.title.words(language) for one in step.parameters if remark in one.remarks)
        if any(step.count is not None and remark in step.count.remarks for step in self.definition.steps):
            yield T("second count")
        if remark in self.definition.discards:
            yield T("discarding")


def input_titles(definition: Definition, step: Step, of: Sequence[str], language: str) -> str:
    """What a value is computed from, by its titles: values of the same step, of an earlier one, or a step."""

    def title(name: str) -> str:
        where, _, key = name.rpartition(".")
        holder = definition.step(where) if where else step
        parameter = None if holder is None else holder.parameter(key)
        named = parameter or definition.step(name)
        return name if named is None else named.title.words(language)

    return ", ".join(title(name) for name in of)


def record_sheet(tx: ReadTx, number: int) -> RecordSheet:
    """A master record's page. Raises NotFound."""
    row = queries.master_record(tx, number)
    people = [person for person in (row.drafted_by, row.reviewed_by, row.approved_by) if person is not None]
    return RecordSheet(
        row=row,
        definition=load(row.steps),
        names={person: display_name(tx, person) for person in people},
        versions=[other for other in queries.master_records(tx) if other.name == row.name],
    )


@dataclass(frozen=True)
class ComparedSheet:
    """Two versions of one master record, the older first."""

    before: MasterRecord
    after: MasterRecord
    parts: tuple[Compared, ...]
    definitions: tuple[Definition, Definition]

    @property
    def changed(self) -> tuple[Compared, ...]:
        """The parts in which something differs."""
        return tuple(part for part in self.parts if part.changed)

    @property
    def changed_count(self) -> int:
        return sum(len(part.changed) for part in self.parts)

    def title(self, key: str, language: str) -> T | str:
        """A step by its title, the newer first; the record itself has none."""
        steps = [found for one in reversed(self.definitions) if (found := one.step(key)) is not None]
        return steps[0].title.words(language) if steps else T("The record itself")

    def line(self, part: str, line: str, language: str) -> T | str:
        """A line in words: `Viability: Alert limit, low`."""
        kind, _, rest = line.partition(".")
        if kind not in (PARAMETER, SAMPLE, PHASE):
            return LINES.get(line, line)
        key, _, inner = rest.partition(".")
        named = self._named(part, kind, key, language)
        of = T("Sample “{title}”", title=named) if kind == SAMPLE else named
        return T("{of}: {line}", of=of, line=LINES.get(inner, inner))

    def _named(self, part: str, kind: str, key: str, language: str) -> str:
        for one in reversed(self.definitions):
            step = one.step(part)
            inside = () if step is None else step.samples if kind == SAMPLE else step.parameters
            here: Sequence[Stage | Sampling | Parameter] = one.phases if kind == PHASE else inside
            for item in here:
                if item.key == key:
                    return item.title.words(language)
        return key


def compared_sheet(tx: ReadTx, number: int, other: int) -> ComparedSheet:
    """Two versions of one record side by side, whichever was named first. Raises NotFound for two records."""
    before, after = sorted(
        (queries.master_record(tx, number), queries.master_record(tx, other)), key=lambda row: row.version
    )
    if before.name != after.name:
        raise NotFound(key=str(other))
    definitions = load(before.steps), load(after.steps)
    return ComparedSheet(before, after, compare(*definitions), definitions)

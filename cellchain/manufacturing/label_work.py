"""The labels of a lot's containers as work: which are to be printed, and which wait to be scanned back."""

from collections.abc import Iterable, Mapping, Sequence

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import worn
from cellchain.labels.worn import Worn
from cellchain.manufacturing import queries
from cellchain.manufacturing.describe import DESIGNS
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.definition import Step
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.platform.db import ReadTx

# A harvest bag wears the label that the ward printed at the harvest.
KINDS: Mapping[ContainerKind, T] = {
    ContainerKind.TUBE: T("Tubes"),
    ContainerKind.VESSEL: T("Culture vessels"),
    ContainerKind.CRYOVIAL: T("Cryovials"),
    ContainerKind.INFUSION_BAG: T("Infusion bags"),
}
SAMPLE = "sample"
# A bag that is somebody's wears the trial's label in place of the laboratory's.
INSTEAD: Mapping[ContainerKind, tuple[str, ...]] = {ContainerKind.INFUSION_BAG: ("infusion_bag",)}


@dataclass(frozen=True)
class KindOfLabel:
    """The labels of one kind of container in a lot. `due` are the things without one, `to_scan` the printed labels."""

    title: T
    design: str
    due: tuple[str, ...]
    to_scan: tuple[str, ...]
    confirmed_count: int
    stopped_count: int

    @property
    def open_count(self) -> int:
        """How many are to be printed or scanned back."""
        return len(self.due) + len(self.to_scan)


@dataclass(frozen=True)
class LabelWork:
    """All of it, and how the label of each container stands."""

    kinds: tuple[KindOfLabel, ...]
    on: Mapping[str, Worn]

    @property
    def open(self) -> tuple[KindOfLabel, ...]:
        """The kinds with something to print or to scan back."""
        return tuple(kind for kind in self.kinds if kind.due or kind.to_scan)


def of_container(tx: ReadTx, facts: ContainerFacts) -> Worn | None:
    """How the label of a container stands; None where the container is used up and needs none."""
    if facts.phase not in LIVE:
        return None
    return worn.on_thing(tx, facts.code, DESIGNS[facts.kind][0], instead=INSTEAD.get(facts.kind, ()))


def unproven(tx: ReadTx, step: Step, made: Sequence[str]) -> tuple[str, ...]:
    """The containers made in a step that do not wear a label of it, scanned back; what is used up needs none."""
    found = []
    for code in made if step.labels else ():
        row = queries.container_facts(tx, code)
        for design in step.labels:
            if row.phase in LIVE and design in DESIGNS[row.kind]:
                instead = INSTEAD.get(row.kind, ()) if design == DESIGNS[row.kind][0] else ()
                if not worn.on_thing(tx, code, design, instead=instead).is_proven:
                    found.append(code)
                    break
    return tuple(found)


def of_lot(tx: ReadTx, lot: str, containers: Sequence[ContainerFacts], samples: Sequence[str] = ()) -> LabelWork:
    """The labels of what a lot still holds, and of the samples that were just taken of it."""
    held = [row for row in containers if row.kind in KINDS and row.phase in LIVE]
    designs = [(row.code, (DESIGNS[row.kind][0], *INSTEAD.get(row.kind, ()))) for row in held]
    designs += [(code, (SAMPLE,)) for code in samples]
    standing = dict(zip((code for code, _ in designs), worn.in_lot(tx, lot, designs), strict=True))
    kinds = [
        _kind(title, DESIGNS[kind][0], [standing[row.code] for row in held if row.kind == kind])
        for kind, title in KINDS.items()
    ]
    kinds.append(_kind(T("Samples"), SAMPLE, [standing[code] for code in samples]))
    return LabelWork(tuple(kind for kind in kinds if kind is not None), standing)


def _kind(title: T, design: str, labels: Iterable[Worn]) -> KindOfLabel | None:
    every = list(labels)
    if not every:
        return None
    due = tuple(one.target for one in every if one.is_due)
    to_scan = tuple(one.label for one in every if one.is_to_scan and one.label is not None)
    confirmed = sum(one.phase == "confirmed" for one in every)
    return KindOfLabel(title, design, due, to_scan, confirmed, len(every) - len(due) - len(to_scan) - confirmed)

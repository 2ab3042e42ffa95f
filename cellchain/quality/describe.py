"""What a sample's code stands for, what can be done with it next, what its label says; and how lots and bags stand."""

from collections.abc import Sequence
from dataclasses import replace

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.labels.render import local_text
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import label_hazards
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Purpose, SamplePhase

SAMPLE_DESIGN = "sample"
PURPOSES = {
    Purpose.IN_PROCESS: (T("Sample on the way"), {"en": "In-process test", "ru": "Промежуточный контроль"}),
    Purpose.RELEASE: (T("Sample for release"), {"en": "Release test", "ru": "Контроль выпуска"}),
    Purpose.STABILITY: (T("Sample for stability"), {"en": "Stability", "ru": "Стабильность"}),
    Purpose.RETENTION: (T("Retained sample"), {"en": "Retained sample", "ru": "Архивная проба"}),
}


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A sample, for whoever may read quality; a lot or a bag (LT, BG) as manufacturing tells it, and how it stands."""
    if code.startswith("SM"):
        return _describe_sample(tx, code, actor)
    found = manufacturing_describe.describe(tx, code, actor)
    if found is None:
        return None
    if code.startswith(manufacturing.LOT):
        return replace(found, phase=_decided(tx, [code]).get(code, found.phase))
    return replace(found, phase=queries.stops(tx, manufacturing.container_sketches(tx, [code])).get(code, found.phase))


def sketch(tx: ReadTx, codes: Sequence[str], actor: Actor) -> dict[str, Description]:
    """Many samples, lots and bags as `describe` tells them, without what can be done with them."""
    samples, lots, bags = ([code for code in codes if code[:2] == kind] for kind in ("SM", "LT", "BG"))
    tested = queries.sample_sketches(tx, samples) if actor.may("quality.read") else {}
    containers = manufacturing.container_sketches(tx, bags)
    decided = _decided(tx, lots)
    opened = manufacturing_describe.sketched_lots(tx, lots, actor)
    return {
        **{code: _sample(code, purpose, phase, ()) for code, (purpose, phase) in tested.items()},
        **{code: replace(one, phase=decided.get(code, one.phase)) for code, one in opened.items()},
        **manufacturing_describe.sketched(containers, actor, queries.stops(tx, containers)),
    }


def _decided(tx: ReadTx, lots: Sequence[str]) -> dict[str, str]:
    """The dispositions of lots, once there was a decision."""
    decided = queries.phases_of(tx, lots)
    return {lot: phase.value for lot, phase in decided.items() if phase is not DispositionPhase.QUARANTINED}


def _describe_sample(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    if not actor.may("quality.read"):
        return None
    sample = queries.find_sample(tx, code)
    if sample is None:
        return None
    actions = tuple(action for action in sample_actions(sample) if actor.may(action.path.replace("/", ".")))
    return _sample(code, sample.purpose, sample.phase, actions)


def _sample(code: str, purpose: Purpose, phase: SamplePhase, actions: tuple[Action, ...]) -> Description:
    return Description("sample", code, PURPOSES[purpose][0], phase.value, f"/quality/samples/{code}", actions)


def sample_actions(sample: queries.SampleFacts) -> tuple[Action, ...]:
    """What may be done with a sample where it stands."""
    if sample.phase is SamplePhase.DISCARDED:
        return ()
    query = f"?sample={sample.code}"
    return (
        Action("quality/record_result", T("Record a result"), f"/do/quality/record_result{query}"),
        Action(
            "labels/print_label",
            T("Print its label"),
            f"/do/labels/print_label?target={sample.code}&design={SAMPLE_DESIGN}",
        ),
        Action("quality/discard_sample", T("Discard the sample"), f"/do/quality/discard_sample{query}"),
    )


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """What a sample's tube says. Raises NotFound, Refused `label.wrong_design`."""
    if design != SAMPLE_DESIGN:
        raise Refused("label.wrong_design", "{container} wears another label. Print the one for it.", container=code)
    sample = queries.sample_facts(tx, code)
    fields = {"sample": sample.code, "lot": sample.lot, **label_hazards.of_lot(tx, sample.lot, briefly=True)}
    for language, words in PURPOSES[sample.purpose][1].items():
        fields[f"test.{language}"] = words
        fields[f"taken_local.{language}"] = local_text(sample.taken_at, tx.house.zone, language)
    return LabelData(fields, group=sample.lot)

"""What a sample's code stands for, what can be done with it next, what its label says; and how lots and bags stand."""

from dataclasses import replace

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.labels.render import local_text
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import label_hazards
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Purpose, SamplePhase

SAMPLE_DESIGN = "sample"
RECALLED, ON_HOLD, EXPIRED = "recalled", "on_hold", "expired"
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
    phase = _decided(tx, code) if code.startswith(manufacturing.LOT) else _standing(tx, code)
    return found if phase is None else replace(found, phase=phase)


def _decided(tx: ReadTx, lot: str) -> str | None:
    """The disposition of a lot, once there was a decision."""
    disposition = queries.disposition_of(tx, lot)
    if disposition is None or disposition.phase == DispositionPhase.QUARANTINED:
        return None
    return disposition.phase.value


def _standing(tx: ReadTx, bag: str) -> str | None:
    """What keeps a filled bag from its recipient: the recall before the hold, the hold before the expiry."""
    facts = manufacturing.container_facts(tx, bag)
    if facts.phase != ContainerPhase.FILLED:
        return None
    against = {code.split(".")[1] for code, _ in queries.standing(tx, bag, tx.now).reasons}
    if facts.expires_at is not None and facts.expires_at <= tx.now:
        against.add(EXPIRED)
    return next((one for one in (RECALLED, ON_HOLD, EXPIRED) if one in against), None)


def _describe_sample(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    if not actor.may("quality.read"):
        return None
    sample = queries.find_sample(tx, code)
    if sample is None:
        return None
    actions = tuple(action for action in sample_actions(sample) if actor.may(action.path.replace("/", ".")))
    title = PURPOSES[sample.purpose][0]
    return Description("sample", code, title, sample.phase.value, f"/quality/samples/{code}", actions)


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

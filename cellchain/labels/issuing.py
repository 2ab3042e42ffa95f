"""Issuing labels: what each says is asked first, for all of them, and only then is the first one made."""

import json
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import NotFound
from cellchain.labels import design as designs
from cellchain.labels import layout, queries, rules
from cellchain.labels.models import Label
from cellchain.labels.printing import queue as printing
from cellchain.labels.rules import LabelPhase
from cellchain.ledger.describe import LabelData
from cellchain.ledger.tx import CommandTx

REPRINT = {"reprint": "1"}
_IDENTIFIER = re.compile(r"^([A-Z]{2})[0-9]{12}$")


class Language(StrEnum):
    """The language of one label."""

    EN = "en"
    RU = "ru"
    BOTH = "both"


def issue_new(tx: CommandTx, targets: Sequence[str], design: str, language: Language | None) -> list[Label]:
    """One new label of a design for each thing; none of them where one is refused.

    Raises NotFound `label.no_labels`, `label.design_unknown`; Refused `label.not_yours`, `.design_unapproved`,
    `.already_printed`, `.reprint_needed`, `.mixed_lots`, `.other_batch`, and what its layout refuses.
    """
    rules.may_handle(design, tx.by.roles)
    said = [data_of(tx, target, design) for target in targets]
    queries.must_print_here(tx, tx.by.device, rules.of_one_lot(data.group for data in said))
    version = _approved(tx, design)
    for target in targets:
        live = queries.live_label(tx, target, design)
        ended = queries.ended_by_hand(tx, target, design)
        rules.may_print(design_approved=True, live=None if live is None else live.code, ended=ended)
    spoken = language or Language(printing.language_at(tx, design))
    _must_fit(design, said, spoken)
    made = [_issue(tx, target, design, version, spoken, data) for target, data in zip(targets, said, strict=True)]
    return _in_line(tx, made)


def issue_again(tx: CommandTx, old: Label) -> Label:
    """The label that takes the place of `old`, in its language and with what is true now. Raises as `issue_new`."""
    data = data_of(tx, old.target, old.design)
    queries.must_print_here(tx, tx.by.device, data.group)
    language = Language(old.language)
    _must_fit(old.design, [data], language, reprint=True)
    made = _issue(tx, old.target, old.design, _approved(tx, old.design), language, data, old.code)
    return _in_line(tx, [made])[0]


def data_of(tx: CommandTx, target: str, design: str) -> LabelData:
    """What a label of this design on a thing says, told by the capability that owns the thing. Raises NotFound."""
    designs.load(design)
    labeller = tx.house.labellers.get(target[:2])
    if labeller is None:
        raise NotFound("label.no_labels", "Nothing of this kind wears a label. Scan what the label is for.")
    found: LabelData = labeller.label(tx, target, design)
    return found


def _must_fit(design: str, said: Iterable[LabelData], language: Language, *, reprint: bool = False) -> None:
    """A label that could not be drawn is refused before it counts as printed.

    Identifiers are all of one width, so that labels that differ in these alone are laid out once for all of them.
    """
    known: set[frozenset[tuple[str, str]]] = set()
    for data in said:
        form = frozenset((name, _IDENTIFIER.sub(r"\g<1>", value)) for name, value in data.fields.items())
        if form not in known:
            own = {} if data.symbol is None else {"label_code": data.symbol}
            layout.must_fit(designs.load(design), {**data.fields, **own, **(REPRINT if reprint else {})}, language)
            known.add(form)


def _approved(tx: CommandTx, design: str) -> int:
    version = queries.approved_version(tx, design)
    rules.may_print(design_approved=version is not None, live=None)
    return 0 if version is None else version.version


def _issue(
    tx: CommandTx,
    target: str,
    design: str,
    version: int,
    language: Language,
    data: LabelData,
    replaces: str | None = None,
) -> Label:
    code = issue(tx, Kind.LABEL)
    symbol = data.symbol or code
    fields = {**data.fields, "label_code": symbol, **(REPRINT if replaces else {})}
    return tx.add(
        Label(
            code=code,
            design=design,
            design_version=version,
            target=target,
            lot=data.group,
            symbol=symbol,
            language=language,
            phase=LabelPhase.PRINTED,
            data=json.dumps(fields, ensure_ascii=False, sort_keys=True),
            printed_at=tx.happened_at,
            printed_by=tx.by.person,
            replaces=replaces,
        )
    )


def _in_line(tx: CommandTx, made: list[Label]) -> list[Label]:
    """Each label gets its job; the entry says which, and at which printer."""
    jobs = [printing.queue(tx, label) for label in made]
    tx.note(printer=jobs[0].printer)
    if len(jobs) == 1:
        tx.note(print_job=jobs[0].id)
    else:
        tx.note(first_job=jobs[0].id, last_job=jobs[-1].id)
    return made

"""A panel on one page: every marker beside its limit, and one act that enters them together."""

from collections.abc import Iterable, Mapping, Sequence

from cellchain.kernel.errors import CellchainError, NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.methods import queries as methods
from cellchain.quality.rules.lifecycles import Stage
from cellchain.quality.rules.limits import Limit
from cellchain.quality.rules.methods import Method

VALUE = "value."
INSTRUMENT, REPORT = "instrument", "report"


@dataclass(frozen=True)
class MarkerRow:
    """One marker of the panel: its limit, and what was entered so far."""

    limit: Limit
    entered: str = ""


@dataclass(frozen=True)
class PanelPage:
    """A panel that is to be entered. `is_outside`: a contract laboratory reads it, and its report is named."""

    sample: queries.SampleFacts
    stage: Stage
    method: Method
    rows: Sequence[MarkerRow]
    is_outside: bool
    instrument: str
    report: str


def panel_page(tx: ReadTx, code: str, stage: Stage, number: int, items: Iterable[tuple[str, object]] = ()) -> PanelPage:
    """The panel of a sample at a stage; `items` are what was entered before. Raises NotFound."""
    sample, method = queries.sample_facts(tx, code), methods.method(tx, number)
    limits = queries.asked_of(tx, sample, stage)
    entered = {name: str(value) for name, value in items}
    rows = [MarkerRow(limit, entered.get(f"{VALUE}{limit.test}", "")) for limit in limits if limit.test in method.tests]
    if not rows or not method.is_panel:
        raise NotFound(
            "panel.none_here", "This lot has no such panel at this stage. Open the sample and choose among its tests."
        )
    return PanelPage(
        sample=sample,
        stage=stage,
        method=method,
        rows=rows,
        is_outside=laboratories.outside_at(tx, code) is not None,
        instrument=entered.get(INSTRUMENT, ""),
        report=entered.get(REPORT, ""),
    )


def as_order(code: str, stage: Stage, number: int, items: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """What the page sends, as the fields of the order: markers left empty are not there, so the panel is not whole."""
    given = {name: str(value).strip() for name, value in items}
    fields: list[tuple[str, object]] = [("sample", code), ("stage", stage.value), ("method", str(number))]
    fields += [(name, given[name]) for name in (INSTRUMENT, REPORT) if given.get(name)]
    markers = [(name.removeprefix(VALUE), value) for name, value in given.items() if name.startswith(VALUE) and value]
    for at, (test, value) in enumerate(markers):
        fields += [(f"markers.{at}.test", test), (f"markers.{at}.value", value)]
    return fields


@dataclass(frozen=True)
class PanelLink:
    """A panel that may be entered on a sample now."""

    stage: Stage
    method: Method
    markers_count: int


def panels_of(tx: ReadTx, open_tests: Sequence[tuple[Stage, Limit]]) -> list[PanelLink]:
    """The panels among the tests that may still be done, where every marker of one is still open."""
    known = [one for one in methods.effective(tx) if one.is_panel]
    found = []
    for stage in Stage:
        tests = {limit.test for of_stage, limit in open_tests if of_stage is stage}
        for method in known:
            count = len(tests & set(method.tests))
            if count > 1:
                found.append(PanelLink(stage, method, count))
    return found


def said(error: CellchainError) -> Mapping[str, T]:
    """What is wrong with the panel, under the name of the field that the page shows it at."""
    fields: Mapping[str, T] = getattr(error, "fields", {}) or {}
    return {name.split(".")[0]: text for name, text in fields.items()}

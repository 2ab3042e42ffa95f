"""The data of a study as files: the values, what each column means, and which entries of the ledger they come from.

The same entries give the same bytes. Files for an analysis have one language and one spelling of a number, whoever
takes them out: names of columns, codes and descriptions are English, and no text here is translated.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from hashlib import sha256

from cellchain.followup.lifecycles import Grade, MissingReason
from cellchain.followup.outcomes import dataset
from cellchain.followup.outcomes.dataset import Row, Source
from cellchain.followup.outcomes.reading import Stand
from cellchain.kernel import canonical
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import StudyDefinition
from cellchain.web.tables import cell

FORMAT = 1
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that an archive can name: no file in it has a time of its own
MILLI, TENTHS, UNITS = 3, 1, 0
Cell = str | int | Decimal | bool | None


@dataclass(frozen=True)
class Column:
    """A column of the data: its name, type and unit, the values it may have, what it means, and how it is read."""

    name: str
    type: str
    unit: T | str
    values: str
    meaning: T
    read: Callable[[Row], Cell]


def _scaled(value: int | None, decimals: int) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-decimals)


def _own(read: Callable[[Row], int | None]) -> Callable[[Row], Cell]:
    """A whole number in the decimals of its outcome."""
    return lambda row: _scaled(read(row), row.outcome.decimals)


def _measured(column: str, decimals: int = UNITS) -> Callable[[Row], Cell]:
    return lambda row: _scaled(row.of_measurement(column), decimals)


def _judged(field: str, decimals: int) -> Callable[[Row], Cell]:
    return lambda row: _scaled(row.of_judged(field), decimals)


def _walked(column: str, decimals: int = UNITS) -> Callable[[Row], Cell]:
    return lambda row: _scaled(row.of_walk(column), decimals)


DAY = T("days from the anchor")
AS_VALUE = T("as value")
STATUSES = (dataset.MEASURED, dataset.MISSING, dataset.NOT_ENTERED, dataset.NOT_DUE, dataset.DUE, dataset.OVERDUE)
YES_NO = "yes, no"


def columns(study: StudyDefinition, *, with_arms: bool) -> tuple[Column, ...]:
    """The columns of a study's data, in their order."""
    return (*_of_visit(study, with_arms=with_arms), *_of_value(study), *_of_quality())


def _of_visit(study: StudyDefinition, *, with_arms: bool) -> tuple[Column, ...]:
    visits = ", ".join(dict.fromkeys([dataset.BASELINE, *(visit.code for visit in study.visits), "unscheduled"]))
    arms = ", ".join(arm.code for arm in study.arms) if with_arms else "(hidden)"
    return (
        Column("study", "text", "", study.code, T("Code of the study."), lambda row: study.code),
        Column(
            "recipient", "text", "", "", T("Code of the recipient; no name stands behind it here."), _field("recipient")
        ),
        Column("site", "text", "", "", T("Code of the site."), _field("site")),
        Column("sex", "text", "", "female, male", T("Sex, as reference equations ask it."), _field("sex")),
        Column("arm", "text", "", arms, T("Arm as allocated; empty where it is hidden."), _field("arm")),
        Column("visit", "text", "", visits, T("Code of the visit."), _field("visit")),
        Column("scheduled", "text", "", YES_NO, T("Whether it is a visit of the plan."), _field("scheduled")),
        Column("week", "integer", T("weeks"), "", T("Week of the plan in which the visit is due."), _field("week")),
        Column("due_day", "integer", DAY, "", T("Day on which the visit is due."), _field("due_day")),
        Column("window_from_day", "integer", DAY, "", T("First day of the visit's window."), _field("window_from_day")),
        Column("window_until_day", "integer", DAY, "", T("Last day of the window."), _field("window_until_day")),
        Column("visit_day", "integer", DAY, "", T("Day on which the visit took place."), _field("visit_day")),
        Column(
            "days_outside",
            "integer",
            T("days"),
            "",
            T("Days outside the window; negative: too early."),
            _field("days_outside"),
        ),
    )


def _of_value(study: StudyDefinition) -> tuple[Column, ...]:
    outcomes = list(dict.fromkeys(code for visit in study.visits for code in visit.measures))
    units = ", ".join(f"{one.code}: {one.unit}" for one in study.outcomes if one.code in outcomes)
    return (
        Column("outcome", "text", "", ", ".join(outcomes), T("What was measured."), lambda row: row.outcome.code),
        Column(
            "status",
            "text",
            "",
            ", ".join(STATUSES),
            T("Whether there is a value, and if not why not."),
            _field("status"),
        ),
        Column(
            "missing_reason",
            "text",
            "",
            ", ".join(MissingReason),
            T("Why there is no value. Nothing is imputed."),
            _field("missing_reason"),
        ),
        Column("value", "decimal", units, "", T("Raw value as measured."), _own(lambda row: row.value)),
        Column("unit", "text", "", "", T("Unit of value, baseline and change."), lambda row: row.outcome.unit),
        Column(
            "baseline",
            "decimal",
            AS_VALUE,
            "",
            T("The last value before the day of the first infusion, or before the day that stands for it."),
            _own(lambda row: row.base),
        ),
        Column("baseline_day", "integer", DAY, "", T("Day of that value."), _field("base_day")),
        Column("change", "decimal", AS_VALUE, "", T("Value minus baseline."), _own(lambda row: row.change)),
        Column(
            "change_percent",
            "decimal",
            "%",
            "",
            T("Change relative to baseline."),
            lambda row: _scaled(row.change_permille, TENTHS),
        ),
    )


def _of_quality() -> tuple[Column, ...]:
    return (
        Column("equation", "text", "", "", T("Reference equation and its version."), _judged_text("equation")),
        Column("predicted", "decimal", AS_VALUE, "", T("Predicted value."), _judged("predicted_milli", MILLI)),
        Column(
            "lower_limit", "decimal", AS_VALUE, "", T("Lower limit, z = -1.645."), _judged("lower_limit_milli", MILLI)
        ),
        Column(
            "percent_predicted",
            "decimal",
            "%",
            "",
            T("Value as a share of predicted."),
            _judged("percent_predicted_permille", TENTHS),
        ),
        Column("z_score", "decimal", "", "", T("z-score by the LMS method."), _judged("z_milli", MILLI)),
        Column("height", "integer", "mm", "", T("Height that the equation was given."), _judged("height_mm", UNITS)),
        Column("grade", "text", "", ", ".join(Grade), T("Quality grade of the report."), _measured_text("grade")),
        Column(
            "haemoglobin",
            "integer",
            "g/L",
            "",
            T("Haemoglobin with a diffusing capacity; the value is not corrected for it."),
            _measured("haemoglobin_g_l"),
        ),
        Column("oxygen", "decimal", "L/min", "", T("Oxygen during the walk."), _walked("oxygen_ml_min", MILLI)),
        Column("spo2_rest", "integer", "%", "", T("SpO2 at rest before the walk."), _walked("spo2_rest_percent")),
        Column("spo2_lowest", "integer", "%", "", T("Lowest SpO2 of the walk."), _walked("spo2_lowest_percent")),
        Column(
            "borg_rest",
            "decimal",
            "",
            "0–10",
            T("Borg dyspnoea before the walk."),
            _walked("borg_rest_tenths", TENTHS),
        ),
        Column("borg_end", "decimal", "", "0–10", T("Borg dyspnoea at its end."), _walked("borg_end_tenths", TENTHS)),
        Column(
            "corrected",
            "text",
            "",
            YES_NO,
            T("Whether the value replaced an earlier one, for a reason that is on record."),
            lambda row: None if row.measurement is None else row.of_measurement("replaces") is not None,
        ),
        Column(
            "source_verified",
            "text",
            "",
            YES_NO,
            T("Whether somebody else compared it with its source."),
            lambda row: None if row.measurement is None else row.of_measurement("verified_by") is not None,
        ),
    )


def _field(name: str) -> Callable[[Row], Cell]:
    return lambda row: getattr(row, name)


def _judged_text(field: str) -> Callable[[Row], Cell]:
    return lambda row: row.of_judged(field)


def _measured_text(column: str) -> Callable[[Row], Cell]:
    return lambda row: row.of_measurement(column)


def data(source: Source) -> bytes:
    """The data as CSV."""
    heads = columns(source.study, with_arms=bool(source.arms))
    rows = dataset.rows(source)
    return table([[head.name for head in heads], *([head.read(row) for head in heads] for row in rows)])


def dictionary(source: Source) -> bytes:
    """What each column of the data means, as CSV."""
    heads = columns(source.study, with_arms=bool(source.arms))
    told = [[head.name, head.type, str(head.unit), head.values, str(head.meaning)] for head in heads]
    return table([["name", "type", "unit", "values", "meaning"], *told])


def table(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV in UTF-8. A text is never taken for a formula; a number is a number, also below zero."""
    kept = io.StringIO(newline="")
    csv.writer(kept).writerows([_written(value) for value in row] for row in rows)
    return kept.getvalue().encode()


def _written(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return cell(value)


def package(source: Source, stand: Stand) -> bytes:
    """The data, their dictionary, and what they are, in one archive: a function of its arguments, byte for byte."""
    name = source.study.code
    files = {f"{name}-data.csv": data(source), f"{name}-dictionary.csv": dictionary(source)}
    about = {
        "format": FORMAT,
        "study": name,
        "registry": source.study.registry_id,
        "definition_sha256": source.study.hash,
        "ledger_entry": stand.entry,
        "ledger_entry_at": canonical.moment(stand.at),
        "ledger_root_rfc6962_sha256": stand.root,
        "data_locked": stand.locked,
        "arms": bool(source.arms),
        "sha256": {file: sha256(content).hexdigest() for file, content in files.items()},
    }
    files["about.json"] = (json.dumps(about, indent=2) + "\n").encode()
    kept = io.BytesIO()
    # Stored and not compressed: what a compressor makes of the same bytes differs from version to version.
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file, EPOCH), content)
    return kept.getvalue()

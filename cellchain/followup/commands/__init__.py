"""The verbs of follow-up, a module for each thing they act on. Importing this registers all of them."""

from cellchain.followup.commands.data import answer_query, lock_data, raise_query, unlock_data
from cellchain.followup.commands.events import (
    assess_causality,
    close_event,
    report_adverse_event,
    report_by_reaction,
    submit_report,
)
from cellchain.followup.commands.exposures import report_by_late_positive
from cellchain.followup.commands.visits import mark_missing, plan_visits, record_measurement, record_visit

__all__ = [
    "answer_query",
    "assess_causality",
    "close_event",
    "lock_data",
    "mark_missing",
    "plan_visits",
    "raise_query",
    "record_measurement",
    "record_visit",
    "report_adverse_event",
    "report_by_late_positive",
    "report_by_reaction",
    "submit_report",
    "unlock_data",
]

"""The verbs of follow-up, a module for each thing they act on. Importing this registers all of them."""

from cellchain.followup.commands.data import answer_query, lock_data, raise_query, unlock_data
from cellchain.followup.commands.visits import mark_missing, plan_visits, record_measurement, record_visit
from cellchain.followup.safety.commands import (
    assess_as_sponsor,
    assess_causality,
    close_event,
    code_event,
    report_adverse_event,
    report_by_late_positive,
    report_by_reaction,
    submit_follow_up,
    submit_report,
)

__all__ = [
    "answer_query",
    "assess_as_sponsor",
    "assess_causality",
    "close_event",
    "code_event",
    "lock_data",
    "mark_missing",
    "plan_visits",
    "raise_query",
    "record_measurement",
    "record_visit",
    "report_adverse_event",
    "report_by_late_positive",
    "report_by_reaction",
    "submit_follow_up",
    "submit_report",
    "unlock_data",
]

"""The verbs of follow-up, a module for each thing they act on. Importing this registers all of them."""

from cellchain.followup.commands.data import answer_query, close_query, lock_data, raise_query, unlock_data
from cellchain.followup.commands.exports import export_data
from cellchain.followup.commands.measurements import (
    record_diffusion,
    record_measurement,
    record_spirometry,
    record_walk,
    verify_source,
)
from cellchain.followup.commands.visits import (
    mark_missing,
    plan_visits,
    plan_visits_by_treatment,
    record_unscheduled_visit,
    record_visit,
)
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
    "close_query",
    "code_event",
    "export_data",
    "lock_data",
    "mark_missing",
    "plan_visits",
    "plan_visits_by_treatment",
    "raise_query",
    "record_diffusion",
    "record_measurement",
    "record_spirometry",
    "record_unscheduled_visit",
    "record_visit",
    "record_walk",
    "report_adverse_event",
    "report_by_late_positive",
    "report_by_reaction",
    "submit_follow_up",
    "submit_report",
    "unlock_data",
    "verify_source",
]

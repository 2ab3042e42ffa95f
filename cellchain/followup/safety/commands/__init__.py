"""The verbs of safety, a module for each thing they act on. Importing this registers all of them."""

from cellchain.followup.safety.commands.assessments import assess_as_sponsor, assess_causality
from cellchain.followup.safety.commands.events import (
    close_event,
    code_event,
    report_adverse_event,
    report_by_reaction,
)
from cellchain.followup.safety.commands.exposures import report_by_late_positive
from cellchain.followup.safety.commands.reports import submit_follow_up, submit_report

__all__ = [
    "assess_as_sponsor",
    "assess_causality",
    "close_event",
    "code_event",
    "report_adverse_event",
    "report_by_late_positive",
    "report_by_reaction",
    "submit_follow_up",
    "submit_report",
]

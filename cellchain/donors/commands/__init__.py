"""The verbs of donors, by topic; importing this package registers all of them."""

from cellchain.donors.commands.aftercare import record_visit, report_post_donation_information
from cellchain.donors.commands.complications import report_complication, resolve_complication
from cellchain.donors.commands.eligibility import defer_donor, determine_eligibility
from cellchain.donors.commands.harvest import mark_received, mark_rejected, record_harvest
from cellchain.donors.commands.questions import assess_questionnaire, record_questionnaire
from cellchain.donors.commands.registration import record_consent, register_donor, withdraw_consent
from cellchain.donors.commands.screening import record_screening

__all__ = [
    "assess_questionnaire",
    "defer_donor",
    "determine_eligibility",
    "mark_received",
    "mark_rejected",
    "record_consent",
    "record_harvest",
    "record_questionnaire",
    "record_screening",
    "record_visit",
    "register_donor",
    "report_complication",
    "report_post_donation_information",
    "resolve_complication",
    "withdraw_consent",
]

"""The verbs of the trial, a module for each thing they act on. Importing this registers all of them."""

from cellchain.trial.commands.amendments import import_amendment, make_amendment_effective, withdraw_amendment
from cellchain.trial.commands.assignments import (
    MakeAssignmentReleased,
    MakeDueAgain,
    assign_bag,
    make_assignment_released,
    make_due_again,
    mark_assignment,
    mark_due_again,
    mark_infused,
    mark_not_given,
    release_assignment,
)
from cellchain.trial.commands.departures import (
    discontinue_treatment,
    lose_to_follow_up,
    record_death,
    report_unblinding,
    withdraw_consent,
)
from cellchain.trial.commands.infusions import (
    cancel_order,
    miss_infusion,
    order_infusion,
    plan_infusions,
    reschedule,
)
from cellchain.trial.commands.lists import commit_allocation_list, import_allocation_list
from cellchain.trial.commands.physicians import name_physicians
from cellchain.trial.commands.randomisation import randomise, replace_wristband
from cellchain.trial.commands.recipients import confirm_eligibility, enrol, record_baseline, record_consent
from cellchain.trial.commands.screening import record_screening, screen_out
from cellchain.trial.commands.sites import end_site_role, name_for_site
from cellchain.trial.commands.studies import close_study, open_study
from cellchain.trial.pauses.commands import hold_study, make_study_resumed, pause_by_rule, pause_study, resume_study

__all__ = [
    "MakeAssignmentReleased",
    "MakeDueAgain",
    "assign_bag",
    "cancel_order",
    "close_study",
    "commit_allocation_list",
    "confirm_eligibility",
    "discontinue_treatment",
    "end_site_role",
    "enrol",
    "hold_study",
    "import_allocation_list",
    "import_amendment",
    "lose_to_follow_up",
    "make_amendment_effective",
    "make_assignment_released",
    "make_due_again",
    "make_study_resumed",
    "mark_assignment",
    "mark_due_again",
    "mark_infused",
    "mark_not_given",
    "miss_infusion",
    "name_for_site",
    "name_physicians",
    "open_study",
    "order_infusion",
    "pause_by_rule",
    "pause_study",
    "plan_infusions",
    "randomise",
    "record_baseline",
    "record_consent",
    "record_death",
    "record_screening",
    "release_assignment",
    "replace_wristband",
    "report_unblinding",
    "reschedule",
    "resume_study",
    "screen_out",
    "withdraw_amendment",
    "withdraw_consent",
]

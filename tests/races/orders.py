"""An order for every verb, over the demonstration: who sends it, and its fields."""

from tests.races.orders_access import ACCESS
from tests.races.orders_clinic import ACCOUNTS, BEDSIDE, CUSTODY, DONORS, FOLLOWUP, NOTICES, TRIAL
from tests.races.orders_failures import FAILURES
from tests.races.orders_follow_up import FOLLOW_UP
from tests.races.orders_lab import LABELS, MANUFACTURING, MATERIALS, QUALITY
from tests.races.orders_recalls import RECALLS
from tests.races.orders_safety import PAUSES, SAFETY
from tests.races.things import Builder

CAPABILITIES: dict[str, dict[str, Builder]] = {
    "accounts": {**ACCOUNTS, **ACCESS},
    "bedside": BEDSIDE,
    "custody": CUSTODY,
    "donors": DONORS,
    "followup": {**FOLLOWUP, **SAFETY},
    "labels": LABELS,
    "manufacturing": MANUFACTURING,
    "materials": MATERIALS,
    "notices": NOTICES,
    "quality": {**QUALITY, **FOLLOW_UP, **RECALLS, **FAILURES},
    "trial": {**TRIAL, **PAUSES},
}
BUILDERS: dict[str, Builder] = {
    f"{capability}/{verb}": build for capability, verbs in CAPABILITIES.items() for verb, build in verbs.items()
}
# Orders that meet the demonstration at a moment when their command has to refuse them.
_REFUSED = {
    "bedside": "take_over_infusion",  # everybody stands at one tablet there
    "custody": "assess_excursion report_gap",
    "donors": "record_harvest",
    "followup": "lock_data unlock_data",
    "labels": "approve_design clear_label",
    "manufacturing": "change_medium close_record complete_batch complete_step correct_value freeze harvest passage "
    "pool receive_donation reject_donation seed separate split suspend thaw",
    "materials": "amend_material",
    "notices": "retry_mail send_test_mail",  # nothing was refused, and nobody is mailed there
    "quality": "accept_exception attach_issue_tag correct_result decide_doubt place_on_stability release "
    "release_conditionally release_for_further_use report_late_positive report_missed_point review_batch take_sample",
    "trial": "assign_bag close_study commit_allocation_list confirm_eligibility "
    "import_allocation_list open_study randomise record_baseline release_assignment reschedule",
}
REFUSED = frozenset(f"{capability}/{verb}" for capability, verbs in _REFUSED.items() for verb in verbs.split())

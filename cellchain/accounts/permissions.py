"""Which role may do what. A permission is `<capability>.<verb>`; `<capability>.read` opens a capability's pages.

The administrator holds no permission over donors, cells or recipients; guarded roles need a countersignature.
"""

from collections.abc import Iterable

from cellchain.accounts.rules import Role


def _all(capability: str, verbs: str) -> frozenset[str]:
    return frozenset(f"{capability}.{verb}" for verb in verbs.split())


SIGNED_IN = frozenset({"house.use", "notices.answer"}) | _all(
    "accounts",
    "countersign accept_agreement set_password end_session sign_out_everywhere "
    "enrol_second_factor renew_recovery_codes end_second_factor add_passkey end_passkey",
)
# What somebody may do whose role asks for a second factor, until they have one.
ENROLLING = frozenset({"house.use"}) | _all(
    "accounts", "accept_agreement enrol_second_factor add_passkey end_session sign_out_everywhere"
)
# Who may take a role in an emergency; which one depends on their own (emergency/rules.py).
BREAKING_GLASS = _all("accounts", "break_glass end_emergency")
LABEL_WORK = _all(
    "labels", "read print_label print_labels confirm_label reprint_label void_label file_label retry_job settle_job"
)
# Who may print a label looks after it at the printer.
PRINTING = _all("labels", "read print_label print_labels retry_job settle_job")
CUSTODY_WORK = _all(
    "custody",
    "read store move hand_over accept pack ship receive import_log return_bag destroy witness_destruction "
    "record_temperatures "
    "record_time_out report_gap lay_out_box reserve_vial release_reservation",
)
BATCH_WORK = _all(
    "manufacturing",
    "read clear_line verify_clearance open_batch open_record close_record receive_donation start_step record_value "
    "leave_out_sample use_material use_equipment undo complete_step verify_step comment_step attach_file "
    "draft_master_record review_master_record correct_value separate seed change_medium passage harvest split pool "
    "freeze thaw suspend prepare_control discard waste record_count import_count record_environment complete_batch",
)
# What whoever works on a deviation may do about it: their own actions and changes, and what a ward complains about.
FOLLOW_UP_WORK = _all("quality", "complete_action request_change implement_change record_complaint")
BEDSIDE_WORK = _all(
    "bedside",
    "read check start_infusion record_observation pause resume report_reaction "
    "stop_infusion dispose_bag declare_downtime acknowledge_stop "
    "set_rate take_over_infusion state_volume return_unused "
    "bind_hospital_wristband release_hospital_wristband end_downtime enter_paper_infusion settle_bag",
)
SAFETY_WORK = _all(
    "followup", "read report_adverse_event assess_causality submit_report submit_follow_up close_event code_event"
)
MEASURING = _all("followup", "record_measurement record_spirometry record_diffusion record_walk")
VISIT_WORK = MEASURING | _all(
    "followup",
    "read record_visit record_unscheduled_visit mark_missing raise_query answer_query plan_visits read_outcomes",
)

ROLE_PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.TECHNICIAN: SIGNED_IN
    | BREAKING_GLASS
    | BATCH_WORK
    | CUSTODY_WORK
    | LABEL_WORK
    | _all(
        "materials",
        "read receive_lot attach_certificate register_material register_equipment record_calibration "
        "record_qualification record_cleaning plan_cleaning take_out_of_service register_location count_stock "
        "set_stock_limits",
    )
    | _all(
        "quality",
        "read take_sample send_sample store_sample pull_vial open_deviation attach_issue_tag account_for",
    )
    | FOLLOW_UP_WORK
    | _all("labels", "reconcile configure_scanner bind_number")
    | _all("donors", "read")
    | _all("trial", "read assign_bag"),
    Role.ANALYST: SIGNED_IN
    | BREAKING_GLASS
    | _all(
        "quality",
        "read take_sample send_sample receive_sample store_sample pull_vial record_result record_panel verify_result "
        "correct_result import_results open_deviation report_late_positive draft_specification draft_method "
        "determine_root_cause investigate_laboratory",
    )
    | FOLLOW_UP_WORK
    | _all("manufacturing", "read")
    | _all("materials", "read")
    | PRINTING
    | _all("labels", "confirm_label"),
    Role.QA: SIGNED_IN
    | LABEL_WORK
    | _all("labels", "approve_design clear_label reconcile read_scans bind_number release_number")
    | _all("donors", "read defer_donor report_post_donation_information")
    | _all(
        "materials",
        "read accept_lot amend_material attach_certificate reject_lot close_location quarantine_lot recall_lot "
        "take_out_of_service return_to_service register_location classify_location record_calibration "
        "record_qualification plan_cleaning count_stock set_stock_limits",
    )
    | _all(
        "manufacturing",
        "read draft_master_record review_master_record approve_master_record retire_master_record record_training "
        "verify_step comment_step attach_file name_columns",
    )
    | _all(
        "quality",
        "read draft_specification approve_specification draft_method approve_method retire_method "
        "register_laboratory close_laboratory place_on_stability report_missed_point open_deviation assess_deviation "
        "close_deviation review_batch release_for_further_use "
        "release_conditionally release reject hold lift_hold "
        "start_recall list_recall recall account_for close_recall acknowledge_alert decide_doubt send_letters "
        "record_letter "
        "report_late_positive attach_issue_tag investigate_laboratory extend_investigation plan_retests "
        "investigate_fully conclude_investigation evaluate_exceptional_use accept_exceptional_use "
        "withdraw_exceptional_use ask_redaction redact",
    )
    | FOLLOW_UP_WORK
    | _all(
        "quality",
        "contain_deviation determine_root_cause answer_complaint plan_action withdraw_action judge_action "
        "extend_due_date approve_change reject_change judge_change close_change",
    )
    | _all("custody", "read assess_excursion configure_shipper report_gap destroy witness_destruction return_bag")
    | _all("trial", "read see_arm release_assignment")
    | _all("bedside", "read")
    | _all("followup", "read see_relatedness read_outcomes")
    | _all(
        "accounts",
        "read record_training open_access_review review_access close_access_review "
        "countersign_role countersign_first_qa end_qualified_person review_emergency end_emergency",
    )
    | _all("trace", "read read_all read_ledger recall_preview export_dossier issue_certificate"),
    Role.NURSE: SIGNED_IN
    | _all("trial", "see_name")
    | BEDSIDE_WORK
    | _all(
        "custody",
        "read accept receive import_log record_time_out report_gap return_bag destroy hand_over witness_destruction",
    )
    | _all("trial", "read replace_wristband see_arm")
    | PRINTING
    | _all("labels", "confirm_label")
    | _all("followup", "read report_adverse_event")
    | _all("trace", "read"),
    Role.PHYSICIAN: SIGNED_IN
    | BREAKING_GLASS
    | _all("trial", "see_name")
    | SAFETY_WORK
    | VISIT_WORK
    | _all(
        "donors",
        "read register_donor record_consent withdraw_consent record_questionnaire assess_questionnaire "
        "determine_eligibility defer_donor record_harvest report_complication resolve_complication record_visit "
        "report_post_donation_information",
    )
    | _all(
        "trial",
        "read see_arm enrol record_screening screen_out record_consent record_baseline confirm_eligibility "
        "name_for_site plan_infusions "
        "order_infusion cancel_order reschedule "
        "discontinue_treatment withdraw_consent lose_to_follow_up record_death pause_study",
    )
    | _all("followup", "see_relatedness")
    | _all("quality", "request_exceptional_use take_on_exceptional_use withdraw_exceptional_use")
    | _all("bedside", "read record_observation report_reaction stop_infusion pause resume set_rate decide_running")
    | _all("labels", "read print_label print_labels")
    | _all("quality", "acknowledge_alert")
    | _all("trace", "read read_own"),
    Role.COORDINATOR: SIGNED_IN
    | BREAKING_GLASS
    | _all("trial", "see_name")
    | VISIT_WORK
    | _all(
        "donors",
        "read register_donor record_consent withdraw_consent record_questionnaire record_screening record_harvest "
        "report_complication resolve_complication record_visit report_post_donation_information",
    )
    | _all(
        "trial",
        "read see_arm enrol record_screening screen_out record_consent record_baseline randomise "
        "import_amendment name_for_site plan_infusions "
        "reschedule withdraw_consent lose_to_follow_up record_death report_unblinding",
    )
    | _all("quality", "record_sponsor_told")
    | _all("custody", "read hand_over accept")
    | PRINTING
    | _all("labels", "confirm_label bind_number")
    | _all("followup", "report_adverse_event see_relatedness submit_report submit_follow_up code_event"),
    Role.ASSESSOR: SIGNED_IN
    | MEASURING
    | _all("followup", "read_blind record_visit record_unscheduled_visit mark_missing answer_query")
    | _all("trial", "read_blind"),
    Role.STATISTICIAN: SIGNED_IN
    | _all("trial", "read see_arm open_study commit_allocation_list import_amendment make_amendment_effective")
    | _all("followup", "read lock_data unlock_data raise_query close_query read_outcomes compare_arms export_data"),
    Role.SPONSOR: SIGNED_IN
    | _all("trial", "read pause_study resume_study")
    | _all("followup", "read see_relatedness assess_as_sponsor submit_report submit_follow_up code_event")
    | _all("followup", "raise_query close_query read_outcomes")
    | _all("quality", "read acknowledge_alert record_sponsor_told"),
    # The sponsor's monitor compares values with their sources, asks, and closes questions: no decision, no arm.
    Role.MONITOR: SIGNED_IN
    | _all("trial", "read")
    | _all("followup", "read see_relatedness verify_source raise_query close_query"),
    Role.COMMITTEE: SIGNED_IN
    | _all("trial", "read see_arm pause_study resume_study")
    | _all("followup", "read see_relatedness"),
    Role.INSPECTOR: SIGNED_IN
    | _all("donors", "read")
    | _all("materials", "read")
    | _all("manufacturing", "read")
    | _all("quality", "read")
    | _all("custody", "read")
    | _all("trial", "read see_arm")
    | _all("bedside", "read")
    | _all("followup", "read see_relatedness read_outcomes")
    | _all("labels", "read read_scans")
    | _all("trace", "read read_all read_ledger recall_preview export_dossier"),
    Role.ADMINISTRATOR: SIGNED_IN
    | _all(
        "accounts",
        "read register_person grant_role revoke_role issue_badge revoke_badge enrol_station "
        "record_training open_access_review review_access settle_review_line set_last_day extend_last_day move_person "
        "lock unlock reset_password reset_second_factor end_sessions_of "
        "countersign_first_qa "
        "mark_qualified_person end_qualified_person link_to_directory unlink_from_directory end_emergency",
    )
    | _all("labels", "configure_scanner read_scans")
    | _all("printing", "configure_printer assign_printer retire_printer print_test")
    | _all("licensing", "state_registration end_registration admit_facility remove_facility")
    | _all("notices", "retry_mail send_test_mail")
    | _all("operations", "read_health")
    | _all("trace", "read_ledger"),
}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that somebody with these roles may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))

"""The verbs of quality, by topic; importing this package registers all of them."""

from cellchain.quality.certificates.commands import issue_certificate
from cellchain.quality.commands.deviations import (
    assess_deviation,
    close_deviation,
    open_deviation,
    open_deviation_by_rule,
    question_descendants,
)
from cellchain.quality.commands.dispositions import (
    accept_exception,
    open_disposition,
    reject,
    release,
    release_conditionally,
    release_for_further_use,
    require_further_use,
    review_batch,
)
from cellchain.quality.commands.holds import (
    hold,
    hold_by_rule,
    lift_hold,
)
from cellchain.quality.commands.results import (
    RecordPanel,
    correct_result,
    record_panel,
    record_result,
    verify_result,
    verify_results,
)
from cellchain.quality.commands.specifications import (
    approve_specification,
    draft_specification,
    make_specification_effective,
)
from cellchain.quality.commands.tags import attach_issue_tag
from cellchain.quality.commands.testing import discard_sample, take_sample
from cellchain.quality.doubts.commands import decide_doubt
from cellchain.quality.letters.commands import SendLetters, record_letter, send_letters
from cellchain.quality.recalls.alerts import acknowledge_alert, alert_physicians
from cellchain.quality.recalls.commands import account_for, close_recall, list_recall, recall, start_recall
from cellchain.quality.recalls.late import report_late_positive
from cellchain.quality.redactions.commands import ask_redaction, redact

__all__ = [
    "RecordPanel",
    "SendLetters",
    "accept_exception",
    "account_for",
    "acknowledge_alert",
    "alert_physicians",
    "approve_specification",
    "ask_redaction",
    "assess_deviation",
    "attach_issue_tag",
    "close_deviation",
    "close_recall",
    "correct_result",
    "decide_doubt",
    "discard_sample",
    "draft_specification",
    "hold",
    "hold_by_rule",
    "issue_certificate",
    "lift_hold",
    "list_recall",
    "make_specification_effective",
    "open_deviation",
    "open_deviation_by_rule",
    "open_disposition",
    "question_descendants",
    "recall",
    "record_letter",
    "record_panel",
    "record_result",
    "redact",
    "reject",
    "release",
    "release_conditionally",
    "release_for_further_use",
    "report_late_positive",
    "require_further_use",
    "review_batch",
    "send_letters",
    "start_recall",
    "take_sample",
    "verify_result",
    "verify_results",
]

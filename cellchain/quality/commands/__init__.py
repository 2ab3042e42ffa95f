"""The verbs of quality, by topic; importing this package registers all of them."""

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
    attach_issue_tag,
    hold,
    hold_by_rule,
    lift_hold,
    recall,
    report_late_positive,
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
from cellchain.quality.commands.testing import discard_sample, take_sample

__all__ = [
    "RecordPanel",
    "accept_exception",
    "approve_specification",
    "assess_deviation",
    "attach_issue_tag",
    "close_deviation",
    "correct_result",
    "discard_sample",
    "draft_specification",
    "hold",
    "hold_by_rule",
    "lift_hold",
    "make_specification_effective",
    "open_deviation",
    "open_deviation_by_rule",
    "open_disposition",
    "question_descendants",
    "recall",
    "record_panel",
    "record_result",
    "reject",
    "release",
    "release_conditionally",
    "release_for_further_use",
    "report_late_positive",
    "require_further_use",
    "review_batch",
    "take_sample",
    "verify_result",
    "verify_results",
]

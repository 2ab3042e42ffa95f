"""The review of access that QA closed: every account a line, answered by somebody else."""

from cellchain.accounts.review import commands as review
from cellchain.demo.stage import Stage


def look_through(stage: Stage) -> None:
    """QA opens a review, answers every line but her own, which an administrator does, and signs."""
    number = stage.do("admin1", review.open_access_review)["review"]
    for who in stage.people:
        by = "admin1" if who == "qa1" else "qa1"
        stage.do(by, review.review_access, review=number, person=stage.code_of(who), answer="keep")
    findings = "Demonstration: everybody works as their roles say."
    stage.do("qa1", review.close_access_review, review=number, findings=findings)

"""The kinds of notice: what is recorded, who is told, in which words. A row here is all that a new kind takes.

No sentence names anybody, and none says what only some may know: mails lie on foreign servers, and a blind assessor is
told nothing.
"""

from collections.abc import Mapping, Sequence

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.notices.rules import Kind

DIGEST = "digest"


def _alarm(key: str, event: str, title: T, sentence: T, *roles: Role, **when: object) -> Kind:
    """Everybody whom it concerns gets it by mail, and says that they know."""
    return Kind(key, event, title, sentence, frozenset(roles), compulsory=True, acknowledged=True, when=when)


def _news(key: str, event: str, title: T, sentence: T, *roles: Role) -> Kind:
    """In the worklist, and by mail for who wants that."""
    return Kind(key, event, title, sentence, frozenset(roles))


KINDS: Sequence[Kind] = (
    _alarm(
        "late_positive",
        "quality:late_positive:reported",
        T("Late positive result"),
        T("A test failed after its lot was released. What is unused is held."),
        Role.QA,
        Role.PHYSICIAN,
        Role.SPONSOR,
    ),
    _alarm(
        "recall",
        "quality:recall:placed",
        T("Recall"),
        T("Lots and bags were recalled. None of them may be used."),
        Role.QA,
        Role.PHYSICIAN,
        Role.NURSE,
        Role.COORDINATOR,
        Role.TECHNICIAN,
    ),
    _alarm(
        "clock_stepped",
        "",
        T("The server's clock was moved"),
        T("The clock of the server was put forward or back by more than two seconds. Check the times entered since."),
        Role.ADMINISTRATOR,
        Role.QA,
    ),
    _alarm(
        "letter_to_physician",
        "",
        T("Letter about a recall"),
        T("QA wrote to you about your recipients. The letter is on the page of the recall, which Today leads to."),
        Role.PHYSICIAN,
    ),
    _alarm(
        "letter_to_sponsor",
        "",
        T("Letter about a recall"),
        T("QA wrote to you about a recall. The letter is on the page of the recall, which Today leads to."),
        Role.SPONSOR,
    ),
    _alarm(
        "running_stopped",
        "",
        T("A running infusion has to stop"),
        T("Something turned against a bag while it runs. Go to the bedside."),
        Role.NURSE,
        Role.PHYSICIAN,
        Role.QA,
    ),
    _alarm(
        "unverified_ward",
        "",
        T("Bag waits unverified"),
        T("A bag was taken over by the ward, and nobody has checked it at the bedside. Check it, or send it back."),
        Role.NURSE,
    ),
    _alarm(
        "unverified_laboratory",
        "",
        T("Bag still unverified: call the ward"),
        T("The ward was told of a bag that waits unverified, and it still waits. Call the ward."),
        Role.TECHNICIAN,
    ),
    _alarm(
        "unverified_qa",
        "",
        T("Bag unverified for long"),
        T("Ward and laboratory were told of a bag that waits unverified, and it still waits. Decide about the bag."),
        Role.QA,
    ),
    _alarm(
        "critical_deviation",
        "quality:deviation:assessed",
        T("Critical deviation"),
        T("A deviation was assessed as critical."),
        Role.QA,
        severity="critical",
    ),
    _alarm(
        "result_failed",
        "quality:result:failed",
        T("Result out of specification"),
        T("A result lies outside its limits. The release waits."),
        Role.QA,
    ),
    _alarm(
        "result_overdue",
        "",
        T("Final result overdue"),
        T("The day of a final result has passed, and it is not here."),
        Role.QA,
        Role.ANALYST,
    ),
    # A sponsor reads of lots and bags, and so of no recipient: their notices name the study.
    _alarm(
        "report_overdue",
        "",
        T("Safety report overdue"),
        T("The time for a safety report has passed, and it was not sent."),
        Role.PHYSICIAN,
        Role.COORDINATOR,
    ),
    _alarm(
        "sponsor_report_overdue",
        "",
        T("Safety report overdue"),
        T("The time for a safety report has passed, and it was not sent."),
        Role.SPONSOR,
    ),
    _alarm(
        "report_soon",
        "",
        T("Safety report due soon"),
        T("Four fifths of the time for a safety report are over, and it was not sent."),
        Role.PHYSICIAN,
        Role.COORDINATOR,
    ),
    _alarm(
        "sponsor_report_soon",
        "",
        T("Safety report due soon"),
        T("Four fifths of the time for a safety report are over, and it was not sent."),
        Role.SPONSOR,
    ),
    _alarm(
        "report_half",
        "",
        T("Half the time for a safety report is over"),
        T("Half the time for a safety report is over, and it was not sent."),
        Role.PHYSICIAN,
        Role.COORDINATOR,
    ),
    _alarm(
        "sponsor_report_half",
        "",
        T("Half the time for a safety report is over"),
        T("Half the time for a safety report is over, and it was not sent."),
        Role.SPONSOR,
    ),
    _alarm(
        "study_paused",
        "trial:study:paused",
        T("Study paused"),
        T("The study is paused for safety. Nobody is randomised or treated until two people let it go on."),
        Role.SPONSOR,
        Role.COMMITTEE,
        Role.PHYSICIAN,
        Role.COORDINATOR,
        Role.NURSE,
        Role.QA,
        paused_already=False,
    ),
    _alarm(
        "study_resumed",
        "trial:study:resumed",
        T("Study goes on"),
        T("Two people have signed that a paused study goes on."),
        Role.SPONSOR,
        Role.COMMITTEE,
        Role.PHYSICIAN,
        Role.COORDINATOR,
        Role.NURSE,
        Role.QA,
    ),
    _alarm(
        "excursion",
        "custody:excursion:noticed",
        T("Temperature excursion"),
        T("Something was outside its temperature, or out of it for too long."),
        Role.QA,
    ),
    _alarm(
        "mix_up",
        "manufacturing:mixup:suspected",
        T("Possible mix-up"),
        T("Two batches may have been mixed up. What came from them is held."),
        Role.QA,
    ),
    _alarm(
        "reaction",
        "bedside:reaction:reported",
        T("Reaction during an infusion"),
        T("A reaction was reported at the bedside."),
        Role.PHYSICIAN,
        Role.QA,
    ),
    # A STOP blocks no later check: until somebody holds the bag, two people who see nothing may still start it.
    _alarm(
        "bag_looks_wrong",
        "bedside:check:stopped",
        T("A bag looks wrong at the bedside"),
        T("Somebody saw damage, clumps or a bad label on a bag. Call the ward, and decide: hold the bag, or leave it."),
        Role.QA,
        looks_wrong=True,
    ),
    _alarm(
        "donor_in_doubt",
        "donors:information:reported",
        T("Information after a donation"),
        T("Something became known of a donor. What came from the donation is held."),
        Role.QA,
        Role.PHYSICIAN,
    ),
    _alarm(
        "screening_positive",
        "donors:screening:positive",
        T("Positive screening test"),
        T("A screening test of a donor is positive. What came from the donation is held."),
        Role.QA,
        Role.PHYSICIAN,
    ),
    _alarm(
        "lockout",
        "accounts:sign_in:slowed",
        T("Somebody guesses passwords"),
        T("Signing in failed so often under one name that it has to wait."),
        Role.ADMINISTRATOR,
    ),
    _alarm(
        "emergency_access",
        "accounts:emergency:begun",
        T("A role was taken in an emergency"),
        T("Somebody took a role that nobody gave them, because it could not wait. Look at what they do."),
        Role.QA,
        Role.ADMINISTRATOR,
    ),
    _alarm(
        "emergency_unreviewed",
        "",
        T("Emergency access not reviewed"),
        T("The time for reviewing an emergency access has passed. Look at what was done, and sign the review."),
        Role.QA,
        Role.ADMINISTRATOR,
    ),
    # To one person by name: what they sign in or sign with is not what it was.
    _alarm(
        "credential_changed",
        "",
        T("Something you sign in with was changed by somebody else"),
        T("Your password, PIN, phone or passkey was changed for you. Your account says what, when and by whom."),
        *Role,
    ),
    Kind(
        "credential_set",
        "",
        T("Something you sign in with was changed in your name"),
        T("Your password, PIN, phone or passkey was changed. If it was not you, tell an administrator at once."),
        frozenset(Role),
        compulsory=True,
        tells_doer=True,
    ),
    Kind(
        "sign_in_guessed",
        "",
        T("Somebody may be trying to sign in as you"),
        T(
            "Signing in under your name failed many times, or succeeded after several failures. If it was not you, set "
            "a new password and tell an administrator at once."
        ),
        frozenset(Role),
        compulsory=True,
        tells_doer=True,
    ),
    _news(
        "bag_stopped",
        "bedside:stop:acknowledged",
        T("STOP at the bedside"),
        T("A check at the bedside ended in a STOP."),
        Role.QA,
    ),
    _news(
        "out_of_tolerance",
        "materials:equipment:out_of_tolerance",
        T("Equipment out of tolerance"),
        T("A calibration found equipment out of tolerance. What was made with it is in question."),
        Role.QA,
    ),
    _news(
        "material_recalled",
        "materials:lot:recalled",
        T("Material recalled"),
        T("A lot of a material was recalled. What was made with it is in question."),
        Role.QA,
        Role.TECHNICIAN,
    ),
    _news(
        "arrived_late",
        "custody:arrival:late",
        T("Shipment late"),
        T("A shipment arrived later than it may."),
        Role.QA,
    ),
    _news(
        "unblinded",
        "trial:arm:unblinded",
        T("Unblinding"),
        T("Somebody was told an arm before the end of the study."),
        Role.QA,
        Role.STATISTICIAN,
    ),
)
BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}


def kind_of(key: str) -> Kind:
    """The kind with this name. Raises NotFound."""
    if key not in BY_KEY:
        raise NotFound("notice.no_kind", "There is no kind of notice {name}. Choose another.", name=key)
    return BY_KEY[key]


def kinds_for(roles: Sequence[str]) -> list[Kind]:
    """The kinds that somebody with these roles is told of."""
    return [kind for kind in KINDS if kind.roles & {Role(role) for role in roles}]

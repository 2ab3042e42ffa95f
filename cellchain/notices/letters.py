"""What a mail says: the kind of thing, the code of a thing of the house, and where to look. Never who it is about."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.notices.rules import NAMED_IN_MAIL, Kind
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice


@dataclass(frozen=True)
class Letterhead:
    """What every mail of this house bears."""

    sender: str
    site_name: str
    address: str
    demonstration: bool = False


@dataclass(frozen=True)
class Said:
    """What one mail tells, in texts."""

    title: T
    sentences: tuple[T, ...]
    path: str


def of_notice(kind: Kind, number: int, subject: str) -> Said:
    """A notice. The code stands there only where it is that of a thing of the house."""
    code = (T("It is about {code}.", code=grouped(subject)),) if subject[:2] in NAMED_IN_MAIL else ()
    ask = (T("Please acknowledge it there."),) if kind.acknowledged else ()
    return Said(kind.title, (kind.sentence, *code, *ask), f"/notices/{number}")


def of_day(late_count: int, due_count: int) -> Said:
    """The digest of a day: how much, and nothing of what."""
    return Said(
        T("What is due today"),
        (T("Overdue: {count}.", count=late_count), T("Due today: {count}.", count=due_count)),
        "/",
    )


def of_test() -> Said:
    """That mail arrives."""
    return Said(T("Test of the mail server"), (T("Mails of this house arrive."),), "/notices/mail")


def letter(head: Letterhead, said: Said, voice: Voice, *, to: str, message_id: str, at: datetime) -> EmailMessage:
    """The mail, the same at each attempt."""
    title = f"{head.site_name}: {voice.say(said.title)}"
    if head.demonstration:
        title = f"{voice.gettext('DEMONSTRATION')}: {title}"
    told = EmailMessage(policy=SMTP)
    told["From"] = head.sender
    told["To"] = to
    told["Subject"] = title
    told["Date"] = format_datetime(at)
    told["Message-ID"] = message_id
    told["Auto-Submitted"] = "auto-generated"
    told.set_content(
        "\n".join(
            [
                *(voice.say(sentence) for sentence in said.sentences),
                "",
                voice.say(T("Open it here: {address}", address=head.address.rstrip("/") + said.path)),
                "",
                "-- ",
                voice.say(T("This mail names nobody. What it is about is shown after signing in.")),
            ]
        )
        + "\n"
    )
    told["Content-Language"] = voice.language  # setting the content clears what is said about it
    return told

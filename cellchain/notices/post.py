"""Handing one mail to the mail server, and saying what became of it in the two words that the line knows."""

import asyncio
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass

if TYPE_CHECKING:
    import aiosmtplib
else:
    aiosmtplib = later("aiosmtplib")

PERMANENT = 500


class NotTaken(Exception):
    """The mail is not at the server, or nobody knows. `never`: it is refused for good; `server`: no other would be
    taken either."""

    def __init__(self, problem: str, detail: str = "", *, never: bool = False, server: bool = False) -> None:
        self.problem = problem
        self.detail = detail
        self.never = never
        self.server = server
        super().__init__(problem)


@dataclass(frozen=True)
class MailServer:
    """The server of the house. `security` is starttls, tls or none; the password is read at each use."""

    host: str
    port: int
    security: str
    user: str | None = None
    password_file: Path | None = None
    timeout_s: float = 20.0

    def send(self, mail: EmailMessage) -> None:
        """Hand `mail` over. Raises NotTaken; whatever was not said to be taken has to be sent again."""
        try:
            asyncio.run(asyncio.wait_for(self._send(mail), self.timeout_s * 3))
        except NotTaken:
            raise
        except aiosmtplib.SMTPAuthenticationError as error:
            raise NotTaken("not_let_in", f"{error.code} {error.message}", server=True) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _answer(error.recipients[0].code, error.recipients[0].message) from error
        except aiosmtplib.SMTPServerDisconnected as error:
            raise NotTaken("broke_off", server=True) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _answer(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotTaken("away", type(error).__name__, server=True) from error

    async def _send(self, mail: EmailMessage) -> None:
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            timeout=self.timeout_s,
        )
        async with client:
            if self.user is not None:
                await client.login(self.user, self._password())
            await client.send_message(mail)

    def _password(self) -> str:
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NotTaken(
                "not_let_in", f"{type(error).__name__}: CELLCHAIN_SMTP_PASSWORD_FILE", server=True
            ) from error


def _answer(code: int, sentence: str) -> NotTaken:
    """What a server said about one mail: 5xx is for good, anything else is for now."""
    never = code >= PERMANENT
    return NotTaken("never" if never else "not_now", f"{code} {sentence}", never=never)

"""Everything that cellchain refuses, with a stable code and a sentence: what happened, what to do next.

`web/errors.py` maps these to HTTP; nothing here knows of it.
"""

from collections.abc import Collection, Mapping

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


class CellchainError(Exception):
    """Base of every error that a person or a program is told about by name.

    `about` is the thing that was refused something, where whoever refused it had found it out.
    """

    code = "error"
    about: str | None = None

    def __init__(self, code: str, template: str, /, **params: object) -> None:
        self.code = code
        self.text = T(template, **params)
        super().__init__(f"{code}: {self.text}")


@dataclass(frozen=True)
class Remark:
    """Words that answer a refusal which asks for words, in both languages, under a code by which they are found."""

    code: str
    en: str
    ru: str

    def words(self, language: str) -> str:
        """As they stand in a record: `V1: The tube was warmed too slowly.`"""
        return f"{self.code}: {self.ru if language == 'ru' else self.en}"


class Refused(CellchainError):
    """A rule says no. Recorded in the ledger: a blocked attempt is evidence.

    `remarks` are standard words that would answer it, for who has no keyboard; nobody is held to them.
    """

    remarks: tuple[Remark, ...] = ()


class Stale(CellchainError):
    """The record changed since it was read."""

    def __init__(
        self, template: str = "This record changed while you were looking at it. Open it again and repeat.", /
    ) -> None:
        super().__init__("record.changed", template)


class NotFound(CellchainError):
    """There is no such thing, or the person may not know of it."""

    def __init__(
        self,
        code: str = "record.not_found",
        template: str = "{key} is not known here. Scan the label again.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class WrongMethod(CellchainError):
    """There is such a place, and not for this kind of request."""

    def __init__(self, *, allowed: Collection[str] = ("GET",)) -> None:
        self.allowed = tuple(sorted(allowed))
        super().__init__(
            "request.wrong_method",
            "This address takes no such request. It takes: {allowed}.",
            allowed=", ".join(self.allowed),
        )


class Forbidden(CellchainError):
    """The person is known and may not do this."""

    def __init__(
        self,
        code: str = "access.forbidden",
        template: str = "Your roles do not allow this. Ask an administrator which role you need.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class SignInNeeded(CellchainError):
    """Nobody is signed in, or the session has ended."""

    def __init__(self, code: str = "session.needed", template: str = "Sign in first.", /, **params: object) -> None:
        super().__init__(code, template, **params)


class NeedsSignature(CellchainError):
    """A decision needs the signer's own password again, and did not get it or got a wrong one."""

    def __init__(
        self,
        code: str = "signature.needed",
        template: str = "Sign with your own user name and password.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class Busy(CellchainError):
    """The system cannot take the request now; nothing was done."""

    def __init__(
        self,
        code: str = "system.busy",
        template: str = "The system is busy. Nothing was done. Try again in a moment.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class Unavailable(Busy):
    """The database cannot do it now. What was asked was not done, unless the message says that this is not known."""


class TooMany(CellchainError):
    """Too many failed attempts; nothing is looked at before the wait is over."""

    def __init__(
        self,
        code: str = "attempts.too_many",
        template: str = "Too many failed attempts. Wait {seconds} s and try again.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class Unfinished(CellchainError):
    """The request did not arrive whole: whoever sent it went away in the middle, or stopped sending."""

    def __init__(
        self,
        code: str = "request.unfinished",
        template: str = "The request did not arrive whole. Nothing was done. Send it again.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class TooLarge(CellchainError):
    """The request is larger than anything we ask for."""

    def __init__(
        self,
        code: str = "request.too_large",
        template: str = "The request is too large. Send {most} bytes at most.",
        /,
        **params: object,
    ) -> None:
        super().__init__(code, template, **params)


class Invalid(CellchainError):
    """The order itself is malformed: names each field and what it should be."""

    def __init__(self, fields: Mapping[str, T], /) -> None:
        super().__init__("order.invalid", "Some fields need correction. Each one says what it expects.")
        self.fields = dict(fields)


class InvariantBroken(Exception):
    """A coding error of ours. Rolls back and is answered with 500; never raised for what a client sent."""

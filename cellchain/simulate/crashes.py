"""A database whose process dies around a commit: flushed and not committed, or committed and nobody told."""

from enum import Enum
from typing import Any, cast

from cellchain.kernel.values import dataclass
from cellchain.platform.db import Database, Link


class Moment(Enum):
    """When the process dies."""

    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit, before the answer"


class Died(BaseException):
    """The process is gone. No handler of the house may see it, as none sees a kill -9."""


@dataclass
class Fuse:
    """Burns at the next commit once it is lit. A process that died does nothing more, not even roll back."""

    at: Moment | None = None
    dead: bool = False

    def burn(self, link: Link) -> Any:
        """Commit, or die before it or after it."""
        at, self.at = self.at, None
        if at is Moment.BEFORE_COMMIT:
            self.dead = True
            raise Died
        done = link.execute("COMMIT")
        if at is Moment.AFTER_COMMIT:
            self.dead = True
            raise Died
        return done


class FusedLink:
    """A connection that writes, with a fuse in its commit."""

    def __init__(self, link: Link, fuse: Fuse) -> None:
        self._link = link
        self._fuse = fuse

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """As the driver's own."""
        if self._fuse.dead:
            raise Died
        if sql == "COMMIT":
            return self._fuse.burn(self._link)
        return self._link.execute(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    def close(self) -> None:
        """What was not committed is lost, as with a process that ends."""
        cast(Any, self._link).close()


class FusedDatabase(Database):
    """The real database; only the connection that writes may die at a commit."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fuse = Fuse()
        self.writers: list[FusedLink] = []

    def write_link(self) -> Link:
        """As the house's own, with the fuse in it."""
        link = FusedLink(super().write_link(), self.fuse)
        self.writers.append(link)
        return link

    def abandon(self) -> None:
        """End without any tidying up: the database is found as a killed process leaves it."""
        self.fuse.dead = True
        for link in self.writers:
            link.close()
        self.close()

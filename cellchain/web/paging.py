"""What an address says about a list: where its page begins, and what it is narrowed to.

The links of a page are links: they hold without JavaScript, keep what was chosen, and name a row and never a person.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from cellchain.identity import codes
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing, Page, Place, Side

PLACE_LENGTH = 100
# A code in groups is shorter.
SEARCH_LENGTH = 40
# What the two ways are called: in a list by age, and in one by the days on which something ends.
BY_AGE = (T("Newer"), T("Older"))
BY_CODE = T("Code, or how it begins")
BY_END = (T("Earlier"), T("Later"))
Text = Annotated[str, Query(max_length=SEARCH_LENGTH)]
PlaceText = Annotated[str, Query(max_length=PLACE_LENGTH)]


@dataclass(frozen=True)
class Asked:
    """What an address asks of a list, as it stands there. `begins` is the beginning of a code."""

    path: str
    older: str = ""
    newer: str = ""
    begins: str = ""
    phase: str = ""
    day: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        """Whether less is wanted than everything."""
        return bool(self.begins or self.phase or self.day)

    def href(self, **place: str) -> str:
        """This list, as it is narrowed, from another place on. A day says where to begin, so a place ends it."""
        leads = place.get("older") or place.get("newer")
        chosen = {"begins": self.begins, "phase": self.phase, "day": "" if leads else self.day, **self.more, **place}
        given = {name: text for name, text in chosen.items() if text}
        return f"{self.path}?{urlencode(given)}" if given else self.path


def _asked(
    request: Request,
    older: PlaceText = "",
    newer: PlaceText = "",
    begins: Text = "",
    phase: Text = "",
    day: Annotated[str, Query(max_length=10)] = "",
) -> Asked:
    return Asked(request.url.path, older, newer, begins.strip(), phase, day)


AskedFor = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class Listed:
    """A page of a list as templates show it: its rows, the links around it, and what it was narrowed to."""

    rows: Sequence[Any]
    asked: Asked
    older: str
    newer: str
    first: str
    phases: Sequence[str] = ()
    has_days: bool = False
    has_codes: bool = False
    unreadable: bool = False
    words: tuple[T, T] = BY_AGE
    search: T = BY_CODE

    @property
    def is_first(self) -> bool:
        """Whether nothing newer stands before this page."""
        return not self.newer

    @property
    def all(self) -> str:
        """The whole list, narrowed to nothing."""
        return self.asked.href(begins="", phase="", day="")

    def shown(self, rows: Sequence[Any]) -> "Listed":
        """The same page of rows that were made out of its own."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Listed(**{**values, "rows": rows})


# `listed` of a request and its transaction, for pages that know neither.
Look = Callable[..., Listed]


def listed(
    request: Request,
    tx: ReadTx,
    listing: Listing,
    asked: Asked,
    *,
    kinds: Collection[Kind] = (),
    phases: type[StrEnum] | None = None,
    words: tuple[T, T] = BY_AGE,
    narrowed: Mapping[str, object] | None = None,
    start: Place | None = None,
    search: T = BY_CODE,
    **fixed: object,
) -> Listed:
    """The page that was asked for. Raises NotFound for a place or a state that there is not.

    kinds   what its rows' codes may name; without, it is not looked through by code
    phases  the states that it can be narrowed to
    words   what the way to the page before and to the page behind is called
    narrowed  what else it is narrowed to, by the listing's own names
    start   where it begins when nothing is asked for; what lies before is on the pages before
    search  what its field for codes is called
    """
    settings = request.app.state.settings
    span = codes.beginning(asked.begins, kinds, settings.site_number, tx.today.year) if asked.begins else None
    unreadable = bool(asked.begins and kinds and span is None)
    place = _place(tx, listing, asked, settings.zone)
    narrowed = {**(narrowed or {}), **({"phase": _phase(asked.phase, phases)} if asked.phase else {})}
    nothing = unreadable or (asked.day and place is None)
    page = Page(()) if nothing else listing.page(tx, place or start, narrowed=narrowed, span=span, **fixed)
    return Listed(
        rows=page.rows,
        asked=asked,
        older=asked.href(older=page.older) if page.older else "",
        newer=asked.href(newer=page.newer) if page.newer else "",
        first=asked.href(day="") if page.newer else "",
        phases=tuple(phases or ()),
        has_days=listing.has_days,
        has_codes=bool(kinds),
        unreadable=unreadable,
        words=words,
        search=search,
    )


def _place(tx: ReadTx, listing: Listing, asked: Asked, zone: Any) -> Place | None:
    text, side = (asked.older, Side.OLDER) if asked.older else (asked.newer, Side.NEWER)
    if text:
        place = listing.place(text, side)
        if place is None:
            raise NotFound("list.place_unknown", "This address names no place in the list. Begin with its first page.")
        return place
    if not asked.day or not listing.has_days:
        return None
    return listing.upto(tx, datetime.combine(_day(asked) + timedelta(days=1), time(), zone))


def _day(asked: Asked) -> date:
    try:
        found = date.fromisoformat(asked.day)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2200:
        raise NotFound("list.day_unknown", "There is no such day. Give it as year, month and day: 2026-11-30.")
    return found


def _phase(text: str, phases: type[StrEnum] | None) -> StrEnum:
    try:
        return (phases or StrEnum)(text)
    except (ValueError, TypeError) as error:
        raise NotFound(
            "list.state_unknown", "Nothing in this list can stand so. Choose a state of the list."
        ) from error

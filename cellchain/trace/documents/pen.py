"""Small words for the pages of a batch record: times, names, numbers and tables, in the reader's language."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.platypus import Flowable

from cellchain.kernel.text import T
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import SECTION, Cell, marked, safe, words
from cellchain.web.format import SPACE
from cellchain.web.i18n import Voice

Told = dict[str, Any]
DASH = "—"
NOTHING = T("None.")
STANDINGS = {
    "within": T("Within limit"),
    "alert": T("Outside the alert limit"),
    "action": T("Out of limit"),
}
RECORDED = T("Recorded")


class Pen:
    """Writes what a record tells, in the record's own language and zone."""

    def __init__(self, told: Told) -> None:
        self.voice = Voice(told["language"], ZoneInfo(told["zone"]))
        self.format = self.voice.format
        self.say = self.voice.say
        self.people: dict[str, str] = told["people"]
        self.signs = {
            (one["person"], at): self.sign(one["number"]) for one in told.get("emergency", ()) for at in one["acts"]
        }

    # -- who and when --------------------------------------------------------------------------------------------------

    def at(self, moment: str | None) -> str:
        """The site's time with its zone; a dash for none."""
        return DASH if moment is None else self.format.local(datetime.fromisoformat(moment))

    def both(self, moment: str | None) -> str:
        """The site's time, and the same in UTC."""
        return DASH if moment is None else f"{self.at(moment)} ({self.format.utc(datetime.fromisoformat(moment))})"

    def day(self, day: str | None) -> str:
        """A calendar day."""
        return DASH if day is None else self.format.local_date(datetime.fromisoformat(day).date())

    def who(self, person: str | None, *moments: str | None) -> str:
        """Somebody's name, with the sign of the emergency access under which they did what bears one of `moments`."""
        if person is None:
            return DASH
        signs = dict.fromkeys(self.signs[person, at] for at in moments if at is not None and (person, at) in self.signs)
        return SPACE.join([self.people.get(person, person).replace(" ", SPACE), *signs])

    def sign(self, number: int) -> str:
        """What stands beside an act that was done under this emergency access: `[E3]`."""
        return self.say(T("[E{number}]", number=str(number)))

    def by(self, person: str | None, moment: str | None) -> str:
        """Who and when, by the site's time."""
        return DASH if person is None else f"{self.who(person, moment)}, {self.at(moment)}"

    def signed(self, person: str | None, moment: str | None) -> str:
        """Who and when, by the site's time and in UTC."""
        return DASH if person is None else f"{self.who(person, moment)}, {self.both(moment)}"

    # -- how much ------------------------------------------------------------------------------------------------------

    def cells(self, count: int | None) -> str:
        """A number of cells; a dash where nobody counted them."""
        return DASH if count is None else self.format.cells(count)

    def amount(self, amounts: Told) -> str:
        """Cells over their volume, as a cell of a table holds both."""
        volume = self.format.millilitres(amounts["volume_ul"])
        return volume if amounts["cells_count"] is None else f"{self.cells(amounts['cells_count'])}\n{volume}"

    def nanolitres(self, volume_nl: int) -> str:
        """The volume of a chamber."""
        return f"{self.format.number(volume_nl)}{SPACE}{self.format.unit('nL')}"

    def percent(self, permille: int | None) -> str:
        """Tenths of a percent."""
        return DASH if permille is None else self.format.percent_tenths(permille)

    def doublings(self, milli: int | None) -> str:
        """Thousandths of a population doubling."""
        return DASH if milli is None else self.format.doublings(milli)

    def decimal(self, text: str) -> str:
        """A decimal number of the record, as this language writes it."""
        return self.format.decimal(Decimal(text))

    def limits(self, one: Told) -> list[str]:
        """The limits of a value or a reading, as far as it has any."""
        said = (
            T("Action limit: {limit}", limit=one["action_limit"]["shown"]) if one["action_limit"] else None,
            T("Alert limit: {limit}", limit=one["alert_limit"]["shown"]) if one["alert_limit"] else None,
        )
        return [self.say(limit) for limit in said if limit is not None]

    # -- on the page ---------------------------------------------------------------------------------------------------

    def part(self, title: T, heads: Sequence[T], shares: Sequence[float], rows: Sequence[Sequence[Cell]]) -> list[Any]:
        """A part that is one table, or says that there is nothing."""
        said = paper.titled(self.say(title), SECTION)
        if not rows:
            return [*said, words(self.say(NOTHING))]
        return [*said, self.table(heads, shares, rows)]

    def table(
        self, heads: Sequence[T], shares: Sequence[float], rows: Sequence[Sequence[Cell]], whole: Sequence[int] = ()
    ) -> Flowable:
        """Rows under heads; those numbered in `whole` reach over the whole width."""
        return paper.table([self.say(head) for head in heads], shares, rows, whole)

    def listed(self, title: T, lines: Sequence[str]) -> list[Flowable]:
        """Lines under a small title; nothing where there are none."""
        if not lines:
            return []
        return [paper.gap(1), marked("<br/>".join([f"<b>{safe(self.say(title))}</b>", *map(safe, lines)]))]

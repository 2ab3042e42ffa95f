"""What manufacturing's labels say, in both languages: every text field comes as `name.en` and `name.ru`.

The words stand here in both languages and not in the catalogue, because a label is printed in a language of its own
that no reader of a screen has chosen.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from cellchain.labels.render import local_text, utc_text
from cellchain.manufacturing.facts import BagFacts, ContainerFacts
from cellchain.manufacturing.rules.lifecycles import Content
from cellchain.web.format import Format

NO_STUDY = "—"
COLD = "2–8 °C"
INCUBATOR = "37 °C, 5 % CO₂"
NITROGEN = "≤ −150 °C"
CELLS = (
    "Mesenchymal stromal cells of bone marrow, allogeneic",
    "Мезенхимальные стромальные клетки костного мозга, аллогенные",
)
CONTROL = "Sodium chloride 0.9 %, control", "Натрия хлорид 0,9 %, контроль"
WHAT: Mapping[str, Mapping[Content, str]] = {
    "en": {
        Content.MARROW: "Bone marrow",
        Content.CELLS: "Nucleated cells of bone marrow",
        Content.MSC: "MSC suspension",
        Content.SALINE: "Sodium chloride 0.9 %",
    },
    "ru": {
        Content.MARROW: "Костный мозг",
        Content.CELLS: "Ядросодержащие клетки костного мозга",
        Content.MSC: "Суспензия МСК",
        Content.SALINE: "Натрия хлорид 0,9 %",
    },
}


def vessel(facts: ContainerFacts, place: int, of: int, zone: ZoneInfo, study: str | None) -> dict[str, str]:
    """A culture vessel: its passage and which of how many it is."""
    return {
        "container": facts.code,
        "passage": f"P{facts.passage}",
        **_both("vessel", f"vessel {place} of {of}", f"сосуд {place} из {of}"),
        "lot": facts.lot or "",
        **_local("seeded_local", facts.made_at, zone),
        "storage": INCUBATOR,
        "study": study or NO_STUDY,
    }


def cryovial(facts: ContainerFacts, zone: ZoneInfo) -> dict[str, str]:
    """A cryovial: lot, passage, cells, when it was frozen."""
    return {
        "container": facts.code,
        "lot": facts.lot or "",
        "passage": f"P{facts.passage}",
        **_written("content", zone, lambda form: form.cells(facts.cells_made_count or 0, 1)),
        **_written("frozen", zone, lambda form: form.label_date(facts.made_at)),
        "storage": NITROGEN,
    }


def container(facts: ContainerFacts, zone: ZoneInfo, study: str | None) -> dict[str, str]:
    """A container that is not for infusion: a tube, or a bag that nobody is assigned to yet."""
    passage = "" if facts.passage is None else f" P{facts.passage}"
    return {
        "container": facts.code,
        **_both("content", f"{WHAT['en'][facts.content]}{passage}", f"{WHAT['ru'][facts.content]}{passage}"),
        "lot": facts.lot or "",
        **_written("quantity", zone, lambda form: form.millilitres(facts.volume_made_ul)),
        "storage": COLD,
        **_local("made_local", facts.made_at, zone),
        **({} if facts.expires_at is None else _time("expires", facts.expires_at, zone)),
        "study": study or NO_STUDY,
    }


def partial_bag(facts: ContainerFacts, study: str | None) -> dict[str, str]:
    """The least that an infusion bag says at all times: which one it is, and of what."""
    return {
        "bag_code": facts.code,
        **({} if facts.donation is None else {"donation": facts.donation}),
        "lot": facts.lot or "",
        **(_both("product_name", *CONTROL) if facts.content == Content.SALINE else _both("product_name", *CELLS)),
        "product_code": f"{facts.product_code} {facts.division or 0:02d}",
        **({} if facts.passage is None else {"passage": f"P{facts.passage}"}),
        "study": study or NO_STUDY,
    }


def infusion_bag(facts: BagFacts, zone: ZoneInfo, site: str, study: str | None) -> dict[str, str]:
    """Manufacturing's half of a bag's label; recipient, chain of identity and infusion are the trial's."""
    return {
        "bag_code": facts.code,
        **({} if facts.donation is None else {"donation": facts.donation}),
        "lot": facts.lot,
        **_product(facts, zone),
        **_time("manufactured", facts.made_at, zone),
        **_time("expires", facts.expires_at, zone),
        "storage": COLD,
        **_both("route", "Intravenous, single use", "Внутривенно, однократно"),
        **_both("site", site, site),
        "study": study or NO_STUDY,
    }


def _product(facts: BagFacts, zone: ZoneInfo) -> dict[str, str]:
    volume = _written("volume", zone, lambda form: f"{form.millilitres(facts.volume_ul)}")
    if facts.content == Content.SALINE:
        return {
            **_both("product_name", *CONTROL),
            **_both("dose", "No cells", "Без клеток"),
            **volume,
            **_both("warnings", "Do not freeze.", "Не замораживать."),
        }
    count = facts.cells_count or 0
    return {
        **_both(
            "product_name",
            f"{CELLS[0]}, passage {facts.passage}",
            f"{CELLS[1]}, пассаж {facts.passage}",
        ),
        "dose.en": f"{Format('en', zone).cells(count)} viable cells",
        "dose.ru": f"{Format('ru', zone).cells(count)} живых клеток",
        "volume.en": f"{volume['volume.en']}: sodium chloride 0.9 %",
        "volume.ru": f"{volume['volume.ru']}: натрия хлорид 0,9 %",
        **_both(
            "warnings",
            "Do not freeze. Do not irradiate. No leukocyte filter.",
            "Не замораживать. Не облучать. Без лейкоцитарного фильтра.",
        ),
    }


def _both(name: str, english: str, russian: str) -> dict[str, str]:
    return {f"{name}.en": english, f"{name}.ru": russian}


def _written(name: str, zone: ZoneInfo, write: Callable[[Format], str]) -> dict[str, str]:
    return _both(name, write(Format("en", zone)), write(Format("ru", zone)))


def _time(name: str, at: datetime, zone: ZoneInfo) -> dict[str, str]:
    return {**_local(f"{name}_local", at, zone), f"{name}_utc": utc_text(at, zone, "en")}


def _local(name: str, at: datetime, zone: ZoneInfo) -> dict[str, str]:
    return _both(name, local_text(at, zone, "en"), local_text(at, zone, "ru"))

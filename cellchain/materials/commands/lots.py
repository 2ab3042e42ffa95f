"""The verbs of what is bought: materials, their lots, and what went out of them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import DonationCode, Kind, MaterialLotCode
from cellchain.identity.numbering import issue
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, Text, command, listed, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting
from cellchain.materials import inventory, packages, queries, rules
from cellchain.materials.commands import certificates
from cellchain.materials.commands.common import Certificate, Name, Reason
from cellchain.materials.models import Material, MaterialLot, MaterialUse, StockCount
from cellchain.materials.rules import MATERIAL_LOT, LotFacts, LotPhase, MaterialKind, Storage, Unit, stock
from cellchain.materials.rules.stock import Amount

HARVEST_STEP = "Harvest"

LotField = Annotated[MaterialLotCode, Field(title="Material lot")]
InUnit = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000_000, decimal_places=3, description="In the unit in which the material is counted."),
]


class MaterialResult(CommandResult):
    """A registered material, by its number."""

    material: int
    name: str


class LotResult(CommandResult):
    """A material lot, and where it stands now."""

    lot: str
    phase: LotPhase


class RegisterMaterial(Order):
    """Something that will be bought again and again."""

    name: Name
    kind: Annotated[MaterialKind, Field(title="Kind")]
    storage: Annotated[Storage, Field(title="Storage")] = Storage.ROOM
    gtin: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{8,14}$",
            title="Trade number (GTIN)",
            description="8 to 14 digits: scan the symbol on the supplier's package.",
            json_schema_extra=scanned(part=packages.TRADE_NUMBER),
        ),
    ] = None
    unit: Annotated[
        Unit | None, Field(title="Counted in", description="Left empty, as usual for its kind: mostly in mL.")
    ] = None
    needs_certificate: Annotated[
        bool,
        Field(
            title="Needs its certificate as a file",
            description="QA accepts a lot of it only when the supplier's certificate is attached.",
        ),
    ] = False


@command(event="materials:material:registered")
def register_material(tx: CommandTx, by: Actor, order: RegisterMaterial) -> MaterialResult:
    """Register a material. Raises Refused `material.name_taken`, `material.bad_gtin`, `material.gtin_taken`."""
    gtin = None if order.gtin is None else rules.gtin14(order.gtin)
    if queries.material_named(tx, order.name) is not None:
        raise Refused("material.name_taken", "{name} is registered already. Receive a lot of it.", name=order.name)
    known = None if gtin is None else queries.material_by_gtin(tx, gtin)
    if known is not None:
        raise Refused("material.gtin_taken", "This trade number belongs to {name}.", name=known.name)
    row = tx.add(
        Material(
            name=order.name,
            kind=order.kind,
            storage=order.storage,
            gtin=gtin,
            unit=order.unit or stock.usual_unit(order.kind),
            soon_days=rules.SOON.days,
            needs_certificate=order.needs_certificate,
        )
    )
    ensure(row.id is not None, "a stored row has its number")
    tx.about(str(row.id))
    return MaterialResult(material=row.id or 0, name=row.name)


class ReceiveLot(Order):
    """What arrived. It is of no use until QA accepts it."""

    material: Annotated[
        int,
        Field(
            ge=1,
            title="Material",
            description="Scan the symbol on the supplier's package: it fills this form.",
            json_schema_extra={**listed(packages.CATALOGUE), **scanned(part=packages.MATERIAL)},
        ),
    ]
    supplier: Annotated[Text, Field(min_length=2, max_length=120, title="Supplier")]
    supplier_lot: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=40,
            title="Supplier's lot number",
            json_schema_extra=scanned(part=packages.LOT),
        ),
    ]
    serial: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=20,
            title="Package's serial number",
            description="Only where this package is received by itself. Leave it empty for several of one lot.",
            json_schema_extra=scanned(part=packages.SERIAL),
        ),
    ] = None
    expires_on: Annotated[
        Day,
        Field(
            title="Expires",
            description="The last day on which it may be used.",
            json_schema_extra=scanned(part=packages.EXPIRY),
        ),
    ]
    certificate: Certificate
    certificate_file: Annotated[
        Upload | None,
        Field(
            title="The certificate itself",
            description="PDF, or a picture of the paper. It may be attached later.",
            json_schema_extra=accepting(PAPERS),
        ),
    ] = None
    amount: Annotated[
        InUnit | None,
        Field(gt=0, title="Amount", description="How much arrived, in the unit in which the material is counted."),
    ] = None


@command(event="materials:lot:received")
def receive_lot(tx: CommandTx, by: Actor, order: ReceiveLot) -> LotResult:
    """Receive a supplier's lot into quarantine.

    Raises NotFound, or Refused `material.expired_on_arrival`, `material.package_received`, `file.wrong_kind`.
    """
    material = tx.lock(Material, order.material)
    rules.may_receive(order.expires_on, tx.today)
    ensure(material.id is not None, "a stored row has its number")
    if order.serial is not None:
        rules.may_receive_package(order.serial, queries.receipts_of(tx, material.id or 0, order.supplier_lot))
    row = tx.add(
        MaterialLot(
            code=issue(tx, Kind.MATERIAL_LOT),
            phase=LotPhase.QUARANTINED,
            material=material.id or 0,
            supplier=order.supplier,
            supplier_lot=order.supplier_lot,
            serial=order.serial,
            expires_on=order.expires_on,
            certificate=order.certificate,
            received_at=tx.happened_at,
            received_by=by.person,
            received_milli=None if order.amount is None else stock.to_milli(order.amount),
            left_milli=None if order.amount is None else stock.to_milli(order.amount),
        )
    )
    tx.about(row.code)
    if order.certificate_file is not None:
        certificates.keep(tx, row.code, order.certificate_file)
    return LotResult(lot=row.code, phase=row.phase)


class AcceptLot(Order):
    """QA's decision over one receipt."""

    lot: LotField


def _accepted_facts(tx: CommandTx, order: AcceptLot) -> Json:
    """What QA's signature binds: the lot as it was received, with the certificates that lay there to be read."""
    lot = queries.lot_facts(tx, order.lot)
    return {
        "lot": lot.code,
        "material": lot.name,
        "supplier": lot.supplier,
        "supplier_lot": lot.supplier_lot,
        "serial": lot.serial,
        "expires_on": lot.expires_on.isoformat(),
        "certificate": lot.certificate,
        "certificate_files": [file.digest for file in queries.certificates_of(tx, lot.code)],
    }


@command(
    event="materials:lot:accepted",
    subject="lot",
    signature="I accept this material lot for use in manufacturing",
    signs=_accepted_facts,
)
def accept_lot(tx: CommandTx, by: Actor, order: AcceptLot) -> LotResult:
    """Accept a quarantined lot.

    Raises Refused `material.phase`, `.accepter_received_it`, `.expired`, `.no_certificate`.
    """
    row = tx.lock(MaterialLot, order.lot)
    phase = MATERIAL_LOT.move("accept", row.phase)
    files_count = len(queries.certificates_of(tx, row.code))
    rules.may_accept(queries.lot_facts(tx, row.code), by.person, tx.today, files_count)
    row = tx.change(row, phase=phase, accepted_at=tx.now, accepted_by=by.person)
    return LotResult(lot=row.code, phase=row.phase)


class QuarantineLot(Order):
    """Something is in doubt about an accepted lot."""

    lot: LotField
    reason: Reason


@command(event="materials:lot:quarantined", subject="lot")
def quarantine_lot(tx: CommandTx, by: Actor, order: QuarantineLot) -> LotResult:
    """Take an accepted lot out of use. Quality raises an exception on whatever it went into.

    Raises Refused `material.phase`.
    """
    return _take_out(tx, order.lot, "quarantine", quarantine_reason=order.reason)


class RejectLot(Order):
    """QA's decision over a quarantined lot."""

    lot: LotField
    reason: Reason


@command(event="materials:lot:rejected", subject="lot", signature="I reject this material lot")
def reject_lot(tx: CommandTx, by: Actor, order: RejectLot) -> LotResult:
    """Reject a quarantined lot for good. Raises Refused `material.phase`."""
    return _take_out(tx, order.lot, "reject", rejection_reason=order.reason)


class RecallLot(Order):
    """The supplier called a lot back."""

    lot: LotField
    reason: Reason


@command(
    event="materials:lot:recalled",
    subject="lot",
    signature="I take this recalled material lot out of use",
    cannot_wait=True,
)
def recall_lot(tx: CommandTx, by: Actor, order: RecallLot) -> LotResult:
    """Take a lot out of use for good because its supplier recalled it. Raises Refused `material.phase`."""
    return _take_out(tx, order.lot, "recall", recall_reason=order.reason)


def _take_out(tx: CommandTx, lot: str, verb: str, **why: str) -> LotResult:
    """A lot goes out of use. The entry names everything that it went into, for quality to question."""
    row = tx.lock(MaterialLot, lot)
    row = tx.change(row, phase=MATERIAL_LOT.move(verb, row.phase), **why)
    tx.note(lot=row.code, used_for=_used_for(tx, row.code))
    return LotResult(lot=row.code, phase=row.phase)


class StockResult(CommandResult):
    """A material lot and what is left of it, in its unit."""

    lot: str
    left: Decimal
    unit: Unit


class CountStock(Order):
    """What a person counted in the store."""

    lot: LotField
    counted: Annotated[InUnit, Field(title="Counted")]
    reason: Reason


@command(event="materials:lot:counted", subject="lot")
def count_stock(tx: CommandTx, by: Actor, order: CountStock) -> StockResult:
    """Set what is left of a lot to what was counted; the difference against the bookings is kept. Raises NotFound."""
    row = tx.lock(MaterialLot, order.lot)
    counted_milli = stock.to_milli(order.counted)
    difference_milli = counted_milli - inventory.booked_left(tx, row.code)
    tx.add(
        StockCount(
            lot=row.code,
            counted_milli=counted_milli,
            difference_milli=difference_milli,
            reason=order.reason,
            counted_at=tx.happened_at,
            counted_by=by.person,
        )
    )
    tx.change(row, left_milli=counted_milli)
    tx.note(difference_milli=difference_milli)
    return StockResult(lot=row.code, left=stock.in_unit(counted_milli), unit=queries.lot_facts(tx, row.code).unit)


class SetStockLimits(Order):
    """When a material is ordered again, and how long before its end a lot of it is shown."""

    material: Annotated[int, Field(ge=1, title="Material", description="Its number in the list of materials.")]
    low: Annotated[
        InUnit | None, Field(title="Order at", description="What is left when it is ordered. Left empty: never.")
    ] = None
    soon_days: Annotated[
        int, Field(ge=1, le=365, title="Ends soon", description="So long before its last day a lot is shown.")
    ] = rules.SOON.days


@command(event="materials:material:limits_set")
def set_stock_limits(tx: CommandTx, by: Actor, order: SetStockLimits) -> MaterialResult:
    """Set when a material is low and when a lot of it ends soon. Raises NotFound."""
    row = tx.lock(Material, order.material)
    low_milli = None if order.low is None else stock.to_milli(order.low)
    row = tx.change(row, low_milli=low_milli, soon_days=order.soon_days)
    tx.about(str(row.id))
    return MaterialResult(material=row.id or 0, name=row.name)


class BookHarvestUse(Order):
    """The anticoagulant that went into a harvest bag."""

    donation: DonationCode
    lot: MaterialLotCode
    units: int


@command(event="materials:lot:used", subject="lot", internal=True)
def book_harvest_use(tx: CommandTx, by: Actor, order: BookHarvestUse) -> NoResult:
    """By reaction to `donors:donation:harvested`: a lot that may not be used refuses the whole harvest record."""
    book_use(
        tx,
        order.lot,
        order.donation,
        HARVEST_STEP,
        Amount(order.units * stock.PARTS, Unit.IU),
        MaterialKind.ANTICOAGULANT,
    )
    tx.note(used_for=order.donation)
    return NoResult()


def book_use(
    tx: CommandTx, lot: str, used_for: str, step: str, amount: Amount | None, kind: MaterialKind | None = None
) -> LotFacts:
    """Book that a lot went into `used_for` (a donation, lot or container) in `step`, for a command of a higher package.

    Raises NotFound, the refusals of `rules.may_use` (the server's clock decides expiry, not when the event is said to
    have happened), and of `stock.left_after`: more is never booked than is left.
    """
    row = tx.lock(MaterialLot, lot)
    facts = queries.usable_lot(tx, lot, kind)
    left_milli = stock.left_after(facts, amount)
    if left_milli != facts.left_milli:
        tx.change(row, left_milli=left_milli)
    tx.add(
        MaterialUse(
            lot=facts.code,
            used_for=used_for,
            step=step,
            amount_milli=None if amount is None else amount.milli,
            unit=facts.unit if amount is None else amount.unit,
            used_at=tx.happened_at,
            used_by=tx.by.person,
        )
    )
    return facts


def unbook_use(tx: CommandTx, use: int, used_for: str, step: str) -> str:
    """Take a booking back, for a command of a higher package that has seen to it that it may. Gives the lot.

    Raises Refused `undo.done_already`, `undo.step_completed` where it was booked to something else than asked.
    """
    row = tx.lock(MaterialUse, use)
    rules.may_take_back(row.undone_at, is_running=(row.used_for, row.step) == (used_for, step))
    lot = tx.lock(MaterialLot, row.lot)
    if lot.left_milli is not None and row.amount_milli:
        tx.change(lot, left_milli=lot.left_milli + row.amount_milli)
    tx.change(row, undone_at=tx.now)
    return row.lot


def _used_for(tx: CommandTx, lot: str) -> Sequence[Json]:
    return sorted({use.used_for for use in queries.uses_of(tx, lot)})

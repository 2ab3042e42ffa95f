"""First schema.

Forward only. A revision that touches columns of rows that are there needs its transform in `ledger/upcasts.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "accounts_access_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("opened_by", sa.String(length=14), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("lines_count", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_accounts_access_review_closed_has_time")
        ),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_accounts_access_review_phase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_access_review")),
    )
    with op.batch_alter_table("accounts_access_review", schema=None) as batch_op:
        batch_op.create_index(
            "uq_accounts_access_review_open",
            ["phase"],
            unique=True,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )

    op.create_table(
        "accounts_challenge",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=True),
        sa.Column("bound", sa.String(length=64), nullable=True),
        sa.Column(
            "expires_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_accounts_challenge")),
        info={"outside_ledger": "questions to browsers, each for five minutes; what they proved has its entry"},
    )
    with op.batch_alter_table("accounts_challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_challenge_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "accounts_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("permission", sa.String(length=80), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "asked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("given_by", sa.String(length=14), nullable=True),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('open', 'given')", name=op.f("ck_accounts_decision_phase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_decision")),
    )
    with op.batch_alter_table("accounts_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_decision_subject"), ["subject"], unique=False)

    op.create_table(
        "accounts_directory_arrival",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_mark", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column(
            "came_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_accounts_directory_arrival")),
        sa.UniqueConstraint("subject_mark", name=op.f("uq_accounts_directory_arrival_subject_mark")),
        info={"outside_ledger": "who came from the directory and is not linked yet; a link has its entry"},
    )
    with op.batch_alter_table("accounts_directory_arrival", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_directory_arrival_came_at"), ["came_at"], unique=False)

    op.create_table(
        "accounts_failed_sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("tried", sa.String(length=64), nullable=False),
        sa.Column("sprayed_from", sa.String(length=64), nullable=True),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_failed_sign_in")),
        info={"outside_ledger": "counts failed sign-ins for a quarter of an hour; each has its entry"},
    )
    with op.batch_alter_table("accounts_failed_sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_failed_sign_in_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_failed_sign_in_sprayed_from"), ["sprayed_from"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_failed_sign_in_tried"), ["tried"], unique=False)

    op.create_table(
        "accounts_person",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("initials", sa.String(length=24), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "registered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("phase IN ('active', 'locked', 'left')", name=op.f("ck_accounts_person_phase")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_accounts_person")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_person_username")),
    )
    op.create_table(
        "accounts_station",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "enrolled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('bench', 'bedside', 'office')", name=op.f("ck_accounts_station_kind")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_accounts_station")),
    )
    op.create_table(
        "accounts_web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "seen_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "expires_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_accounts_web_session")),
        info={"outside_ledger": "who is signed in now; each opening and closing has its entry"},
    )
    with op.batch_alter_table("accounts_web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_web_session_person"), ["person"], unique=False)

    op.create_table(
        "custody_temperature_reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=False),
        sa.Column("logger", sa.String(length=60), nullable=True),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "temperature_mc BETWEEN -200000 AND 60000",
            name=op.f("ck_custody_temperature_reading_temperature_mc_plausible"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_temperature_reading")),
        sa.UniqueConstraint("subject", "at", name=op.f("uq_custody_temperature_reading_subject_at")),
    )
    with op.batch_alter_table("custody_temperature_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_temperature_reading_subject"), ["subject"], unique=False)

    op.create_table(
        "donors_donor",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity_document", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("birth_year", sa.BigInteger(), nullable=False),
        sa.Column("blood_group", sa.String(length=40), nullable=False),
        sa.Column("deferred_until", sa.Date(), nullable=True),
        sa.Column("deferral_reason", sa.Text(), nullable=True),
        sa.Column(
            "registered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("registered_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "blood_group IN ('O-', 'O+', 'A-', 'A+', 'B-', 'B+', 'AB-', 'AB+')",
            name=op.f("ck_donors_donor_blood_group"),
        ),
        sa.CheckConstraint(
            "phase IN ('registered', 'eligible', 'ineligible', 'deferred')", name=op.f("ck_donors_donor_phase")
        ),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_donors_donor_sex")),
        sa.CheckConstraint("birth_year BETWEEN 1900 AND 2100", name=op.f("ck_donors_donor_birth_year")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_donors_donor")),
    )
    with op.batch_alter_table("donors_donor", schema=None) as batch_op:
        batch_op.create_index("ix_donors_donor_phase", ["phase", "code"], unique=False)

    op.create_table(
        "labels_design",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("drafted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "approved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('draft', 'approved', 'retired')", name=op.f("ck_labels_design_phase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_design")),
        sa.UniqueConstraint("name", "version", name="uq_labels_design_version"),
    )
    with op.batch_alter_table("labels_design", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_design_name"), ["name"], unique=False)

    op.create_table(
        "labels_isbt_facility",
        sa.Column("facility", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "admitted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("admitted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "removed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("facility", name=op.f("pk_labels_isbt_facility")),
    )
    op.create_table(
        "labels_isbt_number",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.String(length=14), nullable=True),
        sa.Column(
            "bound_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("bound_by", sa.String(length=14), nullable=False),
        sa.Column("released_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_labels_isbt_number")),
        sa.UniqueConstraint("thing", name=op.f("uq_labels_isbt_number_thing")),
    )
    op.create_table(
        "labels_isbt_scheme",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("facility", sa.String(length=5), nullable=False),
        sa.Column("registration", sa.String(length=40), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column(
            "stated_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("stated_by", sa.String(length=14), nullable=False),
        sa.Column("off_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("name = 'isbt128'", name=op.f("ck_labels_isbt_scheme_one")),
        sa.CheckConstraint("phase IN ('switched_off', 'switched_on')", name=op.f("ck_labels_isbt_scheme_phase")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_labels_isbt_scheme")),
    )
    op.create_table(
        "labels_label",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("design_version", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("symbol", sa.String(length=14), nullable=False),
        sa.Column("language", sa.String(length=4), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column(
            "printed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("printed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "confirmed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("confirmed_by", sa.String(length=14), nullable=True),
        sa.Column("replaces", sa.String(length=14), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column("witness", sa.String(length=14), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('printed', 'confirmed', 'stopped', 'in_record', 'spoiled', 'destroyed')",
            name=op.f("ck_labels_label_phase"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["labels_label.code"], name=op.f("fk_labels_label_replaces"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_labels_label")),
    )
    with op.batch_alter_table("labels_label", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_label_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_labels_label_printed", ["printed_at", "code"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_label_replaces"), ["replaces"], unique=False)
        batch_op.create_index("ix_labels_label_standing", ["phase", "code"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_label_symbol"), ["symbol"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_label_target"), ["target"], unique=False)
        batch_op.create_index(
            "ix_labels_label_waiting",
            ["lot"],
            unique=False,
            sqlite_where=sa.text("phase = 'printed'"),
            postgresql_where=sa.text("phase = 'printed'"),
        )
        batch_op.create_index(
            "uq_labels_label_live",
            ["target", "design"],
            unique=True,
            sqlite_where=sa.text("phase IN ('printed', 'confirmed', 'stopped')"),
            postgresql_where=sa.text("phase IN ('printed', 'confirmed', 'stopped')"),
        )

    op.create_table(
        "labels_printer",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("transport", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=True),
        sa.Column("port", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("certificate_hash", sa.String(length=64), nullable=True),
        sa.Column("paper", sa.String(length=40), nullable=False),
        sa.Column("dpi", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "configured_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("language IN ('en', 'ru', 'both')", name=op.f("ck_labels_printer_language")),
        sa.CheckConstraint("paper IN ('zpl', 'pdf')", name=op.f("ck_labels_printer_paper")),
        sa.CheckConstraint("phase IN ('in_use', 'retired')", name=op.f("ck_labels_printer_phase")),
        sa.CheckConstraint("transport IN ('raw', 'ipp', 'ipps', 'download')", name=op.f("ck_labels_printer_transport")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_labels_printer")),
    )
    op.create_table(
        "labels_printer_assignment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("printer", sa.String(length=40), nullable=True),
        sa.Column(
            "assigned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_printer_assignment")),
        sa.UniqueConstraint("station", "design", name="uq_labels_printer_assignment_place"),
    )
    with op.batch_alter_table("labels_printer_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_printer_assignment_printer"), ["printer"], unique=False)

    op.create_table(
        "labels_raw_scan",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("symbol", sa.String(length=256), nullable=False),
        sa.Column("is_shape", sa.Boolean(), nullable=False),
        sa.Column("capture", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.CheckConstraint("capture IN ('wedge', 'camera', 'form', 'typed')", name=op.f("ck_labels_raw_scan_capture")),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_labels_raw_scan")),
        info={"outside_ledger": "raw scans; whatever one changed has its entry"},
    )
    with op.batch_alter_table("labels_raw_scan", schema=None) as batch_op:
        batch_op.create_index("ix_labels_raw_scan_at", ["at", "nonce"], unique=False)

    op.create_table(
        "labels_reconciliation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("printed_count", sa.BigInteger(), nullable=False),
        sa.Column("applied_count", sa.BigInteger(), nullable=False),
        sa.Column("in_record_count", sa.BigInteger(), nullable=False),
        sa.Column("spoiled_count", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_count", sa.BigInteger(), nullable=False),
        sa.Column("difference_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "reconciled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reconciled_by", sa.String(length=14), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_reconciliation")),
    )
    with op.batch_alter_table("labels_reconciliation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_reconciliation_lot"), ["lot"], unique=False)

    op.create_table(
        "labels_scanner",
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("gap_ms", sa.BigInteger(), nullable=False),
        sa.Column("span_ms", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("suffix", sa.String(length=20), nullable=False),
        sa.Column("sends_separators", sa.Boolean(), nullable=False),
        sa.Column("configured_by", sa.String(length=14), nullable=False),
        sa.Column(
            "configured_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("gap_ms BETWEEN 20 AND 500", name=op.f("ck_labels_scanner_gap_bounded")),
        sa.CheckConstraint("span_ms BETWEEN 500 AND 15000", name=op.f("ck_labels_scanner_span_bounded")),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_labels_scanner")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=14), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_entry")),
        info={"outside_ledger": "is the ledger itself; the hash chain and the checkpoints prove it"},
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_actor"), ["actor"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_event"), ["event"], unique=False)
        batch_op.create_index("ix_ledger_entry_subject", ["subject", "seq"], unique=False)

    op.create_table(
        "ledger_head",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
        info={"outside_ledger": "repeats the last entry; verify compares them"},
    )
    op.create_table(
        "ledger_installation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("site_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_installation")),
    )
    op.create_table(
        "ledger_migration",
        sa.Column("revision", sa.String(length=40), nullable=False),
        sa.Column(
            "applied_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_ledger_migration")),
    )
    op.create_table(
        "ledger_received_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "received_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("received_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_ledger_received_file_kind")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ledger_received_file")),
        info={"outside_ledger": "files as they came; each one that an order named has its entry with its hash"},
    )
    with op.batch_alter_table("ledger_received_file", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_received_file_by", ["received_by", "received_at"], unique=False)

    op.create_table(
        "ledger_request",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_ledger_request")),
        info={"outside_ledger": "answers kept for 30 days; the entry itself carries the request id"},
    )
    with op.batch_alter_table("ledger_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_request_at"), ["at"], unique=False)

    op.create_table(
        "ledger_signature",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("signer", sa.String(length=14), nullable=False),
        sa.Column("meaning", sa.String(length=200), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column(
            "signed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("record_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_signature")),
    )
    with op.batch_alter_table("ledger_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_signature_signer"), ["signer"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_signature_subject"), ["subject"], unique=False)

    op.create_table(
        "manufacturing_master_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("product_code", sa.String(length=20), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), nullable=False),
        sa.Column("change", sa.String(length=20), nullable=True),
        sa.Column("drafted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "drafted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reviewed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "reviewed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("approved_by", sa.String(length=14), nullable=True),
        sa.Column(
            "approved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "effective_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "retired_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("kind IN ('bank', 'product', 'control')", name=op.f("ck_manufacturing_master_record_kind")),
        sa.CheckConstraint(
            "phase IN ('draft', 'reviewed', 'approved', 'effective', 'retired')",
            name=op.f("ck_manufacturing_master_record_phase"),
        ),
        sa.CheckConstraint(
            "reviewed_by <> drafted_by", name=op.f("ck_manufacturing_master_record_reviewed_by_another")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_manufacturing_master_record_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_master_record")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_manufacturing_master_record_name_version")),
    )
    with op.batch_alter_table("manufacturing_master_record", schema=None) as batch_op:
        batch_op.create_index(
            "uq_manufacturing_master_record_effective",
            ["name"],
            unique=True,
            sqlite_where=sa.text("phase = 'effective'"),
            postgresql_where=sa.text("phase = 'effective'"),
        )

    op.create_table(
        "materials_equipment",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("calibration_due", sa.Date(), nullable=True),
        sa.Column("qualification_due", sa.Date(), nullable=True),
        sa.Column("clean_every_days", sa.BigInteger(), nullable=True),
        sa.Column(
            "cleaned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("out_of_service_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('incubator', 'cabinet', 'centrifuge', 'counter', 'freezer', 'cooler', 'scanner', 'cytometer', 'plate_reader', 'thermocycler', 'culture_system', 'microscope', 'analytical_balance', 'shipper', 'logger')",
            name=op.f("ck_materials_equipment_kind"),
        ),
        sa.CheckConstraint("phase IN ('out_of_service', 'in_service')", name=op.f("ck_materials_equipment_phase")),
        sa.CheckConstraint(
            "clean_every_days BETWEEN 1 AND 365", name=op.f("ck_materials_equipment_cleaned_within_a_year")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_materials_equipment")),
        sa.UniqueConstraint("kind", "serial", name=op.f("uq_materials_equipment_kind_serial")),
        sa.UniqueConstraint("name", name=op.f("uq_materials_equipment_name")),
    )
    with op.batch_alter_table("materials_equipment", schema=None) as batch_op:
        batch_op.create_index("ix_materials_equipment_phase", ["phase", "code"], unique=False)

    op.create_table(
        "materials_location",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("room_class", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('room', 'bench', 'store', 'ward', 'courier')", name=op.f("ck_materials_location_kind")
        ),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_materials_location_phase")),
        sa.CheckConstraint("room_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_materials_location_room_class")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_materials_location")),
        sa.UniqueConstraint("name", name=op.f("uq_materials_location_name")),
    )
    op.create_table(
        "materials_material",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("storage", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("low_milli", sa.BigInteger(), nullable=True),
        sa.Column("soon_days", sa.BigInteger(), nullable=False),
        sa.Column("needs_certificate", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('anticoagulant', 'gradient', 'medium', 'supplement', 'enzyme', 'cryoprotectant', 'saline', 'vessel', 'bag', 'tubing')",
            name=op.f("ck_materials_material_kind"),
        ),
        sa.CheckConstraint("storage IN ('room', 'refrigerated', 'frozen')", name=op.f("ck_materials_material_storage")),
        sa.CheckConstraint("unit IN ('mL', 'g', 'IU', 'pcs')", name=op.f("ck_materials_material_unit")),
        sa.CheckConstraint("low_milli >= 0", name=op.f("ck_materials_material_low_not_negative")),
        sa.CheckConstraint("soon_days BETWEEN 1 AND 365", name=op.f("ck_materials_material_soon_within_a_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_material")),
        sa.UniqueConstraint("gtin", name=op.f("uq_materials_material_gtin")),
        sa.UniqueConstraint("name", name=op.f("uq_materials_material_name")),
    )
    op.create_table(
        "notices_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("late_count", sa.BigInteger(), nullable=True),
        sa.Column("due_count", sa.BigInteger(), nullable=True),
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("attempts_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "queued_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "next_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint("about IN ('notice', 'digest', 'test')", name=op.f("ck_notices_mail_about")),
        sa.CheckConstraint(
            "delivery IN ('queued', 'sending', 'sent', 'refused', 'cancelled')", name=op.f("ck_notices_mail_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_mail")),
        sa.UniqueConstraint("person", "day", name="uq_notices_mail_day"),
        info={"outside_ledger": "delivery of mails; each notice and each decision about a mail has its entry"},
    )
    with op.batch_alter_table("notices_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_mail_delivery"), ["delivery"], unique=False)
        batch_op.create_index(
            "ix_notices_mail_line",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("delivery = 'queued'"),
            postgresql_where=sa.text("delivery = 'queued'"),
        )
        batch_op.create_index(batch_op.f("ix_notices_mail_notice"), ["notice"], unique=False)

    op.create_table(
        "notices_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=True),
        sa.Column("told_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "raised_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_notice")),
        sa.UniqueConstraint("occasion", name=op.f("uq_notices_notice_occasion")),
    )
    with op.batch_alter_table("notices_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_notice_subject"), ["subject"], unique=False)

    op.create_table(
        "platform_counter",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_counter")),
        info={"outside_ledger": "numbering; verify compares it with the numbers that stand in the rows"},
    )
    op.create_table(
        "quality_extension",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("dated", sa.String(length=40), nullable=False),
        sa.Column("thing", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(length=14), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "dated IN ('deviation', 'action', 'check', 'change', 'change_check')",
            name=op.f("ck_quality_extension_dated"),
        ),
        sa.CheckConstraint("until > before", name=op.f("ck_quality_extension_later")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_extension")),
    )
    with op.batch_alter_table("quality_extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_extension_thing"), ["thing"], unique=False)

    op.create_table(
        "quality_laboratory",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("agreement", sa.String(length=40), nullable=True),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("registered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "registered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(kind = 'contract') = (agreement IS NOT NULL)", name=op.f("ck_quality_laboratory_contract_has_agreement")
        ),
        sa.CheckConstraint("kind IN ('in_house', 'contract')", name=op.f("ck_quality_laboratory_kind")),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_quality_laboratory_phase")),
        sa.CheckConstraint(
            "(agreement IS NULL) = (agreement_until IS NULL)", name=op.f("ck_quality_laboratory_agreement_has_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_laboratory")),
        sa.UniqueConstraint("name", name=op.f("uq_quality_laboratory_name")),
    )
    op.create_table(
        "quality_method",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("procedure", sa.String(length=60), nullable=False),
        sa.Column("tests", sa.Text(), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=True),
        sa.Column("is_panel", sa.Boolean(), nullable=False),
        sa.Column("retests", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("drafted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "drafted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("approved_by", sa.String(length=14), nullable=True),
        sa.Column(
            "approved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "retired_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "instrument IN ('incubator', 'cabinet', 'centrifuge', 'counter', 'freezer', 'cooler', 'scanner', 'cytometer', 'plate_reader', 'thermocycler', 'culture_system', 'microscope', 'analytical_balance', 'shipper', 'logger')",
            name=op.f("ck_quality_method_instrument"),
        ),
        sa.CheckConstraint(
            "phase <> 'effective' OR approved_by IS NOT NULL", name=op.f("ck_quality_method_effective_was_approved")
        ),
        sa.CheckConstraint("phase IN ('draft', 'effective', 'retired')", name=op.f("ck_quality_method_phase")),
        sa.CheckConstraint("approved_by <> drafted_by", name=op.f("ck_quality_method_approved_by_another")),
        sa.CheckConstraint("retests >= 0", name=op.f("ck_quality_method_retests_counted")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_quality_method_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_method")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_quality_method_name_version")),
    )
    with op.batch_alter_table("quality_method", schema=None) as batch_op:
        batch_op.create_index(
            "uq_quality_method_effective",
            ["name"],
            unique=True,
            sqlite_where=sa.text("phase = 'effective'"),
            postgresql_where=sa.text("phase = 'effective'"),
        )

    op.create_table(
        "quality_redaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("table", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "asked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("erased_by", sa.String(length=14), nullable=True),
        sa.Column(
            "erased_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "ground IN ('entered_by_mistake', 'privacy_request')", name=op.f("ck_quality_redaction_ground")
        ),
        sa.CheckConstraint(
            "(erased_at IS NULL) = (erased_by IS NULL)", name=op.f("ck_quality_redaction_erased_by_somebody")
        ),
        sa.CheckConstraint("erased_by <> asked_by", name=op.f("ck_quality_redaction_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_redaction")),
    )
    with op.batch_alter_table("quality_redaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_redaction_entry"), ["entry"], unique=False)

    op.create_table(
        "quality_result_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("lines_count", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.String(length=14), nullable=False),
        sa.Column(
            "imported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("lines_count >= 1", name=op.f("ck_quality_result_file_has_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_result_file")),
        sa.UniqueConstraint("file_hash", name=op.f("uq_quality_result_file_file_hash")),
    )
    op.create_table(
        "trace_document_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.String(length=14), nullable=False),
        sa.Column(
            "requested_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("attempts_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("entries_count", sa.BigInteger(), nullable=True),
        sa.Column("root", sa.String(length=64), nullable=True),
        sa.Column("facts_hash", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.CheckConstraint("form IN ('pdf', 'json', 'analysis', 'release')", name=op.f("ck_trace_document_job_form")),
        sa.CheckConstraint("language IN ('en', 'ru')", name=op.f("ck_trace_document_job_language")),
        sa.CheckConstraint(
            "phase IN ('waiting', 'making', 'ready', 'failed')", name=op.f("ck_trace_document_job_phase")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_document_job")),
        info={"outside_ledger": "documents that were asked for; they only repeat what other tables say"},
    )
    with op.batch_alter_table("trace_document_job", schema=None) as batch_op:
        batch_op.create_index("ix_trace_document_job_digest", ["digest"], unique=False)
        batch_op.create_index("ix_trace_document_job_line", ["phase", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trace_document_job_lot"), ["lot"], unique=False)
        batch_op.create_index(
            "uq_trace_document_job_open",
            ["lot", "form", "language"],
            unique=True,
            sqlite_where=sa.text("phase IN ('waiting', 'making')"),
            postgresql_where=sa.text("phase IN ('waiting', 'making')"),
        )

    op.create_table(
        "trial_name_reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column(
            "read_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_name_reading")),
        info={"outside_ledger": "who read a name, and when; a reading changes nothing"},
    )
    with op.batch_alter_table("trial_name_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_name_reading_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_name_reading_read_at"), ["read_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_name_reading_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_study",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("definition_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("opened_by", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_trial_study_phase")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trial_study")),
    )
    op.create_table(
        "accounts_agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column(
            "accepted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_agreement_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_agreement")),
        sa.UniqueConstraint("person", "version", name="once_a_version"),
    )
    with op.batch_alter_table("accounts_agreement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_agreement_person"), ["person"], unique=False)

    op.create_table(
        "accounts_badge",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "issued_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('live', 'revoked')", name=op.f("ck_accounts_badge_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_badge_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_accounts_badge")),
    )
    with op.batch_alter_table("accounts_badge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_badge_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_badge_live",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )

    op.create_table(
        "accounts_credential",
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column(
            "set_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("needs_second_factor", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_credential_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_accounts_credential")),
    )
    op.create_table(
        "accounts_directory_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_mark", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("linked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "linked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "active_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_accounts_directory_link_ended_has_time")
        ),
        sa.CheckConstraint("phase IN ('proposed', 'active', 'ended')", name=op.f("ck_accounts_directory_link_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_directory_link_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_directory_link")),
    )
    with op.batch_alter_table("accounts_directory_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_directory_link_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_directory_link_person",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase <> 'ended'"),
            postgresql_where=sa.text("phase <> 'ended'"),
        )
        batch_op.create_index(
            "uq_accounts_directory_link_subject",
            ["subject_mark"],
            unique=True,
            sqlite_where=sa.text("phase <> 'ended'"),
            postgresql_where=sa.text("phase <> 'ended'"),
        )

    op.create_table(
        "accounts_emergency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column(
            "begun_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ends_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "review_by", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column("reviewed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "reviewed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("finding", sa.String(length=40), nullable=True),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'reviewed') = (reviewed_at IS NOT NULL)", name=op.f("ck_accounts_emergency_reviewed_has_time")
        ),
        sa.CheckConstraint(
            "(phase = 'running') = (ended_at IS NULL)", name=op.f("ck_accounts_emergency_ended_has_time")
        ),
        sa.CheckConstraint(
            "cause IN ('nobody_on_duty', 'cannot_sign_in', 'second_person_missing', 'other')",
            name=op.f("ck_accounts_emergency_cause"),
        ),
        sa.CheckConstraint("finding IN ('justified', 'not_justified')", name=op.f("ck_accounts_emergency_finding")),
        sa.CheckConstraint("phase IN ('running', 'ended', 'reviewed')", name=op.f("ck_accounts_emergency_phase")),
        sa.CheckConstraint("role IN ('nurse', 'technician', 'analyst')", name=op.f("ck_accounts_emergency_role")),
        sa.CheckConstraint("ends_at > begun_at", name=op.f("ck_accounts_emergency_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_emergency_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_emergency")),
    )
    with op.batch_alter_table("accounts_emergency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_emergency_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_emergency_person",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase = 'running'"),
            postgresql_where=sa.text("phase = 'running'"),
        )
        batch_op.create_index(
            "uq_accounts_emergency_role",
            ["role"],
            unique=True,
            sqlite_where=sa.text("phase = 'running'"),
            postgresql_where=sa.text("phase = 'running'"),
        )

    op.create_table(
        "accounts_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "granted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("phase IN ('proposed', 'active', 'revoked')", name=op.f("ck_accounts_grant_phase")),
        sa.CheckConstraint(
            "role IN ('technician', 'analyst', 'qa', 'nurse', 'physician', 'coordinator', 'assessor', 'statistician', 'sponsor', 'monitor', 'committee', 'inspector', 'administrator')",
            name=op.f("ck_accounts_grant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_grant_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_grant")),
    )
    with op.batch_alter_table("accounts_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_grant_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_grant_live",
            ["person", "role"],
            unique=True,
            sqlite_where=sa.text("phase <> 'revoked'"),
            postgresql_where=sa.text("phase <> 'revoked'"),
        )

    op.create_table(
        "accounts_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("begun", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.String(length=14), nullable=False),
        sa.Column(
            "moved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_move_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_move")),
    )
    with op.batch_alter_table("accounts_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_move_person"), ["person"], unique=False)

    op.create_table(
        "accounts_one_time_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.String(length=14), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "expires_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'live') = (ended_at IS NULL)", name=op.f("ck_accounts_one_time_code_ended_has_time")
        ),
        sa.CheckConstraint("phase IN ('live', 'used', 'ended')", name=op.f("ck_accounts_one_time_code_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_one_time_code_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_one_time_code")),
    )
    with op.batch_alter_table("accounts_one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_one_time_code_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_one_time_code_live",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )

    op.create_table(
        "accounts_passkey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("credential", sa.String(length=700), nullable=False),
        sa.Column("public_key", sa.String(length=1200), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "added_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "used_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('active', 'ended')", name=op.f("ck_accounts_passkey_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_passkey_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_accounts_passkey_credential")),
    )
    with op.batch_alter_table("accounts_passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_passkey_person"), ["person"], unique=False)

    op.create_table(
        "accounts_phone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column(
            "enrolled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('active', 'ended')", name=op.f("ck_accounts_phone_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_phone_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_phone")),
    )
    with op.batch_alter_table("accounts_phone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_phone_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_phone_active",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase = 'active'"),
            postgresql_where=sa.text("phase = 'active'"),
        )

    op.create_table(
        "accounts_qualified_mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("evidence", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.String(length=14), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "active_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_accounts_qualified_mark_ended_has_time")
        ),
        sa.CheckConstraint(
            "phase <> 'active' OR active_at IS NOT NULL", name=op.f("ck_accounts_qualified_mark_active_since")
        ),
        sa.CheckConstraint("phase IN ('proposed', 'active', 'ended')", name=op.f("ck_accounts_qualified_mark_phase")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_accounts_qualified_mark_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_qualified_mark_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_qualified_mark")),
    )
    with op.batch_alter_table("accounts_qualified_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_qualified_mark_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_accounts_qualified_mark_live",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase <> 'ended'"),
            postgresql_where=sa.text("phase <> 'ended'"),
        )

    op.create_table(
        "accounts_recovery_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "made_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('live', 'used', 'ended')", name=op.f("ck_accounts_recovery_code_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_recovery_code_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_recovery_code")),
    )
    with op.batch_alter_table("accounts_recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_recovery_code_person"), ["person"], unique=False)

    op.create_table(
        "accounts_review_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("review", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=14), nullable=True),
        sa.Column(
            "answered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("settled", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.String(length=14), nullable=True),
        sa.Column(
            "settled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("answer IN ('keep', 'end', 'change')", name=op.f("ck_accounts_review_line_answer")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_accounts_review_line_answered_has_time")
        ),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by <> person", name=op.f("ck_accounts_review_line_not_by_themselves")
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_review_line_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["review"], ["accounts_access_review.id"], name=op.f("fk_accounts_review_line_review"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_review_line")),
        sa.UniqueConstraint("review", "person", name="uq_accounts_review_line_person"),
    )
    with op.batch_alter_table("accounts_review_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_review_line_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_review_line_review"), ["review"], unique=False)

    op.create_table(
        "accounts_signing_pin",
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column(
            "set_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_signing_pin_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_accounts_signing_pin")),
    )
    op.create_table(
        "accounts_training",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_training_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_training")),
    )
    with op.batch_alter_table("accounts_training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_training_person"), ["person"], unique=False)

    op.create_table(
        "bedside_downtime",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ward", sa.String(length=14), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "began_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "declared_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("declared_by", sa.String(length=14), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "end_told_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("end_told_by", sa.String(length=14), nullable=True),
        sa.CheckConstraint("(phase = 'open') = (ended_at IS NULL)", name=op.f("ck_bedside_downtime_ended_has_time")),
        sa.CheckConstraint("phase IN ('open', 'ended', 'closed')", name=op.f("ck_bedside_downtime_phase")),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_bedside_downtime_ends_after_it_began")),
        sa.ForeignKeyConstraint(
            ["ward"], ["materials_location.code"], name=op.f("fk_bedside_downtime_ward"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_downtime")),
    )
    with op.batch_alter_table("bedside_downtime", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_downtime_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_downtime_ward"), ["ward"], unique=False)

    op.create_table(
        "custody_box",
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=True),
        sa.Column("shelf", sa.String(length=20), nullable=True),
        sa.Column("rack", sa.String(length=20), nullable=True),
        sa.Column("rows_count", sa.BigInteger(), nullable=False),
        sa.Column("columns_count", sa.BigInteger(), nullable=False),
        sa.Column("laid_out_by", sa.String(length=14), nullable=False),
        sa.Column(
            "laid_out_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("columns_count BETWEEN 1 AND 24", name=op.f("ck_custody_box_columns_bounded")),
        sa.CheckConstraint("rows_count BETWEEN 1 AND 26", name=op.f("ck_custody_box_rows_lettered")),
        sa.ForeignKeyConstraint(
            ["equipment"], ["materials_equipment.code"], name=op.f("fk_custody_box_equipment"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location"], ["materials_location.code"], name=op.f("fk_custody_box_location"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("location", name=op.f("pk_custody_box")),
    )
    with op.batch_alter_table("custody_box", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_box_equipment"), ["equipment"], unique=False)

    op.create_table(
        "custody_hand_over",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("giver", sa.String(length=14), nullable=False),
        sa.Column("taker", sa.String(length=14), nullable=True),
        sa.Column("from_location", sa.String(length=14), nullable=False),
        sa.Column("to_location", sa.String(length=14), nullable=False),
        sa.Column(
            "offered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "accepted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=False),
        sa.Column("accepted_temperature_mc", sa.BigInteger(), nullable=True),
        sa.Column("seal", sa.String(length=40), nullable=False),
        sa.Column("accepted_seal", sa.String(length=40), nullable=True),
        sa.Column("given_label", sa.String(length=14), nullable=True),
        sa.Column("taken_label", sa.String(length=14), nullable=True),
        sa.Column("given_device", sa.String(length=60), nullable=True),
        sa.Column("taken_device", sa.String(length=60), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'offered') = (accepted_at IS NULL)", name=op.f("ck_custody_hand_over_answered_has_time")
        ),
        sa.CheckConstraint("phase IN ('offered', 'accepted', 'refused')", name=op.f("ck_custody_hand_over_phase")),
        sa.CheckConstraint(
            "accepted_temperature_mc BETWEEN -200000 AND 60000",
            name=op.f("ck_custody_hand_over_accepted_temperature_mc_plausible"),
        ),
        sa.CheckConstraint("taker <> giver", name=op.f("ck_custody_hand_over_taken_by_another")),
        sa.CheckConstraint(
            "temperature_mc BETWEEN -200000 AND 60000", name=op.f("ck_custody_hand_over_temperature_mc_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["from_location"],
            ["materials_location.code"],
            name=op.f("fk_custody_hand_over_from_location"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["to_location"],
            ["materials_location.code"],
            name=op.f("fk_custody_hand_over_to_location"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_hand_over")),
    )
    with op.batch_alter_table("custody_hand_over", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_hand_over_from_location"), ["from_location"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_hand_over_giver"), ["giver"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_hand_over_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_hand_over_taker"), ["taker"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_hand_over_to_location"), ["to_location"], unique=False)
        batch_op.create_index(
            "uq_custody_hand_over_open",
            ["subject"],
            unique=True,
            sqlite_where=sa.text("phase = 'offered'"),
            postgresql_where=sa.text("phase = 'offered'"),
        )

    op.create_table(
        "custody_shipment",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("shipper", sa.String(length=14), nullable=False),
        sa.Column("logger", sa.String(length=14), nullable=True),
        sa.Column("from_location", sa.String(length=14), nullable=False),
        sa.Column("to_location", sa.String(length=14), nullable=True),
        sa.Column(
            "begun_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("begun_by", sa.String(length=14), nullable=False),
        sa.Column("courier", sa.String(length=120), nullable=True),
        sa.Column("courier_code", sa.String(length=20), nullable=True),
        sa.Column("seal", sa.String(length=40), nullable=True),
        sa.Column(
            "shipped_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("shipped_by", sa.String(length=14), nullable=True),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=True),
        sa.Column(
            "refused_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("refused_by", sa.String(length=14), nullable=True),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("received_location", sa.String(length=14), nullable=True),
        sa.Column(
            "received_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("received_by", sa.String(length=14), nullable=True),
        sa.Column("received_temperature_mc", sa.BigInteger(), nullable=True),
        sa.Column("received_seal", sa.String(length=40), nullable=True),
        sa.Column("is_seal_intact", sa.Boolean(), nullable=True),
        sa.Column("is_packaging_intact", sa.Boolean(), nullable=True),
        sa.Column("are_labels_legible", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("receipt_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'received') = (received_at IS NOT NULL)", name=op.f("ck_custody_shipment_received_has_time")
        ),
        sa.CheckConstraint(
            "(phase IN ('packing', 'emptied')) = (shipped_at IS NULL)",
            name=op.f("ck_custody_shipment_shipped_has_time"),
        ),
        sa.CheckConstraint("outcome IN ('accepted', 'under_hold')", name=op.f("ck_custody_shipment_outcome")),
        sa.CheckConstraint(
            "phase IN ('packing', 'emptied', 'shipped', 'going_back', 'received')",
            name=op.f("ck_custody_shipment_phase"),
        ),
        sa.CheckConstraint(
            "received_temperature_mc BETWEEN -200000 AND 60000",
            name=op.f("ck_custody_shipment_received_temperature_mc_plausible"),
        ),
        sa.CheckConstraint(
            "refused_by IS NULL OR refused_by <> shipped_by", name=op.f("ck_custody_shipment_refused_by_another")
        ),
        sa.CheckConstraint(
            "shipped_at IS NULL OR (seal IS NOT NULL AND to_location IS NOT NULL)",
            name=op.f("ck_custody_shipment_shipped_sealed"),
        ),
        sa.CheckConstraint(
            "temperature_mc BETWEEN -200000 AND 60000", name=op.f("ck_custody_shipment_temperature_mc_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["from_location"],
            ["materials_location.code"],
            name=op.f("fk_custody_shipment_from_location"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["logger"], ["materials_equipment.code"], name=op.f("fk_custody_shipment_logger"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["received_location"],
            ["materials_location.code"],
            name=op.f("fk_custody_shipment_received_location"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["shipper"], ["materials_equipment.code"], name=op.f("fk_custody_shipment_shipper"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["to_location"],
            ["materials_location.code"],
            name=op.f("fk_custody_shipment_to_location"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_custody_shipment")),
    )
    with op.batch_alter_table("custody_shipment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_shipment_from_location"), ["from_location"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_shipment_logger"), ["logger"], unique=False)
        batch_op.create_index("ix_custody_shipment_phase", ["phase", "code"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_shipment_received_location"), ["received_location"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_shipment_shipper"), ["shipper"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_shipment_to_location"), ["to_location"], unique=False)
        batch_op.create_index(
            "uq_custody_shipment_shipper",
            ["shipper"],
            unique=True,
            sqlite_where=sa.text("phase IN ('packing', 'shipped', 'going_back')"),
            postgresql_where=sa.text("phase IN ('packing', 'shipped', 'going_back')"),
        )

    op.create_table(
        "custody_shipper",
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("low_mc", sa.BigInteger(), nullable=False),
        sa.Column("high_mc", sa.BigInteger(), nullable=False),
        sa.Column("holds_hours", sa.BigInteger(), nullable=False),
        sa.Column("places_count", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.String(length=80), nullable=False),
        sa.Column("configured_by", sa.String(length=14), nullable=False),
        sa.Column(
            "configured_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("high_mc BETWEEN -200000 AND 60000", name=op.f("ck_custody_shipper_high_mc_plausible")),
        sa.CheckConstraint("holds_hours BETWEEN 1 AND 720", name=op.f("ck_custody_shipper_hours_bounded")),
        sa.CheckConstraint("low_mc < high_mc", name=op.f("ck_custody_shipper_range_in_order")),
        sa.CheckConstraint("low_mc BETWEEN -200000 AND 60000", name=op.f("ck_custody_shipper_low_mc_plausible")),
        sa.CheckConstraint("places_count BETWEEN 1 AND 100", name=op.f("ck_custody_shipper_places_bounded")),
        sa.ForeignKeyConstraint(
            ["equipment"], ["materials_equipment.code"], name=op.f("fk_custody_shipper_equipment"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("equipment", name=op.f("pk_custody_shipper")),
    )
    op.create_table(
        "custody_stored_at",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=True),
        sa.Column("is_controlled", sa.Boolean(), nullable=False),
        sa.Column("is_taken_over", sa.Boolean(), nullable=False),
        sa.Column(
            "stored_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("stored_by", sa.String(length=14), nullable=False),
        sa.Column(
            "removed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("removed_by", sa.String(length=14), nullable=True),
        sa.CheckConstraint("removed_at >= stored_at", name=op.f("ck_custody_stored_at_removed_after_stored")),
        sa.ForeignKeyConstraint(
            ["location"], ["materials_location.code"], name=op.f("fk_custody_stored_at_location"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_stored_at")),
    )
    with op.batch_alter_table("custody_stored_at", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_stored_at_location"), ["location"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_stored_at_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "uq_custody_stored_at_position",
            ["location", "position"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL AND position IS NOT NULL"),
            postgresql_where=sa.text("removed_at IS NULL AND position IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_custody_stored_at_subject",
            ["subject"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "donors_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("questions_hash", sa.String(length=64), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("risks_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "answered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("asked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("assessed_by", sa.String(length=14), nullable=True),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('answered', 'accepted', 'declined', 'replaced')", name=op.f("ck_donors_answers_phase")
        ),
        sa.CheckConstraint(
            "phase NOT IN ('accepted', 'declined') OR assessed_at IS NOT NULL",
            name=op.f("ck_donors_answers_assessed_at"),
        ),
        sa.CheckConstraint("risks_count >= 0", name=op.f("ck_donors_answers_risks_count")),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_answers_donor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_answers")),
    )
    with op.batch_alter_table("donors_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_answers_donor"), ["donor"], unique=False)
        batch_op.create_index(
            "uq_donors_answers_standing",
            ["donor"],
            unique=True,
            sqlite_where=sa.text("phase <> 'replaced'"),
            postgresql_where=sa.text("phase <> 'replaced'"),
        )

    op.create_table(
        "donors_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("(phase = 'given') = (ended_at IS NULL)", name=op.f("ck_donors_consent_ended_at")),
        sa.CheckConstraint("phase IN ('given', 'withdrawn', 'replaced')", name=op.f("ck_donors_consent_phase")),
        sa.CheckConstraint("scope IN ('donation', 'further_research')", name=op.f("ck_donors_consent_scope")),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_consent_donor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_consent")),
    )
    with op.batch_alter_table("donors_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_consent_donor"), ["donor"], unique=False)
        batch_op.create_index(
            "uq_donors_consent_given",
            ["donor", "scope"],
            unique=True,
            sqlite_where=sa.text("phase = 'given'"),
            postgresql_where=sa.text("phase = 'given'"),
        )

    op.create_table(
        "donors_donation",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("container", sa.String(length=14), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column("anticoagulant_lot", sa.String(length=14), nullable=False),
        sa.Column("anticoagulant_units", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=14), nullable=False),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "process_by", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("phase IN ('harvested', 'received', 'rejected')", name=op.f("ck_donors_donation_phase")),
        sa.CheckConstraint("anticoagulant_units > 0", name=op.f("ck_donors_donation_anticoagulant_units")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_donors_donation_ended_after_started")),
        sa.CheckConstraint("process_by > ended_at", name=op.f("ck_donors_donation_process_by")),
        sa.CheckConstraint("volume_ul BETWEEN 5000 AND 200000", name=op.f("ck_donors_donation_volume_ul")),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_donation_donor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_donors_donation")),
        sa.UniqueConstraint("container", name=op.f("uq_donors_donation_container")),
    )
    with op.batch_alter_table("donors_donation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_donation_anticoagulant_lot"), ["anticoagulant_lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_donors_donation_donor"), ["donor"], unique=False)
        batch_op.create_index(batch_op.f("ix_donors_donation_operator"), ["operator"], unique=False)
        batch_op.create_index("ix_donors_donation_phase", ["phase", "code"], unique=False)

    op.create_table(
        "donors_eligibility",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column(
            "valid_until", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("determined_by", sa.String(length=14), nullable=False),
        sa.Column(
            "determined_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome <> 'eligible' OR valid_until IS NOT NULL", name=op.f("ck_donors_eligibility_valid_until")
        ),
        sa.CheckConstraint("outcome IN ('eligible', 'ineligible')", name=op.f("ck_donors_eligibility_outcome")),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_eligibility_donor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_eligibility")),
    )
    with op.batch_alter_table("donors_eligibility", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_eligibility_donor"), ["donor"], unique=False)

    op.create_table(
        "donors_information",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("information", sa.Text(), nullable=False),
        sa.Column("learnt_from", sa.Text(), nullable=False),
        sa.Column(
            "reported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_information_donor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_information")),
    )
    with op.batch_alter_table("donors_information", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_information_donor"), ["donor"], unique=False)

    op.create_table(
        "donors_screening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donor", sa.String(length=14), nullable=False),
        sa.Column("marker", sa.String(length=40), nullable=False),
        sa.Column("assay", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column(
            "sampled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "resulted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("report", sa.String(length=60), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "(result = 'pending') = (resulted_at IS NULL)", name=op.f("ck_donors_screening_resulted_at")
        ),
        sa.CheckConstraint("assay IN ('serology', 'nucleic_acid')", name=op.f("ck_donors_screening_assay")),
        sa.CheckConstraint(
            "marker IN ('hiv', 'hbv', 'hcv', 'syphilis', 'htlv', 'cmv')", name=op.f("ck_donors_screening_marker")
        ),
        sa.CheckConstraint("phase IN ('standing', 'replaced')", name=op.f("ck_donors_screening_phase")),
        sa.CheckConstraint(
            "result IN ('negative', 'positive', 'pending', 'indeterminate')", name=op.f("ck_donors_screening_result")
        ),
        sa.CheckConstraint("stage IN ('initial', 'repeat', 'confirmatory')", name=op.f("ck_donors_screening_stage")),
        sa.CheckConstraint(
            "resulted_at IS NULL OR resulted_at >= sampled_at", name=op.f("ck_donors_screening_resulted_after_sampled")
        ),
        sa.ForeignKeyConstraint(
            ["donor"], ["donors_donor.code"], name=op.f("fk_donors_screening_donor"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["donors_screening.id"], name=op.f("fk_donors_screening_replaces"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_screening")),
    )
    with op.batch_alter_table("donors_screening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_screening_donor"), ["donor"], unique=False)
        batch_op.create_index(batch_op.f("ix_donors_screening_replaces"), ["replaces"], unique=False)
        batch_op.create_index(
            "uq_donors_screening_standing",
            ["donor", "marker", "assay", "stage", "sampled_at"],
            unique=True,
            sqlite_where=sa.text("phase = 'standing'"),
            postgresql_where=sa.text("phase = 'standing'"),
        )

    op.create_table(
        "followup_data_export",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("with_arms", sa.Boolean(), nullable=False),
        sa.Column("exported_by", sa.String(length=14), nullable=False),
        sa.Column(
            "exported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("as_of > 0", name=op.f("ck_followup_data_export_as_of_an_entry")),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_followup_data_export_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_data_export")),
    )
    with op.batch_alter_table("followup_data_export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_data_export_study"), ["study"], unique=False)

    op.create_table(
        "followup_data_lock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("locked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "locked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("unlocked_by", sa.String(length=14), nullable=True),
        sa.Column(
            "unlocked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'unlocked') = (unlocked_at IS NOT NULL)", name=op.f("ck_followup_data_lock_unlocked_has_time")
        ),
        sa.CheckConstraint("phase IN ('locked', 'unlocked')", name=op.f("ck_followup_data_lock_phase")),
        sa.CheckConstraint(
            "(unlocked_at IS NULL) = (unlocked_by IS NULL)", name=op.f("ck_followup_data_lock_unlocked_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_followup_data_lock_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_data_lock")),
    )
    with op.batch_alter_table("followup_data_lock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_data_lock_study"), ["study"], unique=False)
        batch_op.create_index(
            "uq_followup_data_lock_locked",
            ["study"],
            unique=True,
            sqlite_where=sa.text("phase = 'locked'"),
            postgresql_where=sa.text("phase = 'locked'"),
        )

    op.create_table(
        "labels_copy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(length=14), nullable=False),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("design_version", sa.BigInteger(), nullable=False),
        sa.Column("bytes_hash", sa.String(length=64), nullable=False),
        sa.Column("printer", sa.String(length=40), nullable=True),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column("left_by", sa.String(length=14), nullable=False),
        sa.Column(
            "left_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("phase IN ('left', 'unknown', 'not_printed')", name=op.f("ck_labels_copy_phase")),
        sa.ForeignKeyConstraint(
            ["label"], ["labels_label.code"], name=op.f("fk_labels_copy_label"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_copy")),
    )
    with op.batch_alter_table("labels_copy", schema=None) as batch_op:
        batch_op.create_index("ix_labels_copy_attempt", ["job", "attempt"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_copy_label"), ["label"], unique=False)

    op.create_table(
        "labels_print_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=14), nullable=True),
        sa.Column("decided", sa.String(length=40), nullable=False),
        sa.Column("printer", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=14), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "decided IN ('came_out', 'did_not', 'again')", name=op.f("ck_labels_print_decision_decided")
        ),
        sa.ForeignKeyConstraint(
            ["label"], ["labels_label.code"], name=op.f("fk_labels_print_decision_label"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_print_decision")),
    )
    with op.batch_alter_table("labels_print_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_print_decision_job"), ["job"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_print_decision_label"), ["label"], unique=False)

    op.create_table(
        "labels_print_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(length=14), nullable=True),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("design_version", sa.BigInteger(), nullable=False),
        sa.Column("printer", sa.String(length=40), nullable=True),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column("queued_by", sa.String(length=14), nullable=False),
        sa.Column(
            "queued_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("attempts_count", sa.BigInteger(), nullable=False),
        sa.Column("asked_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "next_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("bytes_hash", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "delivery IN ('queued', 'sending', 'sent', 'unknown', 'not_printed', 'blocked', 'offered', 'cancelled')",
            name=op.f("ck_labels_print_job_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["label"], ["labels_label.code"], name=op.f("fk_labels_print_job_label"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_print_job")),
        info={"outside_ledger": "delivery of print jobs; each label and each decision about a job has its entry"},
    )
    with op.batch_alter_table("labels_print_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_print_job_delivery"), ["delivery"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_print_job_label"), ["label"], unique=True)
        batch_op.create_index(
            "ix_labels_print_job_line",
            ["printer", "id"],
            unique=False,
            sqlite_where=sa.text("delivery = 'queued'"),
            postgresql_where=sa.text("delivery = 'queued'"),
        )
        batch_op.create_index(batch_op.f("ix_labels_print_job_printer"), ["printer"], unique=False)
        batch_op.create_index(
            "uq_labels_print_job_sending",
            ["printer"],
            unique=True,
            sqlite_where=sa.text("delivery = 'sending'"),
            postgresql_where=sa.text("delivery = 'sending'"),
        )

    op.create_table(
        "manufacturing_counter_columns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("live", sa.String(length=80), nullable=False),
        sa.Column("dead", sa.String(length=80), nullable=True),
        sa.Column("total", sa.String(length=80), nullable=True),
        sa.Column("dilution", sa.String(length=80), nullable=True),
        sa.Column("dilution_milli", sa.BigInteger(), nullable=True),
        sa.Column("chamber_nl", sa.BigInteger(), nullable=True),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("decimal_mark", sa.String(length=40), nullable=False),
        sa.Column("named_by", sa.String(length=14), nullable=False),
        sa.Column(
            "named_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "decimal_mark IN ('point', 'comma')", name=op.f("ck_manufacturing_counter_columns_decimal_mark")
        ),
        sa.CheckConstraint("kind IN ('counts', 'concentrations')", name=op.f("ck_manufacturing_counter_columns_kind")),
        sa.CheckConstraint(
            "(dead IS NULL) <> (total IS NULL)", name=op.f("ck_manufacturing_counter_columns_dead_or_total")
        ),
        sa.CheckConstraint("factor >= 1", name=op.f("ck_manufacturing_counter_columns_factor_positive")),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_manufacturing_counter_columns_equipment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_counter_columns")),
    )
    with op.batch_alter_table("manufacturing_counter_columns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_counter_columns_equipment"), ["equipment"], unique=False)

    op.create_table(
        "manufacturing_lot",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("master_record", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column("product_code", sa.String(length=20), nullable=False),
        sa.Column("study", sa.String(length=40), nullable=True),
        sa.Column("opened_by", sa.String(length=14), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("completed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "completed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("kind IN ('bank', 'product', 'control')", name=op.f("ck_manufacturing_lot_kind")),
        sa.CheckConstraint(
            "phase IN ('open', 'completed', 'closed', 'discarded')", name=op.f("ck_manufacturing_lot_phase")
        ),
        sa.ForeignKeyConstraint(
            ["location"], ["materials_location.code"], name=op.f("fk_manufacturing_lot_location"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["master_record"],
            ["manufacturing_master_record.id"],
            name=op.f("fk_manufacturing_lot_master_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_manufacturing_lot")),
    )
    with op.batch_alter_table("manufacturing_lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_lot_location"), ["location"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_lot_master_record"), ["master_record"], unique=False)
        batch_op.create_index("ix_manufacturing_lot_opened", ["opened_at", "code"], unique=False)
        batch_op.create_index("ix_manufacturing_lot_phase", ["phase", "code"], unique=False)
        batch_op.create_index(
            "uq_manufacturing_lot_open_location",
            ["location"],
            unique=True,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )

    op.create_table(
        "manufacturing_training",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("master_record", sa.BigInteger(), nullable=False),
        sa.Column("trainer", sa.String(length=14), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "recorded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("trainer <> person", name=op.f("ck_manufacturing_training_trained_by_another")),
        sa.CheckConstraint("valid_until >= trained_on", name=op.f("ck_manufacturing_training_period_in_order")),
        sa.ForeignKeyConstraint(
            ["master_record"],
            ["manufacturing_master_record.id"],
            name=op.f("fk_manufacturing_training_master_record"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_manufacturing_training_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainer"], ["accounts_person.code"], name=op.f("fk_manufacturing_training_trainer"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_training")),
    )
    with op.batch_alter_table("manufacturing_training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_training_master_record"), ["master_record"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_training_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_training_trainer"), ["trainer"], unique=False)

    op.create_table(
        "materials_calibration",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column(
            "done_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(length=80), nullable=False),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'within_tolerance' OR due_on IS NOT NULL", name=op.f("ck_materials_calibration_due_on")
        ),
        sa.CheckConstraint(
            "outcome IN ('within_tolerance', 'out_of_tolerance')", name=op.f("ck_materials_calibration_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_materials_calibration_equipment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_calibration")),
    )
    with op.batch_alter_table("materials_calibration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_calibration_equipment"), ["equipment"], unique=False)

    op.create_table(
        "materials_cleaning",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=120), nullable=False),
        sa.Column(
            "done_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("done_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "occasion IN ('routine', 'between_batches', 'after_spill')", name=op.f("ck_materials_cleaning_occasion")
        ),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_materials_cleaning_equipment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_cleaning")),
    )
    with op.batch_alter_table("materials_cleaning", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_cleaning_equipment"), ["equipment"], unique=False)

    op.create_table(
        "materials_lot",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("material", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("supplier_lot", sa.String(length=40), nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("certificate", sa.String(length=80), nullable=False),
        sa.Column(
            "received_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("received_by", sa.String(length=14), nullable=False),
        sa.Column(
            "accepted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("accepted_by", sa.String(length=14), nullable=True),
        sa.Column("quarantine_reason", sa.Text(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("recall_reason", sa.Text(), nullable=True),
        sa.Column("received_milli", sa.BigInteger(), nullable=True),
        sa.Column("left_milli", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "phase <> 'accepted' OR (accepted_by IS NOT NULL AND accepted_at IS NOT NULL)",
            name=op.f("ck_materials_lot_accepted"),
        ),
        sa.CheckConstraint(
            "phase IN ('quarantined', 'accepted', 'rejected', 'recalled')", name=op.f("ck_materials_lot_phase")
        ),
        sa.CheckConstraint(
            "accepted_by IS NULL OR accepted_by <> received_by", name=op.f("ck_materials_lot_accepted_by_another")
        ),
        sa.CheckConstraint("left_milli >= 0", name=op.f("ck_materials_lot_left_not_negative")),
        sa.CheckConstraint("received_milli > 0", name=op.f("ck_materials_lot_received_positive")),
        sa.CheckConstraint(
            "received_milli IS NULL OR left_milli IS NOT NULL", name=op.f("ck_materials_lot_received_is_counted")
        ),
        sa.ForeignKeyConstraint(
            ["material"], ["materials_material.id"], name=op.f("fk_materials_lot_material"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_materials_lot")),
    )
    with op.batch_alter_table("materials_lot", schema=None) as batch_op:
        batch_op.create_index("ix_materials_lot_expires", ["expires_on", "code"], unique=False)
        batch_op.create_index(
            "ix_materials_lot_in_stock",
            ["phase", "expires_on", "code", "left_milli"],
            unique=False,
            sqlite_where=sa.text("phase = 'accepted' AND (left_milli IS NULL OR left_milli > 0)"),
            postgresql_where=sa.text("phase = 'accepted' AND (left_milli IS NULL OR left_milli > 0)"),
        )
        batch_op.create_index(batch_op.f("ix_materials_lot_material"), ["material"], unique=False)
        batch_op.create_index("ix_materials_lot_phase", ["phase", "expires_on", "code"], unique=False)
        batch_op.create_index("ix_materials_lot_supplier_lot", ["supplier_lot", "code"], unique=False)

    op.create_table(
        "materials_qualification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column(
            "done_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("report", sa.String(length=80), nullable=False),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_materials_qualification_equipment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_qualification")),
    )
    with op.batch_alter_table("materials_qualification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_qualification_equipment"), ["equipment"], unique=False)

    op.create_table(
        "notices_address",
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column(
            "set_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("language IN ('en', 'ru')", name=op.f("ck_notices_address_language")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_notices_address_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_notices_address")),
    )
    op.create_table(
        "notices_subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column(
            "chosen_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_notices_subscription_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_subscription")),
        sa.UniqueConstraint("person", "kind", name="uq_notices_subscription_kind"),
    )
    with op.batch_alter_table("notices_subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_subscription_person"), ["person"], unique=False)

    op.create_table(
        "notices_telling",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("notice", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["notice"], ["notices_notice.id"], name=op.f("fk_notices_telling_notice"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_notices_telling_person"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_telling")),
        sa.UniqueConstraint("notice", "person", name="uq_notices_telling_once"),
    )
    with op.batch_alter_table("notices_telling", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notices_telling_ended",
            ["person", "notice"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_notices_telling_notice"), ["notice"], unique=False)
        batch_op.create_index(
            "ix_notices_telling_open",
            ["person", "notice"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "trial_allocation_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("committed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "committed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("key_copy", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("phase IN ('committed', 'spent')", name=op.f("ck_trial_allocation_list_phase")),
        sa.CheckConstraint("length > 0", name=op.f("ck_trial_allocation_list_length")),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_allocation_list_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_allocation_list")),
        sa.UniqueConstraint("study", name=op.f("uq_trial_allocation_list_study")),
    )
    with op.batch_alter_table("trial_allocation_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_allocation_list_study"), ["study"], unique=False)

    op.create_table(
        "trial_recipient",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("physician", sa.String(length=14), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("born", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("height_mm", sa.BigInteger(), nullable=False),
        sa.Column(
            "enrolled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("enrolled_by", sa.String(length=14), nullable=False),
        sa.Column("study_version", sa.BigInteger(), nullable=False),
        sa.Column("chain_of_identity", sa.String(length=14), nullable=True),
        sa.Column("arm", sa.Text(), nullable=True),
        sa.Column(
            "randomised_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "phase IN ('enrolled', 'eligible', 'screened_out', 'randomised', 'discontinued', 'withdrawn', 'lost', 'died')",
            name=op.f("ck_trial_recipient_phase"),
        ),
        sa.CheckConstraint(
            "phase NOT IN ('randomised', 'discontinued') OR randomised_at IS NOT NULL",
            name=op.f("ck_trial_recipient_treated_when_randomised"),
        ),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_trial_recipient_sex")),
        sa.CheckConstraint(
            "(arm IS NULL) = (randomised_at IS NULL)", name=op.f("ck_trial_recipient_arm_at_randomisation")
        ),
        sa.CheckConstraint(
            "(chain_of_identity IS NULL) = (randomised_at IS NULL)",
            name=op.f("ck_trial_recipient_chain_at_randomisation"),
        ),
        sa.CheckConstraint("weight_g > 0 AND height_mm > 0", name=op.f("ck_trial_recipient_measured")),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_recipient_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trial_recipient")),
        sa.UniqueConstraint("chain_of_identity", name=op.f("uq_trial_recipient_chain_of_identity")),
    )
    with op.batch_alter_table("trial_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_trial_recipient_list", ["study", "code"], unique=False)
        batch_op.create_index("ix_trial_recipient_phase", ["phase", "code"], unique=False)

    op.create_table(
        "trial_site_role",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("given_by", sa.String(length=14), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.CheckConstraint(
            "role IN ('investigator', 'coordinator', 'nurse', 'assessor')", name=op.f("ck_trial_site_role_role")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_trial_site_role_ended_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_site_role_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_site_role")),
    )
    with op.batch_alter_table("trial_site_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_site_role_study"), ["study"], unique=False)
        batch_op.create_index(
            "uq_trial_site_role_standing",
            ["study", "site", "person", "role"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "trial_study_pause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paused_by", sa.String(length=14), nullable=False),
        sa.Column(
            "paused_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("grounds", sa.Text(), nullable=True),
        sa.Column("resume_signed_by", sa.String(length=14), nullable=True),
        sa.Column("lifted_by", sa.String(length=14), nullable=True),
        sa.Column(
            "lifted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'lifted') = (lifted_at IS NOT NULL)", name=op.f("ck_trial_study_pause_lifted_has_time")
        ),
        sa.CheckConstraint(
            "phase <> 'lifted' OR lifted_by <> resume_signed_by", name=op.f("ck_trial_study_pause_lifted_by_two")
        ),
        sa.CheckConstraint("phase IN ('standing', 'lifted')", name=op.f("ck_trial_study_pause_phase")),
        sa.CheckConstraint(
            "(resume_signed_by IS NULL) = (grounds IS NULL)", name=op.f("ck_trial_study_pause_resumed_with_grounds")
        ),
        sa.CheckConstraint("(rule IS NULL) = (reason IS NOT NULL)", name=op.f("ck_trial_study_pause_rule_or_reason")),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_study_pause_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_study_pause")),
    )
    with op.batch_alter_table("trial_study_pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_study_pause_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_study_pause_study"), ["study"], unique=False)
        batch_op.create_index(
            "uq_trial_study_pause_standing",
            ["study"],
            unique=True,
            sqlite_where=sa.text("phase = 'standing'"),
            postgresql_where=sa.text("phase = 'standing'"),
        )

    op.create_table(
        "trial_study_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("definition_hash", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=True),
        sa.Column(
            "imported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("imported_by", sa.String(length=14), nullable=False),
        sa.Column(
            "effective_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("effective_by", sa.String(length=14), nullable=True),
        sa.Column("reconsent", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase IN ('imported', 'withdrawn')) = (effective_at IS NULL)",
            name=op.f("ck_trial_study_version_effective_has_time"),
        ),
        sa.CheckConstraint(
            "phase IN ('imported', 'effective', 'replaced', 'withdrawn')", name=op.f("ck_trial_study_version_phase")
        ),
        sa.CheckConstraint("(file IS NULL) = (file_name IS NULL)", name=op.f("ck_trial_study_version_file_has_name")),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_study_version_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_study_version")),
        sa.UniqueConstraint("study", "definition_hash", name=op.f("uq_trial_study_version_study_definition_hash")),
        sa.UniqueConstraint("study", "number", name=op.f("uq_trial_study_version_study_number")),
    )
    with op.batch_alter_table("trial_study_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_study_version_study"), ["study"], unique=False)
        batch_op.create_index(
            "uq_trial_study_version_effective",
            ["study"],
            unique=True,
            sqlite_where=sa.text("phase = 'effective'"),
            postgresql_where=sa.text("phase = 'effective'"),
        )
        batch_op.create_index(
            "uq_trial_study_version_imported",
            ["study"],
            unique=True,
            sqlite_where=sa.text("phase = 'imported'"),
            postgresql_where=sa.text("phase = 'imported'"),
        )

    op.create_table(
        "accounts_last_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column("role_grant", sa.BigInteger(), nullable=True),
        sa.Column("was", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("said_by", sa.String(length=14), nullable=False),
        sa.Column(
            "said_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "counts_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'counts') = (counts_at IS NOT NULL)", name=op.f("ck_accounts_last_day_counts_since")
        ),
        sa.CheckConstraint("phase IN ('proposed', 'counts', 'withdrawn')", name=op.f("ck_accounts_last_day_phase")),
        sa.ForeignKeyConstraint(
            ["person"], ["accounts_person.code"], name=op.f("fk_accounts_last_day_person"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["role_grant"], ["accounts_grant.id"], name=op.f("fk_accounts_last_day_role_grant"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_last_day")),
    )
    with op.batch_alter_table("accounts_last_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_last_day_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_last_day_role_grant"), ["role_grant"], unique=False)
        batch_op.create_index(
            "uq_accounts_last_day_account",
            ["person"],
            unique=True,
            sqlite_where=sa.text("phase = 'proposed' AND role_grant IS NULL"),
            postgresql_where=sa.text("phase = 'proposed' AND role_grant IS NULL"),
        )
        batch_op.create_index(
            "uq_accounts_last_day_role",
            ["role_grant"],
            unique=True,
            sqlite_where=sa.text("phase = 'proposed'"),
            postgresql_where=sa.text("phase = 'proposed'"),
        )

    op.create_table(
        "bedside_hospital_band",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column(
            "bound_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("bound_by", sa.String(length=14), nullable=False),
        sa.Column("witness", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "voided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("voided_by", sa.String(length=14), nullable=True),
        sa.Column("void_witness", sa.String(length=14), nullable=True),
        sa.CheckConstraint(
            "(phase = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_bedside_hospital_band_void_has_time")
        ),
        sa.CheckConstraint("phase IN ('live', 'void')", name=op.f("ck_bedside_hospital_band_phase")),
        sa.CheckConstraint("bound_by <> witness", name=op.f("ck_bedside_hospital_band_two_people")),
        sa.ForeignKeyConstraint(
            ["recipient"],
            ["trial_recipient.code"],
            name=op.f("fk_bedside_hospital_band_recipient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_hospital_band")),
    )
    with op.batch_alter_table("bedside_hospital_band", schema=None) as batch_op:
        batch_op.create_index("ix_bedside_hospital_band_any_mark", ["mark"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_hospital_band_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_bedside_hospital_band_mark",
            ["mark"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )
        batch_op.create_index(
            "uq_bedside_hospital_band_recipient",
            ["recipient"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )

    op.create_table(
        "custody_excursion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column("shipment", sa.String(length=14), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("noticed_by", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("assessed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'assessed') = (outcome IS NOT NULL)", name=op.f("ck_custody_excursion_assessed_has_outcome")
        ),
        sa.CheckConstraint("kind <> 'budget' OR minutes IS NOT NULL", name=op.f("ck_custody_excursion_budget_is_said")),
        sa.CheckConstraint(
            "kind <> 'temperature' OR temperature_mc IS NOT NULL", name=op.f("ck_custody_excursion_temperature_is_said")
        ),
        sa.CheckConstraint(
            "kind IN ('temperature', 'budget', 'seal', 'packaging', 'label', 'missing', 'late', 'gap', 'reported')",
            name=op.f("ck_custody_excursion_kind"),
        ),
        sa.CheckConstraint("outcome IN ('usable', 'unusable')", name=op.f("ck_custody_excursion_outcome")),
        sa.CheckConstraint("phase IN ('open', 'assessed')", name=op.f("ck_custody_excursion_phase")),
        sa.ForeignKeyConstraint(
            ["shipment"], ["custody_shipment.code"], name=op.f("fk_custody_excursion_shipment"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_excursion")),
    )
    with op.batch_alter_table("custody_excursion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_excursion_shipment"), ["shipment"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_excursion_subject"), ["subject"], unique=False)

    op.create_table(
        "custody_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("shipment", sa.String(length=14), nullable=False),
        sa.Column("logger", sa.String(length=14), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=True),
        sa.Column(
            "first_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "last_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("readings_count", sa.BigInteger(), nullable=False),
        sa.Column("inside_count", sa.BigInteger(), nullable=False),
        sa.Column("duplicates_count", sa.BigInteger(), nullable=False),
        sa.Column("gaps_count", sa.BigInteger(), nullable=False),
        sa.Column("lowest_mc", sa.BigInteger(), nullable=True),
        sa.Column("highest_mc", sa.BigInteger(), nullable=True),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.Column("read_by", sa.String(length=14), nullable=False),
        sa.Column(
            "read_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["logger"], ["materials_equipment.code"], name=op.f("fk_custody_log_logger"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shipment"], ["custody_shipment.code"], name=op.f("fk_custody_log_shipment"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_log")),
        sa.UniqueConstraint("shipment", name=op.f("uq_custody_log_shipment")),
    )
    with op.batch_alter_table("custody_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_log_logger"), ["logger"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_log_shipment"), ["shipment"], unique=False)

    op.create_table(
        "donors_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answers"], ["donors_answers.id"], name=op.f("fk_donors_answer_answers"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_answer")),
        sa.UniqueConstraint("answers", "question", name="uq_donors_answer_question"),
    )
    with op.batch_alter_table("donors_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_answer_answers"), ["answers"], unique=False)

    op.create_table(
        "donors_drawn_from",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donation", sa.String(length=14), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("pulls_count", sa.BigInteger(), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "site IN ('posterior_iliac_crest_left', 'posterior_iliac_crest_right', 'anterior_iliac_crest_left', 'anterior_iliac_crest_right', 'sternum')",
            name=op.f("ck_donors_drawn_from_site"),
        ),
        sa.CheckConstraint("pulls_count BETWEEN 1 AND 100", name=op.f("ck_donors_drawn_from_pulls_count")),
        sa.CheckConstraint("volume_ul > 0", name=op.f("ck_donors_drawn_from_volume_ul")),
        sa.ForeignKeyConstraint(
            ["donation"], ["donors_donation.code"], name=op.f("fk_donors_drawn_from_donation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_drawn_from")),
        sa.UniqueConstraint("donation", "site", name="uq_donors_drawn_from_site"),
    )
    with op.batch_alter_table("donors_drawn_from", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_drawn_from_donation"), ["donation"], unique=False)

    op.create_table(
        "donors_visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donation", sa.String(length=14), nullable=False),
        sa.Column("visit", sa.String(length=40), nullable=False),
        sa.Column("contact", sa.String(length=40), nullable=False),
        sa.Column(
            "made_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("information", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "contact <> 'not_reached' OR information IS NULL", name=op.f("ck_donors_visit_nothing_unseen")
        ),
        sa.CheckConstraint("contact IN ('seen', 'called', 'not_reached')", name=op.f("ck_donors_visit_contact")),
        sa.ForeignKeyConstraint(
            ["donation"], ["donors_donation.code"], name=op.f("fk_donors_visit_donation"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["information"], ["donors_information.id"], name=op.f("fk_donors_visit_information"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_visit")),
        sa.UniqueConstraint("donation", "visit", name="uq_donors_visit_visit"),
    )
    with op.batch_alter_table("donors_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_visit_donation"), ["donation"], unique=False)
        batch_op.create_index(batch_op.f("ix_donors_visit_information"), ["information"], unique=False)

    op.create_table(
        "followup_visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("window_until", sa.Date(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("missing_reason", sa.String(length=40), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=True),
        sa.Column(
            "recorded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("(phase = 'done') = (visited_on IS NOT NULL)", name=op.f("ck_followup_visit_done_has_day")),
        sa.CheckConstraint(
            "(phase = 'missed') = (missing_reason IS NOT NULL)", name=op.f("ck_followup_visit_missed_has_reason")
        ),
        sa.CheckConstraint(
            "(phase = 'planned') = (recorded_by IS NULL)", name=op.f("ck_followup_visit_recorded_by_somebody")
        ),
        sa.CheckConstraint(
            "missing_reason IN ('unable', 'died', 'withdrew', 'lost', 'transplant', 'site_error', 'not_due')",
            name=op.f("ck_followup_visit_missing_reason"),
        ),
        sa.CheckConstraint("phase IN ('planned', 'done', 'missed')", name=op.f("ck_followup_visit_phase")),
        sa.CheckConstraint("scheduled OR visited_on = due_on", name=op.f("ck_followup_visit_unscheduled_took_place")),
        sa.CheckConstraint(
            "window_from <= due_on AND due_on <= window_until", name=op.f("ck_followup_visit_due_in_window")
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_followup_visit_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_visit")),
    )
    with op.batch_alter_table("followup_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_visit_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_visit_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_followup_visit_planned",
            ["recipient", "code"],
            unique=True,
            sqlite_where=sa.text("scheduled"),
            postgresql_where=sa.text("scheduled"),
        )
        batch_op.create_index(
            "uq_followup_visit_unscheduled",
            ["recipient", "visited_on"],
            unique=True,
            sqlite_where=sa.text("NOT scheduled"),
            postgresql_where=sa.text("NOT scheduled"),
        )

    op.create_table(
        "manufacturing_environment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("room_class", sa.String(length=40), nullable=True),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column(
            "window_from", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "window_until", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "kind IN ('temperature', 'pressure', 'particles', 'settle_plate', 'humidity')",
            name=op.f("ck_manufacturing_environment_kind"),
        ),
        sa.CheckConstraint("room_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_manufacturing_environment_room_class")),
        sa.CheckConstraint(
            "standing = 'within' OR comment IS NOT NULL", name=op.f("ck_manufacturing_environment_outside_has_comment")
        ),
        sa.CheckConstraint(
            "standing IN ('within', 'alert', 'action')", name=op.f("ck_manufacturing_environment_standing")
        ),
        sa.CheckConstraint("window_until >= window_from", name=op.f("ck_manufacturing_environment_window_in_order")),
        sa.ForeignKeyConstraint(
            ["location"],
            ["materials_location.code"],
            name=op.f("fk_manufacturing_environment_location"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_environment_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_environment")),
    )
    with op.batch_alter_table("manufacturing_environment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_environment_location"), ["location"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_environment_lot"), ["lot"], unique=False)

    op.create_table(
        "manufacturing_line_clearance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("cleared_by", sa.String(length=14), nullable=False),
        sa.Column(
            "cleared_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("verified_by", sa.String(length=14), nullable=True),
        sa.Column(
            "verified_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("used_by_lot", sa.String(length=14), nullable=True),
        sa.CheckConstraint(
            "phase IN ('cleared', 'verified', 'used')", name=op.f("ck_manufacturing_line_clearance_phase")
        ),
        sa.CheckConstraint(
            "verified_by <> cleared_by", name=op.f("ck_manufacturing_line_clearance_verified_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["location"],
            ["materials_location.code"],
            name=op.f("fk_manufacturing_line_clearance_location"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["used_by_lot"],
            ["manufacturing_lot.code"],
            name=op.f("fk_manufacturing_line_clearance_used_by_lot"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_line_clearance")),
        sa.UniqueConstraint("used_by_lot", name=op.f("uq_manufacturing_line_clearance_used_by_lot")),
    )
    with op.batch_alter_table("manufacturing_line_clearance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_line_clearance_location"), ["location"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_line_clearance_used_by_lot"), ["used_by_lot"], unique=False)

    op.create_table(
        "manufacturing_lot_source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("source", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_lot_source_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_lot_source")),
        sa.UniqueConstraint("lot", "source", name=op.f("uq_manufacturing_lot_source_lot_source")),
    )
    with op.batch_alter_table("manufacturing_lot_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_lot_source_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_lot_source_source"), ["source"], unique=False)

    op.create_table(
        "manufacturing_station_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("opened_by", sa.String(length=14), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_manufacturing_station_record_phase")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_station_record_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_station_record")),
    )
    with op.batch_alter_table("manufacturing_station_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_station_record_lot"), ["lot"], unique=False)
        batch_op.create_index(
            "uq_manufacturing_station_record_open",
            ["station"],
            unique=True,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )

    op.create_table(
        "manufacturing_step_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("performer", sa.String(length=14), nullable=False),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "completed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("verifier", sa.String(length=14), nullable=True),
        sa.Column(
            "verified_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "phase IN ('started', 'completed', 'verified')", name=op.f("ck_manufacturing_step_record_phase")
        ),
        sa.CheckConstraint("verifier <> performer", name=op.f("ck_manufacturing_step_record_verified_by_another")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_step_record_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_step_record")),
        sa.UniqueConstraint("lot", "sequence", name=op.f("uq_manufacturing_step_record_lot_sequence")),
    )
    with op.batch_alter_table("manufacturing_step_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_step_record_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_record_performer"), ["performer"], unique=False)
        batch_op.create_index(
            "ix_manufacturing_step_record_progress", ["lot", "step", "phase", "sequence"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_manufacturing_step_record_started_at"), ["started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_record_verifier"), ["verifier"], unique=False)
        batch_op.create_index(
            "uq_manufacturing_step_record_running",
            ["lot"],
            unique=True,
            sqlite_where=sa.text("phase = 'started'"),
            postgresql_where=sa.text("phase = 'started'"),
        )

    op.create_table(
        "materials_lot_certificate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "attached_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("attached_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_materials_lot_certificate_kind")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_materials_lot_certificate_size_positive")),
        sa.ForeignKeyConstraint(
            ["lot"], ["materials_lot.code"], name=op.f("fk_materials_lot_certificate_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_lot_certificate")),
        sa.UniqueConstraint("lot", "digest", name=op.f("uq_materials_lot_certificate_lot_digest")),
    )
    with op.batch_alter_table("materials_lot_certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_lot_certificate_lot"), ["lot"], unique=False)

    op.create_table(
        "materials_stock_count",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("counted_milli", sa.BigInteger(), nullable=False),
        sa.Column("difference_milli", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "counted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("counted_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("counted_milli >= 0", name=op.f("ck_materials_stock_count_counted_not_negative")),
        sa.ForeignKeyConstraint(
            ["lot"], ["materials_lot.code"], name=op.f("fk_materials_stock_count_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_stock_count")),
    )
    with op.batch_alter_table("materials_stock_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_stock_count_lot"), ["lot"], unique=False)

    op.create_table(
        "materials_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("used_for", sa.String(length=14), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("amount_milli", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column(
            "used_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("used_by", sa.String(length=14), nullable=False),
        sa.Column(
            "undone_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint("unit IN ('mL', 'g', 'IU', 'pcs')", name=op.f("ck_materials_use_unit")),
        sa.CheckConstraint("amount_milli >= 0", name=op.f("ck_materials_use_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["lot"], ["materials_lot.code"], name=op.f("fk_materials_use_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials_use")),
    )
    with op.batch_alter_table("materials_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_use_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_materials_use_step", ["used_for", "step"], unique=False)

    op.create_table(
        "quality_accepted_exception",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("exception", sa.String(length=60), nullable=False),
        sa.Column("accepted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "accepted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_accepted_exception_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_accepted_exception")),
        sa.UniqueConstraint("lot", "exception", name=op.f("uq_quality_accepted_exception_lot_exception")),
    )
    with op.batch_alter_table("quality_accepted_exception", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_accepted_exception_lot"), ["lot"], unique=False)

    op.create_table(
        "quality_certificate",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("facts_hash", sa.String(length=64), nullable=False),
        sa.Column("entries_count", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "issued_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("form IN ('analysis', 'release')", name=op.f("ck_quality_certificate_form")),
        sa.CheckConstraint("language IN ('en', 'ru')", name=op.f("ck_quality_certificate_language")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_certificate_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_quality_certificate")),
        sa.UniqueConstraint("digest", name=op.f("uq_quality_certificate_digest")),
    )
    with op.batch_alter_table("quality_certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_certificate_lot"), ["lot"], unique=False)

    op.create_table(
        "quality_deviation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("opened_by", sa.String(length=14), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "happened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("assessed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('deviation', 'complaint', 'returned_product')", name=op.f("ck_quality_deviation_kind")
        ),
        sa.CheckConstraint(
            "phase <> 'closed' OR closed_by IS NOT NULL", name=op.f("ck_quality_deviation_closed_by_somebody")
        ),
        sa.CheckConstraint(
            "phase = 'open' OR (severity IS NOT NULL AND assessed_by IS NOT NULL)",
            name=op.f("ck_quality_deviation_assessed"),
        ),
        sa.CheckConstraint("phase IN ('open', 'assessed', 'closed')", name=op.f("ck_quality_deviation_phase")),
        sa.CheckConstraint("severity IN ('minor', 'major', 'critical')", name=op.f("ck_quality_deviation_severity")),
        sa.CheckConstraint("source IN ('person', 'rule')", name=op.f("ck_quality_deviation_source")),
        sa.CheckConstraint("closed_by <> assessed_by", name=op.f("ck_quality_deviation_closed_by_another")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_deviation_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_deviation")),
    )
    with op.batch_alter_table("quality_deviation", schema=None) as batch_op:
        batch_op.create_index("ix_quality_deviation_kind", ["phase", "kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_deviation_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_quality_deviation_phase", ["phase", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_deviation_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "ix_quality_deviation_under_way",
            ["id"],
            unique=False,
            sqlite_where=sa.text("phase <> 'closed'"),
            postgresql_where=sa.text("phase <> 'closed'"),
        )

    op.create_table(
        "quality_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("reviewer", sa.String(length=14), nullable=False),
        sa.Column(
            "reviewed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("exceptions", sa.Text(), nullable=False),
        sa.Column("exceptions_hash", sa.String(length=64), nullable=False),
        sa.Column("entries_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_review_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
    )
    with op.batch_alter_table("quality_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_review_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_review_reviewer"), ["reviewer"], unique=False)

    op.create_table(
        "trial_allocation_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("allocation_list", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=True),
        sa.Column(
            "revealed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'revealed') = (recipient IS NOT NULL)", name=op.f("ck_trial_allocation_row_revealed_to_somebody")
        ),
        sa.CheckConstraint("phase IN ('sealed', 'revealed')", name=op.f("ck_trial_allocation_row_phase")),
        sa.ForeignKeyConstraint(
            ["allocation_list"],
            ["trial_allocation_list.id"],
            name=op.f("fk_trial_allocation_row_allocation_list"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_allocation_row_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_allocation_row")),
        sa.UniqueConstraint("allocation_list", "number", name=op.f("uq_trial_allocation_row_allocation_list_number")),
        sa.UniqueConstraint("recipient", name=op.f("uq_trial_allocation_row_recipient")),
    )
    with op.batch_alter_table("trial_allocation_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_allocation_row_allocation_list"), ["allocation_list"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_allocation_row_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_baseline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("fvc_ml", sa.BigInteger(), nullable=False),
        sa.Column("fvc_percent_permille", sa.BigInteger(), nullable=False),
        sa.Column("fev1_ml", sa.BigInteger(), nullable=False),
        sa.Column("dlco_umol_min_kpa", sa.BigInteger(), nullable=False),
        sa.Column("dlco_percent_permille", sa.BigInteger(), nullable=False),
        sa.Column("walk_m", sa.BigInteger(), nullable=False),
        sa.Column("before_on", sa.Date(), nullable=False),
        sa.Column("fvc_before_ml", sa.BigInteger(), nullable=False),
        sa.Column("dlco_before_umol_min_kpa", sa.BigInteger(), nullable=False),
        sa.Column("height_mm", sa.BigInteger(), nullable=False),
        sa.Column("equations", sa.String(length=600), nullable=True),
        sa.Column("judged", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "recorded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("before_on < measured_on", name=op.f("ck_trial_baseline_before_comes_first")),
        sa.CheckConstraint(
            "fvc_before_ml > 0 AND dlco_before_umol_min_kpa > 0", name=op.f("ck_trial_baseline_measured_before")
        ),
        sa.CheckConstraint(
            "fvc_ml > 0 AND fev1_ml > 0 AND dlco_umol_min_kpa > 0", name=op.f("ck_trial_baseline_measured")
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_baseline_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_baseline")),
    )
    with op.batch_alter_table("trial_baseline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_baseline_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("study_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "given_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("(phase = 'given') = (ended_at IS NULL)", name=op.f("ck_trial_consent_ended_has_time")),
        sa.CheckConstraint("phase IN ('given', 'withdrawn', 'replaced')", name=op.f("ck_trial_consent_phase")),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_consent_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_consent")),
    )
    with op.batch_alter_table("trial_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_consent_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_trial_consent_given",
            ["recipient"],
            unique=True,
            sqlite_where=sa.text("phase = 'given'"),
            postgresql_where=sa.text("phase = 'given'"),
        )

    op.create_table(
        "trial_departure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column(
            "happened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enrolled', 'eligible', 'screened_out', 'randomised', 'discontinued', 'withdrawn', 'lost', 'died')",
            name=op.f("ck_trial_departure_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_departure_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_departure")),
    )
    with op.batch_alter_table("trial_departure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_departure_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_planned_infusion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("course", sa.BigInteger(), nullable=False),
        sa.Column("dose_in_course", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("window_until", sa.Date(), nullable=False),
        sa.Column(
            "ordered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ordered_by", sa.String(length=14), nullable=True),
        sa.Column("dose_cells_count", sa.BigInteger(), nullable=True),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "phase IN ('planned', 'ordered', 'assigned', 'infused', 'cancelled', 'missed')",
            name=op.f("ck_trial_planned_infusion_phase"),
        ),
        sa.CheckConstraint(
            "phase NOT IN ('ordered', 'assigned', 'infused') OR ordered_by IS NOT NULL",
            name=op.f("ck_trial_planned_infusion_ordered_by_somebody"),
        ),
        sa.CheckConstraint(
            "number > 0 AND course > 0 AND dose_in_course > 0", name=op.f("ck_trial_planned_infusion_counted_from_one")
        ),
        sa.CheckConstraint(
            "window_from <= due_on AND due_on <= window_until", name=op.f("ck_trial_planned_infusion_due_in_window")
        ),
        sa.ForeignKeyConstraint(
            ["recipient"],
            ["trial_recipient.code"],
            name=op.f("fk_trial_planned_infusion_recipient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_planned_infusion")),
        sa.UniqueConstraint("recipient", "number", name=op.f("uq_trial_planned_infusion_recipient_number")),
    )
    with op.batch_alter_table("trial_planned_infusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_planned_infusion_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_planned_infusion_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_screening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("study", sa.String(length=14), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("age_years", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recipient", sa.String(length=14), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "recorded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "reason IN ('not_eligible', 'declined', 'unreachable', 'study_full', 'other')",
            name=op.f("ck_trial_screening_reason"),
        ),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_trial_screening_sex")),
        sa.CheckConstraint("age_years >= 0 AND age_years <= 120", name=op.f("ck_trial_screening_age")),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_screening_recipient"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["study"], ["trial_study.code"], name=op.f("fk_trial_screening_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_screening")),
        sa.UniqueConstraint("recipient", name=op.f("uq_trial_screening_recipient")),
    )
    with op.batch_alter_table("trial_screening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_screening_recipient"), ["recipient"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_screening_study"), ["study"], unique=False)

    op.create_table(
        "trial_unblinding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=False),
        sa.Column(
            "learned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_unblinding_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_unblinding")),
    )
    with op.batch_alter_table("trial_unblinding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_unblinding_recipient"), ["recipient"], unique=False)

    op.create_table(
        "trial_wristband",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column(
            "issued_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("issued_by", sa.String(length=14), nullable=False),
        sa.Column("witness", sa.String(length=14), nullable=True),
        sa.Column(
            "voided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("(phase = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_trial_wristband_void_has_time")),
        sa.CheckConstraint("phase IN ('live', 'void')", name=op.f("ck_trial_wristband_phase")),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_wristband_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trial_wristband")),
    )
    with op.batch_alter_table("trial_wristband", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_wristband_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_trial_wristband_live",
            ["recipient"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )

    op.create_table(
        "custody_spell",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "began_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("log", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('kept', 'placed', 'offered', 'packed', 'shipped', 'warm', 'out', 'unlogged')",
            name=op.f("ck_custody_spell_kind"),
        ),
        sa.CheckConstraint("began_at < ended_at", name=op.f("ck_custody_spell_ends_after_it_began")),
        sa.ForeignKeyConstraint(["log"], ["custody_log.id"], name=op.f("fk_custody_spell_log"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_spell")),
    )
    with op.batch_alter_table("custody_spell", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_spell_log"), ["log"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_spell_subject"), ["subject"], unique=False)

    op.create_table(
        "donors_complication",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("donation", sa.String(length=14), nullable=False),
        sa.Column("visit", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "noticed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "resolved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "(phase = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_donors_complication_resolved_at")
        ),
        sa.CheckConstraint(
            "action IN ('observed', 'treated', 'harvest_stopped', 'hospitalised')",
            name=op.f("ck_donors_complication_action"),
        ),
        sa.CheckConstraint(
            "kind IN ('pain', 'haematoma', 'bleeding', 'infection', 'fainting', 'reaction_to_anaesthesia', 'nerve_injury', 'anaemia', 'other')",
            name=op.f("ck_donors_complication_kind"),
        ),
        sa.CheckConstraint("phase IN ('open', 'resolved')", name=op.f("ck_donors_complication_phase")),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name=op.f("ck_donors_complication_grade")),
        sa.CheckConstraint("resolved_at >= noticed_at", name=op.f("ck_donors_complication_resolved_after_noticed")),
        sa.ForeignKeyConstraint(
            ["donation"], ["donors_donation.code"], name=op.f("fk_donors_complication_donation"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["visit"], ["donors_visit.id"], name=op.f("fk_donors_complication_visit"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donors_complication")),
    )
    with op.batch_alter_table("donors_complication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donors_complication_donation"), ["donation"], unique=False)
        batch_op.create_index(batch_op.f("ix_donors_complication_visit"), ["visit"], unique=False)

    op.create_table(
        "followup_measurement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("visit", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("missing_reason", sa.String(length=40), nullable=True),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("haemoglobin_g_l", sa.BigInteger(), nullable=True),
        sa.Column("equation", sa.String(length=60), nullable=True),
        sa.Column("height_mm", sa.BigInteger(), nullable=True),
        sa.Column("judged", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("verified_by", sa.String(length=14), nullable=True),
        sa.Column(
            "verified_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E', 'F', 'U')", name=op.f("ck_followup_measurement_grade")),
        sa.CheckConstraint(
            "missing_reason IN ('unable', 'died', 'withdrew', 'lost', 'transplant', 'site_error', 'not_due')",
            name=op.f("ck_followup_measurement_missing_reason"),
        ),
        sa.CheckConstraint("phase IN ('current', 'corrected')", name=op.f("ck_followup_measurement_phase")),
        sa.CheckConstraint(
            "(equation IS NULL) = (height_mm IS NULL)", name=op.f("ck_followup_measurement_equation_has_height")
        ),
        sa.CheckConstraint(
            "(equation IS NULL) = (judged IS NULL)", name=op.f("ck_followup_measurement_judged_by_equation")
        ),
        sa.CheckConstraint(
            "(replaces IS NULL) = (reason IS NULL)", name=op.f("ck_followup_measurement_correction_has_reason")
        ),
        sa.CheckConstraint(
            "(value IS NULL) = (missing_reason IS NOT NULL)", name=op.f("ck_followup_measurement_value_or_reason")
        ),
        sa.CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL)", name=op.f("ck_followup_measurement_verified_by_somebody")
        ),
        sa.CheckConstraint("value > 0", name=op.f("ck_followup_measurement_never_zero")),
        sa.CheckConstraint(
            "value IS NOT NULL OR (equation IS NULL AND grade IS NULL)",
            name=op.f("ck_followup_measurement_missing_is_missing"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces"],
            ["followup_measurement.id"],
            name=op.f("fk_followup_measurement_replaces"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["visit"], ["followup_visit.id"], name=op.f("fk_followup_measurement_visit"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_measurement")),
    )
    with op.batch_alter_table("followup_measurement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_measurement_replaces"), ["replaces"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_measurement_visit"), ["visit"], unique=False)
        batch_op.create_index(
            "uq_followup_measurement_current",
            ["visit", "outcome"],
            unique=True,
            sqlite_where=sa.text("phase = 'current'"),
            postgresql_where=sa.text("phase = 'current'"),
        )

    op.create_table(
        "followup_query",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("visit", sa.BigInteger(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=14), nullable=False),
        sa.Column(
            "asked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=14), nullable=True),
        sa.Column(
            "answered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'closed') = (closed_by IS NOT NULL)", name=op.f("ck_followup_query_closed_by_somebody")
        ),
        sa.CheckConstraint(
            "phase <> 'answered' OR answer IS NOT NULL", name=op.f("ck_followup_query_answered_has_answer")
        ),
        sa.CheckConstraint("phase <> 'open' OR answer IS NULL", name=op.f("ck_followup_query_open_has_none")),
        sa.CheckConstraint("phase IN ('open', 'answered', 'closed')", name=op.f("ck_followup_query_phase")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_by IS NULL)", name=op.f("ck_followup_query_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["trial_recipient.code"], name=op.f("fk_followup_query_subject"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["visit"], ["followup_visit.id"], name=op.f("fk_followup_query_visit"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_query")),
    )
    with op.batch_alter_table("followup_query", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_query_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_query_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_query_visit"), ["visit"], unique=False)

    op.create_table(
        "manufacturing_cell_count",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("live_per_ml", sa.BigInteger(), nullable=False),
        sa.Column("total_per_ml", sa.BigInteger(), nullable=False),
        sa.Column("viability_permille", sa.BigInteger(), nullable=False),
        sa.Column("scatter_permille", sa.BigInteger(), nullable=True),
        sa.Column("file_hash", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("columns_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "counted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("counted_by", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(file_hash IS NULL) = (columns_id IS NULL)", name=op.f("ck_manufacturing_cell_count_file_has_columns")
        ),
        sa.CheckConstraint(
            "live_per_ml BETWEEN 0 AND total_per_ml", name=op.f("ck_manufacturing_cell_count_live_within_total")
        ),
        sa.CheckConstraint(
            "sequence = 1 OR reason IS NOT NULL", name=op.f("ck_manufacturing_cell_count_recount_says_why")
        ),
        sa.CheckConstraint("sequence IN (1, 2)", name=op.f("ck_manufacturing_cell_count_counted_twice_at_most")),
        sa.CheckConstraint(
            "viability_permille BETWEEN 0 AND 1000", name=op.f("ck_manufacturing_cell_count_viability_share")
        ),
        sa.ForeignKeyConstraint(
            ["columns_id"],
            ["manufacturing_counter_columns.id"],
            name=op.f("fk_manufacturing_cell_count_columns_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_manufacturing_cell_count_equipment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_cell_count_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_cell_count_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_cell_count")),
        sa.UniqueConstraint("step_record", "sequence", name=op.f("uq_manufacturing_cell_count_step_record_sequence")),
    )
    with op.batch_alter_table("manufacturing_cell_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_count_columns_id"), ["columns_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_count_equipment"), ["equipment"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_count_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_count_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_container",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("donation", sa.String(length=14), nullable=True),
        sa.Column("step_record", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=True),
        sa.Column("cells_count", sa.BigInteger(), nullable=True),
        sa.Column("cells_made_count", sa.BigInteger(), nullable=True),
        sa.Column("cells_grown_count", sa.BigInteger(), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column("volume_made_ul", sa.BigInteger(), nullable=False),
        sa.Column("viability_permille", sa.BigInteger(), nullable=True),
        sa.Column("area_cm2", sa.BigInteger(), nullable=True),
        sa.Column("doublings_milli", sa.BigInteger(), nullable=True),
        sa.Column(
            "made_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("made_by", sa.String(length=14), nullable=False),
        sa.Column(
            "expires_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("division", sa.BigInteger(), nullable=True),
        sa.Column("product_code", sa.String(length=20), nullable=True),
        sa.Column("discard_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "content <> 'saline' OR cells_count IS NULL", name=op.f("ck_manufacturing_container_saline_has_no_cells")
        ),
        sa.CheckConstraint(
            "content IN ('marrow', 'cells', 'msc', 'saline')", name=op.f("ck_manufacturing_container_content")
        ),
        sa.CheckConstraint(
            "kind IN ('harvest_bag', 'tube', 'vessel', 'cryovial', 'infusion_bag')",
            name=op.f("ck_manufacturing_container_kind"),
        ),
        sa.CheckConstraint(
            "phase <> 'spent' OR COALESCE(cells_count, 0) = 0", name=op.f("ck_manufacturing_container_spent_is_empty")
        ),
        sa.CheckConstraint(
            "phase IN ('in_use', 'stored', 'filled', 'spent', 'discarded')",
            name=op.f("ck_manufacturing_container_phase"),
        ),
        sa.CheckConstraint(
            "cells_count <= cells_made_count + cells_grown_count",
            name=op.f("ck_manufacturing_container_cells_within_made"),
        ),
        sa.CheckConstraint("cells_count >= 0", name=op.f("ck_manufacturing_container_cells_not_negative")),
        sa.CheckConstraint("cells_made_count >= 0", name=op.f("ck_manufacturing_container_cells_made_not_negative")),
        sa.CheckConstraint("division >= 1", name=op.f("ck_manufacturing_container_division_positive")),
        sa.CheckConstraint("passage >= 0", name=op.f("ck_manufacturing_container_passage_not_negative")),
        sa.CheckConstraint(
            "viability_permille BETWEEN 0 AND 1000", name=op.f("ck_manufacturing_container_viability_share")
        ),
        sa.CheckConstraint("volume_made_ul >= 0", name=op.f("ck_manufacturing_container_volume_made_not_negative")),
        sa.CheckConstraint("volume_ul <= volume_made_ul", name=op.f("ck_manufacturing_container_volume_within_made")),
        sa.CheckConstraint("volume_ul >= 0", name=op.f("ck_manufacturing_container_volume_not_negative")),
        sa.ForeignKeyConstraint(
            ["donation"],
            ["donors_donation.code"],
            name=op.f("fk_manufacturing_container_donation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_container_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_container_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_manufacturing_container")),
        sa.UniqueConstraint(
            "donation",
            "product_code",
            "division",
            name=op.f("uq_manufacturing_container_donation_product_code_division"),
        ),
    )
    with op.batch_alter_table("manufacturing_container", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_container_donation"), ["donation"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_container_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_manufacturing_container_made_at", ["made_at", "code"], unique=False)
        batch_op.create_index("ix_manufacturing_container_phase", ["phase", "code"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_container_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_equipment_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column(
            "used_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("used_by", sa.String(length=14), nullable=False),
        sa.Column(
            "undone_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["equipment"],
            ["materials_equipment.code"],
            name=op.f("fk_manufacturing_equipment_use_equipment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_equipment_use_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_equipment_use_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_equipment_use")),
    )
    with op.batch_alter_table("manufacturing_equipment_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_equipment_use_equipment"), ["equipment"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_equipment_use_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_equipment_use_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_step_attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "event_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_manufacturing_step_attachment_kind")
        ),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_manufacturing_step_attachment_size_positive")),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_step_attachment_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_step_attachment")),
        sa.UniqueConstraint("step_record", "digest", name=op.f("uq_manufacturing_step_attachment_step_record_digest")),
    )
    with op.batch_alter_table("manufacturing_step_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_step_attachment_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_step_comment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column(
            "event_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_step_comment_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_step_comment")),
    )
    with op.batch_alter_table("manufacturing_step_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_step_comment_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_step_value",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column("parameter", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("decimals", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column(
            "event_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('current', 'corrected', 'undone')", name=op.f("ck_manufacturing_step_value_phase")
        ),
        sa.CheckConstraint(
            "standing IN ('within', 'alert', 'action')", name=op.f("ck_manufacturing_step_value_standing")
        ),
        sa.CheckConstraint("decimals BETWEEN 0 AND 6", name=op.f("ck_manufacturing_step_value_decimals_bounded")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_step_value_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces"],
            ["manufacturing_step_value.id"],
            name=op.f("fk_manufacturing_step_value_replaces"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_step_value_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_step_value")),
        sa.UniqueConstraint("replaces", name=op.f("uq_manufacturing_step_value_replaces")),
    )
    with op.batch_alter_table("manufacturing_step_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_step_value_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_value_replaces"), ["replaces"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_value_step_record"), ["step_record"], unique=False)
        batch_op.create_index(
            "ix_manufacturing_step_value_tally", ["lot", "phase", "standing", "is_late"], unique=False
        )
        batch_op.create_index(
            "uq_manufacturing_step_value_current",
            ["step_record", "parameter"],
            unique=True,
            sqlite_where=sa.text("phase = 'current'"),
            postgresql_where=sa.text("phase = 'current'"),
        )

    op.create_table(
        "quality_action",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=14), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("check_due_on", sa.Date(), nullable=True),
        sa.Column("criterion", sa.Text(), nullable=True),
        sa.Column("follows", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("planned_by", sa.String(length=14), nullable=False),
        sa.Column(
            "planned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "done_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("evidence", sa.String(length=64), nullable=True),
        sa.Column("evidence_kind", sa.String(length=40), nullable=True),
        sa.Column("evidence_name", sa.Text(), nullable=True),
        sa.Column("judged_by", sa.String(length=14), nullable=True),
        sa.Column(
            "judged_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=14), nullable=True),
        sa.Column(
            "withdrawn_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("withdrawal", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'withdrawn') = (withdrawn_by IS NOT NULL)", name=op.f("ck_quality_action_withdrawn_by_somebody")
        ),
        sa.CheckConstraint(
            "(phase IN ('done', 'effective', 'not_effective')) = (done_at IS NOT NULL)",
            name=op.f("ck_quality_action_done_has_time"),
        ),
        sa.CheckConstraint(
            "(phase IN ('effective', 'not_effective')) = (judged_by IS NOT NULL)", name=op.f("ck_quality_action_judged")
        ),
        sa.CheckConstraint(
            "evidence_kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_quality_action_evidence_kind")
        ),
        sa.CheckConstraint("kind IN ('corrective', 'preventive')", name=op.f("ck_quality_action_kind")),
        sa.CheckConstraint(
            "phase IN ('planned', 'done', 'effective', 'not_effective', 'withdrawn')",
            name=op.f("ck_quality_action_phase"),
        ),
        sa.CheckConstraint(
            "(check_due_on IS NULL) = (criterion IS NULL)", name=op.f("ck_quality_action_check_is_whole")
        ),
        sa.CheckConstraint("(done_at IS NULL) = (evidence IS NULL)", name=op.f("ck_quality_action_done_with_evidence")),
        sa.CheckConstraint("check_due_on > due_on", name=op.f("ck_quality_action_check_follows")),
        sa.CheckConstraint("judged_by <> owner", name=op.f("ck_quality_action_judged_by_another")),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_action_deviation"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["follows"], ["quality_action.id"], name=op.f("fk_quality_action_follows"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_action")),
        sa.UniqueConstraint("follows", name=op.f("uq_quality_action_follows")),
    )
    with op.batch_alter_table("quality_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_action_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_action_follows"), ["follows"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_action_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_action_phase"), ["phase"], unique=False)

    op.create_table(
        "quality_assessment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reach", sa.String(length=40), nullable=False),
        sa.Column("lots", sa.Text(), nullable=False),
        sa.Column("bags", sa.Text(), nullable=False),
        sa.Column("vials", sa.Text(), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("assessed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("reach IN ('thing', 'lot', 'origin')", name=op.f("ck_quality_assessment_reach")),
        sa.CheckConstraint("severity IN ('minor', 'major', 'critical')", name=op.f("ck_quality_assessment_severity")),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_assessment_deviation"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["quality_assessment.id"], name=op.f("fk_quality_assessment_replaces"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_assessment")),
        sa.UniqueConstraint("replaces", name=op.f("uq_quality_assessment_replaces")),
    )
    with op.batch_alter_table("quality_assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_assessment_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_assessment_replaces"), ["replaces"], unique=False)

    op.create_table(
        "quality_complaint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("complainant", sa.Text(), nullable=False),
        sa.Column("came_by", sa.String(length=40), nullable=False),
        sa.Column(
            "received_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("received_by", sa.String(length=14), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=14), nullable=True),
        sa.Column(
            "answered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_quality_complaint_answered_with_words")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_quality_complaint_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_complaint_deviation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_complaint")),
        sa.UniqueConstraint("deviation", name=op.f("uq_quality_complaint_deviation")),
    )
    with op.batch_alter_table("quality_complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_complaint_deviation"), ["deviation"], unique=False)

    op.create_table(
        "quality_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=14), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("review", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("obligations", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('quarantined', 'released_for_further_use', 'conditionally_released', 'released', 'rejected', 'recalled')",
            name=op.f("ck_quality_decision_phase"),
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_decision_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["review"], ["quality_review.id"], name=op.f("fk_quality_decision_review"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_decision")),
    )
    with op.batch_alter_table("quality_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_decision_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_decision_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_decision_review"), ["review"], unique=False)

    op.create_table(
        "quality_hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("placed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "placed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("lifted_by", sa.String(length=14), nullable=True),
        sa.Column(
            "lifted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'lifted') = (lifted_at IS NOT NULL)", name=op.f("ck_quality_hold_lifted_has_time")
        ),
        sa.CheckConstraint(
            "cause IN ('withdrawal', 'post_donation', 'material', 'late_positive', 'mix_up', 'reaction', 'failed_test', 'deviation', 'qa')",
            name=op.f("ck_quality_hold_cause"),
        ),
        sa.CheckConstraint("phase IN ('placed', 'lifted')", name=op.f("ck_quality_hold_phase")),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_hold_deviation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_hold")),
    )
    with op.batch_alter_table("quality_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_hold_deviation"), ["deviation"], unique=False)
        batch_op.create_index("ix_quality_hold_phase", ["phase", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_hold_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "uq_quality_hold_contained",
            ["subject", "deviation"],
            unique=True,
            sqlite_where=sa.text("phase = 'placed'"),
            postgresql_where=sa.text("phase = 'placed'"),
        )
        batch_op.create_index(
            "uq_quality_hold_placed",
            ["subject", "cause"],
            unique=True,
            sqlite_where=sa.text("phase = 'placed' AND deviation IS NULL"),
            postgresql_where=sa.text("phase = 'placed' AND deviation IS NULL"),
        )

    op.create_table(
        "quality_recall",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("root", sa.String(length=14), nullable=True),
        sa.Column("also", sa.String(length=14), nullable=True),
        sa.Column("deviation", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("until", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True),
        sa.Column("origin", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_by", sa.String(length=14), nullable=False),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "listed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("scope_hash", sa.String(length=64), nullable=True),
        sa.Column("found_count", sa.BigInteger(), nullable=True),
        sa.Column("lots_count", sa.BigInteger(), nullable=True),
        sa.Column("placed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "placed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("stopped_count", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("accounted_count", sa.BigInteger(), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_quality_recall_closed_has_time")
        ),
        sa.CheckConstraint(
            "kind = 'recall' OR placed_at IS NULL", name=op.f("ck_quality_recall_exercise_stops_nothing")
        ),
        sa.CheckConstraint("kind IN ('recall', 'exercise')", name=op.f("ck_quality_recall_kind")),
        sa.CheckConstraint(
            "phase <> 'signed' OR placed_at IS NOT NULL", name=op.f("ck_quality_recall_signed_has_time")
        ),
        sa.CheckConstraint(
            "phase = 'started' OR listed_at IS NOT NULL", name=op.f("ck_quality_recall_listed_has_time")
        ),
        sa.CheckConstraint("phase IN ('started', 'listed', 'signed', 'closed')", name=op.f("ck_quality_recall_phase")),
        sa.CheckConstraint(
            "(accounted_count IS NULL) = (closed_at IS NULL)", name=op.f("ck_quality_recall_closed_was_counted")
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_recall_deviation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_recall")),
    )
    with op.batch_alter_table("quality_recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_recall_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_recall_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_recall_root"), ["root"], unique=False)

    op.create_table(
        "quality_root_cause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("whys", sa.Text(), nullable=True),
        sa.Column("found_by", sa.String(length=14), nullable=False),
        sa.Column(
            "found_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('method', 'material', 'machine', 'person', 'measurement', 'environment')",
            name=op.f("ck_quality_root_cause_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_root_cause_deviation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_root_cause")),
    )
    with op.batch_alter_table("quality_root_cause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_root_cause_deviation"), ["deviation"], unique=False)

    op.create_table(
        "trial_eligibility_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("baseline", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("definition_hash", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=14), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["baseline"],
            ["trial_baseline.id"],
            name=op.f("fk_trial_eligibility_decision_baseline"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recipient"],
            ["trial_recipient.code"],
            name=op.f("fk_trial_eligibility_decision_recipient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_eligibility_decision")),
        sa.UniqueConstraint("recipient", name=op.f("uq_trial_eligibility_decision_recipient")),
    )
    with op.batch_alter_table("trial_eligibility_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_eligibility_decision_baseline"), ["baseline"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_eligibility_decision_recipient"), ["recipient"], unique=False)

    op.create_table(
        "bedside_infusion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("planned_infusion", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("started_by", sa.String(length=14), nullable=False),
        sa.Column("first_checker", sa.String(length=14), nullable=False),
        sa.Column("second_checker", sa.String(length=14), nullable=False),
        sa.Column("planned_minutes", sa.BigInteger(), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column(
            "expiry_noted_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column(
            "end_entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("computed_ul", sa.BigInteger(), nullable=True),
        sa.Column("volume_given_ul", sa.BigInteger(), nullable=True),
        sa.Column("volume_left_ul", sa.BigInteger(), nullable=True),
        sa.Column("flush_ul", sa.BigInteger(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column(
            "disposed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("disposed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "returned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("returned_by", sa.String(length=14), nullable=True),
        sa.CheckConstraint(
            "phase IN ('running', 'paused', 'completed', 'stopped')", name=op.f("ck_bedside_infusion_phase")
        ),
        sa.CheckConstraint("first_checker <> second_checker", name=op.f("ck_bedside_infusion_two_people_checked")),
        sa.CheckConstraint("planned_minutes > 0", name=op.f("ck_bedside_infusion_planned_minutes_positive")),
        sa.CheckConstraint(
            "returned_at IS NULL OR (volume_given_ul = 0 AND disposed_at IS NULL)",
            name=op.f("ck_bedside_infusion_only_unused_goes_back"),
        ),
        sa.CheckConstraint(
            "volume_given_ul IS NULL OR volume_given_ul >= 0",
            name=op.f("ck_bedside_infusion_volume_given_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_bedside_infusion_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["planned_infusion"],
            ["trial_planned_infusion.id"],
            name=op.f("fk_bedside_infusion_planned_infusion"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_bedside_infusion_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_infusion")),
        sa.UniqueConstraint("bag", name="uq_bedside_infusion_bag"),
    )
    with op.batch_alter_table("bedside_infusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_infusion_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_infusion_planned_infusion"), ["planned_infusion"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_infusion_recipient"), ["recipient"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_infusion_started_at"), ["started_at"], unique=False)
        batch_op.create_index(
            "uq_bedside_infusion_running",
            ["recipient"],
            unique=True,
            sqlite_where=sa.text("phase IN ('running', 'paused')"),
            postgresql_where=sa.text("phase IN ('running', 'paused')"),
        )

    op.create_table(
        "bedside_paper_bag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("downtime", sa.BigInteger(), nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("fate", sa.String(length=40), nullable=False),
        sa.Column(
            "settled_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("settled_by", sa.String(length=14), nullable=True),
        sa.Column("witness", sa.String(length=14), nullable=True),
        sa.CheckConstraint(
            "(fate = 'to_enter') = (settled_by IS NULL)", name=op.f("ck_bedside_paper_bag_settled_by_somebody")
        ),
        sa.CheckConstraint("fate IN ('to_enter', 'given', 'not_given')", name=op.f("ck_bedside_paper_bag_fate")),
        sa.CheckConstraint("settled_by <> witness", name=op.f("ck_bedside_paper_bag_two_people")),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_bedside_paper_bag_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["downtime"], ["bedside_downtime.id"], name=op.f("fk_bedside_paper_bag_downtime"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_bedside_paper_bag_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_paper_bag")),
    )
    with op.batch_alter_table("bedside_paper_bag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_paper_bag_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_paper_bag_downtime"), ["downtime"], unique=False)
        batch_op.create_index(
            "ix_bedside_paper_bag_open_recipient",
            ["recipient"],
            unique=False,
            sqlite_where=sa.text("fate = 'to_enter'"),
            postgresql_where=sa.text("fate = 'to_enter'"),
        )
        batch_op.create_index(batch_op.f("ix_bedside_paper_bag_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_bedside_paper_bag_open",
            ["bag"],
            unique=True,
            sqlite_where=sa.text("fate = 'to_enter'"),
            postgresql_where=sa.text("fate = 'to_enter'"),
        )

    op.create_table(
        "custody_destruction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("performer", sa.String(length=14), nullable=False),
        sa.Column("witness", sa.String(length=14), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=14), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column(
            "witnessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "method IN ('autoclave', 'incineration', 'chemical', 'clinical_waste')",
            name=op.f("ck_custody_destruction_method"),
        ),
        sa.CheckConstraint("at <= witnessed_at", name=op.f("ck_custody_destruction_witnessed_afterwards")),
        sa.CheckConstraint("volume_ul >= 0", name=op.f("ck_custody_destruction_volume_not_negative")),
        sa.CheckConstraint("witness <> performer", name=op.f("ck_custody_destruction_seen_by_another")),
        sa.ForeignKeyConstraint(
            ["place"], ["materials_location.code"], name=op.f("fk_custody_destruction_place"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["manufacturing_container.code"],
            name=op.f("fk_custody_destruction_subject"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_destruction")),
        sa.UniqueConstraint("subject", name=op.f("uq_custody_destruction_subject")),
    )
    with op.batch_alter_table("custody_destruction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_destruction_performer"), ["performer"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_destruction_place"), ["place"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_destruction_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_destruction_witness"), ["witness"], unique=False)

    op.create_table(
        "custody_packed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("shipment", sa.String(length=14), nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("label", sa.String(length=14), nullable=True),
        sa.Column(
            "packed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("packed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "taken_out_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("taken_out_by", sa.String(length=14), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(taken_out_at IS NULL) = (taken_out_by IS NULL)", name=op.f("ck_custody_packed_taken_out_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["shipment"], ["custody_shipment.code"], name=op.f("fk_custody_packed_shipment"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["manufacturing_container.code"], name=op.f("fk_custody_packed_subject"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_packed")),
    )
    with op.batch_alter_table("custody_packed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_packed_shipment"), ["shipment"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_packed_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "uq_custody_packed_subject",
            ["subject"],
            unique=True,
            sqlite_where=sa.text("taken_out_at IS NULL"),
            postgresql_where=sa.text("taken_out_at IS NULL"),
        )

    op.create_table(
        "custody_reservation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("vial", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("reserved_by", sa.String(length=14), nullable=False),
        sa.Column(
            "reserved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("ended_by", sa.String(length=14), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.CheckConstraint("ending IN ('used', 'released')", name=op.f("ck_custody_reservation_ending")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_custody_reservation_ended_has_ending")
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_custody_reservation_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vial"], ["manufacturing_container.code"], name=op.f("fk_custody_reservation_vial"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_reservation")),
    )
    with op.batch_alter_table("custody_reservation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_reservation_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_reservation_vial"), ["vial"], unique=False)
        batch_op.create_index(
            "uq_custody_reservation_open",
            ["vial"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "custody_return",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("location", sa.String(length=14), nullable=False),
        sa.Column(
            "returned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("returned_by", sa.String(length=14), nullable=False),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=False),
        sa.Column("seal_intact", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "temperature_mc BETWEEN -200000 AND 60000", name=op.f("ck_custody_return_temperature_mc_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_custody_return_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location"], ["materials_location.code"], name=op.f("fk_custody_return_location"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_return")),
        sa.UniqueConstraint("bag", name=op.f("uq_custody_return_bag")),
    )
    with op.batch_alter_table("custody_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_return_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_custody_return_location"), ["location"], unique=False)

    op.create_table(
        "followup_walk",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("measurement", sa.BigInteger(), nullable=False),
        sa.Column("oxygen_ml_min", sa.BigInteger(), nullable=False),
        sa.Column("spo2_rest_percent", sa.BigInteger(), nullable=False),
        sa.Column("spo2_lowest_percent", sa.BigInteger(), nullable=False),
        sa.Column("borg_rest_tenths", sa.BigInteger(), nullable=False),
        sa.Column("borg_end_tenths", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "borg_rest_tenths BETWEEN 0 AND 100 AND borg_end_tenths BETWEEN 0 AND 100",
            name=op.f("ck_followup_walk_borg"),
        ),
        sa.CheckConstraint("oxygen_ml_min >= 0", name=op.f("ck_followup_walk_oxygen")),
        sa.CheckConstraint("spo2_lowest_percent <= spo2_rest_percent", name=op.f("ck_followup_walk_lowest_is_lowest")),
        sa.ForeignKeyConstraint(
            ["measurement"], ["followup_measurement.id"], name=op.f("fk_followup_walk_measurement"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_walk")),
        sa.UniqueConstraint("measurement", name=op.f("uq_followup_walk_measurement")),
    )
    with op.batch_alter_table("followup_walk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_walk_measurement"), ["measurement"], unique=False)

    op.create_table(
        "manufacturing_balance_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("container", sa.String(length=14), nullable=False),
        sa.Column("quantity", sa.String(length=40), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("error_permille", sa.BigInteger(), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("quantity IN ('volume', 'cells')", name=op.f("ck_manufacturing_balance_check_quantity")),
        sa.CheckConstraint("found >= 0", name=op.f("ck_manufacturing_balance_check_found_not_negative")),
        sa.ForeignKeyConstraint(
            ["container"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_balance_check_container"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_balance_check_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_balance_check")),
    )
    with op.batch_alter_table("manufacturing_balance_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_balance_check_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_balance_check_lot"), ["lot"], unique=False)

    op.create_table(
        "manufacturing_cell_growth",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("container", sa.String(length=14), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=False),
        sa.Column("seeded_count", sa.BigInteger(), nullable=False),
        sa.Column("harvested_count", sa.BigInteger(), nullable=False),
        sa.Column("viability_permille", sa.BigInteger(), nullable=False),
        sa.Column("confluence_permille", sa.BigInteger(), nullable=False),
        sa.Column("doublings_milli", sa.BigInteger(), nullable=True),
        sa.Column("cumulative_milli", sa.BigInteger(), nullable=True),
        sa.Column("doubling_minutes", sa.BigInteger(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.CheckConstraint("harvested_count > 0", name=op.f("ck_manufacturing_cell_growth_harvested_positive")),
        sa.CheckConstraint("seeded_count > 0", name=op.f("ck_manufacturing_cell_growth_seeded_positive")),
        sa.ForeignKeyConstraint(
            ["container"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_cell_growth_container"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_cell_growth_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_cell_growth")),
    )
    with op.batch_alter_table("manufacturing_cell_growth", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_growth_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_cell_growth_lot"), ["lot"], unique=False)

    op.create_table(
        "manufacturing_container_loss",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("container", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=True),
        sa.Column("cells_count", sa.BigInteger(), nullable=True),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("by", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('sampled', 'wasted', 'given')", name=op.f("ck_manufacturing_container_loss_kind")),
        sa.CheckConstraint("cells_count >= 0", name=op.f("ck_manufacturing_container_loss_cells_not_negative")),
        sa.CheckConstraint("volume_ul >= 0", name=op.f("ck_manufacturing_container_loss_volume_not_negative")),
        sa.ForeignKeyConstraint(
            ["container"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_container_loss_container"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_container_loss_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_container_loss")),
    )
    with op.batch_alter_table("manufacturing_container_loss", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_container_loss_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_container_loss_step_record"), ["step_record"], unique=False)

    op.create_table(
        "manufacturing_container_source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("child", sa.String(length=14), nullable=False),
        sa.Column("parent", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cells_count", sa.BigInteger(), nullable=True),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('separated', 'seeded', 'passaged', 'split', 'pooled', 'frozen', 'thawed', 'suspended', 'sampled')",
            name=op.f("ck_manufacturing_container_source_kind"),
        ),
        sa.CheckConstraint("cells_count >= 0", name=op.f("ck_manufacturing_container_source_cells_not_negative")),
        sa.CheckConstraint("child <> parent", name=op.f("ck_manufacturing_container_source_not_its_own_source")),
        sa.CheckConstraint("volume_ul >= 0", name=op.f("ck_manufacturing_container_source_volume_not_negative")),
        sa.ForeignKeyConstraint(
            ["child"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_container_source_child"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_container_source_parent"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_container_source")),
        sa.UniqueConstraint("child", "parent", name=op.f("uq_manufacturing_container_source_child_parent")),
    )
    with op.batch_alter_table("manufacturing_container_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_container_source_child"), ["child"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_container_source_parent"), ["parent"], unique=False)

    op.create_table(
        "manufacturing_count_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("cell_count", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("live_count", sa.BigInteger(), nullable=True),
        sa.Column("dead_count", sa.BigInteger(), nullable=True),
        sa.Column("dilution_milli", sa.BigInteger(), nullable=True),
        sa.Column("chamber_nl", sa.BigInteger(), nullable=True),
        sa.Column("live_per_ml", sa.BigInteger(), nullable=False),
        sa.Column("dead_per_ml", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("dead_per_ml >= 0", name=op.f("ck_manufacturing_count_run_dead_not_negative")),
        sa.CheckConstraint("live_per_ml >= 0", name=op.f("ck_manufacturing_count_run_live_not_negative")),
        sa.ForeignKeyConstraint(
            ["cell_count"],
            ["manufacturing_cell_count.id"],
            name=op.f("fk_manufacturing_count_run_cell_count"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_count_run")),
        sa.UniqueConstraint("cell_count", "place", name=op.f("uq_manufacturing_count_run_cell_count_place")),
    )
    with op.batch_alter_table("manufacturing_count_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_count_run_cell_count"), ["cell_count"], unique=False)

    op.create_table(
        "manufacturing_step_sample",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("step_record", sa.BigInteger(), nullable=False),
        sa.Column("point", sa.String(length=40), nullable=False),
        sa.Column("sample", sa.String(length=14), nullable=True),
        sa.Column("container", sa.String(length=14), nullable=True),
        sa.Column("volume_ul", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("by", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(sample IS NULL) = (container IS NULL)", name=op.f("ck_manufacturing_step_sample_taken_from_something")
        ),
        sa.CheckConstraint(
            "(sample IS NULL) = (reason IS NOT NULL)", name=op.f("ck_manufacturing_step_sample_taken_or_left_out")
        ),
        sa.CheckConstraint(
            "(sample IS NULL) = (volume_ul IS NULL)", name=op.f("ck_manufacturing_step_sample_taken_has_volume")
        ),
        sa.ForeignKeyConstraint(
            ["container"],
            ["manufacturing_container.code"],
            name=op.f("fk_manufacturing_step_sample_container"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_manufacturing_step_sample_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["step_record"],
            ["manufacturing_step_record.id"],
            name=op.f("fk_manufacturing_step_sample_step_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manufacturing_step_sample")),
    )
    with op.batch_alter_table("manufacturing_step_sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manufacturing_step_sample_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_sample_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_manufacturing_step_sample_step_record"), ["step_record"], unique=False)

    op.create_table(
        "quality_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("master_record", sa.BigInteger(), nullable=True),
        sa.Column("specification", sa.BigInteger(), nullable=True),
        sa.Column("deviation", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(length=14), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("check_due_on", sa.Date(), nullable=True),
        sa.Column("criterion", sa.Text(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.String(length=14), nullable=False),
        sa.Column(
            "requested_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("approved_by", sa.String(length=14), nullable=True),
        sa.Column(
            "approved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("countersigned_by", sa.String(length=14), nullable=True),
        sa.Column(
            "countersigned_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("rejected_by", sa.String(length=14), nullable=True),
        sa.Column(
            "rejected_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("rejection", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'closed') = (closed_by IS NOT NULL)", name=op.f("ck_quality_change_closed_by_somebody")
        ),
        sa.CheckConstraint(
            "(phase = 'rejected') = (rejected_by IS NOT NULL)", name=op.f("ck_quality_change_rejected_by_somebody")
        ),
        sa.CheckConstraint("kind IN ('minor', 'major')", name=op.f("ck_quality_change_kind")),
        sa.CheckConstraint(
            "phase IN ('requested', 'signed', 'approved', 'implemented', 'effective', 'closed', 'rejected')",
            name=op.f("ck_quality_change_phase"),
        ),
        sa.CheckConstraint(
            "(check_due_on IS NULL) = (criterion IS NULL)", name=op.f("ck_quality_change_check_is_whole")
        ),
        sa.CheckConstraint(
            "approved_by <> requested_by AND approved_by <> owner", name=op.f("ck_quality_change_approved_by_another")
        ),
        sa.CheckConstraint("check_due_on > due_on", name=op.f("ck_quality_change_check_follows")),
        sa.CheckConstraint(
            "closed_by <> requested_by AND closed_by <> owner", name=op.f("ck_quality_change_closed_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["action"], ["quality_action.id"], name=op.f("fk_quality_change_action"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_change_deviation"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["master_record"],
            ["manufacturing_master_record.id"],
            name=op.f("fk_quality_change_master_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_change")),
    )
    with op.batch_alter_table("quality_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_change_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_change_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_change_master_record"), ["master_record"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_change_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_change_phase"), ["phase"], unique=False)

    op.create_table(
        "quality_issue_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("label", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "printed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "scanned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("scanned_by", sa.String(length=14), nullable=True),
        sa.CheckConstraint("kind IN ('conditional', 'final')", name=op.f("ck_quality_issue_tag_kind")),
        sa.CheckConstraint(
            "phase <> 'attached' OR scanned_at IS NOT NULL", name=op.f("ck_quality_issue_tag_attached_was_scanned")
        ),
        sa.CheckConstraint("phase IN ('printed', 'attached', 'replaced')", name=op.f("ck_quality_issue_tag_phase")),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_quality_issue_tag_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["label"], ["labels_label.code"], name=op.f("fk_quality_issue_tag_label"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_issue_tag")),
        sa.UniqueConstraint("label", name=op.f("uq_quality_issue_tag_label")),
    )
    with op.batch_alter_table("quality_issue_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_issue_tag_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_issue_tag_label"), ["label"], unique=False)
        batch_op.create_index(
            "uq_quality_issue_tag_attached",
            ["bag"],
            unique=True,
            sqlite_where=sa.text("phase = 'attached'"),
            postgresql_where=sa.text("phase = 'attached'"),
        )

    op.create_table(
        "quality_reached_recipient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("assessment", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment"],
            ["quality_assessment.id"],
            name=op.f("fk_quality_reached_recipient_assessment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_reached_recipient")),
    )
    with op.batch_alter_table("quality_reached_recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_reached_recipient_assessment"), ["assessment"], unique=False)

    op.create_table(
        "quality_recall_find",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recall", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("found_by", sa.String(length=14), nullable=False),
        sa.Column(
            "found_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["recall"], ["quality_recall.id"], name=op.f("fk_quality_recall_find_recall"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_recall_find")),
        sa.UniqueConstraint("recall", "subject", name=op.f("uq_quality_recall_find_recall_subject")),
    )
    with op.batch_alter_table("quality_recall_find", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_recall_find_recall"), ["recall"], unique=False)

    op.create_table(
        "quality_recall_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recall", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=14), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recall"], ["quality_recall.id"], name=op.f("fk_quality_recall_item_recall"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_recall_item")),
        sa.UniqueConstraint("recall", "subject", name=op.f("uq_quality_recall_item_recall_subject")),
    )
    with op.batch_alter_table("quality_recall_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_recall_item_recall"), ["recall"], unique=False)
        batch_op.create_index("ix_quality_recall_item_stopped", ["subject", "is_stopped"], unique=False)

    op.create_table(
        "quality_recall_letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recall", sa.BigInteger(), nullable=False),
        sa.Column("to", sa.String(length=14), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("told_by", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.String(length=14), nullable=False),
        sa.Column(
            "recorded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "(way = 'another_way') = (sent_on IS NOT NULL)", name=op.f("ck_quality_recall_letter_outside_has_day")
        ),
        sa.CheckConstraint(
            "(way = 'through_cellchain') = (digest IS NOT NULL)", name=op.f("ck_quality_recall_letter_house_has_digest")
        ),
        sa.CheckConstraint("way IN ('through_cellchain', 'another_way')", name=op.f("ck_quality_recall_letter_way")),
        sa.ForeignKeyConstraint(
            ["recall"], ["quality_recall.id"], name=op.f("fk_quality_recall_letter_recall"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_recall_letter")),
    )
    with op.batch_alter_table("quality_recall_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_recall_letter_recall"), ["recall"], unique=False)

    op.create_table(
        "quality_reopening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.BigInteger(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reopened_by", sa.String(length=14), nullable=False),
        sa.Column(
            "reopened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("closed_at <= reopened_at", name=op.f("ck_quality_reopening_in_order")),
        sa.ForeignKeyConstraint(
            ["action"], ["quality_action.id"], name=op.f("fk_quality_reopening_action"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["quality_deviation.id"], name=op.f("fk_quality_reopening_deviation"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_reopening")),
    )
    with op.batch_alter_table("quality_reopening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_reopening_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_reopening_deviation"), ["deviation"], unique=False)

    op.create_table(
        "quality_sample",
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("container", sa.String(length=14), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("vessel", sa.String(length=40), nullable=False),
        sa.Column("volume_ul", sa.BigInteger(), nullable=False),
        sa.Column(
            "taken_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("taken_by", sa.String(length=14), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=14), nullable=True),
        sa.Column("position", sa.String(length=20), nullable=True),
        sa.Column("stored_by", sa.String(length=14), nullable=True),
        sa.Column(
            "stored_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("discard_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(purpose = 'retention') = (keep_until IS NOT NULL)", name=op.f("ck_quality_sample_retained_until")
        ),
        sa.CheckConstraint("phase IN ('taken', 'tested', 'discarded')", name=op.f("ck_quality_sample_phase")),
        sa.CheckConstraint(
            "purpose IN ('in_process', 'release', 'stability', 'retention')", name=op.f("ck_quality_sample_purpose")
        ),
        sa.CheckConstraint(
            "vessel IN ('tube', 'cryovial', 'culture_bottle', 'slide')", name=op.f("ck_quality_sample_vessel")
        ),
        sa.CheckConstraint("(place IS NULL) = (stored_at IS NULL)", name=op.f("ck_quality_sample_stored_has_time")),
        sa.CheckConstraint("volume_ul > 0", name=op.f("ck_quality_sample_volume_positive")),
        sa.ForeignKeyConstraint(
            ["container"],
            ["manufacturing_container.code"],
            name=op.f("fk_quality_sample_container"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_sample_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["place"], ["materials_location.code"], name=op.f("fk_quality_sample_place"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_quality_sample")),
    )
    with op.batch_alter_table("quality_sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_sample_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_sample_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_quality_sample_phase", ["phase", "code"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_sample_place"), ["place"], unique=False)
        batch_op.create_index("ix_quality_sample_taken", ["taken_at", "code"], unique=False)

    op.create_table(
        "trial_assignment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("chain_of_identity", sa.String(length=14), nullable=False),
        sa.Column("planned_infusion", sa.BigInteger(), nullable=False),
        sa.Column(
            "assigned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("assigned_by", sa.String(length=14), nullable=False),
        sa.Column("release_signed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint("(phase = 'live') = (ended_at IS NULL)", name=op.f("ck_trial_assignment_ended_has_time")),
        sa.CheckConstraint("phase IN ('live', 'released', 'used', 'returned')", name=op.f("ck_trial_assignment_phase")),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_trial_assignment_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["planned_infusion"],
            ["trial_planned_infusion.id"],
            name=op.f("fk_trial_assignment_planned_infusion"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_trial_assignment_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_assignment")),
    )
    with op.batch_alter_table("trial_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_assignment_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_assignment_chain_of_identity"), ["chain_of_identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_assignment_planned_infusion"), ["planned_infusion"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_assignment_recipient"), ["recipient"], unique=False)
        batch_op.create_index(
            "uq_trial_assignment_live_bag",
            ["bag"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )
        batch_op.create_index(
            "uq_trial_assignment_live_infusion",
            ["planned_infusion"],
            unique=True,
            sqlite_where=sa.text("phase = 'live'"),
            postgresql_where=sa.text("phase = 'live'"),
        )

    op.create_table(
        "bedside_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=True),
        sa.Column("recipient", sa.String(length=14), nullable=True),
        sa.Column("wristband_read", sa.Text(), nullable=False),
        sa.Column("bag_read", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("stop_number", sa.BigInteger(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("capture", sa.String(length=40), nullable=False),
        sa.Column("identity_stated", sa.String(length=40), nullable=True),
        sa.Column("intact", sa.Boolean(), nullable=True),
        sa.Column("no_clumps", sa.Boolean(), nullable=True),
        sa.Column("label_legible", sa.Boolean(), nullable=True),
        sa.Column(
            "checked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("checked_by", sa.String(length=14), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("infusion", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=40), nullable=True),
        sa.Column(
            "acknowledged_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(verdict = 'STOP') = (stop_number IS NOT NULL)", name=op.f("ck_bedside_check_stops_are_numbered")
        ),
        sa.CheckConstraint("capture IN ('wedge', 'camera', 'typed')", name=op.f("ck_bedside_check_capture")),
        sa.CheckConstraint("identity_stated IN ('yes', 'unable')", name=op.f("ck_bedside_check_identity_stated")),
        sa.CheckConstraint("phase IN ('open', 'stopped', 'void', 'used')", name=op.f("ck_bedside_check_phase")),
        sa.CheckConstraint("verdict IN ('MATCH', 'STOP')", name=op.f("ck_bedside_check_verdict")),
        sa.CheckConstraint(
            "infusion IS NOT NULL OR intact IS NOT NULL", name=op.f("ck_bedside_check_bag_was_looked_at")
        ),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_check_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_check")),
    )
    with op.batch_alter_table("bedside_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_check_checked_at"), ["checked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_check_infusion"), ["infusion"], unique=False)
        batch_op.create_index(
            "ix_bedside_check_open",
            ["bag", "recipient"],
            unique=False,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )
        batch_op.create_index(
            "ix_bedside_check_open_recipient",
            ["recipient"],
            unique=False,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )
        batch_op.create_index(
            "ix_bedside_check_stopped",
            ["verdict", "id"],
            unique=False,
            sqlite_where=sa.text("verdict = 'STOP'"),
            postgresql_where=sa.text("verdict = 'STOP'"),
        )

    op.create_table(
        "bedside_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.String(length=40), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("decided_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_decision_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_decision")),
    )
    with op.batch_alter_table("bedside_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_decision_infusion"), ["infusion"], unique=False)

    op.create_table(
        "bedside_observation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=True),
        sa.Column("point", sa.String(length=40), nullable=False),
        sa.Column(
            "observed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("observed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("pulse_per_min", sa.BigInteger(), nullable=False),
        sa.Column("systolic_mmhg", sa.BigInteger(), nullable=False),
        sa.Column("diastolic_mmhg", sa.BigInteger(), nullable=False),
        sa.Column("breaths_per_min", sa.BigInteger(), nullable=False),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=False),
        sa.Column("oxygen_percent", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("breaths_per_min BETWEEN 0 AND 100", name=op.f("ck_bedside_observation_breaths")),
        sa.CheckConstraint("diastolic_mmhg BETWEEN 0 AND 250", name=op.f("ck_bedside_observation_diastolic")),
        sa.CheckConstraint("oxygen_percent BETWEEN 0 AND 100", name=op.f("ck_bedside_observation_oxygen")),
        sa.CheckConstraint("pulse_per_min BETWEEN 0 AND 300", name=op.f("ck_bedside_observation_pulse")),
        sa.CheckConstraint("systolic_mmhg BETWEEN 0 AND 350", name=op.f("ck_bedside_observation_systolic")),
        sa.CheckConstraint("temperature_mc BETWEEN 25000 AND 45000", name=op.f("ck_bedside_observation_temperature")),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_observation_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_observation")),
    )
    with op.batch_alter_table("bedside_observation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_observation_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_observation_infusion"), ["infusion"], unique=False)

    op.create_table(
        "bedside_paper_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("paper_bag", sa.BigInteger(), nullable=False),
        sa.Column("bag", sa.String(length=14), nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("started_by", sa.String(length=14), nullable=False),
        sa.Column("other_checker", sa.String(length=14), nullable=False),
        sa.Column("compared", sa.Boolean(), nullable=False),
        sa.Column("intact", sa.Boolean(), nullable=False),
        sa.Column(
            "checked_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("planned_minutes", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("volume_given_ul", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=True),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column("witness", sa.String(length=14), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.CheckConstraint("how IN ('running', 'complete', 'stopped')", name=op.f("ck_bedside_paper_entry_how")),
        sa.CheckConstraint("entered_by <> witness", name=op.f("ck_bedside_paper_entry_two_people")),
        sa.CheckConstraint("started_at >= checked_at", name=op.f("ck_bedside_paper_entry_started_after_the_check")),
        sa.ForeignKeyConstraint(
            ["bag"], ["manufacturing_container.code"], name=op.f("fk_bedside_paper_entry_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_paper_entry_infusion"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["paper_bag"], ["bedside_paper_bag.id"], name=op.f("fk_bedside_paper_entry_paper_bag"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["trial_recipient.code"], name=op.f("fk_bedside_paper_entry_recipient"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_paper_entry")),
    )
    with op.batch_alter_table("bedside_paper_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_paper_entry_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_paper_entry_infusion"), ["infusion"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_paper_entry_paper_bag"), ["paper_bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_bedside_paper_entry_recipient"), ["recipient"], unique=False)

    op.create_table(
        "bedside_pause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "paused_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("paused_by", sa.String(length=14), nullable=False),
        sa.Column(
            "pause_entered_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "resumed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("resumed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "resume_entered_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_pause_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_pause")),
    )
    with op.batch_alter_table("bedside_pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_pause_infusion"), ["infusion"], unique=False)

    op.create_table(
        "bedside_rate_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=False),
        sa.Column("rate_ml_h", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column(
            "set_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("set_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "cause IN ('start', 'prescribed', 'reaction', 'physician')", name=op.f("ck_bedside_rate_step_cause")
        ),
        sa.CheckConstraint("rate_ml_h > 0", name=op.f("ck_bedside_rate_step_rate_positive")),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_rate_step_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_rate_step")),
    )
    with op.batch_alter_table("bedside_rate_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_rate_step_infusion"), ["infusion"], unique=False)

    op.create_table(
        "bedside_reaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.String(length=80), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "began_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "reported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "action IN ('slowed', 'paused', 'stopped', 'observed')", name=op.f("ck_bedside_reaction_action")
        ),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name=op.f("ck_bedside_reaction_grade")),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_reaction_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_reaction")),
    )
    with op.batch_alter_table("bedside_reaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_reaction_infusion"), ["infusion"], unique=False)

    op.create_table(
        "bedside_take_over",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=False),
        sa.Column("from_station", sa.String(length=40), nullable=True),
        sa.Column("to_station", sa.String(length=40), nullable=True),
        sa.Column(
            "taken_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("taken_by", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_bedside_take_over_infusion"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_take_over")),
    )
    with op.batch_alter_table("bedside_take_over", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_take_over_infusion"), ["infusion"], unique=False)

    op.create_table(
        "quality_implementation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("evidence_kind", sa.String(length=40), nullable=False),
        sa.Column("evidence_name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=14), nullable=False),
        sa.Column(
            "made_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("is_effective", sa.Boolean(), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("judged_by", sa.String(length=14), nullable=True),
        sa.Column(
            "judged_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "evidence_kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_quality_implementation_evidence_kind")
        ),
        sa.CheckConstraint(
            "(judged_by IS NULL) = (is_effective IS NULL)", name=op.f("ck_quality_implementation_judged_has_verdict")
        ),
        sa.CheckConstraint("judged_by <> made_by", name=op.f("ck_quality_implementation_judged_by_another")),
        sa.ForeignKeyConstraint(
            ["change"], ["quality_change.id"], name=op.f("fk_quality_implementation_change"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_implementation")),
    )
    with op.batch_alter_table("quality_implementation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_implementation_change"), ["change"], unique=False)

    op.create_table(
        "quality_panel",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sample", sa.String(length=14), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("method", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.String(length=14), nullable=False),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "measured_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "stage IN ('in_process', 'further_use', 'conditional', 'final', 'stability')",
            name=op.f("ck_quality_panel_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["method"], ["quality_method.id"], name=op.f("fk_quality_panel_method"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_sample.code"], name=op.f("fk_quality_panel_sample"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_panel")),
    )
    with op.batch_alter_table("quality_panel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_panel_method"), ["method"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_panel_sample"), ["sample"], unique=False)

    op.create_table(
        "quality_specification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("limits_hash", sa.String(length=64), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("change", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("drafted_by", sa.String(length=14), nullable=False),
        sa.Column(
            "drafted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("approved_by", sa.String(length=14), nullable=True),
        sa.Column(
            "approved_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "effective_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "retired_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(stage = 'stability') = (programme IS NOT NULL)",
            name=op.f("ck_quality_specification_stability_has_programme"),
        ),
        sa.CheckConstraint("kind IN ('bank', 'product', 'control')", name=op.f("ck_quality_specification_kind")),
        sa.CheckConstraint(
            "phase IN ('draft', 'approved', 'effective', 'retired')", name=op.f("ck_quality_specification_phase")
        ),
        sa.CheckConstraint(
            "stage IN ('in_process', 'further_use', 'conditional', 'final', 'stability')",
            name=op.f("ck_quality_specification_stage"),
        ),
        sa.CheckConstraint("approved_by <> drafted_by", name=op.f("ck_quality_specification_approved_by_another")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_quality_specification_version_positive")),
        sa.ForeignKeyConstraint(
            ["change"], ["quality_change.id"], name=op.f("fk_quality_specification_change"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_specification")),
        sa.UniqueConstraint("kind", "stage", "version", name=op.f("uq_quality_specification_kind_stage_version")),
    )
    with op.batch_alter_table("quality_specification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_specification_change"), ["change"], unique=False)
        batch_op.create_index(
            "uq_quality_specification_effective",
            ["kind", "stage"],
            unique=True,
            sqlite_where=sa.text("phase = 'effective'"),
            postgresql_where=sa.text("phase = 'effective'"),
        )

    op.create_table(
        "quality_transfer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sample", sa.String(length=14), nullable=False),
        sa.Column("laboratory", sa.BigInteger(), nullable=False),
        sa.Column("sent_as", sa.String(length=40), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=True),
        sa.Column("seal", sa.String(length=40), nullable=True),
        sa.Column("sent_by", sa.String(length=14), nullable=False),
        sa.Column(
            "sent_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("arrival", sa.String(length=40), nullable=True),
        sa.Column("temperature_mc", sa.BigInteger(), nullable=True),
        sa.Column("receiver", sa.Text(), nullable=True),
        sa.Column("arrived_by", sa.String(length=14), nullable=True),
        sa.Column(
            "arrived_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'received') = (COALESCE(arrival, '') = 'sound')", name=op.f("ck_quality_transfer_received_sound")
        ),
        sa.CheckConstraint(
            "(phase = 'sent') = (arrived_at IS NULL)", name=op.f("ck_quality_transfer_arrival_has_time")
        ),
        sa.CheckConstraint(
            "arrival IN ('sound', 'too_warm', 'too_cold', 'leaking', 'damaged', 'label_unreadable', 'too_little', 'too_late')",
            name=op.f("ck_quality_transfer_arrival"),
        ),
        sa.CheckConstraint("phase IN ('sent', 'received', 'refused')", name=op.f("ck_quality_transfer_phase")),
        sa.CheckConstraint("sent_as IN ('room', 'refrigerated', 'frozen')", name=op.f("ck_quality_transfer_sent_as")),
        sa.CheckConstraint(
            "receiver IS NOT NULL OR arrived_by <> sent_by", name=op.f("ck_quality_transfer_taken_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["laboratory"], ["quality_laboratory.id"], name=op.f("fk_quality_transfer_laboratory"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_sample.code"], name=op.f("fk_quality_transfer_sample"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_transfer")),
    )
    with op.batch_alter_table("quality_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_transfer_laboratory"), ["laboratory"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_transfer_sample"), ["sample"], unique=False)
        batch_op.create_index(
            "uq_quality_transfer_sent",
            ["sample"],
            unique=True,
            sqlite_where=sa.text("phase = 'sent'"),
            postgresql_where=sa.text("phase = 'sent'"),
        )

    op.create_table(
        "followup_adverse_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=14), nullable=False),
        sa.Column("infusion", sa.BigInteger(), nullable=True),
        sa.Column("reaction", sa.BigInteger(), nullable=True),
        sa.Column("term", sa.String(length=80), nullable=False),
        sa.Column("coded", sa.String(length=40), nullable=True),
        sa.Column("dictionary_code", sa.String(length=8), nullable=True),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("serious", sa.Boolean(), nullable=False),
        sa.Column("seriousness", sa.String(length=40), nullable=True),
        sa.Column(
            "serious_since", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("relatedness", sa.String(length=40), nullable=True),
        sa.Column("expectedness", sa.String(length=40), nullable=True),
        sa.Column("assessed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("sponsor_relatedness", sa.String(length=40), nullable=True),
        sa.Column("sponsor_expectedness", sa.String(length=40), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column(
            "died_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("death_cause", sa.Text(), nullable=True),
        sa.Column(
            "onset_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "aware_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.Column(
            "reported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column(
            "ended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("closed_by", sa.String(length=14), nullable=True),
        sa.Column(
            "closed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_followup_adverse_event_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "action IN ('none', 'slowed', 'interrupted', 'stopped', 'discontinued', 'not_applicable')",
            name=op.f("ck_followup_adverse_event_action"),
        ),
        sa.CheckConstraint(
            "death_cause IS NULL OR seriousness = 'death'", name=op.f("ck_followup_adverse_event_cause_of_death")
        ),
        sa.CheckConstraint(
            "died_at IS NULL OR seriousness = 'death'", name=op.f("ck_followup_adverse_event_died_of_it")
        ),
        sa.CheckConstraint(
            "expectedness IN ('expected', 'unexpected')", name=op.f("ck_followup_adverse_event_expectedness")
        ),
        sa.CheckConstraint(
            "outcome IN ('recovered', 'recovered_with_sequelae', 'not_recovered', 'fatal', 'unknown')",
            name=op.f("ck_followup_adverse_event_outcome"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'fatal' OR seriousness = 'death'",
            name=op.f("ck_followup_adverse_event_fatal_is_death"),
        ),
        sa.CheckConstraint("phase IN ('open', 'closed')", name=op.f("ck_followup_adverse_event_phase")),
        sa.CheckConstraint(
            "relatedness IN ('unrelated', 'unlikely', 'possible', 'probable', 'definite')",
            name=op.f("ck_followup_adverse_event_relatedness"),
        ),
        sa.CheckConstraint(
            "seriousness IN ('death', 'life_threatening', 'hospitalisation', 'disability', 'congenital', 'important')",
            name=op.f("ck_followup_adverse_event_seriousness"),
        ),
        sa.CheckConstraint(
            "sponsor_expectedness IN ('expected', 'unexpected')",
            name=op.f("ck_followup_adverse_event_sponsor_expectedness"),
        ),
        sa.CheckConstraint(
            "sponsor_relatedness IN ('unrelated', 'unlikely', 'possible', 'probable', 'definite')",
            name=op.f("ck_followup_adverse_event_sponsor_relatedness"),
        ),
        sa.CheckConstraint(
            "(relatedness IS NULL) = (assessed_by IS NULL)", name=op.f("ck_followup_adverse_event_assessed_by_somebody")
        ),
        sa.CheckConstraint(
            "(relatedness IS NULL) = (expectedness IS NULL)", name=op.f("ck_followup_adverse_event_assessed_whole")
        ),
        sa.CheckConstraint(
            "(seriousness IS NULL) = (serious_since IS NULL)", name=op.f("ck_followup_adverse_event_serious_since_when")
        ),
        sa.CheckConstraint(
            "(sponsor_relatedness IS NULL) = (sponsor_expectedness IS NULL)",
            name=op.f("ck_followup_adverse_event_sponsor_whole"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= onset_at", name=op.f("ck_followup_adverse_event_ended_after_onset")
        ),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name=op.f("ck_followup_adverse_event_grade")),
        sa.CheckConstraint("onset_at <= aware_at", name=op.f("ck_followup_adverse_event_aware_after_onset")),
        sa.CheckConstraint(
            "serious = (seriousness IS NOT NULL)", name=op.f("ck_followup_adverse_event_serious_because")
        ),
        sa.ForeignKeyConstraint(
            ["infusion"], ["bedside_infusion.id"], name=op.f("fk_followup_adverse_event_infusion"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reaction"], ["bedside_reaction.id"], name=op.f("fk_followup_adverse_event_reaction"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recipient"],
            ["trial_recipient.code"],
            name=op.f("fk_followup_adverse_event_recipient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_adverse_event")),
        sa.UniqueConstraint("reaction", name=op.f("uq_followup_adverse_event_reaction")),
    )
    with op.batch_alter_table("followup_adverse_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_adverse_event_infusion"), ["infusion"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_adverse_event_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_adverse_event_reaction"), ["reaction"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_adverse_event_recipient"), ["recipient"], unique=False)

    op.create_table(
        "quality_disposition",
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("decided_by", sa.String(length=14), nullable=True),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("obligations", sa.Text(), nullable=True),
        sa.Column("specification", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "phase = 'quarantined' OR decided_by IS NOT NULL", name=op.f("ck_quality_disposition_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "phase IN ('quarantined', 'released_for_further_use', 'conditionally_released', 'released', 'rejected', 'recalled')",
            name=op.f("ck_quality_disposition_phase"),
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_disposition_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["specification"],
            ["quality_specification.id"],
            name=op.f("fk_quality_disposition_specification"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_quality_disposition")),
    )
    with op.batch_alter_table("quality_disposition", schema=None) as batch_op:
        batch_op.create_index("ix_quality_disposition_phase", ["phase", "lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_disposition_specification"), ["specification"], unique=False)

    op.create_table(
        "quality_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sample", sa.String(length=14), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("test", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("specification", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.BigInteger(), nullable=False),
        sa.Column("instrument", sa.String(length=14), nullable=True),
        sa.Column("laboratory", sa.BigInteger(), nullable=True),
        sa.Column("report", sa.String(length=40), nullable=True),
        sa.Column("retest", sa.BigInteger(), nullable=False),
        sa.Column("panel", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.String(length=80), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("giving", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("started_by", sa.String(length=14), nullable=False),
        sa.Column(
            "started_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("entered_by", sa.String(length=14), nullable=True),
        sa.Column(
            "entered_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column(
            "measured_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("verified_by", sa.String(length=14), nullable=True),
        sa.Column(
            "verified_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(outcome = 'pending') = (phase = 'pending')", name=op.f("ck_quality_result_pending_phase")),
        sa.CheckConstraint(
            "(outcome = 'pending') = (value IS NULL)", name=op.f("ck_quality_result_pending_has_no_value")
        ),
        sa.CheckConstraint(
            "outcome <> 'pending' OR due_on IS NOT NULL", name=op.f("ck_quality_result_pending_has_due_day")
        ),
        sa.CheckConstraint("outcome IN ('pass', 'fail', 'pending')", name=op.f("ck_quality_result_outcome")),
        sa.CheckConstraint(
            "phase <> 'verified' OR verified_by IS NOT NULL", name=op.f("ck_quality_result_verified_by_somebody")
        ),
        sa.CheckConstraint(
            "phase IN ('pending', 'entered', 'verified', 'corrected', 'invalidated')",
            name=op.f("ck_quality_result_phase"),
        ),
        sa.CheckConstraint(
            "stage IN ('in_process', 'further_use', 'conditional', 'final', 'stability')",
            name=op.f("ck_quality_result_stage"),
        ),
        sa.CheckConstraint(
            "laboratory IS NULL OR instrument IS NULL", name=op.f("ck_quality_result_read_here_or_there")
        ),
        sa.CheckConstraint("verified_by <> entered_by", name=op.f("ck_quality_result_verified_by_another")),
        sa.ForeignKeyConstraint(
            ["file"], ["quality_result_file.id"], name=op.f("fk_quality_result_file"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument"], ["materials_equipment.code"], name=op.f("fk_quality_result_instrument"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory"], ["quality_laboratory.id"], name=op.f("fk_quality_result_laboratory"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_result_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["method"], ["quality_method.id"], name=op.f("fk_quality_result_method"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["panel"], ["quality_panel.id"], name=op.f("fk_quality_result_panel"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["quality_result.id"], name=op.f("fk_quality_result_replaces"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_sample.code"], name=op.f("fk_quality_result_sample"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["specification"],
            ["quality_specification.id"],
            name=op.f("fk_quality_result_specification"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_result")),
        sa.UniqueConstraint("replaces", name=op.f("uq_quality_result_replaces")),
    )
    with op.batch_alter_table("quality_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_result_file"), ["file"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_instrument"), ["instrument"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_laboratory"), ["laboratory"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_method"), ["method"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_outcome"), ["outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_panel"), ["panel"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_replaces"), ["replaces"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_sample"), ["sample"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_result_specification"), ["specification"], unique=False)
        batch_op.create_index(
            "uq_quality_result_current",
            ["sample", "test", "stage", "retest"],
            unique=True,
            sqlite_where=sa.text("phase <> 'corrected' AND phase <> 'invalidated'"),
            postgresql_where=sa.text("phase <> 'corrected' AND phase <> 'invalidated'"),
        )
        batch_op.create_index(
            "uq_quality_result_retest",
            ["lot", "test", "stage", "retest"],
            unique=True,
            sqlite_where=sa.text("retest > 0 AND stage <> 'in_process' AND phase <> 'corrected'"),
            postgresql_where=sa.text("retest > 0 AND stage <> 'in_process' AND phase <> 'corrected'"),
        )

    op.create_table(
        "quality_stability",
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("specification", sa.BigInteger(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "placed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_stability_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["specification"],
            ["quality_specification.id"],
            name=op.f("fk_quality_stability_specification"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_quality_stability")),
    )
    with op.batch_alter_table("quality_stability", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_stability_specification"), ["specification"], unique=False)

    op.create_table(
        "followup_event_assessment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("judge", sa.String(length=40), nullable=False),
        sa.Column("relatedness", sa.String(length=40), nullable=False),
        sa.Column("expectedness", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("seriousness", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("assessed_by", sa.String(length=14), nullable=False),
        sa.Column(
            "assessed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "expectedness IN ('expected', 'unexpected')", name=op.f("ck_followup_event_assessment_expectedness")
        ),
        sa.CheckConstraint("judge IN ('investigator', 'sponsor')", name=op.f("ck_followup_event_assessment_judge")),
        sa.CheckConstraint(
            "relatedness IN ('unrelated', 'unlikely', 'possible', 'probable', 'definite')",
            name=op.f("ck_followup_event_assessment_relatedness"),
        ),
        sa.CheckConstraint(
            "seriousness IN ('death', 'life_threatening', 'hospitalisation', 'disability', 'congenital', 'important')",
            name=op.f("ck_followup_event_assessment_seriousness"),
        ),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name=op.f("ck_followup_event_assessment_grade")),
        sa.ForeignKeyConstraint(
            ["event"],
            ["followup_adverse_event.id"],
            name=op.f("fk_followup_event_assessment_event"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_event_assessment")),
    )
    with op.batch_alter_table("followup_event_assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_event_assessment_event"), ["event"], unique=False)

    op.create_table(
        "followup_report_clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "starts_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "due_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "submitted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("submitted_by", sa.String(length=14), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(phase = 'submitted') = (submitted_at IS NOT NULL)",
            name=op.f("ck_followup_report_clock_submitted_has_time"),
        ),
        sa.CheckConstraint(
            "kind IN ('investigator_24h', 'fatal_7', 'full_15', 'other_15')", name=op.f("ck_followup_report_clock_kind")
        ),
        sa.CheckConstraint("phase IN ('running', 'submitted')", name=op.f("ck_followup_report_clock_phase")),
        sa.CheckConstraint("starts_at < due_at", name=op.f("ck_followup_report_clock_due_after_start")),
        sa.CheckConstraint("submitted_at >= starts_at", name=op.f("ck_followup_report_clock_submitted_after_start")),
        sa.ForeignKeyConstraint(
            ["event"], ["followup_adverse_event.id"], name=op.f("fk_followup_report_clock_event"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_report_clock")),
        sa.UniqueConstraint("event", "kind", name=op.f("uq_followup_report_clock_event_kind")),
    )
    with op.batch_alter_table("followup_report_clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_report_clock_event"), ["event"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_report_clock_phase"), ["phase"], unique=False)

    op.create_table(
        "quality_doubt_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("result", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "expires_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("decided_by", sa.String(length=14), nullable=False),
        sa.Column(
            "decided_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("kind IN ('failed', 'overdue')", name=op.f("ck_quality_doubt_decision_kind")),
        sa.CheckConstraint("expires_at > decided_at", name=op.f("ck_quality_doubt_decision_holds_for_a_time")),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_doubt_decision_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["result"], ["quality_result.id"], name=op.f("fk_quality_doubt_decision_result"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_doubt_decision")),
    )
    with op.batch_alter_table("quality_doubt_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_doubt_decision_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_doubt_decision_result"), ["result"], unique=False)

    op.create_table(
        "quality_investigation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("result", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("sample", sa.String(length=14), nullable=False),
        sa.Column("test", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=True),
        sa.Column("analyst", sa.String(length=14), nullable=False),
        sa.Column("retests_max", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column(
            "opened_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("checks", sa.Text(), nullable=True),
        sa.Column("hypothesis", sa.Text(), nullable=True),
        sa.Column("cause", sa.Boolean(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("laboratory_by", sa.String(length=14), nullable=True),
        sa.Column(
            "laboratory_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("extended_by", sa.String(length=14), nullable=True),
        sa.Column(
            "extended_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("retests_planned", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("planned_by", sa.String(length=14), nullable=True),
        sa.Column(
            "planned_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("manufacturing_review", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("scope_account", sa.Text(), nullable=True),
        sa.Column("root_cause", sa.String(length=40), nullable=True),
        sa.Column("root_account", sa.Text(), nullable=True),
        sa.Column("full_by", sa.String(length=14), nullable=True),
        sa.Column(
            "full_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("conclusion", sa.String(length=40), nullable=True),
        sa.Column("reasoning", sa.Text(), nullable=True),
        sa.Column("concluded_by", sa.String(length=14), nullable=True),
        sa.Column(
            "concluded_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "(phase = 'concluded') = (concluded_by IS NOT NULL)",
            name=op.f("ck_quality_investigation_concluded_by_somebody"),
        ),
        sa.CheckConstraint(
            "(phase = 'concluded') = (conclusion IS NOT NULL)",
            name=op.f("ck_quality_investigation_concluded_has_conclusion"),
        ),
        sa.CheckConstraint(
            "conclusion IN ('confirmed', 'invalidated')", name=op.f("ck_quality_investigation_conclusion")
        ),
        sa.CheckConstraint(
            "phase = 'laboratory' OR laboratory_by IS NOT NULL", name=op.f("ck_quality_investigation_laboratory_first")
        ),
        sa.CheckConstraint(
            "phase IN ('laboratory', 'full', 'reported', 'concluded')", name=op.f("ck_quality_investigation_phase")
        ),
        sa.CheckConstraint(
            "root_cause IN ('laboratory', 'sampling', 'manufacturing', 'material', 'not_found')",
            name=op.f("ck_quality_investigation_root_cause"),
        ),
        sa.CheckConstraint(
            "stage IN ('in_process', 'further_use', 'conditional', 'final', 'stability')",
            name=op.f("ck_quality_investigation_stage"),
        ),
        sa.CheckConstraint(
            "concluded_by <> analyst AND concluded_by <> laboratory_by AND concluded_by <> full_by",
            name=op.f("ck_quality_investigation_concluded_by_another"),
        ),
        sa.CheckConstraint(
            "laboratory_by <> analyst AND full_by <> analyst",
            name=op.f("ck_quality_investigation_investigated_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["deviation"],
            ["quality_deviation.id"],
            name=op.f("fk_quality_investigation_deviation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_investigation_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["result"], ["quality_result.id"], name=op.f("fk_quality_investigation_result"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_sample.code"], name=op.f("fk_quality_investigation_sample"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_investigation")),
        sa.UniqueConstraint("result", name=op.f("uq_quality_investigation_result")),
    )
    with op.batch_alter_table("quality_investigation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_investigation_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_investigation_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_investigation_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_investigation_result"), ["result"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_investigation_sample"), ["sample"], unique=False)

    op.create_table(
        "quality_late_positive",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("result", sa.BigInteger(), nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("organism", sa.String(length=120), nullable=False),
        sa.Column("susceptibility", sa.String(length=400), nullable=True),
        sa.Column("bags", sa.Text(), nullable=False),
        sa.Column("exposed", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=14), nullable=False),
        sa.Column(
            "reported_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["deviation"],
            ["quality_deviation.id"],
            name=op.f("fk_quality_late_positive_deviation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_late_positive_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["result"], ["quality_result.id"], name=op.f("fk_quality_late_positive_result"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_late_positive")),
        sa.UniqueConstraint("result", name=op.f("uq_quality_late_positive_result")),
    )
    with op.batch_alter_table("quality_late_positive", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_late_positive_deviation"), ["deviation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_late_positive_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_late_positive_result"), ["result"], unique=False)

    op.create_table(
        "quality_stability_point",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("vial", sa.String(length=14), nullable=True),
        sa.Column("sample", sa.String(length=14), nullable=True),
        sa.Column("at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("by", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(sample IS NULL) = (reason IS NOT NULL)", name=op.f("ck_quality_stability_point_pulled_or_missed")
        ),
        sa.CheckConstraint(
            "(vial IS NULL) = (sample IS NULL)", name=op.f("ck_quality_stability_point_vial_became_sample")
        ),
        sa.CheckConstraint("month >= 1", name=op.f("ck_quality_stability_point_month_positive")),
        sa.ForeignKeyConstraint(
            ["lot"], ["quality_stability.lot"], name=op.f("fk_quality_stability_point_lot"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_sample.code"], name=op.f("fk_quality_stability_point_sample"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vial"],
            ["manufacturing_container.code"],
            name=op.f("fk_quality_stability_point_vial"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_stability_point")),
        sa.UniqueConstraint("sample", name=op.f("uq_quality_stability_point_sample")),
        sa.UniqueConstraint("vial", name=op.f("uq_quality_stability_point_vial")),
    )
    with op.batch_alter_table("quality_stability_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_stability_point_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_stability_point_sample"), ["sample"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_stability_point_vial"), ["vial"], unique=False)
        batch_op.create_index(
            "uq_quality_stability_point_missed",
            ["lot", "month"],
            unique=True,
            sqlite_where=sa.text("sample IS NULL"),
            postgresql_where=sa.text("sample IS NULL"),
        )

    op.create_table(
        "followup_safety_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.String(length=80), nullable=False),
        sa.Column("proof", sa.String(length=80), nullable=True),
        sa.Column("proof_file", sa.String(length=64), nullable=True),
        sa.Column("proof_kind", sa.String(length=40), nullable=True),
        sa.Column("proof_name", sa.String(length=120), nullable=True),
        sa.Column("news", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("death_cause", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "submitted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("submitted_by", sa.String(length=14), nullable=False),
        sa.CheckConstraint("kind IN ('initial', 'follow_up', 'final')", name=op.f("ck_followup_safety_report_kind")),
        sa.CheckConstraint(
            "proof_kind IN ('png', 'jpeg', 'pdf', 'text')", name=op.f("ck_followup_safety_report_proof_kind")
        ),
        sa.CheckConstraint(
            "(proof_file IS NULL) = (proof_kind IS NULL)", name=op.f("ck_followup_safety_report_file_has_kind")
        ),
        sa.CheckConstraint(
            "(proof_file IS NULL) = (proof_name IS NULL)", name=op.f("ck_followup_safety_report_file_has_name")
        ),
        sa.CheckConstraint(
            "proof IS NOT NULL OR proof_file IS NOT NULL", name=op.f("ck_followup_safety_report_has_proof")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_followup_safety_report_version")),
        sa.ForeignKeyConstraint(
            ["clock"], ["followup_report_clock.id"], name=op.f("fk_followup_safety_report_clock"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["event"], ["followup_adverse_event.id"], name=op.f("fk_followup_safety_report_event"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_safety_report")),
        sa.UniqueConstraint("clock", name=op.f("uq_followup_safety_report_clock")),
        sa.UniqueConstraint("event", "version", name=op.f("uq_followup_safety_report_event_version")),
    )
    with op.batch_alter_table("followup_safety_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_safety_report_clock"), ["clock"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_safety_report_event"), ["event"], unique=False)

    op.create_table(
        "quality_alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("recall", sa.BigInteger(), nullable=True),
        sa.Column("late_positive", sa.BigInteger(), nullable=True),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=14), nullable=True),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("raised_by", sa.String(length=14), nullable=False),
        sa.Column(
            "raised_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column(
            "due_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("acknowledged_by", sa.String(length=14), nullable=True),
        sa.Column(
            "acknowledged_at",
            sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(phase = 'acknowledged') = (acknowledged_by IS NOT NULL)",
            name=op.f("ck_quality_alert_acknowledged_by_somebody"),
        ),
        sa.CheckConstraint("audience IN ('qa', 'physician', 'sponsor')", name=op.f("ck_quality_alert_audience")),
        sa.CheckConstraint("phase IN ('raised', 'acknowledged')", name=op.f("ck_quality_alert_phase")),
        sa.CheckConstraint(
            "(recall IS NULL) <> (late_positive IS NULL)", name=op.f("ck_quality_alert_about_one_thing")
        ),
        sa.CheckConstraint("acknowledged_by <> raised_by", name=op.f("ck_quality_alert_acknowledged_by_another")),
        sa.ForeignKeyConstraint(
            ["late_positive"],
            ["quality_late_positive.id"],
            name=op.f("fk_quality_alert_late_positive"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recall"], ["quality_recall.id"], name=op.f("fk_quality_alert_recall"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_alert")),
        sa.UniqueConstraint(
            "late_positive", "audience", "person", name=op.f("uq_quality_alert_late_positive_audience_person")
        ),
        sa.UniqueConstraint("recall", "audience", "person", name=op.f("uq_quality_alert_recall_audience_person")),
    )
    with op.batch_alter_table("quality_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_alert_late_positive"), ["late_positive"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_alert_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_alert_recall"), ["recall"], unique=False)

    op.create_table(
        "quality_exceptional_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("investigation", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=14), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("physician", sa.String(length=14), nullable=False),
        sa.Column(
            "requested_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=True),
        sa.Column("evaluated_by", sa.String(length=14), nullable=True),
        sa.Column(
            "evaluated_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("taken_on_by", sa.String(length=14), nullable=True),
        sa.Column(
            "taken_on_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column(
            "told_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("told_by", sa.String(length=14), nullable=True),
        sa.Column(
            "told_signed_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("accepted_by", sa.String(length=14), nullable=True),
        sa.Column(
            "accepted_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("withdrawn_by", sa.String(length=14), nullable=True),
        sa.Column(
            "withdrawn_at", sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("withdrawal", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase <> 'accepted' OR accepted_by IS NOT NULL",
            name=op.f("ck_quality_exceptional_use_accepted_by_somebody"),
        ),
        sa.CheckConstraint(
            "phase IN ('requested', 'evaluated', 'taken_on', 'accepted', 'withdrawn')",
            name=op.f("ck_quality_exceptional_use_phase"),
        ),
        sa.CheckConstraint(
            "accepted_by <> evaluated_by AND accepted_by <> physician",
            name=op.f("ck_quality_exceptional_use_accepted_by_another"),
        ),
        sa.CheckConstraint(
            "accepted_by IS NULL OR (evaluated_by IS NOT NULL AND taken_on_by IS NOT NULL AND told_by IS NOT NULL)",
            name=op.f("ck_quality_exceptional_use_every_act"),
        ),
        sa.CheckConstraint("told_at >= requested_at", name=op.f("ck_quality_exceptional_use_told_after_request")),
        sa.ForeignKeyConstraint(
            ["investigation"],
            ["quality_investigation.id"],
            name=op.f("fk_quality_exceptional_use_investigation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lot"], ["manufacturing_lot.code"], name=op.f("fk_quality_exceptional_use_lot"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_exceptional_use")),
    )
    with op.batch_alter_table("quality_exceptional_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_exceptional_use_investigation"), ["investigation"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_exceptional_use_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_exceptional_use_phase"), ["phase"], unique=False)

"""What lets the role that serves erase one reason, though it may change no entry: a function of the owner's.

It empties the reason of one entry and nothing else. At COMMIT a trigger looks whether a signed entry that names the
erased one was recorded with it; if not, nothing of the transaction stands. Every name in them is written with its
schema: a role may make temporary tables, and those come first where a name is written without.
"""

from collections.abc import Iterator

from psycopg import sql

from cellchain.ledger.verify import REDACTED_ENTRY

FORGET = "cellchain_forget_reason"
# The entry of a redaction stands among the last ones: whoever appends holds the end of the chain until COMMIT.
LAST = 100
_FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION {schema}.cellchain_forget_reason(which bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        UPDATE {schema}.ledger_entry SET reason = NULL WHERE seq = which AND reason IS NOT NULL;
        RETURN FOUND;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION {schema}.cellchain_redacted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM {schema}.ledger_entry AS said
            JOIN {schema}.ledger_signature AS signed
                ON signed.id = (said.body::jsonb #>> '{{signature,id}}')::bigint AND signed.event = said.event
            WHERE said.seq > (SELECT max(seq) FROM {schema}.ledger_entry) - {last}
                AND said.seq > OLD.seq
                AND said.body::jsonb #> {path} = to_jsonb(OLD.seq)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
                MESSAGE = 'ledger_entry is append-only: no signed redaction of entry ' || OLD.seq || ' was recorded';
        END IF;
        RETURN NULL;
    END $$
    """,
    "DROP TRIGGER IF EXISTS ledger_entry_redacted ON {schema}.ledger_entry",
    """
    CREATE CONSTRAINT TRIGGER ledger_entry_redacted AFTER UPDATE ON {schema}.ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.cellchain_redacted()
    """,
    "REVOKE ALL ON FUNCTION {schema}.cellchain_forget_reason(bigint) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION {schema}.cellchain_redacted() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION {schema}.cellchain_forget_reason(bigint) TO {role}",
)


def statements(schema: sql.Identifier, role: sql.Identifier) -> Iterator[sql.Composed]:
    """The DDL, in order, for the owner to run; each may be repeated."""
    path = sql.Literal("{facts," + REDACTED_ENTRY + "}")
    for text in _FUNCTIONS:
        yield sql.SQL(text).format(schema=schema, role=role, path=path, last=sql.Literal(LAST))

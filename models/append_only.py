"""Tables whose rows stay as they were written: the database itself refuses to change or remove one."""

from sqlalchemy import DDL, Table, event


def keep_rows(table: Table, removable_when: str = "false") -> None:
    """Makes the table append-only where it is created. `removable_when`: SQL about OLD, of rows that may be removed."""
    for dialect, statements in guards(table.name, removable_when).items():
        for statement in statements:
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def guards(table: str, removable_when: str = "false") -> dict[str, tuple[str, ...]]:
    """The statements that guard a table, by the kind of database."""
    refusal = f"{table} is append-only"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    return {
        "sqlite": (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT ({removable_when}) {refuse}",
        ),
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP = 'DELETE' THEN IF {removable_when} THEN RETURN OLD; END IF; END IF;"
            f" RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_stay()",
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_stay()",
        ),
    }

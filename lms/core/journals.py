"""Append-only tables: the database itself refuses UPDATE and DELETE on them."""

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation


class Journal(models.Model):
    """Abstract base of an append-only table. A correction is a new row. Its migration has a `ForbidChange`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{self._meta.label} is append-only: add a correcting row")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{self._meta.label} is append-only: add a correcting row")


class ForbidChange(Operation):
    """Migration operation: triggers that abort UPDATE and DELETE on one table, on SQLite and PostgreSQL."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        """No change of model state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for verb in ("UPDATE", "DELETE"):
            for statement in self._create(schema_editor.connection.vendor, verb):
                schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        on = f" ON {self.table}" if schema_editor.connection.vendor == "postgresql" else ""
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self._name(verb)}{on}", params=None)

    def describe(self) -> str:
        return f"Forbid changes of rows in {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_append_only"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [self.table], {}

    def _name(self, verb: str) -> str:
        return f"{self.table}_no_{verb.lower()}"

    def _create(self, vendor: str, verb: str) -> list[str]:
        if vendor == "sqlite":
            return [
                f"DROP TRIGGER IF EXISTS {self._name(verb)}",
                f"CREATE TRIGGER {self._name(verb)} BEFORE {verb} ON {self.table} "
                f"BEGIN SELECT RAISE(ABORT, '{self.table} is append-only'); END",
            ]
        if vendor == "postgresql":
            return [
                "CREATE OR REPLACE FUNCTION lms_forbid_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f"DROP TRIGGER IF EXISTS {self._name(verb)} ON {self.table}",
                f"CREATE TRIGGER {self._name(verb)} BEFORE {verb} ON {self.table} "
                "FOR EACH ROW EXECUTE FUNCTION lms_forbid_change()",
            ]
        return []


class RenewForbidChange(ForbidChange):
    """The same after an operation that rebuilt the table (SQLite forgets triggers then); going back keeps them too."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_still_append_only"

"""Reads about the installation itself, and the reads of the hot pages that are compiled once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache as once
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.urls import URLResolver, get_resolver
from django_q.models import OrmQ

from lms.core.conf import core_settings

QUEUE_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Health:
    """One part of the installation: whether it works and what was found."""

    part: str
    well: bool
    found: str = ""


def examine_health(at: datetime) -> list[Health]:
    """Database, cache, storage and task queue, each tried now. Never raises; holds no data of anybody."""
    return [_database(), _cache(), _storage(), _queue(at)]


def _database() -> Health:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as problem:
        return Health("database", well=False, found=type(problem).__name__)
    return Health("database", well=True)


def _cache() -> Health:
    key, value = f"health-{uuid4().hex}", uuid4().hex
    try:
        cache.set(key, value, 10)
        well = cache.get(key) == value
        cache.delete(key)
    except Exception as problem:
        return Health("cache", well=False, found=type(problem).__name__)
    return Health("cache", well=well)


def _storage() -> Health:
    try:
        default_storage.exists("health")
    except Exception as problem:
        return Health("storage", well=False, found=type(problem).__name__)
    return Health("storage", well=True)


def _queue(at: datetime) -> Health:
    """Work that has waited a minute although its time has come means that no worker is alive (or one has stalled)."""
    try:
        waiting = OrmQ.objects.filter(lock__lt=at - QUEUE_PATIENCE).count()
    except DatabaseError as problem:
        return Health("tasks", well=False, found=type(problem).__name__)
    return Health("tasks", well=not waiting, found=f"{waiting} waiting" if waiting else "")


def named_routes() -> dict[str, str]:
    """Name of every address of the site -> regular expression of its path, without the first slash."""
    return dict(_routes(get_resolver(), "", ""))


def _routes(resolver: URLResolver, before: str, namespace: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        route = before + entry.pattern.regex.pattern.removeprefix("^")
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, (namespace, entry.namespace)))
            yield from _routes(entry, route, inner)
        elif entry.name:
            yield ":".join(filter(None, (namespace, entry.name))), re.sub(r"\(\?P<\w+>", "(?:", route)


_MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda place: 1_987_654_300 + place,
    str: lambda place: f"slot{place}ofaread",
    datetime: lambda place: datetime(1987, 6, 5, 4, 3, 2, 100_001 + place, tzinfo=UTC),
}


class CompiledRead:
    """`CompiledRead(lambda user: Seat.objects.filter(user=user), user=int)`: a query set with slots for values.

    A call runs the statement afresh, so nothing is ever stale, and gives a list of what the query set would give:
    model objects with what `select_related` and `annotate` add, or the tuples of `values_list`. PostgreSQL keeps the
    prepared statement, which spares its planning. Slots are int, str or datetime and reach the statement as plain
    values; they may not decide what is compiled (no None, no `[:count]`, no `in`).
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **slots: type) -> None:
        self.build = build
        self.slots = slots
        self.model: Any = None
        self.plans: dict[str, _Plan] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """Run it. Raises TypeError when a value is missing, unknown or None."""
        if values.keys() != self.slots.keys() or None in values.values():
            raise TypeError(f"This read wants values for {', '.join(self.slots)}; it got {values}.")
        alias = router.db_for_read(self.model) if self.plans else ""
        plan = self.plans.get(alias) or self._compile()
        return plan.run(connections[plan.alias], values)

    def first(self, **values: Any) -> Any:
        """The first result, or None."""
        return next(iter(self(**values)), None)

    def _compile(self) -> "_Plan":
        marks = {name: _MARKS[kind](place) for place, (name, kind) in enumerate(self.slots.items())}
        rows = self.build(**marks)
        plan = _Plan(rows, connections[rows.db], marks)
        self.model = rows.model
        self.plans[plan.alias] = plan
        return plan


class _Plan:
    """Statement, its values and how rows become results, for one database."""

    def __init__(self, rows: QuerySet[Any, Any], database: BaseDatabaseWrapper, marks: dict[str, Any]) -> None:
        compiler = rows.query.get_compiler(connection=database)
        self.sql, parameters = compiler.as_sql()
        self.fillers = [_filler(parameter, marks, database) for parameter in parameters]
        if missing := marks.keys() - {filler.name for filler in self.fillers}:
            raise TypeError(f"These slots do not reach the statement: {', '.join(sorted(missing))}.")
        self.alias = database.alias
        self.compiler = compiler
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.is_model = issubclass(rows._iterable_class, ModelIterable)
        if self.is_model:
            fields = compiler.klass_info["select_fields"]
            self.model, self.start, self.end = compiler.klass_info["model"], fields[0], fields[-1] + 1
            self.names = [column[0].target.attname for column in compiler.select[self.start : self.end]]
            self.related = get_related_populators(compiler.klass_info, compiler.select, self.alias)  # type: ignore[call-arg]
            self.annotations = list(compiler.annotation_col_map.items())

    def run(self, database: BaseDatabaseWrapper, values: dict[str, Any]) -> list[Any]:
        parameters = tuple(filler.fill(values, database) if filler.name else filler.value for filler in self.fillers)
        with preparing_cursor(database) as cursor:
            cursor.execute(self.sql, parameters)
            rows = cursor.fetchall()
        if self.converters:
            rows = list(self.compiler.apply_converters(rows, self.converters))
        return [self._object(row) for row in rows] if self.is_model else [tuple(row) for row in rows]

    def _object(self, row: Any) -> Any:
        made = self.model.from_db(self.alias, self.names, row[self.start : self.end])
        for related in self.related:
            related.populate(row, made)
        for name, place in self.annotations:
            setattr(made, name, row[place])
        return made


@dataclass(frozen=True)
class _Filler:
    """One value of the statement: a constant, or a slot in the form its mark had."""

    name: str
    value: Any
    before: str = ""
    after: str = ""

    def fill(self, values: dict[str, Any], database: BaseDatabaseWrapper) -> Any:
        value = values[self.name]
        if isinstance(value, datetime):
            return database.ops.adapt_datetimefield_value(value)
        if self.before or self.after:
            return f"{self.before}{database.ops.prep_for_like_query(value)}{self.after}"
        return type(self.value)(value)


def _filler(parameter: Any, marks: dict[str, Any], database: BaseDatabaseWrapper) -> _Filler:
    for name, mark in marks.items():
        form = database.ops.adapt_datetimefield_value(mark) if isinstance(mark, datetime) else mark
        if parameter == form:
            return _Filler(name, parameter)
        if isinstance(mark, str) and isinstance(parameter, str) and mark in parameter:
            before, _mark, after = parameter.partition(mark)
            return _Filler(name, parameter, before, after)
    return _Filler("", parameter)


def preparing_cursor(database: Any) -> Any:
    """A cursor for the statement of a hot path: Django's own; on PostgreSQL one that binds its values at the server and
    keeps the plan, unless LMS_PREPARE_STATEMENTS is off. While statements are logged Django's own writes them down.
    """
    if database.vendor != "postgresql" or database.queries_logged or not core_settings.PREPARE_STATEMENTS:
        return database.cursor()
    database.ensure_connection()
    with database.wrap_database_errors:
        return database._prepare_cursor(_preparing_cursor()(database.connection))


@once
def _preparing_cursor() -> Any:
    from psycopg import Cursor

    class PreparingCursor(Cursor[Any]):
        """Prepares at once; the connection's other statements stay as they are."""

        def execute(self, *arguments: Any, **options: Any) -> Any:
            usual, self.connection.prepare_threshold = self.connection.prepare_threshold, 0
            try:
                return super().execute(*arguments, **options, prepare=True)
            finally:
                self.connection.prepare_threshold = usual

    return PreparingCursor

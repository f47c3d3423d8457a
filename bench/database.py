"""A database of this run's own, dropped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"


class NoPostgres(RuntimeError):
    """There is nothing to measure on."""


def owner_url() -> str:
    """Where databases may be made: BENCH_DATABASE_URL, else the local server."""
    return os.environ.get("BENCH_DATABASE_URL", DEFAULT)


@contextmanager
def temporary_database() -> Iterator[str]:
    """The address of a fresh database `bench_<pid>`. Raises `NoPostgres` with one clear sentence."""
    name = f"bench_{os.getpid()}"
    try:
        owner = psycopg.connect(owner_url(), autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as problem:
        raise NoPostgres(
            f"PostgreSQL cannot be reached ({str(problem).splitlines()[0]}). Start it, or set BENCH_DATABASE_URL "
            "to a server where databases may be made."
        ) from problem
    with owner:
        owner.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(owner_url())._replace(path=f"/{name}"))
        finally:
            owner.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def backend_pids(url: str) -> list[int]:
    """Server processes that work for this database, ours excluded."""
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        rows = owner.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall()
    return [row[0] for row in rows]


def server_version(url: str) -> str:
    """As PostgreSQL says it."""
    with psycopg.connect(url) as connection:
        return str(connection.info.server_version // 10000)

"""
The tables of a database as they are, whatever its revision and engine, read row by row.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, MetaData, Table, func, inspect, select, table
from sqlmodel import SQLModel

from storage import models  # noqa: F401 - fills the metadata
from storage.backup.archive import Column, Count, line_of
from storage.backup.cells import kind_of, written

ROWS_AT_ONCE = 500


def our_names(connection: Connection) -> list[str]:
    """
    Return the names of those of our tables that are there, in their order. Whatever else is
    in the database is not ours to look at.
    """
    return sorted(set(inspect(connection).get_table_names()) & SQLModel.metadata.tables.keys())


def our_tables(connection: Connection) -> dict[str, Table]:
    """
    Return the tables of `our_names` as they are.
    """
    names = our_names(connection)
    found = MetaData()
    found.reflect(connection, only=names)
    tables = {name: found.tables[name] for name in names}
    for each in tables.values():
        for column in each.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)  # as our models have it
    return tables


def columns_of(of: Table) -> tuple[Column, ...]:
    """
    Return the columns, the key first and the others by name: engines order them each by
    their own history.
    """
    keys = [column.name for column in of.primary_key.columns]
    names = [*keys, *sorted(column.name for column in of.columns if column.name not in keys)]
    return tuple(Column(name=name, kind=kind_of(of.columns[name].type)) for name in names)


def rows_of(connection: Connection, of: Table, columns: Sequence[Column]) -> Iterator[list[Any]]:
    """
    Yield the rows by their keys, the cells as JSON takes them.
    """
    query = select(*(of.columns[column.name] for column in columns))
    query = query.order_by(*of.primary_key.columns)
    kinds = [column.kind for column in columns]
    with connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)) as found:
        for row in found:
            yield [written(kind, value) for kind, value in zip(kinds, row, strict=True)]


def counted(connection: Connection, of: Table, columns: Sequence[Column]) -> Count:
    """
    Return how many rows there are, and the digest that a backup of them has.
    """
    count = Count()
    for cells in rows_of(connection, of, columns):
        count.add(line_of(cells))
    return count


def rows_in(connection: Connection, names: Sequence[str]) -> int:
    """
    Return how many rows the tables of these names have in all.
    """
    return sum(
        connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in names
    )

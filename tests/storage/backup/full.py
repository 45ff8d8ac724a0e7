"""
A database in which no table is empty: whatever tables there will be.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, Connection, func, select
from sqlmodel import SQLModel

from storage.backup.cells import kind_of
from storage.session import Database

SAID = {
    "json": {"é": ["\u2028", 1, None, {"b": 0.1}]},
    "boolean": True,
    "moment": datetime(2025, 3, 2, 12, 30, 15, 7),  # noqa: DTZ001 - as columns hold it
    "date": date(2026, 3, 2),
    "time": time(8, 15, 0, 1),
    "bytes": bytes(range(256)),
    "integer": 7,
    "float": 0.1,
    "text": "a\tb\n\"ü\" 😀 'x' \\N",
}


def fill_every_table(database: Database) -> None:
    """
    Give each table that is empty one row, with a value in every column.
    """
    with database.writes.begin() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                continue
            row = {
                column.name: _value(connection, column)
                for column in table.columns
                if not column.primary_key
            }
            connection.exec_driver_sql("SELECT 1")
            connection.execute(_plain(table).insert(), row)


def _plain(table: Any) -> Any:
    from sqlalchemy import MetaData, Table

    copy = MetaData()
    columns = [Column(column.name, _type(column)) for column in table.columns]
    return Table(table.name, copy, *columns)


def _type(column: Any) -> Any:
    return getattr(column.type, "impl_instance", column.type)


def _value(connection: Connection, column: Any) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(func.min(key.column))).scalar_one()
    return SAID[kind_of(_type(column))]

"""
Everything a database holds, to be compared before and after.
"""

from typing import Any

from sqlmodel import SQLModel

from storage.session import Database, unscoped_reading


def dump(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with unscoped_reading(database) as session:
        return {
            name: sorted(map(tuple, session.connection().execute(table.select())), key=repr)
            for name, table in SQLModel.metadata.tables.items()
            if name != "revision"  # counts the transactions, also those that left all as it was
        }

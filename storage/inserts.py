"""
INSERT as each kind of database says it, with ON CONFLICT.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_into(session: Session, model: type[Any]) -> "PostgresqlInsert | SqliteInsert":
    """
    Return an INSERT into the table of *model*, for the session's kind of database.
    """
    if session.get_bind().dialect.name == "postgresql":
        # Three drivers come with it: on SQLite nothing of that is loaded.
        from sqlalchemy.dialects.postgresql import insert

        return insert(model)
    return sqlite_insert(model)

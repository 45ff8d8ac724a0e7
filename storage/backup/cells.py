"""
One value of a row, from either engine to JSON and back.
"""

import base64
import binascii
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import types
from sqlalchemy.types import TypeEngine

from storage.backup.errors import ArchiveError

# In this order: what is more particular comes first.
KINDS: tuple[tuple[str, type[TypeEngine[Any]]], ...] = (
    ("json", types.JSON),
    ("boolean", types.Boolean),
    ("moment", types.DateTime),
    ("date", types.Date),
    ("time", types.Time),
    ("bytes", types.LargeBinary),
    ("integer", types.Integer),
    ("float", types.Float),
    ("text", types.String),
)
_PLAIN: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "float": (float, int),
    "text": (str,),
}


def kind_of(type_: TypeEngine[Any]) -> str:
    """
    Return which kind of value a column of *type_* holds, on any engine.

    Raises:
        TypeError: if backups know of none.
    """
    for kind, known in KINDS:
        if isinstance(type_, known):
            return kind
    raise TypeError(f"backups know no columns of {type_!r}")


def written(kind: str, value: Any) -> Any:
    """
    Return *value* as JSON takes it.
    """
    if value is None:
        return None
    if kind in {"moment", "time"}:
        return value.isoformat(timespec="microseconds")
    if kind == "date":
        return value.isoformat()
    if kind == "bytes":
        return base64.b64encode(value).decode()
    return value


def read(kind: str, value: Any) -> Any:
    """
    Return what `written` was given.

    Raises:
        ArchiveError: if that cannot have been.
    """
    if value is None or kind == "json":
        return value
    try:
        match kind:
            case "moment":
                return datetime.fromisoformat(value)
            case "date":
                return date.fromisoformat(value)
            case "time":
                return time.fromisoformat(value)
            case "bytes":
                return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ArchiveError(f"a {kind} in it is none") from None
    plain = _PLAIN.get(kind)
    if plain is None:
        raise ArchiveError(f"it holds values of a kind that is not known: {kind!r}")
    if not isinstance(value, plain) or (isinstance(value, bool) and kind != "boolean"):
        raise ArchiveError(f"a {kind} in it is none")
    return value

"""
What importing and undoing raise.
"""

from datetime import date

from storage.errors import StorageError


class UnknownBatchError(StorageError):
    """
    No import has this number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no import {number}")
        self.number = number


class UndoneError(StorageError):
    """
    An import is undone once.
    """

    def __init__(self, number: int, *, undone_on: date) -> None:
        super().__init__(f"import {number} was undone already, {undone_on:%Y-%m-%d}")
        self.number = number
        self.undone_on = undone_on

"""
In which language people want to be spoken to, where they said so.
"""

from functools import cache

from sqlalchemy import bindparam
from sqlmodel import col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.models import SpokenLanguage
from storage.scope import add_new
from storage.session import Session


def chosen_language(session: Session, user_id: str) -> str | None:
    """
    Return the code of the language somebody chose; None: as Slack speaks to them.
    """
    return session.exec(_chosen(), params={"user_id": user_id}).one_or_none()


def chosen_languages(session: Session) -> dict[str, str]:
    """
    Return the code of the language of everybody who chose one, by user id.
    """
    query = select(SpokenLanguage.user_id, SpokenLanguage.language)
    return dict(session.exec(query).all())


def choose_language(session: Session, user_id: str, language: str | None) -> None:
    """
    Store the language somebody chose.

    Args:
        language: its code, "es"; None: as Slack speaks to them.
    """
    if language is None:
        session.exec(delete(SpokenLanguage).where(col(SpokenLanguage.user_id) == user_id))
    elif not add_new(session, SpokenLanguage, user_id=user_id, language=language):
        session.exec(
            update(SpokenLanguage)
            .where(col(SpokenLanguage.user_id) == user_id)
            .values(language=language)
            .execution_options(synchronize_session=False)
        )


@cache
def _chosen() -> SelectOfScalar[str]:
    return select(SpokenLanguage.language).where(
        col(SpokenLanguage.user_id) == bindparam("user_id")
    )

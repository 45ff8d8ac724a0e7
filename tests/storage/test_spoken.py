"""
The language that people chose.
"""

from storage.spoken import choose_language, chosen_language


def test_the_last_choice_counts_and_none_leaves_no_row(session):
    found = [chosen_language(session, "U1")]
    for language in ("es", "en", None):
        choose_language(session, "U1", language)
        found.append(chosen_language(session, "U1"))

    assert found == [None, "es", "en", None]
    assert chosen_language(session, "U2") is None

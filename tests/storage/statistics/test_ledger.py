"""
The ledger: drafts, second coordinators, and what never changes any more.
"""

import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from storage.disclosure.states import WITHHELD, below, number
from storage.errors import (
    ImmutableReleaseError,
    NoKeyError,
    NotOnLedgerError,
    OvertakenError,
    OwnDraftError,
    UnknownReleaseError,
)
from storage.facts import content_version
from storage.models import Release, ReleaseCell, SealedCounts
from storage.packs.loading import install
from storage.packs.reading import read_pack
from storage.session import open_database, reading, transaction
from storage.statistics.audits import verdicts
from storage.statistics.ledger import (
    Origin,
    Proposal,
    Series,
    approve,
    decline,
    draft,
    examine,
    ledger,
    note_recheck,
    put_survey,
    recheck,
    survey_key,
)
from storage.statistics.published import decisions, drafts, published
from storage.statistics.sheets import Dimension, Structure

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
OTHER_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
SURVEY = "Data survey of May 2025"
KINDS = Dimension(name="kind", labels=("Total", "Sex", "Labor"), tree={"Total": ("Sex", "Labor")})
COUNTS = {("North", "Total"): 4321, ("North", "Sex"): 4318, ("North", "Labor"): 3}
BEDS = Series(key="beds", program="Shelter", title="Beds")
LATER = timedelta(days=1)


@pytest.fixture
def sealing(database_url):
    database = open_database(database_url, busy_seconds=0.5, secret_key=KEY)
    with transaction(database, task_force_id=1) as session:
        put_survey(session, title=SURVEY, as_of=date(2025, 5, 1))
    yield database
    database.dispose()


@pytest.fixture
def session(sealing):
    with transaction(sealing, task_force_id=1) as session:
        yield session


def proposal(counts=COUNTS, **changes):
    first = tuple(dict.fromkeys(labels[0] for labels in counts or COUNTS))
    given = Proposal(
        series=BEDS,
        period="2024",
        starts=date(2024, 1, 1),
        ends=date(2024, 12, 31),
        unit="people served",
        threshold=10,
        note="Not all shelters.",
        origin=Origin(source=survey_key(SURVEY), place="Beds", as_of=date(2025, 5, 1)),
        structure=Structure(dimensions=(Dimension(name="agency", labels=first), KINDS)),
        counts=counts,
    )
    return replace(given, **changes)


def test_a_draft_is_seen_by_coordinators_and_published_by_a_second_one(session, now):
    before = content_version(session)

    number_ = draft(session, proposal(), by="U1", now=now)
    waiting, out_before = drafts(session), published(session)
    approve(session, number_, by="U2", now=now + LATER)

    (draft_,) = waiting
    assert (draft_.id, draft_.drafted_by, draft_.decided_by) == (number_, "U1", None)
    assert "beds" not in {table.series for table in out_before}
    assert drafts(session) == ()
    (table,) = (table for table in published(session) if table.series == "beds")
    assert table.cells == {
        ("North", "Total"): number(4321),
        ("North", "Sex"): WITHHELD,
        ("North", "Labor"): below(10),
    }
    assert (table.decided_by, table.decided_at, table.correction) == ("U2", now + LATER, 0)
    assert (table.provenance.source, table.provenance.kind) == (SURVEY, "survey")
    assert content_version(session) == before + 1
    assert table.report == (
        "1 sensitive cell in play, all protected.",
        "What is withheld would let a count below its threshold be worked out or narrowed down.",
        "Withheld: beds 2024/North/Sex",
        "1 cell withheld at a cost of 1: proved to be the least.",
    )


def test_nobody_approves_their_own_draft(session, now):
    number_ = draft(session, proposal(), by="U1", now=now)

    with pytest.raises(OwnDraftError):
        approve(session, number_, by="U1", now=now)

    assert [each.id for each in drafts(session)] == [number_]


def test_a_draft_is_decided_once(session, now):
    number_ = draft(session, proposal(), by="U1", now=now)
    approve(session, number_, by="U2", now=now)

    for decide in (approve, decline):
        with pytest.raises(UnknownReleaseError):
            decide(session, number_, by="U3", now=now)


def test_a_declined_draft_is_gone_with_its_counts(session, now):
    number_ = draft(session, proposal(), by="U1", now=now)

    decline(session, number_, by="U1", now=now)

    assert drafts(session) == ()
    assert session.exec(select(SealedCounts)).all() == []
    assert "beds" not in {table.series for table in (*published(session), *decisions(session))}


def test_the_counts_are_nowhere_in_the_database_but_sealed(session, now, sealing):
    draft(session, proposal(), by="U1", now=now)
    session.commit()

    with sealing.reads.connect() as connection:
        stored = "".join(
            str(connection.execute(text(f"SELECT * FROM {table}")).all())
            for table in (
                "statistic_series",
                "statistic_release",
                "statistic_cell",
                "sealed_counts",
            )
        )

    assert "4321" in stored  # printed
    assert "4318" not in stored  # withheld
    with reading(sealing, task_force_id=1) as session:
        assert "4318" not in repr(session.exec(select(SealedCounts)).one())


def test_without_the_key_nothing_is_sealed_and_with_another_nothing_opens(
    sealing, database_url, now
):
    with transaction(sealing, task_force_id=1) as session:
        approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)
    keyless, other = (open_database(database_url, secret_key=key) for key in (None, OTHER_KEY))
    later = proposal(starts=date(2025, 1, 1), ends=date(2025, 12, 31), period="2025")

    with pytest.raises(NoKeyError), transaction(keyless, task_force_id=1) as session:
        draft(session, later, by="U1", now=now)
    with reading(other, task_force_id=1) as session:
        assert all(each.counts is None for each in ledger(session, counts=True))
    with reading(keyless, task_force_id=1) as session:
        assert drafts(session) == ()
        assert all(each.counts is None for each in ledger(session, counts=True))
    with reading(sealing, task_force_id=1) as session:
        assert [each.counts for each in ledger(session, counts=True)][-1] == COUNTS
    keyless.dispose()
    other.dispose()


def test_what_the_gate_refuses_leaves_nothing_behind(sealing, now):
    contradicting = proposal({**COUNTS, ("North", "Total"): 4322})

    with (
        pytest.raises(NotOnLedgerError) as refused,
        transaction(sealing, task_force_id=1) as session,
    ):
        draft(session, contradicting, by="U1", now=now)

    assert all("North" in reason for reason in refused.value.reasons)
    assert not any(each in str(refused.value) for each in ("4322", "4318", "4321"))
    with reading(sealing, task_force_id=1) as session:
        assert drafts(session) == ()


def test_a_correction_is_a_release_of_its_own_and_takes_the_place(session, now):
    corrected = {("North", "Total"): 4421, ("North", "Sex"): 4418, ("North", "Labor"): 3}
    approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)

    approve(session, draft(session, proposal(corrected), by="U1", now=now), by="U2", now=now)

    (table,) = (table for table in published(session) if table.series == "beds")
    assert (table.correction, table.cells["North", "Total"]) == (1, number(4421))
    assert [each.correction for each in decisions(session) if each.series == "beds"] == [1, 0]


def test_a_correction_by_one_person_is_withheld(session, now):
    corrected = {("North", "Total"): 4322, ("North", "Sex"): 4319, ("North", "Labor"): 3}
    approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)

    draft(session, proposal(corrected), by="U1", now=now)

    (waiting,) = drafts(session)
    assert waiting.cells["North", "Total"] == WITHHELD


def overtake(session, now):
    """
    Publish something that has nothing to do with the drafts.
    """
    other = proposal(
        {("Elsewhere", "Total"): 70, ("Elsewhere", "Sex"): 40, ("Elsewhere", "Labor"): 30},
        series=Series(key="food", program="Food", title="Food"),
    )
    approve(session, draft(session, other, by="U1", now=now), by="U2", now=now)


def test_an_overtaken_draft_is_approved_once_the_gate_has_looked_again(session, now):
    number_ = draft(session, proposal(), by="U1", now=now)
    overtake(session, now)

    with pytest.raises(OvertakenError):
        approve(session, number_, by="U2", now=now)
    note_recheck(session, number_, out=recheck(session, number_))
    approve(session, number_, by="U2", now=now)

    assert "beds" in {table.series for table in published(session)}


@pytest.mark.parametrize("put_away", [False, True])
def test_a_draft_that_was_shown_binds_the_next_of_its_table_put_away_or_not(session, now, put_away):
    """
    Two corrections of one table, each harmless beside the first release, and one person apart.
    """
    approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)
    one = proposal({("North", "Total"): 4421, ("North", "Sex"): 4418, ("North", "Labor"): 3})
    other = proposal({("North", "Total"): 4422, ("North", "Sex"): 4419, ("North", "Labor"): 3})
    first = draft(session, one, by="U1", now=now)
    assert drafts(session)[0].cells["North", "Total"] == number(4421)
    if put_away:
        decline(session, first, by="U2", now=now)

    second = draft(session, other, by="U1", now=now)

    (table,) = (each for each in drafts(session) if each.id == second)
    assert table.cells["North", "Total"] == WITHHELD
    approve(session, second, by="U2", now=now)
    if not put_away:  # it would print what the later one withheld on its account
        with pytest.raises(NotOnLedgerError):
            recheck(session, first)
        with pytest.raises(OvertakenError):
            approve(session, first, by="U2", now=now)


def test_a_draft_that_was_shown_and_put_away_binds_no_other_period(session, now):
    decline(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)
    other = proposal(starts=date(2019, 1, 1), ends=date(2019, 12, 31), period="Calendar Year 2019")

    examined = examine(session, other)

    assert examined.shown == 0


def test_two_drafts_harmless_by_themselves_are_not_both_approved_when_an_agency_could_subtract(
    session, now
):
    """
    North knows its own 6 of 10.
    """
    plain = Dimension(name="agency", labels=("North", "South"))
    rows = proposal(
        {("North",): 6, ("South",): 4},
        structure=Structure(dimensions=(plain,), knows={"north": ("North",), "south": ("South",)}),
    )
    total = proposal(
        {("Everybody",): 10},
        series=Series(key="all", program="All", title="All"),
        structure=Structure(
            dimensions=(Dimension(name="all", labels=("Everybody",)),),
            equations=(("all/Everybody", ("beds/North", "beds/South")),),
        ),
    )
    first, second = (draft(session, each, by="U1", now=now) for each in (rows, total))

    approve(session, first, by="U2", now=now)
    with pytest.raises(NotOnLedgerError):
        recheck(session, second)


@pytest.mark.parametrize(("threshold", "passes"), [(9, False), (10, True), (11, True)])
def test_a_threshold_is_never_below_the_decks(threshold, passes, session, now):
    wanted = proposal(threshold=threshold)

    if passes:
        assert draft(session, wanted, by="U1", now=now)
    else:
        with pytest.raises(NotOnLedgerError, match="must be 10 at the least"):
            draft(session, wanted, by="U1", now=now)


def test_a_threshold_is_never_below_what_it_was(session, now):
    approve(session, draft(session, proposal(threshold=11), by="U1", now=now), by="U2", now=now)
    later = proposal(starts=date(2025, 1, 1), ends=date(2025, 12, 31), period="2025")

    with pytest.raises(NotOnLedgerError, match="must be 11 at the least"):
        draft(session, later, by="U1", now=now)


def test_the_same_people_under_another_name_are_refused_unless_somebody_says_they_are_others(
    session, now
):
    alike = proposal(
        {("Community Violence Solutions", "Total"): 185,
         ("Community Violence Solutions", "Sex"): 177, ("Community Violence Solutions", "Labor"): 8},
        starts=date(2023, 1, 1), ends=date(2023, 12, 31), period="2023",
    )  # fmt: skip

    with pytest.raises(NotOnLedgerError, match="member-served, Calendar Year 2023"):
        draft(session, alike, by="U1", now=now)

    assert draft(session, replace(alike, apart=True), by="U1", now=now)


def test_a_draft_changes_nothing_of_what_is_published(session, now):
    renamed = Series(key="csec-types", program="Another", title="Another")
    (before,) = (table for table in published(session) if table.series == "csec-types")

    draft(session, proposal(series=renamed, unit="children served"), by="U1", now=now)

    (after,) = (table for table in published(session) if table.series == "csec-types")
    assert after == before


def test_a_declined_draft_makes_no_correction_of_the_next(session, now):
    decline(session, draft(session, proposal(), by="U1", now=now), by="U1", now=now)

    approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)

    (table,) = (table for table in published(session) if table.series == "beds")
    assert table.correction == 0


def test_with_another_key_the_bot_works_on_from_the_marks(sealing, database_url, contra_costa, now):
    with transaction(sealing, task_force_id=1) as session:
        approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)
    other = open_database(database_url, secret_key=OTHER_KEY)

    install(other, read_pack(contra_costa), now=now)
    with transaction(other, task_force_id=1) as session:
        corrected = {("North", "Total"): 4322, ("North", "Sex"): 4319, ("North", "Labor"): 3}
        draft(session, proposal(corrected), by="U1", now=now)
        (waiting,) = drafts(session)
    other.dispose()

    assert waiting.cells["North", "Total"] == WITHHELD


def test_what_was_examined_before_something_went_out_is_examined_again(session, now):
    first = proposal()
    second = proposal({("North", "Total"): 4322, ("North", "Sex"): 4319, ("North", "Labor"): 3})
    examined = examine(session, second)
    approve(session, draft(session, first, by="U1", now=now), by="U2", now=now)

    number_ = draft(session, second, by="U1", now=now, examined=examined)

    (waiting,) = drafts(session)
    assert waiting.id == number_
    assert waiting.cells["North", "Total"] == WITHHELD


@pytest.mark.parametrize("table", [Release, ReleaseCell])
@pytest.mark.parametrize("deleted", [False, True])
def test_what_is_out_does_not_change(table, deleted, sealing, now):
    with transaction(sealing, task_force_id=1) as session:
        approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)

    def change():
        with transaction(sealing, task_force_id=1) as session:
            row = session.exec(select(table)).all()[-1]
            if deleted:
                session.delete(row)
            elif isinstance(row, Release):
                row.unit = "people"
            else:
                row.value = 5

    with pytest.raises(ImmutableReleaseError):
        change()


def test_an_agency_that_knows_its_row_is_audited_where_there_is_a_total(session, now):
    agencies = Dimension(
        name="agency", labels=("North", "South", "Total"), tree={"Total": ("North", "South")}
    )
    counts = {("North",): 70, ("South",): 4, ("Total",): 74}
    structure = Structure(dimensions=(agencies,), knows={"north": ("North",), "south": ("South",)})

    draft(session, proposal(counts, structure=structure), by="U1", now=now)

    (waiting,) = drafts(session)
    assert waiting.cells["South",] == below(10)
    assert waiting.cells["Total",] == WITHHELD


def test_everything_that_is_out_is_audited_in_verdicts_without_values(session, now):
    approve(session, draft(session, proposal(), by="U1", now=now), by="U2", now=now)

    found = verdicts(session)

    assert found.sentence == "11 cells hold a small count, or could: 11 protected, 0 not."
    assert found.leaks == ()


@pytest.fixture
def loaded(tmp_path, contra_costa, sealing, now):
    """
    Loads the pack with its figures changed, and returns what was released and refused.
    """

    def load(*changes):
        folder = tmp_path / f"pack{len(list(tmp_path.iterdir()))}"
        shutil.copytree(contra_costa, folder)
        figures = folder / "figures.yaml"
        written = figures.read_text()
        for old, new in changes:
            assert old in written
            written = written.replace(old, new)
        figures.write_text(written)
        _, done = install(sealing, read_pack(folder), now=now, again=False)
        return done.released, done.refused

    return load


def test_the_decks_figures_are_out_protected_and_signed_pack(session, now):
    out = {table.series: table for table in published(session)}

    assert list(out) == [
        "csec-types", "tcvap", "tcvap-dollars", "member-served", "member-contacts", "member-identified",
    ]  # fmt: skip
    assert {table.decided_by for table in out.values()} == {"pack"}
    assert {series: set(table.withheld) for series, table in out.items() if table.withheld} == {
        "csec-types": {("At Risk",)},
        "member-served": {
            ("Community Violence Solutions", "Sex Trafficking"),
            ("International Rescue Committee", "Total # Served"),
            ("Justice At Last", "Labor Trafficking"),
            ("STAND! for Families Free of Violence", "Sex Trafficking"),
        },
        "member-contacts": {("Arm of Care", "Sex Trafficking")},
    }
    assert out["member-served"].cells["Community Violence Solutions", "Labor Trafficking"] == below(
        10
    )
    assert out["member-served"].reporters["Community Violence Solutions"][:2] == (
        "Community Violence Solutions", "cvs",
    )  # fmt: skip


def test_the_same_pack_again_releases_nothing(loaded):
    assert loaded() == ((), ())


def test_a_changed_table_is_released_as_a_correction(loaded, sealing):
    done = loaded(("[777, 137, 178, 462]", "[877, 237, 178, 462]"))

    assert done == (("member-identified, Calendar Year 2023",), ())
    with reading(sealing, task_force_id=1) as session:
        (table,) = (each for each in published(session) if each.series == "member-identified")
    assert (table.correction, table.decided_by) == (1, "pack")
    assert table.cells["Contra Costa H3 - HMIS Data", "Total # Identified"] == number(877)


def test_a_table_that_contradicts_itself_is_refused_alone_and_told(loaded, sealing):
    done = loaded(
        ("[777, 137, 178, 462]", "[778, 137, 178, 462]"),
        ("TCVAP cash aid: [55]", "TCVAP cash aid: [155]"),
    )

    assert done == (
        ("tcvap, January - December 2023",),
        ("member-identified, Calendar Year 2023",),
    )
    with reading(sealing, task_force_id=1) as session:
        refused = next(each for each in decisions(session) if each.state.value == "refused")
        (served,) = (each for each in published(session) if each.series == "member-identified")
    assert refused.cells == {}
    assert refused.report
    assert served.correction == 0  # what was out stays


def test_a_refused_table_is_not_tried_again_until_something_else_is_out(loaded):
    wrong = ("[777, 137, 178, 462]", "[778, 137, 178, 462]")
    loaded(wrong)

    again = loaded(wrong)
    something_else = loaded(wrong, more := ("TCVAP cash aid: [55]", "TCVAP cash aid: [155]"))
    after_that = loaded(wrong, more)

    assert again == ((), ())
    assert something_else == (("tcvap, January - December 2023",), ())
    assert after_that == ((), ("member-identified, Calendar Year 2023",))


def test_a_series_the_pack_drops_is_served_no_longer_and_stays_on_the_ledger(loaded, sealing):
    loaded(("series: tcvap-dollars", "series: tcvap-money"))

    with reading(sealing, task_force_id=1) as session:
        served = {table.series for table in published(session)}
        kept = {sheet.series for sheet in ledger(session)}
    assert "tcvap-dollars" not in served
    assert {"tcvap-money", "tcvap-dollars"} <= kept

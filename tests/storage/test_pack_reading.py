import os
import textwrap
from datetime import date
from decimal import Decimal

import pytest

from storage.packs.problems import Problem
from storage.packs.reading import PackError, UnknownPackError, find_pack, read_pack
from tests.storage.small_pack import FILES, write_pack


@pytest.fixture
def problems(tmp_path):
    def read(*changes, **files):
        folder = write_pack(tmp_path / "pack", *changes)
        for name, content in files.items():
            content = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
            (folder / f"{name}.yaml").write_bytes(content)
        with pytest.raises(PackError) as error:
            read_pack(folder)
        assert str(error.value) == "\n".join(map(str, error.value.problems))
        return [str(problem) for problem in error.value.problems]

    return read


FAULTS = {
    "unknown field": (
        ("lines.yaml", "    aliases: [local]", "    alias: [local]"),
        "lines.yaml:26: hotlines[1].alias: is not a field here: did you mean aliases?",
    ),
    "unknown nested field": (
        ("lines.yaml", '- number: "911"', '- number: "911"\n        colour: red'),
        (
            "lines.yaml:19: hotlines[0].phones[0].colour: is not a field here: write one of"
            " source, place, as_of, verified_on, key, number, extension, type, description"
        ),
    ),
    "unknown list": (
        ("people.yaml", "glossary_terms:", "glossary:"),
        "people.yaml:18: glossary: is not a field here: did you mean glossary_terms?",
    ),
    "missing field": (
        ("people.yaml", "    name: The County\n", ""),
        "people.yaml:3: organizations[0].name: is missing",
    ),
    "empty text": (
        ("people.yaml", "name: The County", "name:"),
        "people.yaml:4: organizations[0].name: is empty: write it, or leave the field out",
    ),
    "blank text": (
        ("people.yaml", "name: The County", 'name: " "'),
        "people.yaml:4: organizations[0].name: is empty: write it, or leave the field out",
    ),
    "number for text": (
        ("lines.yaml", 'number: "911"', "number: 911"),
        (
            "lines.yaml:18: hotlines[0].phones[0].number: 911 is no text to YAML:"
            ' write "911" in quotes'
        ),
    ),
    "the word no": (
        ("people.yaml", "term: HT,", "term: NO,"),
        (
            "people.yaml:19: glossary_terms[0].term: NO is true or false to YAML:"
            ' write "NO" in quotes, or true, false'
        ),
    ),
    "a time of day": (
        ("people.yaml", "term: HT,", "term: 1:30,"),
        (
            "people.yaml:19: glossary_terms[0].term: 1:30 is another number to YAML:"
            ' write "1:30" in quotes, or digits'
        ),
    ),
    "a day for text": (
        ("people.yaml", "term: HT,", "term: 2024-11-05,"),
        (
            "people.yaml:19: glossary_terms[0].term: 2024-11-05 is no text to YAML:"
            ' write "2024-11-05" in quotes'
        ),
    ),
    "a day that is none": (
        ("sources.yaml", "as_of: 2024-11-05", "as_of: 2024-11-31"),
        "sources.yaml:5: sources[0].as_of: 2024-11-31 is no day: write one such as 2024-11-05",
    ),
    "text for a day": (
        ("sources.yaml", "as_of: 2024-11-05", "as_of: last year"),
        "sources.yaml:5: sources[0].as_of: last year is no day: write one such as 2024-11-05",
    ),
    "a name that is no text": (
        ("money.yaml", "      Beds: [12, <10]", "      2023: [12, <10]"),
        'money.yaml:19: figures[0].rows.2023: 2023 is no name to YAML: write "2023" in quotes',
    ),
    "bad key": (
        ("people.yaml", "key: ht,", "key: H_T,"),
        (
            "people.yaml:19: glossary_terms[0].key: H_T does not fit: write small letters and"
            " digits with - between words, such as tip-line"
        ),
    ),
    "bad number": (
        ("people.yaml", "(925) 555-0100", "call us"),
        (
            "people.yaml:13: organizations[1].contacts[0].phones[0].number: call us does not fit:"
            " write a number as printed, such as 1 (800) 670-7273"
        ),
    ),
    "bad address": (
        ("sources.yaml", "    kind: deck", "    kind: deck\n    url: http://example.org"),
        (
            "sources.yaml:5: sources[0].url: http://example.org does not fit:"
            " write an address that begins with https://"
        ),
    ),
    "unknown choice": (
        ("people.yaml", "standing: key}", "standing: gone}"),
        (
            "people.yaml:19: glossary_terms[0].standing: gone is not known:"
            " write 'key', 'slide' or 'unexplained'"
        ),
    ),
    "unknown zone": (
        ("task_force.yaml", "America/Los_Angeles", "California"),
        (
            "task_force.yaml:5: task_force.timezone: is not an IANA time zone"
            " such as America/Los_Angeles"
        ),
    ),
    "text for a list": (
        ("lines.yaml", "aliases: [local]", "aliases: local"),
        "lines.yaml:26: hotlines[1].aliases: write a list, one `- ` a line",
    ),
    "a list for text": (
        ("people.yaml", "name: The County", "name: [The County]"),
        "people.yaml:4: organizations[0].name: write text, not a list or fields",
    ),
    "text for an entry": (
        ("sources.yaml", "languages:\n", "languages:\n  - english\n"),
        "sources.yaml:7: languages[0]: write fields, one `name: …` a line",
    ),
    "fields for a list": (
        ("people.yaml", "glossary_terms:\n  - ", "glossary_terms:\n  "),
        "people.yaml:18: glossary_terms: write a list, each entry beginning with `- `",
    ),
    "an amount in words": (
        ("money.yaml", "1234.56", "about 1200"),
        'money.yaml:6: funding[0].amounts.2023-24: about 1200: write dollars such as 561222.40, or "N/A"',
    ),
    "half a cent": (
        ("money.yaml", "1234.56", "1234.567"),
        'money.yaml:6: funding[0].amounts.2023-24: 1234.567: write dollars such as 561222.40, or "N/A"',
    ),
    "a debt": (
        ("money.yaml", "1234.56", "-1.00"),
        'money.yaml:6: funding[0].amounts.2023-24: -1.00: write dollars such as 561222.40, or "N/A"',
    ),
    "true for an amount": (
        ("money.yaml", "1234.56", "true"),
        "money.yaml:6: funding[0].amounts.2023-24: is true or false, not an amount",
    ),
    "a bad fiscal year": (
        ("money.yaml", '"2023-24"', '"2023/24"'),
        (
            "money.yaml:6: funding[0].amounts.2023/24: 2023/24 does not fit: write a fiscal year"
            ' such as 2023-24, or "" where none is printed'
        ),
    ),
    "a footnote to no amount": (
        ("money.yaml", '{"2024-25": Not', '{"2025-26": Not'),
        "money.yaml:7: funding[0].notes.2025-26: there is no amount of 2025-26",
    ),
    "a mark too few": (
        ("money.yaml", "[12, <10]", "[12]"),
        "money.yaml:9: figures[0]: row 'Beds' has 1 marks for 2 columns",
    ),
    "a mark that is none": (
        ("money.yaml", "[12, <10]", "[12, <5]"),
        "money.yaml:9: figures[0]: row 'Beds': '<5' is none of ['<10', 'N/A']",
    ),
    "a count small enough to tell who": (
        ("money.yaml", "[12, <10]", "[12, 9]"),
        "money.yaml:9: figures[0]: row 'Beds' prints a count from 1 to 9: write \"<10\" instead",
    ),
    "a field twice": (
        ("people.yaml", "    note: As printed.", "    note: As printed.\n    note: Again."),
        "people.yaml:11: organizations[1].note: is given twice, first in line 10",
    ),
    "a key twice": (
        ("people.yaml", "  - {key: ht,", "  - {key: ht, term: X, standing: key}\n  - {key: ht,"),
        "people.yaml:20: glossary_terms[1].key: ht is already the key of people.yaml:19",
    ),
    "a made key twice": (
        ("people.yaml", "{heading: Responses, text: There is none.}", "{text: There is none!}"),
        (
            "people.yaml:24: topics[0].points[1].key: gap-1-there-is-none is already the key of"
            " people.yaml:24: give this one a key of its own"
        ),
    ),
    "unknown source": (
        ("people.yaml", "    note: As printed.", "    source: dekc"),
        (
            "people.yaml:10: organizations[1].source: no entry of sources has the key dekc:"
            " did you mean deck?"
        ),
    ),
    "unknown source of a file": (
        ("money.yaml", "source: deck", "source: page"),
        "money.yaml:1: from.source: no entry of sources has the key page",
    ),
    "no source": (
        ("money.yaml", "from: {source: deck, place: Money}", "from: {source: deck}"),
        [
            "money.yaml:3: funding[0].place: is missing: write it here, or in `from` at the top",
            "money.yaml:9: figures[0].place: is missing: write it here, or in `from` at the top",
        ],
    ),
    "unknown organization": (
        ("lines.yaml", "    organization: shelter\n", "    organization: shelters\n"),
        (
            "lines.yaml:21: hotlines[1].organization: no entry of organizations has the key"
            " shelters: did you mean shelter?"
        ),
    ),
    "unknown parent": (
        ("people.yaml", "parent_organization: county", "parent_organization: state"),
        (
            "people.yaml:9: organizations[1].parent_organization: no entry of organizations has"
            " the key state"
        ),
    ),
    "a parent of itself": (
        ("people.yaml", "parent_organization: county", "parent_organization: shelter"),
        "people.yaml:9: organizations[1].parent_organization: is a part of itself",
    ),
    "unknown collaborative": (
        ("people.yaml", "collaborative: coalition", "collaborative: union"),
        (
            "people.yaml:17: subcommittees[0].collaborative: no entry of collaboratives has the"
            " key union"
        ),
    ),
    "unknown lead": (
        ("people.yaml", "leads: [county]", "leads: [county, state]"),
        "people.yaml:15: collaboratives[0].leads[1]: no entry of organizations has the key state",
    ),
    "unknown language": (
        ("lines.yaml", "[english]", "[english, englsh]"),
        (
            "lines.yaml:25: hotlines[1].languages[1]: no entry of languages has the key englsh:"
            " did you mean english?"
        ),
    ),
    "a need of another taxonomy": (
        ("lines.yaml", "needs: [crisis]", "needs: [minor]"),
        "lines.yaml:23: hotlines[1].needs[0]: minor is a taxonomy term, but no hotline-need",
    ),
    "unknown person": (
        ("lines.yaml", "persons: [minor]", "persons: [miner]"),
        (
            "lines.yaml:24: hotlines[1].persons[0]: no taxonomy term of hotline-person has the"
            " key miner: did you mean minor?"
        ),
    ),
    "two task forces": (
        (
            "money.yaml",
            "figures:",
            "task_force: {key: x, name: X, county: X, timezone: UTC}\nfigures:",
        ),
        "task_force.yaml:1: task_force: money.yaml has the pack's task force already",
    ),
    "no task force": (
        ("task_force.yaml", FILES["task_force.yaml"], ""),
        "pack: no file has a task_force: write its key, name, county and timezone",
    ),
    "no emergency line": (
        ("lines.yaml", "    emergency: true\n", ""),
        "pack: no hotline with a phone has `emergency: true` (911)",
    ),
    "no card in Spanish": (
        ("lines.yaml", ", es: Llame al 911", ""),
        [
            (
                "lines.yaml:16: hotlines[0].card.es: is missing: the card has the same lines in"
                " en and es"
            ),
            "pack: no hotline has a line on the card in es",
        ],
    ),
    "an alias of two lines": (
        ("lines.yaml", "aliases: [local]", "aliases: [local, EMERGENCY]"),
        (
            "lines.yaml:26: hotlines[1].aliases[1]: EMERGENCY leads to emergency already: take it"
            " from one of them"
        ),
    ),
    "a Python tag": (
        ("people.yaml", "name: The County", "name: !!python/object/apply:os.getcwd []"),
        (
            "people.yaml:4: organizations[0].name: has the tag !!python/object/apply:os.getcwd:"
            " packs use none"
        ),
    ),
    "a merge": (
        ("people.yaml", "    name: The County\n", "    name: The County\n    <<: {note: x}\n"),
        'people.yaml:5: organizations[0].<<: << is no name to YAML: write "<<" in quotes',
    ),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_said_with_its_line_its_field_and_what_to_write(change, said, problems):
    assert problems(change) == ([said] if isinstance(said, str) else said)


def test_all_faults_are_said_at_once_in_the_order_of_the_files(problems):
    assert problems(
        ("task_force.yaml", "county: Delta", "county: 7"),
        ("people.yaml", "name: The County", "name: NO"),
        ("people.yaml", "standing: key}", "standing: gone}"),
        ("people.yaml", "parent_organization: county", "parent_organization: state"),
        ("lines.yaml", "needs: [crisis]", "needs: [minor]"),
        broken="a: [1, 2",
    ) == [
        (
            "broken.yaml:1: is not YAML: while parsing a flow sequence,"
            " did not find expected ',' or ']'"
        ),
        "lines.yaml:23: hotlines[1].needs[0]: minor is a taxonomy term, but no hotline-need",
        (
            "people.yaml:4: organizations[0].name: NO is true or false to YAML:"
            ' write "NO" in quotes, or true, false'
        ),
        (
            "people.yaml:9: organizations[1].parent_organization: no entry of organizations has the"
            " key state"
        ),
        (
            "people.yaml:19: glossary_terms[0].standing: gone is not known:"
            " write 'key', 'slide' or 'unexplained'"
        ),
        'task_force.yaml:4: task_force.county: 7 is no text to YAML: write "7" in quotes',
    ]


BYTES = {
    "a tab": (b"a:\n\t- b", ("x.yaml:2: is not YAML: while scanning for the next token,"
              " found character that cannot start any token")),
    "two documents": (b"sources: []\n---\nsources: []", ("x.yaml:2: is not YAML: expected a"
                      " single document in the stream, but found another document")),
    "not UTF-8": (b"# one\n# caf\xe9\n", "x.yaml:2: is not UTF-8 here: save the file as UTF-8"),
    "UTF-16": ("sources: []".encode("utf-16"), ("x.yaml:1: is not UTF-8 here: save the file as"
               " UTF-8")),
    "a control character": (b"# one\n# \x07\n", ("x.yaml:2: has the unprintable character"
                            " U+0007: delete it")),
    "a list": (b"- a", ("x.yaml:1: must be fields: from, task_force, sources, languages,"
               " taxonomy_terms, organizations, collaboratives, subcommittees, meetings, hotlines, funding,"
               " glossary_terms, topics, figures")),
    "deep": (b"[" * 100_000, "x.yaml:1: is nested more than 20 deep"),
    "a loop": (b"sources: &a\n  - *a", "x.yaml:1: sources" + "[0]" * 20 + ": is too large: write"
               " it out without anchors (&, *)"),
    "large": (b"# " + b"x" * 2_000_000, ("x.yaml: is larger than 2,000,000 bytes: split it into"
              " several files")),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), BYTES.values(), ids=BYTES)
def test_a_file_that_cannot_be_read_is_said(content, said, problems):
    assert said in problems(x=content)


def test_a_small_file_that_stands_for_a_very_large_one_is_refused(problems):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=False)
    ]

    said = problems(x="\n".join(lines).encode())

    assert sum("is too large" in line for line in said) == 1


def test_a_link_out_of_the_pack_is_not_followed(tmp_path):
    folder = write_pack(tmp_path / "pack")
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2")
    (folder / "more.yaml").symlink_to(secret)

    with pytest.raises(PackError) as error:
        read_pack(folder)

    assert error.value.problems == (
        Problem(file="more.yaml", message="is a link out of the pack: copy the file here"),
    )


def test_what_is_no_file_or_has_another_ending_is_said(tmp_path):
    folder = write_pack(tmp_path / "pack")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "more.yml").touch()
    (folder / "README.md").touch()

    with pytest.raises(PackError) as error:
        read_pack(folder)

    assert [str(problem) for problem in error.value.problems] == [
        "more.yml: rename it to end in .yaml",
        "pipe.yaml: is not a file",
    ]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    folder = write_pack(tmp_path / "pack")
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert read_pack(folder).task_force.name == "Delta Task Force"


def test_an_anchor_used_within_reason_is_fine(tmp_path):
    folder = write_pack(
        tmp_path / "pack",
        ("people.yaml", "purpose: To meet.", "purpose: &x To meet."),
        ("people.yaml", "expansion: Human trafficking", "expansion: *x"),
    )

    assert read_pack(folder).glossary_terms[0].expansion == "To meet."


def test_an_entry_takes_over_what_it_leaves_unsaid(tmp_path):
    folder = write_pack(
        tmp_path / "pack",
        (
            "sources.yaml",
            "languages:",
            "  - {key: page, title: A page, kind: page, as_of: 2026-01-01}\nlanguages:",
        ),
        (
            "people.yaml",
            "    note: As printed.",
            "    source: page\n    verified_on: 2026-02-01",
        ),
        (
            "people.yaml",
            "      - name: Front desk",
            "      - name: Front desk\n        place: Desk",
        ),
        ("people.yaml", "{number: (925)", "{source: deck, number: (925)"),
    )

    county, shelter = read_pack(folder).organizations
    desk = shelter.contacts[0]

    def stated(entry):
        return entry.key, entry.source, entry.place, entry.as_of, entry.verified_on

    deck_day, page_day, checked = date(2024, 11, 5), date(2026, 1, 1), date(2026, 2, 1)
    assert [stated(each) for each in (county, county.duties[0], shelter, desk, desk.phones[0])] == [
        ("county", "deck", "Who we are", deck_day, None),
        ("county-pays-for-it", "deck", "Who we are", deck_day, None),
        ("shelter", "page", "Who we are", page_day, checked),
        ("shelter-front-desk", "page", "Desk", page_day, checked),
        ("shelter-front-desk-925-555-0100", "deck", "Desk", deck_day, None),
    ]


def test_long_words_make_keys_that_differ_and_do_not_depend_on_each_other(tmp_path):
    words = "Offers backbone support to a county-wide, multi-sector partnership"
    duties = f"- {{kind: duty, text: '{words} one'}}\n      - {{kind: duty, text: '{words} two'}}"
    folder = write_pack(
        tmp_path / "pack", ("people.yaml", "- {kind: duty, text: Pays for it.}", duties)
    )

    keys = [duty.key for duty in read_pack(folder).organizations[0].duties]

    assert len(set(keys)) == 2
    for key in keys:
        assert key.startswith("county-offers-backbone-support-to-a-county-")
        assert len(key) <= len("county-") + 48


def test_amounts_are_exact(tmp_path):
    folder = write_pack(tmp_path / "pack", ("money.yaml", "1234.56", "90071992547409.93"))

    assert read_pack(folder).funding[0].amounts == {
        "2023-24": Decimal("90071992547409.93"),
        "2024-25": "N/A",
    }


def test_a_folder_that_is_none_is_said(tmp_path):
    with pytest.raises(PackError, match="nowhere: is not a folder"):
        read_pack(tmp_path / "nowhere")


def test_a_pack_is_found_by_its_name_or_by_its_folder(tmp_path, contra_costa):
    assert (contra_costa / "task_force.yaml").is_file()
    assert find_pack(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["nowhere", "", "../packs/contra_costa_", "contra costa"])
def test_a_pack_that_is_nowhere_is_said_with_those_there_are(name):
    with pytest.raises(UnknownPackError, match="contra_costa") as error:
        find_pack(name)

    assert error.value.name == name
    assert "contra_costa" in error.value.known


def test_the_built_in_pack_reads(contra_costa):
    pack = read_pack(contra_costa)

    assert pack.task_force.key == "contra_costa"
    assert pack.hotlines[0].phones[0].number == "911"

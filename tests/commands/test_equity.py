"""
Addressing racial inequity, in three clusters.
"""

from tests.commands.answers import lists, texts
from tests.commands.conftest import Say


def test_the_three_clusters_are_those_of_the_slide(say: Say) -> None:
    assert list(lists(say("equity")).values()) == [
        (
            "UC Berkeley Research: Law Enforcement Best Practices for HT Equity",
            "Capacity Building",
            "DEIA in HT Working Group",
            "Data Strategy on Equity Measures",
        ),
        (
            "Outreach Efforts & Identification Channels",
            "Targeted Public Media/ Outreach Campaigns",
            "Targeted Funding/ Programming for Inequities",
        ),
        (
            "BIPOC Survivor Leadership",
            "Language Access: IBP",
            "Multi-racial/lingual/cultural Staffing",
            "Access to Immigration Relief",
            "Healing Spaces",
        ),
    ]


def test_the_first_line_is_kept_and_our_titles_are_said_to_be_ours(say: Say) -> None:
    told = texts(say("equity"))

    assert told[0] == (
        "New partnerships & perspectives to respond to root causes of vulnerability to HT"
    )
    assert sum("The title is ours" in text for text in told) == 3

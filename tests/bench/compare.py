"""
Two runs of the bench beside each other: `python -m tests.bench.compare OLD.json NEW.json`.
"""

import argparse
from pathlib import Path

from tests.bench.figures import load, shown


def compared(old: Path, new: Path) -> str:
    """
    Return the medians of what both runs measured, and the new one as a part of the old.
    """
    before = {(each.part, each.name): each for each in load(old)}
    rows = []
    for each in load(new):
        if (was := before.get((each.part, each.name))) is not None:
            ratio = f"{each.value / was.value:.2f}" if was.value else "–"
            said = f"{each.part}: {each.name}, {each.unit}"
            rows.append([said, f"{was.value:.4g}", f"{each.value:.4g}", ratio])
    return shown(("what", "old", "new", "new / old"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare", description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args()
    print(compared(arguments.old, arguments.new))


if __name__ == "__main__":
    main()

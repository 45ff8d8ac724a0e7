"""The app's global shortcuts, as its manifest lists them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).parents[2] / "manifest.json"  # of a checkout; a wheel has none


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """An entry of the menu that people find beside the message box."""

    name: str
    callback_id: str


def read_shortcuts(path: Path = MANIFEST) -> tuple[Shortcut, ...]:
    """Return the global shortcuts of the manifest at *path*; none where there is no manifest."""
    if not path.exists():
        return ()
    return shortcuts_of(json.loads(path.read_text(encoding="utf-8")))


def shortcuts_of(manifest: Mapping[str, Any]) -> tuple[Shortcut, ...]:
    """Return the global shortcuts of *manifest*, in its order; message shortcuts are none."""
    listed = manifest.get("features", {}).get("shortcuts", [])
    return tuple(
        Shortcut(name=entry["name"], callback_id=entry["callback_id"])
        for entry in listed
        if entry["type"] == "global"
    )

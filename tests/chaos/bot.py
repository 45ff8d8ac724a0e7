"""
The bot as `htbot run` starts it, with leases shorter than people may set.
"""

import sys

from bot import settings
from bot.cli import main

if __name__ == "__main__":
    settings.LEAST_LEASE = 1.0
    sys.exit(main(["run"]))

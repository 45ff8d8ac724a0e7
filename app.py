"""
What `slack run` starts: `htbot run`, with the tokens the Slack CLI hands over.
"""

import os
import sys

from bot.cli import main
from bot.settings import environment

# The CLI's names for the tokens -> ours.
HANDED_OVER = {"SLACK_CLI_XOXB": "SLACK_BOT_TOKEN", "SLACK_CLI_XAPP": "SLACK_APP_TOKEN"}

if __name__ == "__main__":
    handed = {
        ours: os.environ[theirs] for theirs, ours in HANDED_OVER.items() if theirs in os.environ
    }
    sys.exit(main(["run"], environment() | handed))

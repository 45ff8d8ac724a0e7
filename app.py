"""
What `slack run` starts: `htbot run`, with the tokens the Slack CLI hands over.
"""

import os
import sys

from bot.cli import main

# The CLI's names for the tokens -> ours.
HANDED_OVER = {"SLACK_CLI_XOXB": "SLACK_BOT_TOKEN", "SLACK_CLI_XAPP": "SLACK_APP_TOKEN"}

if __name__ == "__main__":
    for theirs, ours in HANDED_OVER.items():
        if theirs in os.environ:
            os.environ[ours] = os.environ[theirs]
    sys.exit(main(["run"]))

"""
``python -m bot`` is ``htbot``.
"""

from bot.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

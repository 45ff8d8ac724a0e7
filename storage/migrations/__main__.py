"""
For developers: write the revision that leads from the last one to the models.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory

from storage.engines import open_database
from storage.migrations import configuration, migrate


def main(message: str) -> None:
    config = configuration()
    number = 1 + len(list(ScriptDirectory.from_config(config).walk_revisions()))
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'now.db'}")
        migrate(database)
        with database.writes.connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])

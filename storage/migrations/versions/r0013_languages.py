"""
In which language people want to be spoken to, and who reviewed what is said in it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spoken_language",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_spoken_language_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken_language")),
        sa.UniqueConstraint(
            "task_force_id", "user_id", name=op.f("uq_spoken_language_task_force_id_user_id")
        ),
    )
    with op.batch_alter_table("task_force", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewed", sa.JSON(), nullable=True))

"""
What the bot fails to do by itself, which of its processes run, and which key seals.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_trouble",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("over_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_job_trouble_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_trouble")),
        sa.UniqueConstraint("task_force_id", "job", name=op.f("uq_job_trouble_task_force_id_job")),
    )
    op.create_table(
        "process",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(), nullable=False),
        sa.Column("every_seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_process_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
        sa.UniqueConstraint("task_force_id", "name", name=op.f("uq_process_task_force_id_name")),
    )
    with op.batch_alter_table("task_force", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key_print", sa.String(), nullable=True))

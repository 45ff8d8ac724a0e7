"""
Broadcasts: what is told to many, and who has read it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("only", sa.JSON(), nullable=False),
        sa.Column("wants_ack", sa.Boolean(), nullable=False),
        sa.Column("harmless", sa.Boolean(), nullable=False),
        sa.Column("send_at", sa.DateTime(), nullable=True),
        sa.Column("first_at", sa.DateTime(), nullable=True),
        sa.Column("repeat", sa.String(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("progress_at", sa.DateTime(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_broadcast_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_broadcast_task_force_id_state_send_at"),
            ["task_force_id", "state", "send_at"],
            unique=False,
        )

    op.create_table(
        "broadcast_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_reader_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_broadcast_reader_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_reader")),
        sa.UniqueConstraint(
            "task_force_id",
            "broadcast_id",
            "run",
            "user_id",
            name=op.f("uq_broadcast_reader_task_force_id_broadcast_id_run_user_id"),
        ),
    )
    with op.batch_alter_table("broadcast_reader", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_broadcast_reader_broadcast_id"), ["broadcast_id"], unique=False
        )

    with op.batch_alter_table("task_force", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("approval_above", sa.Integer(), server_default="50", nullable=False)
        )

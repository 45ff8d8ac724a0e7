"""
Statistics: series, releases, what they print, and the sealed counts behind them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistic_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_statistic_series_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_series")),
        sa.UniqueConstraint(
            "task_force_id", "key", name=op.f("uq_statistic_series_task_force_id_key")
        ),
    )
    op.create_table(
        "statistic_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("structure", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ledger", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=True),
        sa.Column("bound", sa.Integer(), nullable=True),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["statistic_series.id"], name=op.f("fk_statistic_release_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_statistic_release_source_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_statistic_release_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_release")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "starts",
            "ends",
            "number",
            name=op.f("uq_statistic_release_task_force_id_series_id_starts_ends_number"),
        ),
    )
    with op.batch_alter_table("statistic_release", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_statistic_release_series_id"), ["series_id"], unique=False
        )

    op.create_table(
        "sealed_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["statistic_release.id"], name=op.f("fk_sealed_counts_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_sealed_counts_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_counts")),
        sa.UniqueConstraint(
            "task_force_id", "release_id", name=op.f("uq_sealed_counts_task_force_id_release_id")
        ),
    )
    with op.batch_alter_table("sealed_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_counts_sealed_at"), ["sealed_at"], unique=False)

    op.create_table(
        "statistic_cell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["statistic_release.id"], name=op.f("fk_statistic_cell_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_statistic_cell_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_cell")),
        sa.UniqueConstraint(
            "task_force_id",
            "release_id",
            "position",
            name=op.f("uq_statistic_cell_task_force_id_release_id_position"),
        ),
    )

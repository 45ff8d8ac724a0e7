"""
Surveys: what is asked of agencies, and what each of them said, sealed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=True),
        sa.Column("program", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("dims", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("grace_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("responsible", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("defined_at", sa.DateTime(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("progress_at", sa.DateTime(), nullable=True),
        sa.Column("purged_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["statistic_release.id"], name=op.f("fk_survey_cycle_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_survey_cycle_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_cycle")),
    )
    with op.batch_alter_table("survey_cycle", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_survey_cycle_task_force_id_state"),
            ["task_force_id", "state"],
            unique=False,
        )

    op.create_table(
        "survey_agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("saved_by", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("said_by", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(), nullable=True),
        sa.Column("nudges", sa.Integer(), nullable=False),
        sa.Column("nudged_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["survey_cycle.id"], name=op.f("fk_survey_agency_cycle_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_survey_agency_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_survey_agency_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_agency")),
        sa.UniqueConstraint(
            "task_force_id",
            "cycle_id",
            "organization_id",
            name=op.f("uq_survey_agency_task_force_id_cycle_id_organization_id"),
        ),
    )
    with op.batch_alter_table("survey_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_agency_cycle_id"), ["cycle_id"], unique=False)

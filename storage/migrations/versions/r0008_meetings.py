"""
Meetings: series, what differs on one day, and what people want told of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agenda_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("days", sa.Integer(), server_default=sa.text("7"), nullable=False),
        sa.Column("wished_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_agenda_wish_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_wish")),
        sa.UniqueConstraint(
            "task_force_id", "user_id", name=op.f("uq_agenda_wish_task_force_id_user_id")
        ),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("group", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_calendar_feed_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint(
            "task_force_id",
            "team_id",
            "user_id",
            "group",
            name=op.f("uq_calendar_feed_task_force_id_team_id_user_id_group"),
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_calendar_feed_token_digest")),
    )
    op.create_table(
        "meeting_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plain", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("on_holiday", sa.String(), nullable=False),
        sa.Column("holidays", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["follows_id"], ["meeting_series.id"], name=op.f("fk_meeting_series_follows_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_meeting_series_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
        sa.UniqueConstraint(
            "task_force_id", "key", name=op.f("uq_meeting_series_task_force_id_key")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_series_uid")),
    )
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_series_follows_id"), ["follows_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_meeting_series_task_force_id_group"),
            ["task_force_id", "group"],
            unique=False,
        )

    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("delegate_user_id", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_attendance_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_attendance_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "occurrence",
            "user_id",
            name=op.f("uq_attendance_task_force_id_series_id_occurrence_user_id"),
        ),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_series_id"), ["series_id"], unique=False)

    op.create_table(
        "meeting_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_change_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["meeting_series.id"], name=op.f("fk_meeting_change_successor_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_meeting_change_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_change")),
    )
    with op.batch_alter_table("meeting_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_change_series_id"), ["series_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_meeting_change_successor_id"), ["successor_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_meeting_change_task_force_id_made_at"),
            ["task_force_id", "made_at"],
            unique=False,
        )

    op.create_table(
        "meeting_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("on_holiday", sa.String(), nullable=False),
        sa.Column("holidays", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_draft_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_meeting_draft_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_draft")),
        sa.UniqueConstraint(
            "task_force_id",
            "team_id",
            "user_id",
            name=op.f("uq_meeting_draft_task_force_id_team_id_user_id"),
        ),
    )
    with op.batch_alter_table("meeting_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_draft_series_id"), ["series_id"], unique=False)

    op.create_table(
        "meeting_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_exception_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_meeting_exception_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_exception")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "occurrence",
            name=op.f("uq_meeting_exception_task_force_id_series_id_occurrence"),
        ),
    )
    with op.batch_alter_table("meeting_exception", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_exception_series_id"), ["series_id"], unique=False
        )

    op.create_table(
        "reminder_lead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("to_people", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_reminder_lead_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_reminder_lead_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_lead")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "minutes",
            "role",
            name=op.f("uq_reminder_lead_task_force_id_series_id_minutes_role"),
        ),
    )
    with op.batch_alter_table("reminder_lead", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_lead_series_id"), ["series_id"], unique=False)

    op.create_table(
        "series_mute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("muted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_series_mute_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_series_mute_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_mute")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "user_id",
            name=op.f("uq_series_mute_task_force_id_series_id_user_id"),
        ),
    )
    with op.batch_alter_table("series_mute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_mute_series_id"), ["series_id"], unique=False)

    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_force_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_snooze_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_force_id"], ["task_force.id"], name=op.f("fk_snooze_task_force_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
        sa.UniqueConstraint(
            "task_force_id",
            "series_id",
            "occurrence",
            "user_id",
            name=op.f("uq_snooze_task_force_id_series_id_occurrence_user_id"),
        ),
    )
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snooze_series_id"), ["series_id"], unique=False)

    with op.batch_alter_table("task_force", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holidays", sa.String(), server_default="US", nullable=False))

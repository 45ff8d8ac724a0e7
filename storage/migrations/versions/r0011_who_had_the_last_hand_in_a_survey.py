"""
Surveys: who had the last hand in one, and so signs what it becomes by itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("survey_cycle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shaped_by", sa.String(), nullable=True))

"""The staff board

Revision: 0002, after 0001, 2026-11-23 03:37:21.691968
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up to this revision."""
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attempt_key", "attempt", ["key", "at"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by_role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("device", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_organization", "change", ["organization_id", "id"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("profile", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("old_token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("csrf", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rotated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_device_organization_id"), "device", ["organization_id"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(
        op.f("ix_password_reset_account_id"), "password_reset", ["account_id"], unique=False
    )

    op.create_table(
        "issue",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("priority", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("opened_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("settled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("settled_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_issue_order_id"), "issue", ["order_id"], unique=False)
    op.create_index(
        "ix_issue_queue", "issue", ["organization_id", "state", "opened_at"], unique=False
    )

    op.create_table(
        "order_link",
        sa.Column("order_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("order_id"),
        sa.UniqueConstraint("ref"),
    )
    op.execute(
        {
            "sqlite": "INSERT INTO order_link SELECT id, lower(hex(randomblob(16))), 1 FROM orders",
            "postgresql": "INSERT INTO order_link "
            "SELECT id, replace(gen_random_uuid()::text, '-', ''), 1 FROM orders",
        }[op.get_bind().dialect.name]
    )
    op.create_table(
        "pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("device_code_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("described", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("polled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("poll_seconds", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
        sa.UniqueConstraint("device_code_hash"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("issue_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issue.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_attachment_issue_id"), "attachment", ["issue_id"], unique=False)

    op.create_table(
        "order_note",
        sa.Column("order_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "version"),
    )

    op.add_column(
        "account", sa.Column("one_time_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column(
        "account", sa.Column("invited_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
    )
    op.add_column(
        "account", sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column(
        "account", sa.Column("pin_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
    )
    op.add_column("account", sa.Column("version", sa.Integer(), server_default="1", nullable=False))

    op.add_column("location", sa.Column("thresholds", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "location", sa.Column("archived_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column(
        "location", sa.Column("customs_version", sa.Integer(), server_default="0", nullable=False)
    )

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.alter_column("order_id", existing_type=sa.VARCHAR(), nullable=True)
        batch_op.alter_column("channel", existing_type=sa.VARCHAR(), nullable=True)
        batch_op.alter_column("offset", existing_type=sa.INTEGER(), nullable=True)
        batch_op.add_column(sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=True))

    op.add_column(
        "orders", sa.Column("surfaces_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column(
        "orders", sa.Column("surfaced_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column(
        "orders", sa.Column("customs_version", sa.Integer(), server_default="0", nullable=False)
    )

    op.add_column("organization", sa.Column("labels", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "organization", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )

    op.add_column(
        "sign_in", sa.Column("proved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.execute("UPDATE sign_in SET proved_at = created_at")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_sign_in_device", "device", ["device_id"], ["id"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_constraint("fk_sign_in_device", type_="foreignkey")
        batch_op.drop_column("device_id")
    op.drop_column("sign_in", "proved_at")

    op.drop_column("organization", "version")
    op.drop_column("organization", "labels")

    op.drop_column("orders", "customs_version")
    op.drop_column("orders", "surfaced_at")
    op.drop_column("orders", "surfaces_at")

    op.execute("DELETE FROM message WHERE order_id IS NULL")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("code")
        batch_op.alter_column("offset", existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column("channel", existing_type=sa.VARCHAR(), nullable=False)
        batch_op.alter_column("order_id", existing_type=sa.VARCHAR(), nullable=False)

    op.drop_column("location", "customs_version")
    op.drop_column("location", "archived_at")
    op.drop_column("location", "thresholds")

    op.drop_column("account", "version")
    op.drop_column("account", "pin_hash")
    op.drop_column("account", "seen_at")
    op.drop_column("account", "invited_by")
    op.drop_column("account", "one_time_until")

    op.drop_table("order_note")
    op.drop_table("attachment")
    op.drop_table("pairing")
    op.drop_table("order_link")
    op.drop_table("issue")
    op.drop_table("password_reset")
    op.drop_table("device")
    op.drop_table("change")
    op.drop_table("attempt")

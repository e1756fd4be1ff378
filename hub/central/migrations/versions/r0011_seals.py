"""What packages were sealed with, which packages the hub made itself, and the signatures of receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQLITE = (
    "CREATE TRIGGER receipt_no_resign BEFORE UPDATE ON receipt WHEN OLD.signature IS NOT NEW.signature "
    "BEGIN SELECT RAISE(ABORT, 'receipt is append-only'); END"
)
POSTGRESQL = (
    "CREATE TRIGGER receipt_no_resign BEFORE UPDATE ON receipt FOR EACH ROW "
    "WHEN (OLD.signature IS DISTINCT FROM NEW.signature) EXECUTE FUNCTION suphub_refuse_change()"
)
MYSQL = (
    "CREATE TRIGGER receipt_no_resign BEFORE UPDATE ON receipt FOR EACH ROW BEGIN "
    "IF NOT (OLD.signature <=> NEW.signature) THEN "
    "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'receipt is append-only'; END IF; END"
)
"""A signature is as fixed as the bytes it is over."""


def upgrade() -> None:
    for column in (
        sa.Column("cipher", sa.String(length=20), nullable=True),
        sa.Column("signer", sa.String(length=200), nullable=True),
        sa.Column("signer_digest", sa.String(length=64), nullable=True),
        sa.Column("signer_serial", sa.String(length=64), nullable=True),
        sa.Column("replay_of", sa.BigInteger(), nullable=True),
    ):
        op.add_column("package", column)
    op.add_column("receipt", sa.Column("signature", sa.LargeBinary(length=65_535), nullable=True))
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL}
    op.execute(statements[op.get_context().dialect.name])


def downgrade() -> None:
    table = " ON receipt" if op.get_context().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER receipt_no_resign{table}")
    op.drop_column("receipt", "signature")
    for name in ("replay_of", "signer_serial", "signer_digest", "signer", "cipher"):
        op.drop_column("package", name)

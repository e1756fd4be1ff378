"""The history of the central database's tables, as Alembic revisions; run by hub.central.upgrade."""

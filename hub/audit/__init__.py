"""What an auditor asks of the database: is every row still as the hub wrote it, by the log and the bytes that were stored?

The log is the yardstick (`suphub log verify` proves it); nothing here writes anything but a scratch file of its own.
"""

"""The columns of the exchange library that the log reads and writes, by name.

The ledger stands without hub.central; a test holds these names to the tables that the database really has.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String, Text, column, table

exchange_log = table(
    "exchange_log",
    column("chain", String),
    column("seq", BigInteger),
    column("at", BigInteger),
    column("event", String),
    column("body", Text),
    column("previous", String),
    column("hash", String),
)

log_head = table("log_head", column("chain", String), column("seq", BigInteger), column("hash", String))

checkpoint = table(
    "checkpoint",
    column("id", BigInteger),
    column("at", BigInteger),
    column("body", Text),
    column("signature", String),
    column("public_key", String),
)

package = table(
    "package",
    column("id", BigInteger),
    column("system", String),
    column("digest", String),
    column("state", String),
)

case_outcome = table(
    "case_outcome",
    column("package", BigInteger),
    column("ordinal", Integer),
    column("case_no", String),
    column("outcome", String),
    column("codes", String),
    column("version", Integer),
)

receipt = table("receipt", column("package", BigInteger), column("body"))

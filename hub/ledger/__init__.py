"""The tamper-evident exchange log: chains of entries, Merkle roots over case outcomes, signed checkpoints, and a verifier.

The format to the byte is in docs/ledger.md.
"""

"""Walks the way of a datum: take the package, read it, store its cases, close it with log entry and receipt, deliver."""

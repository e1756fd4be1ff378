"""Dialects and code crosswalks: a system's own words and codes become ours, field by field, and nothing is guessed."""

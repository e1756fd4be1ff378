"""Read-only queries behind the pages and the command line; each figure leads to the list behind it."""

"""The central supervision database: the five libraries (五库) and the hub's own exchange library."""

"""The templates of letters and the settings that are shipped; SUPHUB_HOME/letters overrides them file by file (docs/letters.md)."""

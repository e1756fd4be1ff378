"""投诉: registered, accepted, handled or transferred, decided, answered; every step by one table, within terms, in the log."""

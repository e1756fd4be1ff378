"""Supervision (监察): the working calendar, the rules on time limits, and the cards they raise."""

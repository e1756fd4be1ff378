"""The core of the Supervision Hub: what happens to a datum between its source and the province; changed rarely."""

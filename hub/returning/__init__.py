"""The way back to the departments: cards, orders and letters are handed over through their own connector, answers return the same way."""

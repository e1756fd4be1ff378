"""Performance (绩效): indicators with the lists behind them, monthly scores of organisations, and what was published of both."""

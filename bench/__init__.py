"""The benchmark and the kill -9 trials: run from the checkout, never installed with the hub."""

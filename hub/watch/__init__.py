"""Watches over the systems: probes with what the hub knows beside them, their history, and one alert when something begins and when it is over."""

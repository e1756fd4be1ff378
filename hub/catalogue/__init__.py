"""The item catalogue (事项库): items with materials, fees and flows, organisations, posts and staff; in versions.

It comes in by import, is shown, compared, checked and drawn here, and answers what a case leaves out (`hub.items`).
"""

"""Looks at a front-end machine before and while it is in use: reachable, readable, writable, clock, disk, backlog."""

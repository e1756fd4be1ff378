"""Trials: a worker is killed with SIGKILL at chosen instants and started again, and nothing may be lost or doubled."""

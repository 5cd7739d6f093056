"""A real control plane and a real gateway on one machine, for the demo and the tests.

Everything is built or installed from package registries, listens on loopback with free ports, logs into one folder, and
is stopped by process id. Python's standard library only.
"""

"""Training runs while they go on: their learning curves, outside the records and never in place of them.

The process that trains sends what the harness has brought to the host at the end of an epoch; the parent
writes it.  Nothing here waits for a device, and a run ends in the same record with it or without.
"""

"""The parts of README and docs that are not typed: made of records, protocols, the schema and the commands.

A page holds such a part between two comments that name it.  `python -m bench.written` writes all of them anew, and a
test says when one is no longer what it is made of.
"""

"""Measures one unit again and says whether it comes out as its record says.

`find` names the record, `judge` says what has to hold, `repeat` measures, `show` tells.
"""

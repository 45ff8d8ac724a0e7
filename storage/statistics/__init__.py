"""
Statistics: what was released, what waits to be, and the gate between the two.
"""

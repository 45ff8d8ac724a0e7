"""
The directory out of here and into it: HSDS, and the sheets people fill in.
"""

"""
Statistical disclosure control: what a reader can work out, and what to withhold.
"""

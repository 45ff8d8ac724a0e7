"""
The facts of a county, as YAML files, and how they are checked and loaded.
"""

"""
Backups: everything of a database in one file, which any engine takes back.
"""

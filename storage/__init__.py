"""
What is known: the only place with tables and SQL. No Slack and no clock in here.
"""

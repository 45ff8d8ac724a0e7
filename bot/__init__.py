"""
Everything that knows Slack, the process and the clock.
"""

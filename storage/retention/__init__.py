"""
What is kept how long, and deleted then by the bot itself.
"""

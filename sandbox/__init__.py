"""The practice networks: twins of four social networks in one process, and the judge of what was really published.

It imports nothing of the product it judges. See `server.py` for how a request travels through it.
"""

"""Simulated shoppers: programs that play a goal in the manner of a persona against the running system.

They talk over the website's chat API and know what a shopper knows: what they bought, what happened, what they want.
What they are asked they read from the bot's own words. Afterwards the database says what the conversation came to.
"""

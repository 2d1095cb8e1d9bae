"""What the shopper and the bot say to each other; the only package that knows rasa_sdk. The work is done elsewhere."""

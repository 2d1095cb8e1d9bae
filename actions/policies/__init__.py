"""The policies a shop has had: each is kept with the day it came into force, so that an order is judged by its own."""

"""The edge: everything shoppers reach. Stores what they say, has Rasa answer it, and hands the answers out."""

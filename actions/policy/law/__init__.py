"""What the law asks at least, as data: `rows/*.yml`, one row a rule, each with its source and the day it binds from.

Not legal advice; a merchant's lawyer must confirm it.
"""

from actions.policy.law.book import Law, all_rows, days_to_send, law_of, row_of
from actions.policy.law.reader import EEA

__all__ = ["EEA", "Law", "all_rows", "days_to_send", "law_of", "row_of"]

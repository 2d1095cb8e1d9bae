"""What a shopper is owed, decided by law first and by the shop's policy second. Pure: no database, no clock."""

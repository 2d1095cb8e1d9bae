"""Orders as the shop sold them: found by number and a second proof, filled from the shop's own exports."""

"""What shoppers sent, stored before it is acknowledged and kept until it is answered."""

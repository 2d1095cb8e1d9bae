"""One rule a class; every rule speaks about every case."""

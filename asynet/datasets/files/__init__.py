"""Files of data sets: find, fetch, unpack and read them without running code from them."""

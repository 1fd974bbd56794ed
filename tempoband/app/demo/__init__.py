"""Virtual wearers in front of the real chain; and a whole made-up clinic around them."""

"""Units at the boundary; inside, tension is newtons and time is seconds or microseconds UTC."""

STANDARD_GRAVITY_M_S2 = 9.80665  # CGPM 1901
NEWTONS_PER_KGF = STANDARD_GRAVITY_M_S2
NEWTONS_PER_LBF = 4.4482216152605  # exact by the international pound
MICROSECONDS_PER_SECOND = 1_000_000

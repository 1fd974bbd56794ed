"""How long a credential path stays shut after failures: pure, so that the records keep it over a restart."""

from dataclasses import dataclass
from typing import Final

_SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * _SECOND_US


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, how long the first pause is, and how long a pause can become.

    Attributes:
        free: failures without consequences.
        first_us: the pause after the next one; it doubles with each further one.
        longest_us: where doubling ends, and after which a quiet path begins anew.
    """

    free: int
    first_us: int
    longest_us: int

    def pause_us(self, failures: int) -> int:
        """The pause after so many failures in a row."""
        over = failures - self.free
        if over < 0:
            return 0
        return min(self.longest_us, self.first_us << min(over, 20))


# One account: somebody who mistypes waits half a minute; a guesser gets about a hundred tries a day.
ACCOUNT: Final = Limit(free=5, first_us=30 * _SECOND_US, longest_us=15 * MINUTE_US)
# One address: a clinic behind one router must still get in.
ADDRESS: Final = Limit(free=30, first_us=30 * _SECOND_US, longest_us=15 * MINUTE_US)
# Keys of invitations that do not exist, over everybody: 50 bits at this pace take for ever.
INVITATIONS: Final = Limit(free=200, first_us=5 * _SECOND_US, longest_us=MINUTE_US)
CODE_ATTEMPTS: Final = 5

/** What every subcommand ends with. */
export const EXIT_OK = 0;
/** It did not succeed; of a check: there is damage. */
export const EXIT_FAILURE = 1;
/** What was asked for makes no sense (an unknown option, a port that is no number), or cannot be looked at. */
export const EXIT_USAGE = 2;

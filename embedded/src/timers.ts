/** The longest delay of a Node timer in ms, about 25 days; a timer with a longer delay fires at once. */
export const longestTimer = 2 ** 31 - 1

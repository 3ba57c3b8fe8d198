/** The most ms a timer of Node counts, some 25 days; with more, or with no limit at all, it would go off at once. */
export const longestTimer = 2 ** 31 - 1

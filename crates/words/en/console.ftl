### Pages of the console that all have in common.

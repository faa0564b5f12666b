### The console’s pages for all: days, history, questions, search.

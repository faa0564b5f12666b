### The console’s pages for a partner’s people.

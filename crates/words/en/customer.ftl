### The console’s pages for a customer’s administrators.

### The sentences of histories.

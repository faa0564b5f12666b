### Errors: a title, and what to do next.

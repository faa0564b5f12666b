### Why an answer is yes: each rule; and what a no lacks.

"""Pages of the learner (`learner`) and of the finance officer (`finance`)."""

"""Pages of results: the learner's and the examiners'."""

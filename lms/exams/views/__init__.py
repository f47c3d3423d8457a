"""Screens of the exams app: learner and back office."""

"""Lift in purchases: assignment tables in, figures and reports out."""

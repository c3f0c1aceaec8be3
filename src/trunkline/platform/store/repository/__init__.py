"""Repositories: the queries and row edits of the resources that the API serves. They flush, they never commit."""

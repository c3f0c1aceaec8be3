"""The user agent: one facade with five verbs over transactions and dialogs, and one timer heap."""

"""The call by which a number is proved to be somebody's: what is asked, heard and said (rest.md 3.7)."""

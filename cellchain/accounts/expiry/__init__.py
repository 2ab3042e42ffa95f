"""Last days: an account, or a role of somebody, counts through a day of the site and gives nothing after it."""

"""What people will read: the mails a plan changes, before and after."""

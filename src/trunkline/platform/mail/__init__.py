"""Mail to customers, handed to the mail server of the operator."""

"""The platform's own phone: it calls numbers that are to be verified, and asks for their code."""

"""The mathematics of inspection: no ORM, no Django. Every module names the convention that it implements."""

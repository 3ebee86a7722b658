"""Control charts: constants, limits and rules. Limits of phase I are estimated and kept; phase II tests new points against them."""

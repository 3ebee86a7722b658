"""Figures beside their limits, as ratios within one run (`make bench`). The product never imports this."""

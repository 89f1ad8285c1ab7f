"""Personal data found, planned as boxes, destroyed, verified and certified."""

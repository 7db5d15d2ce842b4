"""What every subdomain is made of: facts, commands, refusals, ids, units, money and time."""

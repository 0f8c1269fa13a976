"""auth: signs filers in, walks them through the link, and publishes what they confirmed."""

"""Page to article: text, title, canonical URL, dates, language. Pure."""

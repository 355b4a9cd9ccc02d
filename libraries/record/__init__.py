"""The pages of the record. They stand here and not in `audit`, which lies below people and rights and knows neither."""

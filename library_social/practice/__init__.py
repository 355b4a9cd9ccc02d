"""What the practice library is made of: an invented calendar and pictures painted by code, both made at seed time."""

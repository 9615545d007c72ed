"""The grammar: errors, tables, cells, words; it knows no data and no door."""

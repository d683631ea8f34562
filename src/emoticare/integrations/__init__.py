"""EmotiCare where people already are: one thin module for each library, imported on its own."""

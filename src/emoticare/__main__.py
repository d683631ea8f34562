"""`python -m emoticare`."""

from emoticare.cli import main

if __name__ == "__main__":
    main()

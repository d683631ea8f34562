"""A queue for moderators: what to look at first, and why.

pip install emoticare
python examples/tutorials/moderation.py
"""

import tempfile
from pathlib import Path

import emoticare
from emoticare.meaning.moderation import Moderator, Policy

POLICY = """
schema = 1
name = "forum"
description = "What our moderators want to see first."

[categories.hostility]
description = "Anger and contempt."
emotions = ["anger", "annoyance", "disgust"]
severity = "high"
review = 0.28
flag = 0.67
reason = "It reads as angry or disgusted"

[categories.grief]
description = "Somebody mourns; be kind."
emotions = ["grief", "sadness"]
review = 0.5
reason = "It reads as sad"
"""
COMMENTS = (
    "Great photo, thanks for sharing!",
    "You are disgusting and I hate you.",
    "My dog died last night. I am so sad.",
    "Has anyone tried the new lens?",
)


def main() -> None:
    """Sort comments; none is deleted, and each comes with its reason."""
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "policy.toml"
        policy.write_text(POLICY, encoding="utf-8")
        moderator = Moderator(emoticare.load(), Policy.read(policy))
    order = ["flag", "review", "allow"]
    verdicts = zip(COMMENTS, moderator.moderate(COMMENTS), strict=True)
    for text, verdict in sorted(verdicts, key=lambda pair: order.index(pair[1].action)):
        reasons = "; ".join(finding.reason for finding in verdict.findings)
        print(f"{verdict.action:7}{text}" + (f"\n       {reasons}" if reasons else ""))


if __name__ == "__main__":
    main()

"""A chatbot that hears how its user feels, and hands over to a person when it must.

python examples/chatbot.py

What it says comes from `answer`; put your own model or service there.
"""

import sys

import emoticare
from emoticare.meaning.conversation import TurnEvent


def answer(event: TurnEvent) -> str:
    rising = {shift.label for shift in event.shifts if shift.direction == "rising"}
    if "grief" in event.state.labels:
        return "I'm sorry for your loss. Would you like to talk with a person?"
    if rising & {"anger", "annoyance", "disappointment"}:
        return "I see that this goes wrong. I'm calling a colleague who can help."
    if "gratitude" in event.labels:
        return "You're welcome!"
    if event.labels[:1] == ["confusion"]:
        return "Let me say that more simply."
    return "I'm listening."


chat = emoticare.Conversation(emoticare.load())
for line in sys.stdin:
    print("bot>", answer(chat.add(line.strip(), speaker="you")), flush=True)

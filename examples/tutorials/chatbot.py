"""A chatbot that notices when its user grows annoyed, and hands over.

pip install emoticare
python examples/tutorials/chatbot.py
"""

import emoticare
from emoticare.meaning.conversation import TurnEvent

USER = (
    "Hi, my order has not arrived yet.",
    "Again? I already told you, the number is 4711.",
    "This is really annoying, it is the third time I ask!",
    "I am so angry. You never answer my question!",
    "Oh, thank you so much!",
)
HEATED = {"anger", "annoyance", "disappointment", "disapproval"}


def reply(event: TurnEvent) -> str:
    """Choose what to say by what was just said, and by how the user felt until now."""
    rising = HEATED & {shift.label for shift in event.shifts if shift.direction == "rising"}
    if rising:
        return f"[hands over to a person: {', '.join(sorted(rising))} rising]"
    if HEATED & set(event.labels):
        return "I'm sorry for the trouble. Let me look into it right away."
    if "gratitude" in event.labels:
        return "You're welcome!"
    return "Could you tell me the number of your order?"


def main() -> None:
    """Play a chat."""
    chat = emoticare.Conversation(emoticare.load())
    for second, text in enumerate(USER):
        event = chat.add(text, speaker="user", time=60.0 * second)
        print(f"user: {text}\n bot: {reply(event)}")


if __name__ == "__main__":
    main()

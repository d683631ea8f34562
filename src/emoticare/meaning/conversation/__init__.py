"""Conversations: turns of speakers, each speaker's running state, and how it shifts.

import emoticare

chat = emoticare.Conversation(emoticare.load())
event = chat.add("This is the third time I ask!", speaker="Ann")
event.shifts
"""

from emoticare.meaning.conversation.conversation import Conversation, ConversationTracker
from emoticare.meaning.conversation.events import SpeakerState, SpeakerSummary, TurnEvent
from emoticare.meaning.conversation.exports import ParsedChat, Problem, parse_chat, read_chat
from emoticare.meaning.conversation.shifts import Shift
from emoticare.meaning.conversation.turns import Turn

__all__ = [
    "Conversation",
    "ConversationTracker",
    "ParsedChat",
    "Problem",
    "Shift",
    "SpeakerState",
    "SpeakerSummary",
    "Turn",
    "TurnEvent",
    "parse_chat",
    "read_chat",
]

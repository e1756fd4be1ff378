"""Messages to people: e-mail, enterprise chat, text messages; stored with what caused them, sent afterwards, never a flood."""
